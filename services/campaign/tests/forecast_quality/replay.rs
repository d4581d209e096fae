//! Owns the replay of hourly readings of real videos in the order of time, and how forecasts compare with what came.
//! Never a copy of the data.

use std::{collections::BTreeMap, path::PathBuf};

use creatorscope_campaign::{
    curve::{Growth, Outlook, Reading, Series, learn::learn, prior, series::hours},
    forecast::Total,
};
use creatorscope_domain::{Platform, PostFormat};
use jiff::{SignedDuration, Timestamp};

/// Videos are dealt into so many groups; each is forecast with what the other groups taught.
const GROUPS: usize = 4;
/// Growth is learned anew so often, in hours.
const LEARN_EVERY: f64 = 12.0;

/// One video of the file.
pub(crate) struct Video {
    pub(crate) published: Timestamp,
    pub(crate) readings: Vec<Reading>,
}

/// A forecast and what came.
pub(crate) struct Trial {
    pub(crate) video: usize,
    pub(crate) made_at: Timestamp,
    pub(crate) outlook: Outlook,
    pub(crate) came: f64,
    /// The last reading before the forecast, and its age in hours.
    pub(crate) seen: (f64, f64),
    /// Views an hour between the last two readings before the forecast; 0 where there is only one.
    pub(crate) speed: f64,
    pub(crate) target_age: f64,
}

impl Trial {
    /// Views so far × age at the target / age at the last reading.
    pub(crate) fn line_from_publication(&self) -> f64 {
        self.seen.1 * self.target_age / self.seen.0
    }

    /// Views so far + last speed × time to come.
    pub(crate) fn line_of_last_speed(&self) -> f64 {
        self.seen.1 + self.speed * (self.target_age - self.seen.0)
    }
}

/// Which forecasts of a video to make.
pub(crate) enum Question {
    /// At an age in hours, of the video's last reading.
    LastReading(f64),
    /// At an age in hours, so many hours ahead, where a reading lies within 1.5 hours of that.
    Ahead(f64, f64),
}

/// The file of the Korean trending list; none, loudly, where it is absent.
#[allow(clippy::disallowed_methods, reason = "examples and tests are told by their environment where real data is")]
pub(crate) fn file() -> Option<PathBuf> {
    let beside = concat!(env!("CARGO_MANIFEST_DIR"), "/../../../shared/data");
    let folder = PathBuf::from(std::env::var("CREATORSCOPE_TEST_DATA").unwrap_or_else(|_| beside.into()));
    let file = folder.join("youtube_trending_kr_2026").join("kr_trending_timeseries.csv");
    if !file.exists() {
        say(&format!("SKIPPED: {} does not exist; CREATORSCOPE_TEST_DATA says where real data is", file.display()));
        return None;
    }
    Some(file)
}

pub(crate) fn say(line: &str) {
    use std::io::Write as _;
    _ = writeln!(std::io::stderr(), "{line}");
}

/// Reads the file's videos, in the order of their ids.
pub(crate) fn videos(file: PathBuf) -> Vec<Video> {
    let mut reader = csv::Reader::from_path(file).expect("readable");
    let mut videos: BTreeMap<String, Video> = BTreeMap::new();
    for row in reader.deserialize::<BTreeMap<String, String>>() {
        let row = row.expect("a row");
        let moment = |column: &str| row[column].parse::<Timestamp>().expect("a moment");
        let video = videos
            .entry(row["video_id"].clone())
            .or_insert_with(|| Video { published: moment("published"), readings: Vec::new() });
        video.readings.push(Reading { at: moment("collected_at"), views: row["views"].parse().ok() });
    }
    videos.into_values().collect()
}

/// Growth by group of videos that it is for, and by moment.
pub(crate) struct Teachers {
    learned: Vec<Vec<(Timestamp, Growth)>>,
}

impl Teachers {
    /// Learns at each moment from the readings before it, for each group from the others.
    pub(crate) fn new(videos: &[Video]) -> Self {
        let moments = || videos.iter().flat_map(|video| &video.readings).map(|reading| reading.at);
        let (first, last) = (moments().min().expect("some"), moments().max().expect("some"));
        let steps = (hours(first, last) / LEARN_EVERY) as i64;
        let prior = prior::growth(Platform::Youtube, PostFormat::Long);
        let at = |step: i64| first + SignedDuration::from_hours(step * LEARN_EVERY as i64);
        let learned = |group: usize| {
            let others = || videos.iter().enumerate().filter(move |(place, _)| place % GROUPS != group);
            let series = |as_of: Timestamp| -> Vec<Series> {
                others().map(|(_, video)| Series::new(video.published, &video.readings, as_of)).collect()
            };
            (0..=steps).map(|step| (at(step), learn(&prior, &series(at(step)), at(step)))).collect()
        };
        Self { learned: (0..GROUPS).map(learned).collect() }
    }

    /// Teachers who have seen nothing: the prior alone.
    pub(crate) fn silent() -> Self {
        Self { learned: vec![Vec::new(); GROUPS] }
    }

    /// What was learned for a video by a moment; the prior before anything was.
    pub(crate) fn at(&self, video: usize, moment: Timestamp) -> Growth {
        let known = &self.learned[video % GROUPS];
        let past = known.partition_point(|(at, _)| *at <= moment);
        match past {
            0 => prior::growth(Platform::Youtube, PostFormat::Long),
            _ => known[past - 1].1.clone(),
        }
    }

    /// The last that was learned for the first group.
    pub(crate) fn last(&self) -> &Growth {
        &self.learned[0].last().expect("learned once at least").1
    }
}

/// Makes the forecasts of a question for all videos that have a reading before it and one to compare with.
pub(crate) fn ask(videos: &[Video], teachers: &Teachers, question: &Question) -> Vec<Trial> {
    let trial = |(place, video): (usize, &Video)| {
        let whole = Series::new(video.published, &video.readings, Timestamp::MAX);
        let (age, target) = match question {
            Question::LastReading(age) => (*age, whole.last()?),
            Question::Ahead(age, ahead) => {
                let near = whole.points().iter().filter(|point| (point.0 - age - ahead).abs() <= 1.5);
                let distance = |point: &&(f64, f64)| (point.0 - age - ahead).abs();
                (*age, *near.min_by(|one, other| distance(one).total_cmp(&distance(other)))?)
            }
        };
        if target.0 <= age {
            return None;
        }
        let made_at = video.published + SignedDuration::from_secs_f64(age * 3_600.0);
        let known = Series::new(video.published, &video.readings, made_at);
        let seen = known.last()?;
        let speed = match known.points() {
            [.., before, last] => (last.1 - before.1).max(0.0) / (last.0 - before.0),
            _ => 0.0,
        };
        let outlook = Outlook::of_post(&teachers.at(place, made_at), &known, target.0)?;
        Some(Trial { video: place, made_at, outlook, came: target.1, seen, speed, target_age: target.0 })
    };
    videos.iter().enumerate().filter_map(trial).collect()
}

/// The median of |forecast / what came − 1|.
pub(crate) fn median_error(trials: &[&Trial], forecast: impl Fn(&Trial) -> f64) -> f64 {
    let mut errors: Vec<f64> = trials.iter().map(|trial| (forecast(trial) / trial.came - 1.0).abs()).collect();
    errors.sort_by(f64::total_cmp);
    errors.get(errors.len() / 2).copied().unwrap_or(f64::NAN)
}

/// The share of forecasts whose band of this level held what came.
pub(crate) fn held(trials: &[&Trial], level: f64) -> f64 {
    let inside = |trial: &&&Trial| {
        let low = trial.outlook.quantile(0.5 - level / 2.0);
        let high = trial.outlook.quantile(0.5 + level / 2.0);
        (low..=high).contains(&trial.came)
    };
    trials.iter().filter(inside).count() as f64 / trials.len().max(1) as f64
}

/// A campaign's sum a day ahead: what came, and the forecast.
pub(crate) struct Sum {
    pub(crate) came: f64,
    pub(crate) total: Total,
    pub(crate) made_at: Timestamp,
}

/// Campaigns of so many videos that are on the list, at moments 12 hours apart from the third day on: the sum of what
/// comes within a day. Videos are taken in the order of their ids; those without a reading at the moment's end are left
/// out.
pub(crate) fn campaigns(videos: &[Video], teachers: &Teachers, size: usize, ahead: f64, correlation: f64) -> Vec<Sum> {
    let moments = || videos.iter().flat_map(|video| &video.readings).map(|reading| reading.at);
    let (first, last) = (moments().min().expect("some"), moments().max().expect("some"));
    let mut sums = Vec::new();
    for step in 4.. {
        let made_at = first + SignedDuration::from_hours(step * LEARN_EVERY as i64);
        if hours(made_at, last) < ahead {
            break;
        }
        let one = |(place, video): (usize, &Video)| {
            let (age, target) = (hours(video.published, made_at), hours(video.published, made_at) + ahead);
            let whole = Series::new(video.published, &video.readings, Timestamp::MAX);
            let known = whole.until(age);
            let fresh = known.last().is_some_and(|seen| age - seen.0 < 3.0 && (3.0..96.0).contains(&age));
            let came = whole.log_views(target).filter(|_| fresh)?.exp();
            Some((Outlook::of_post(&teachers.at(place, made_at), &known, target)?, came))
        };
        let known: Vec<(Outlook, f64)> = videos.iter().enumerate().filter_map(one).collect();
        for campaign in known.chunks_exact(size) {
            let outlooks: Vec<Outlook> = campaign.iter().map(|one| one.0).collect();
            let came = campaign.iter().map(|one| one.1).sum();
            sums.push(Sum { came, total: Total::of(&outlooks, correlation), made_at });
        }
    }
    sums
}
