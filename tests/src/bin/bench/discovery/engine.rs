//! Owns the face that all engines of this process have, and the run of one engine: load, ask, ask while updates flow. Never
//! what an engine does.

use std::{
    path::Path,
    sync::atomic::{AtomicBool, AtomicU64, Ordering},
    thread,
    time::{Duration, Instant},
};

use super::{
    options::Options,
    population::{self, Member},
    questions::{Kind, Question, question},
    report::{Answer, Report, Resident, Timed},
};

/// Creators that are made before they are handed on.
const BATCH: u64 = 5_000;
/// Questions that are asked before time is taken.
const WARM_UP: u64 = 5;
/// After so long the engine is warm.
const WARM_UP_PATIENCE: Duration = Duration::from_secs(2);
/// Numbers of questions that warm up; far from those that count.
const WARM_UP_FROM: u64 = 1_000_000_000;
/// Updates that become visible together.
pub(crate) const UPDATES: u64 = 2_000;
/// How often they do.
pub(crate) const UPDATE_EVERY: Duration = Duration::from_secs(1);
/// The kinds that are asked while updates flow, and their names then.
pub(crate) const WHILE_UPDATING: [(Kind, &str); 2] =
    [(Kind::Text, "text_while_updating"), (Kind::TopWithTotal, "top_with_total_while_updating")];

/// An engine under test. Asking uses one thread.
pub(crate) trait Engine: Sync {
    /// Answers; none for a kind of question that it does not have.
    fn ask(&self, question: &Question) -> Option<Answer>;

    /// Makes changed creators visible. Answers whether it can.
    fn update(&self, changed: &[Member]) -> bool;

    /// Resident memory of other processes that belong to it; none when it cannot be read.
    fn resident_elsewhere(&self) -> Option<Resident> {
        Some(Resident::default())
    }

    /// Files, in bytes.
    fn disk(&self) -> u64;
}

/// Feeds the whole population in batches and tells how long the feeding alone took.
pub(crate) fn feed(creators: u64, mut take: impl FnMut(Vec<Member>)) -> Duration {
    let mut spent = Duration::ZERO;
    let mut next = 0;
    while next < creators {
        let end = (next + BATCH).min(creators);
        let members: Vec<Member> = (next..end).map(population::member).collect();
        let begun = Instant::now();
        take(members);
        spent += begun.elapsed();
        next = end;
    }
    spent
}

/// Runs everything that is measured. `before` is the memory of this process before loading.
pub(crate) fn measure(engine: &impl Engine, options: &Options, before: Resident, report: &mut Report) {
    for kind in Kind::ALL {
        if let Some(timed) = ask_all(engine, kind, options) {
            report.kinds.insert(kind.word().to_owned(), timed);
        }
    }
    let here = resident();
    report.resident = engine.resident_elsewhere().map(|elsewhere| Resident {
        own: elsewhere.own + here.own.saturating_sub(before.own),
        files: elsewhere.files + here.files.saturating_sub(before.files),
    });
    report.disk_bytes = engine.disk();
    while_updating(engine, options, report);
}

/// Asks the questions of one kind until patience ends; none when the engine does not have the kind.
pub(crate) fn ask_all(engine: &impl Engine, kind: Kind, options: &Options) -> Option<Timed> {
    let begun = Instant::now();
    for number in WARM_UP_FROM..WARM_UP_FROM + WARM_UP {
        engine.ask(&question(kind, number, options.creators))?;
        if begun.elapsed() > WARM_UP_PATIENCE {
            break;
        }
    }
    let mut timed = Timed::default();
    let begun = Instant::now();
    for number in 0..options.runs {
        if number >= options.fewest(kind) && begun.elapsed() > options.patience {
            break;
        }
        let asked = question(kind, number, options.creators);
        let start = Instant::now();
        let answer = engine.ask(&asked)?;
        timed.micros.push(start.elapsed().as_secs_f64() * 1e6);
        timed.answers.push(answer);
    }
    Some(timed)
}

/// Asks in turns while another thread brings updates, each second as many.
fn while_updating(engine: &impl Engine, options: &Options, report: &mut Report) {
    let (stop, updated) = (AtomicBool::new(false), AtomicU64::new(0));
    let mut timed = [Timed::default(), Timed::default()];
    let begun = Instant::now();
    let supported = thread::scope(|scope| {
        let writer = scope.spawn(|| {
            for round in 0.. {
                let numbers = round * UPDATES..(round + 1) * UPDATES;
                let changed: Vec<Member> =
                    numbers.map(|number| population::updated(number, options.creators)).collect();
                if !engine.update(&changed) {
                    return false;
                }
                updated.fetch_add(UPDATES, Ordering::Relaxed);
                let next = UPDATE_EVERY * (round as u32 + 1);
                while begun.elapsed() < next {
                    if stop.load(Ordering::Relaxed) {
                        return true;
                    }
                    thread::sleep(Duration::from_millis(5));
                }
                if stop.load(Ordering::Relaxed) {
                    return true;
                }
            }
            true
        });
        for number in 0.. {
            if begun.elapsed() > options.updating || writer.is_finished() {
                break;
            }
            for ((kind, _), timed) in WHILE_UPDATING.iter().zip(&mut timed) {
                let asked = question(*kind, number, options.creators);
                let start = Instant::now();
                engine.ask(&asked);
                timed.micros.push(start.elapsed().as_secs_f64() * 1e6);
            }
        }
        stop.store(true, Ordering::Relaxed);
        writer.join().expect("the writer ends")
    });
    if !supported {
        return;
    }
    report.updates_per_second = Some(updated.into_inner() as f64 / begun.elapsed().as_secs_f64());
    for ((_, word), timed) in WHILE_UPDATING.iter().zip(timed) {
        report.kinds.insert((*word).to_owned(), timed);
    }
}

/// Resident memory of this process.
pub(crate) fn resident() -> Resident {
    let status = std::fs::read_to_string("/proc/self/status").expect("Linux");
    let of = |name: &str| kilobytes(&status, name).expect("a line");
    Resident { own: of("RssAnon:") + of("RssShmem:"), files: of("RssFile:") }
}

/// The value of a line such as `RssAnon: 12 kB`, in bytes.
pub(crate) fn kilobytes(status: &str, name: &str) -> Option<u64> {
    let value = status.lines().find_map(|line| line.strip_prefix(name))?;
    value.trim().trim_end_matches(" kB").trim().parse::<u64>().ok().map(|count| count * 1_024)
}

/// The bytes of the files below a folder.
pub(crate) fn folder_bytes(folder: &Path) -> u64 {
    let mut bytes = 0;
    for entry in std::fs::read_dir(folder).expect("a folder") {
        let entry = entry.expect("an entry");
        // A merge may remove a file between the listing and the look at it.
        let Ok(about) = entry.metadata() else { continue };
        bytes += if about.is_dir() { folder_bytes(&entry.path()) } else { about.len() };
    }
    bytes
}
