//! Campaigns over real observations: hourly readings replayed through ingest with the clock moved along, and how served forecasts and alerts
//! compare with what came. Never a copy of the data.
#![allow(
    clippy::expect_used,
    clippy::panic,
    clippy::disallowed_methods,
    clippy::print_stderr,
    reason = "a test stops at the first thing that is wrong, is told by its environment how much to replay, and prints what it found"
)]

use std::{
    collections::{BTreeMap, BTreeSet},
    path::PathBuf,
};

use creatorscope::{
    compose::{RoleName, Suite, bind},
    config::{Config, DEFAULTS},
    run::Running,
};
use creatorscope_kit::{
    clock::{Clock, from_wire_time, to_wire_time},
    config::Settings,
    transport::{Transport, remote},
};
use creatorscope_proto::{
    campaign::v1::{self as pb, campaign_service_client::CampaignServiceClient},
    common::v1::{Source, Unit},
    discovery::v1::{Creator, IngestCreatorsRequest, discovery_service_client::DiscoveryServiceClient},
    metrics::v1::{IngestPostsRequest, Post, PostCounts, PostRecord, metrics_service_client::MetricsServiceClient},
};
use creatorscope_tests::real_data;
use jiff::{SignedDuration, Timestamp};
use prost_types::value::Kind;
use tokio_stream::iter;

/// Channels whose videos are the campaigns' posts, unless `CREATORSCOPE_REPLAY_CHANNELS` says otherwise.
const CHANNELS: usize = 30;
/// Videos of one campaign.
const POSTS: usize = 5;
/// Hours after publication at which forecasts are asked for.
const AGES: [i64; 4] = [6, 12, 24, 48];

/// One video of the list.
struct Video {
    id: String,
    channel: String,
    channel_name: String,
    published: Timestamp,
    /// When and how many views, oldest first.
    readings: Vec<(Timestamp, i64)>,
}

impl Video {
    fn creator(&self) -> String {
        format!("creators/youtube:{}", self.channel)
    }

    fn post(&self) -> String {
        format!("{}/posts/{}", self.creator(), self.id)
    }

    fn first(&self) -> Timestamp {
        self.readings[0].0
    }

    fn last(&self) -> Timestamp {
        self.readings[self.readings.len() - 1].0
    }

    /// Views at a time between the first and the last reading, on a line between the two around it.
    fn views_at(&self, time: Timestamp) -> f64 {
        let behind = self.readings.partition_point(|reading| reading.0 <= time);
        let (before, after) = (self.readings[behind - 1], self.readings[behind.min(self.readings.len() - 1)]);
        let span = hours(before.0, after.0);
        let share = if span > 0.0 { hours(before.0, time) / span } else { 0.0 };
        before.1 as f64 + share * (after.1 - before.1) as f64
    }
}

fn hours(from: Timestamp, to: Timestamp) -> f64 {
    to.duration_since(from).as_secs_f64() / 3_600.0
}

fn videos(file: PathBuf) -> Vec<Video> {
    let mut reader = csv::Reader::from_path(file).expect("readable");
    let mut videos: BTreeMap<String, Video> = BTreeMap::new();
    for row in reader.deserialize::<BTreeMap<String, String>>() {
        let row = row.expect("a row");
        let moment = |column: &str| row[column].parse::<Timestamp>().expect("a moment");
        let video = videos.entry(row["video_id"].clone()).or_insert_with(|| Video {
            id: row["video_id"].clone(),
            channel: row["channel_id"].clone(),
            channel_name: row["channel"].clone(),
            published: moment("published"),
            readings: Vec::new(),
        });
        video.readings.push((moment("collected_at"), row["views"].parse().expect("a count")));
    }
    videos.into_values().collect()
}

/// The videos that campaigns are about: those of some channels, drawn at random with a fixed seed, that were published while the list was
/// read and stayed on it until they were 6 hours old.
fn chosen(videos: &[Video]) -> Vec<&Video> {
    let begin = videos.iter().map(Video::first).min().expect("some");
    let fits = |video: &&Video| video.published >= begin && hours(video.published, video.last()) > 6.0;
    let fitting: Vec<&Video> = videos.iter().filter(fits).collect();
    let mut channels: Vec<&str> =
        fitting.iter().map(|video| video.channel.as_str()).collect::<BTreeSet<_>>().into_iter().collect();
    fastrand::Rng::with_seed(7).shuffle(&mut channels);
    let wanted = std::env::var("CREATORSCOPE_REPLAY_CHANNELS").ok().and_then(|wanted| wanted.parse().ok());
    channels.truncate(wanted.unwrap_or(CHANNELS));
    fitting.into_iter().filter(|video| channels.contains(&video.channel.as_str())).collect()
}

/// A campaign of the replay. It ends when the first of its videos was read for the last time: what came is known of all of them then.
struct Plan<'a> {
    name: String,
    videos: Vec<&'a Video>,
    start: Timestamp,
    end: Timestamp,
    target: f64,
}

impl Plan<'_> {
    fn came(&self) -> f64 {
        self.videos.iter().map(|video| video.views_at(self.end)).sum()
    }
}

fn plans(mut videos: Vec<&Video>) -> Vec<Plan<'_>> {
    videos.sort_by_key(|video| (video.last(), &video.id));
    let plan = |(place, videos): (usize, &[&'_ Video])| {
        let end = videos.iter().map(|video| video.last()).min()?;
        let start = videos.iter().map(|video| video.published).min()?;
        let came: f64 = videos.iter().filter(|video| video.first() <= end).map(|video| video.views_at(end)).sum();
        // Of two campaigns one asks for more than will come, so that there is something to warn of.
        let target = if place % 2 == 0 { (came * 2.0).round() } else { (came * 0.7).round() };
        Some((place, start, end, target.max(1.0)))
    };
    let fits = |video: &&Video, end: Timestamp| video.first() < end;
    let chunks: Vec<Vec<&Video>> = videos.chunks(POSTS).map(<[&Video]>::to_vec).collect();
    chunks
        .into_iter()
        .enumerate()
        .filter_map(|(place, chunk)| {
            let (place, start, end, target) = plan((place, &chunk))?;
            let videos: Vec<&Video> = chunk.into_iter().filter(|video| fits(video, end)).collect();
            Some(Plan { name: format!("campaigns/c{place}"), videos, start, end, target })
        })
        .collect()
}

/// A suite in this process whose clock is ours, with clients.
struct Replay {
    clock: Clock,
    running: Running,
    campaigns: CampaignServiceClient<Transport>,
    metrics: MetricsServiceClient<Transport>,
    discovery: DiscoveryServiceClient<Transport>,
    /// The deliverable of each post, as it was made.
    owed: BTreeMap<String, pb::Deliverable>,
    seen: BTreeSet<String>,
    _folder: tempfile::TempDir,
}

impl Replay {
    async fn start(now: Timestamp) -> Self {
        let folder = tempfile::tempdir().expect("a folder");
        let settings = [
            format!("node.data_dir={}", folder.path().display()),
            "node.drain_seconds=0".to_owned(),
            "gateway.listen=127.0.0.1:0".to_owned(),
            // By the machine's clock, which the replay runs ahead of.
            "campaign.curve_seconds=1".to_owned(),
            // Only news lead to looks, so that the replay decides when there is one.
            "campaign.look_seconds=86400".to_owned(),
        ];
        let settings = Settings::load(DEFAULTS, None, &settings).expect("settings");
        let config = Config::read(&settings, RoleName::ALL).expect("settings that hold");
        let listeners = bind(&config, RoleName::ALL).await.expect("listens");
        let clock = Clock::fixed(now);
        let running = Suite::start(&config, RoleName::ALL, listeners, clock.clone()).await.expect("starts");
        let transport = remote(&format!("http://{}", running.addresses[&RoleName::Gateway])).expect("an address");
        Self {
            clock,
            running,
            campaigns: CampaignServiceClient::new(transport.clone()).max_decoding_message_size(64 << 20),
            metrics: MetricsServiceClient::new(transport.clone()),
            discovery: DiscoveryServiceClient::new(transport),
            owed: BTreeMap::new(),
            seen: BTreeSet::new(),
            _folder: folder,
        }
    }

    async fn make(&mut self, plans: &[Plan<'_>]) {
        let brand = pb::Brand { display_name: "Lumo".to_owned(), ..Default::default() };
        let request = pb::CreateBrandRequest { brand: Some(brand), brand_id: "lumo".to_owned(), ..Default::default() };
        self.campaigns.create_brand(request).await.expect("made");
        for plan in plans {
            let objective = pb::Objective {
                metric: pb::ObjectiveMetric::Views.into(),
                target: plan.target,
                unit: Unit::Count.into(),
                deadline_time: Some(to_wire_time(plan.end)),
                ..Default::default()
            };
            let campaign = pb::Campaign {
                brand: "brands/lumo".to_owned(),
                display_name: "Replayed".to_owned(),
                start_time: Some(to_wire_time(plan.start)),
                end_time: Some(to_wire_time(plan.end)),
                objectives: vec![objective],
                ..Default::default()
            };
            let id = plan.name.trim_start_matches("campaigns/").to_owned();
            let request = pb::CreateCampaignRequest { campaign: Some(campaign), campaign_id: id, ..Default::default() };
            let made = self.campaigns.create_campaign(request).await.expect("made").into_inner().campaign.expect("one");
            let request = pb::ActivateCampaignRequest { name: made.name, etag: made.etag, ..Default::default() };
            self.campaigns.activate_campaign(request).await.expect("active");
            let mut participants: BTreeMap<String, String> = BTreeMap::new();
            for video in &plan.videos {
                let creator = video.creator();
                if !participants.contains_key(&creator) {
                    participants.insert(creator.clone(), self.invite(&plan.name, &creator).await);
                }
                let deliverable = pb::Deliverable { participant: participants[&creator].clone(), ..Default::default() };
                let request = pb::CreateDeliverableRequest {
                    parent: plan.name.clone(),
                    deliverable: Some(deliverable),
                    ..Default::default()
                };
                let owed = self.campaigns.create_deliverable(request).await.expect("made").into_inner().deliverable;
                self.owed.insert(video.post(), owed.expect("one"));
            }
        }
    }

    async fn invite(&mut self, campaign: &str, creator: &str) -> String {
        let participant = pb::Participant {
            creator: creator.to_owned(),
            relations: vec![pb::DisclosureRelation::Paid.into()],
            ..Default::default()
        };
        let request = pb::CreateParticipantRequest {
            parent: campaign.to_owned(),
            participant: Some(participant),
            ..Default::default()
        };
        let made = self.campaigns.create_participant(request).await.expect("made").into_inner().participant;
        let made = made.expect("one");
        let request = pb::AcceptInvitationRequest { name: made.name.clone(), etag: made.etag, ..Default::default() };
        self.campaigns.accept_invitation(request).await.expect("accepted");
        made.name
    }

    /// Takes what the list had at a time, reports the posts that are new on it, and waits until the campaign service has followed.
    async fn take(&mut self, time: Timestamp, list: &[(&Video, i64)], campaign: &str) {
        self.clock.set(time);
        let mut creators = BTreeMap::new();
        for (video, _) in list {
            if self.seen.insert(video.creator()) {
                let creator = Creator {
                    name: video.creator(),
                    display_name: video.channel_name.clone(),
                    source: Source::File.into(),
                    observe_time: Some(to_wire_time(time)),
                    ..Creator::default()
                };
                creators.insert(video.creator(), creator);
            }
        }
        if !creators.is_empty() {
            let (count, creators) = (creators.len(), creators.into_values().collect());
            let requests = vec![IngestCreatorsRequest { creators }];
            let mut answers = self.discovery.ingest_creators(iter(requests)).await.expect("taken").into_inner();
            let answer = answers.message().await.expect("taken").expect("an answer");
            assert_eq!(answer.results.len(), count);
        }
        // What belongs to campaigns comes post by post, each a moment later, so that an alert's time tells what was known when it was raised.
        let (ours, others): (Vec<_>, Vec<_>) =
            list.iter().partition(|(video, _)| self.owed.contains_key(&video.post()));
        self.ingest(time, &others, campaign).await;
        for (place, reading) in ours.into_iter().enumerate() {
            let moment = SignedDuration::from_millis(2 * i64::try_from(place + 1).expect("few"));
            self.clock.set(time + moment);
            self.ingest(time, &[reading], campaign).await;
            let post = reading.0.post();
            if self.seen.insert(post.clone()) {
                self.clock.set(time + moment + SignedDuration::from_millis(1));
                let owed = &self.owed[&post];
                let (name, etag) = (owed.name.clone(), owed.etag.clone());
                let request = pb::MarkPublishedRequest { name, etag, post, ..Default::default() };
                self.campaigns.mark_published(request).await.expect("reported");
            }
        }
    }

    /// Takes readings of a time and waits until the campaign service has followed.
    async fn ingest(&mut self, time: Timestamp, list: &[&(&Video, i64)], campaign: &str) {
        let record = |(video, views): &&(&Video, i64)| PostRecord {
            post: Some(Post {
                name: video.post(),
                publish_time: Some(to_wire_time(video.published)),
                ..Post::default()
            }),
            observe_time: Some(to_wire_time(time)),
            counts: Some(PostCounts { views: Some(*views), ..PostCounts::default() }),
            source: Source::File.into(),
        };
        if list.is_empty() {
            return;
        }
        let requests = vec![IngestPostsRequest { records: list.iter().map(record).collect() }];
        let mut answers = self.metrics.ingest_posts(iter(requests)).await.expect("taken").into_inner();
        let answer = answers.message().await.expect("taken").expect("an answer");
        assert!(answer.rejections.is_empty(), "{:?}", answer.rejections.first());
        self.progress(campaign, None, vec![answer.change_token]).await;
    }

    async fn progress(
        &mut self,
        name: &str,
        as_of: Option<Timestamp>,
        read_after: Vec<String>,
    ) -> pb::CampaignProgress {
        let request =
            pb::GetCampaignProgressRequest { name: name.to_owned(), as_of: as_of.map(to_wire_time), read_after };
        let answer = self.campaigns.get_campaign_progress(request).await.expect("known");
        answer.into_inner().progress.expect("progress")
    }

    async fn alerts(&mut self) -> Vec<pb::Alert> {
        let mut all = Vec::new();
        let mut page_token = String::new();
        loop {
            let request = pb::ListAlertsRequest { parent: "campaigns/-".to_owned(), page_token, ..Default::default() };
            let page = self.campaigns.list_alerts(request).await.expect("listed").into_inner();
            all.extend(page.alerts);
            page_token = page.next_page_token;
            if page_token.is_empty() {
                return all;
            }
        }
    }

    /// How far progress as of an alert's time is from what the alert says it rested on: of the linear index and of what was expected.
    async fn misses(&mut self, alert: &pb::Alert) -> Option<(f64, f64)> {
        let campaign = alert.name.rsplit_once("/alerts/")?.0;
        let as_of = from_wire_time(alert.as_of.as_ref()?).ok()?;
        let told = self.progress(campaign, Some(as_of), Vec::new()).await;
        let pacing = told.objectives.first()?.pacing.clone()?;
        let input = |name: &str| match alert.inputs.as_ref()?.fields.get(name)?.kind {
            Some(Kind::NumberValue(number)) => Some(number),
            _ => None,
        };
        let miss = |now: f64, then: f64| (now / then - 1.0).abs();
        Some((miss(pacing.linear_index?, input("linear_index")?), miss(pacing.forecast?.expected, input("expected")?)))
    }
}

/// A forecast, the straight line, and what came.
#[derive(Clone, Copy)]
struct Trial {
    age: i64,
    expected: f64,
    band: (f64, f64),
    line: f64,
    came: f64,
}

/// The median of |forecast / what came - 1|.
fn error(trials: &[Trial], forecast: impl Fn(&Trial) -> f64) -> f64 {
    let mut errors: Vec<f64> = trials.iter().map(|trial| (forecast(trial) / trial.came - 1.0).abs()).collect();
    errors.sort_by(f64::total_cmp);
    errors.get(errors.len() / 2).copied().unwrap_or(f64::NAN)
}

fn held(trials: &[Trial]) -> f64 {
    let inside = trials.iter().filter(|trial| (trial.band.0..=trial.band.1).contains(&trial.came)).count();
    inside as f64 / trials.len().max(1) as f64
}

fn tell(what: &str, trials: &[Trial]) {
    eprintln!(
        "{what}: {} forecasts, error {:.1} %, 80 % band held {:.1} %, straight line {:.1} %",
        trials.len(),
        100.0 * error(trials, |trial| trial.expected),
        100.0 * held(trials),
        100.0 * error(trials, |trial| trial.line)
    );
}

fn trial(age: i64, forecast: &pb::Forecast, line: f64, came: f64) -> Trial {
    let band = forecast.band.as_ref().expect("a forecast has a band");
    Trial { age, expected: forecast.expected, band: (band.low, band.high), line, came }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn served_forecasts_beat_the_straight_line_and_alerts_can_be_reproduced() {
    let Some(file) = real_data().map(|folder| folder.join("youtube_trending_kr_2026/kr_trending_timeseries.csv"))
    else {
        return;
    };
    let videos = videos(file);
    let plans = plans(chosen(&videos));
    let mut lists: BTreeMap<Timestamp, Vec<(&Video, i64)>> = BTreeMap::new();
    for video in &videos {
        for (time, views) in &video.readings {
            lists.entry(*time).or_default().push((video, *views));
        }
    }
    let mut questions: Vec<(Timestamp, i64, &Plan<'_>, &Video)> = Vec::new();
    for plan in &plans {
        for (video, age) in plan.videos.iter().flat_map(|video| AGES.map(|age| (video, age))) {
            let time = video.published + SignedDuration::from_hours(age);
            if video.first() <= time && time < plan.end {
                questions.push((time, age, plan, video));
            }
        }
    }
    questions.sort_by_key(|question| question.0);
    let mut questions = questions.into_iter().peekable();
    let begin = *lists.keys().next().expect("some");
    let mut replay = Replay::start(begin).await;
    replay.make(&plans).await;
    eprintln!("{} campaigns, {} posts of them", plans.len(), replay.owed.len());

    let (mut posts, mut campaigns, mut alerts) = (Vec::new(), Vec::new(), BTreeMap::new());
    let (mut at_once, mut unforeseen) = (Vec::new(), 0);
    let times: Vec<Timestamp> = lists.keys().copied().skip(1).chain([Timestamp::MAX]).collect();
    for ((time, list), next) in lists.iter().zip(times) {
        replay.take(*time, list, &plans[0].name).await;
        for alert in replay.alerts().await {
            if !alerts.contains_key(&alert.name) {
                at_once.extend(replay.misses(&alert).await);
                alerts.insert(alert.name.clone(), alert);
            }
        }
        while let Some((asked, age, plan, video)) = questions.next_if(|question| question.0 < next) {
            replay.clock.set(asked);
            let told = replay.progress(&plan.name, None, Vec::new()).await;
            let owed = &replay.owed[&video.post()].name;
            let mut of_posts = told.participants.iter().flat_map(|one| &one.posts);
            let Some(forecast) = of_posts.find(|post| post.deliverable == *owed).and_then(|post| post.forecast.clone())
            else {
                unforeseen += 1;
                continue;
            };
            let seen = video.readings.iter().rfind(|reading| reading.0 <= asked).expect("it was seen");
            let line = seen.1 as f64 * hours(video.published, plan.end) / hours(video.published, seen.0);
            posts.push(trial(age, &forecast, line, video.views_at(plan.end)));
            // Of a campaign when all of its posts are out, at these ages of the last one.
            if plan.videos.iter().all(|other| other.published <= video.published && other.first() <= asked)
                && let Some(pacing) = told.objectives.first().and_then(|objective| objective.pacing.as_ref())
                && let (Some(forecast), Some(index)) = (&pacing.forecast, pacing.linear_index)
            {
                campaigns.push(trial(age, forecast, index * plan.target, plan.came()));
            }
        }
    }
    assert_eq!(unforeseen, 0, "posts with readings have forecasts");
    for age in AGES {
        let of_age = |trials: &[Trial]| trials.iter().filter(|trial| trial.age == age).copied().collect::<Vec<_>>();
        tell(&format!("posts at {age} h"), &of_age(&posts));
        tell(&format!("campaigns, the last post at {age} h"), &of_age(&campaigns));
    }
    tell("posts at all ages", &posts);
    tell("campaigns at all ages", &campaigns);
    for kind in [pb::AlertKind::Under, pb::AlertKind::Over, pb::AlertKind::AtRisk] {
        let of_kind: Vec<&pb::Alert> = alerts.values().filter(|alert| alert.kind() == kind).collect();
        let in_need = |alert: &&&pb::Alert| {
            plans.iter().any(|plan| alert.name.starts_with(&format!("{}/", plan.name)) && plan.target > plan.came())
        };
        let of_need = of_kind.iter().filter(in_need).count();
        eprintln!("{}: {} alerts, {of_need} of campaigns that missed their target", kind.as_str_name(), of_kind.len());
    }
    let mut afterwards = Vec::new();
    for alert in alerts.values() {
        afterwards.extend(replay.misses(alert).await);
    }
    for (when, misses) in [("at once", &at_once), ("after the replay", &afterwards)] {
        let most = |one: fn(&(f64, f64)) -> f64| misses.iter().map(one).fold(0.0, f64::max);
        let (index, expected) = (most(|miss| miss.0), most(|miss| miss.1));
        eprintln!(
            "{} alerts asked for again {when}: index off by up to {index:.1e}, expected by {expected:.1e}",
            misses.len()
        );
        assert!(index < 1e-9, "an alert's index is what progress as of its time tells");
    }
    replay.running.stop().await;

    assert!(!at_once.is_empty(), "some campaigns were behind");
    assert!(
        error(&posts, |trial| trial.expected) < 0.5 * error(&posts, |trial| trial.line),
        "well below the straight line"
    );
    assert!((0.7..=0.95).contains(&held(&posts)), "{}", held(&posts));
}
