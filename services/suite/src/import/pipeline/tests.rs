//! Owns the tests of the way from files to services, over a sink in memory. Never a server.

use std::collections::{BTreeMap, HashMap, VecDeque};
use std::fs;

use creatorscope_domain::Platform;
use creatorscope_proto::discovery::v1::Contact;
use creatorscope_proto::metrics::v1::{AccountCounts, PostCounts, PostRecord, observation};
use creatorscope_proto::scoring::v1::Comment;
use jiff::Timestamp;

use super::*;
use crate::import::mapping;
use crate::import::send::{Answer, Stream};

const MAPPING: &str = r#"
platform = "tiktok"
missing = ["NA"]
observed_at = { constant = "2024-01-02T00:00:00Z" }
[creator]
id = "user"
display_name = "user"
[account]
followers = { column = "followers", hidden_if = ["-1"] }
[post]
id = "id"
publish_time = { column = "time", date = "epoch_s" }
[counts]
views = "views"
"#;

/// Behaves as the services do: by key, first kept, equal times are duplicates.
#[derive(Debug, Default)]
pub(in crate::import) struct Memory {
    pub(in crate::import) posts: BTreeMap<(String, i64), Option<PostCounts>>,
    pub(in crate::import) accounts: BTreeMap<(String, i64), AccountCounts>,
    pub(in crate::import) creators: BTreeMap<String, Creator>,
    pub(in crate::import) comments: BTreeMap<String, Comment>,
    /// Nobody takes comments.
    pub(in crate::import) away: bool,
    /// Comments with this text are rejected.
    pub(in crate::import) refuse_text: Option<&'static str>,
    contacts: Vec<Contact>,
    answers: HashMap<&'static str, VecDeque<Answer>>,
    /// Posts whose name ends so are rejected.
    refuse: Option<&'static str>,
    /// Breaks off at this answer.
    breaks_at: Option<usize>,
    answered: usize,
}

fn name(stream: Stream) -> &'static str {
    match stream {
        Stream::Posts => "posts",
        Stream::Observations => "observations",
        Stream::Creators => "creators",
        Stream::Comments => "comments",
    }
}

impl Memory {
    /// Breaks off at an answer.
    pub(in crate::import) fn breaking_at(answer: usize) -> Self {
        Self { breaks_at: Some(answer), ..Self::default() }
    }

    /// Is there again, with what it had taken.
    pub(in crate::import) fn mend(&mut self) {
        self.answers.clear();
        self.breaks_at = None;
    }

    fn keep<K: Ord, V: PartialEq>(known: &mut BTreeMap<K, V>, key: K, value: V, answer: &mut Answer) {
        match known.get(&key) {
            None => {
                known.insert(key, value);
                answer.imported += 1;
            }
            Some(old) => {
                answer.duplicate += 1;
                answer.conflicting += u64::from(*old != value);
            }
        }
    }

    fn take_post(&mut self, place: usize, record: PostRecord, answer: &mut Answer) {
        let name = record.post.unwrap_or_default().name;
        let time = record.observe_time.unwrap_or_default();
        if self.refuse.is_some_and(|end| name.ends_with(end)) {
            let problem = Problem::of_field("counts.views", "TOO_POPULAR", "", "fewer");
            answer.rejected.push((place, vec![problem]));
            return;
        }
        Self::keep(&mut self.posts, (name, time.seconds), record.counts, answer);
    }
}

impl Sink for Memory {
    async fn contact(&mut self, contact: Contact) -> anyhow::Result<Result<(), String>> {
        if !self.creators.contains_key(contact.name.trim_end_matches("/contact")) {
            anyhow::bail!("{} comes before its profile", contact.name);
        }
        self.contacts.push(contact);
        Ok(Ok(()))
    }

    async fn takes_comments(&mut self) -> anyhow::Result<bool> {
        Ok(!self.away)
    }

    async fn send(&mut self, message: Message) -> anyhow::Result<()> {
        let mut answer = Answer::default();
        let stream = match message {
            Message::Posts(records) => {
                for (place, record) in records.into_iter().enumerate() {
                    self.take_post(place, record, &mut answer);
                }
                Stream::Posts
            }
            Message::Observations(observations) => {
                for observation in observations {
                    let key = (observation.subject, observation.observe_time.unwrap_or_default().seconds);
                    match observation.counts {
                        Some(observation::Counts::Account(counts)) => {
                            Self::keep(&mut self.accounts, key, counts, &mut answer);
                        }
                        Some(observation::Counts::Post(counts)) => {
                            Self::keep(&mut self.posts, key, Some(counts), &mut answer);
                        }
                        None => {}
                    }
                }
                Stream::Observations
            }
            Message::Creators(creators) => {
                for creator in creators {
                    let known = self.creators.insert(creator.name.clone(), creator.clone());
                    answer.outcomes.push(match known {
                        None => Outcome::Created,
                        Some(known) if known == creator => Outcome::Unchanged,
                        Some(_) => Outcome::Updated,
                    });
                }
                Stream::Creators
            }
            Message::Comments(comments) => {
                assert!(!self.away && (1..=5_000).contains(&comments.len()));
                for (place, comment) in comments.into_iter().enumerate() {
                    if self.refuse_text == Some(comment.text.as_str()) {
                        answer
                            .rejected
                            .push((place, vec![Problem::of_field("text", "UNSPEAKABLE", "", "kinder words")]));
                    } else {
                        Self::keep(&mut self.comments, comment.name.clone(), comment, &mut answer);
                    }
                }
                Stream::Comments
            }
        };
        self.answers.entry(name(stream)).or_default().push_back(answer);
        Ok(())
    }

    async fn answer(&mut self, stream: Stream) -> anyhow::Result<Answer> {
        self.answered += 1;
        if self.breaks_at == Some(self.answered) {
            anyhow::bail!("gone");
        }
        self.answers.get_mut(name(stream)).and_then(VecDeque::pop_front).context("nothing was sent")
    }
}

pub(in crate::import) struct Silent;

impl Progress for Silent {
    fn begin(&self, _sizes: &[u64]) {}

    fn reached(&self, _file: usize, _offset: u64, _rows: u64) {}
}

pub(in crate::import) fn plan(folder: &Path, mapping: Option<&str>) -> Plan {
    Plan {
        mapping: mapping.map(|text| (mapping::read(text).expect("a valid mapping"), text.to_owned())),
        observed_at: None,
        platform: Some(Platform::Youtube),
        creator: None,
        journal: folder.join("imports"),
        kept: folder.join("kept"),
        rejects: None,
        restart: false,
        endpoint: "here".into(),
        now: "2026-11-01T00:00:00Z".parse::<Timestamp>().expect("valid"),
    }
}

pub(in crate::import) fn block_on<F: Future>(future: F) -> F::Output {
    tokio::runtime::Builder::new_current_thread().enable_all().build().expect("a runtime").block_on(future)
}

pub(super) fn run(plan: &Plan, paths: &[PathBuf], sink: &mut Memory) -> Report {
    let report = block_on(import(plan, paths, sink, &Silent));
    for file in &report.files {
        assert!(file.tally.adds_up(), "{file:#?}");
    }
    assert!(report.total.adds_up());
    report
}

fn post_id(number: usize) -> String {
    format!("{:019}", 6_892_428_462_015_958_000 + number as u64)
}

fn csv(rows: &[String]) -> String {
    let mut text = "user,id,time,views,followers\n".to_owned();
    for row in rows {
        text.push_str(row);
        text.push('\n');
    }
    text
}

fn good(number: usize) -> String {
    format!("ada{},{},1604768557,{number},100", number % 7, post_id(number))
}

pub(super) fn written(folder: &Path, name: &str, text: &str) -> PathBuf {
    let path = folder.join(name);
    fs::write(&path, text).expect("written");
    path
}

#[test]
fn importing_the_same_file_twice_changes_nothing_and_says_so() {
    let folder = tempfile::tempdir().expect("a folder");
    let rows: Vec<String> = (0..2_500).map(good).collect();
    let path = written(folder.path(), "posts.csv", &csv(&rows));
    let (plan, mut sink) = (plan(folder.path(), Some(MAPPING)), Memory::default());
    let first = run(&plan, std::slice::from_ref(&path), &mut sink);
    assert_eq!((first.total.rows, first.total.imported, first.creators.created), (2_500, 2_500, 7));
    assert_eq!(first.total.accounts.imported, 7);
    let (posts, creators) = (sink.posts.clone(), sink.creators.clone());
    let second = run(&plan, &[path], &mut sink);
    assert_eq!((second.total.rows, second.total.duplicate, second.creators.unchanged), (2_500, 2_500, 7));
    assert_eq!((second.total.conflicting, second.total.from_journal), (0, 0));
    assert_eq!((sink.posts, sink.creators), (posts, creators));
    assert!(second.is_complete());
}

#[test]
fn every_kind_of_dirt_ends_in_the_reject_file_and_the_rest_is_imported() {
    let dirt = [
        ("MANGLED_NUMBER", format!("ada,{},1604768557,2.28E+11,1", post_id(1))),
        ("SPREADSHEET_ERROR", format!("ada,{},1604768557,#VALOR!,1", post_id(1))),
        ("NOT_A_NUMBER", format!("ada,{},1604768557,nan,1", post_id(1))),
        ("NEGATIVE_COUNT", format!("ada,{},1604768557,-1,1", post_id(1))),
        ("MANGLED_ID", "ada,7.52E+18,1604768557,1,1".to_owned()),
        ("INVALID_ID", "ada,12,1604768557,1,1".to_owned()),
        ("MISSING_ID", format!(",{},1604768557,1,1", post_id(1))),
        ("FUTURE_DATE", format!("ada,{},4102444800,1,1", post_id(1))),
        ("PUBLISHED_AFTER_OBSERVATION", format!("ada,{},1735689600,1,1", post_id(1))),
        ("BAD_DATE", format!("ada,{},yesterday,1,1", post_id(1))),
        ("COUNT_TOO_LARGE", format!("ada,{},1604768557,99999999999999999999,1", post_id(1))),
        ("COLUMN_COUNT", "ada,too,short".to_owned()),
        ("BAD_QUOTE", format!("ada,{},1604768557,\"1\"2,1", post_id(1))),
    ];
    let folder = tempfile::tempdir().expect("a folder");
    let mut rows = vec![good(1)];
    rows.extend(dirt.iter().map(|(_, row)| row.clone()));
    rows.push(good(2));
    rows.push(format!("eve,{},1604768557,NA,-1", post_id(3)));
    let path = written(folder.path(), "posts.csv", &csv(&rows));
    let (plan, mut sink) = (plan(folder.path(), Some(MAPPING)), Memory::default());
    let report = run(&plan, &[path], &mut sink);
    let reasons: BTreeMap<String, u64> = dirt.iter().map(|(reason, _)| ((*reason).to_owned(), 1)).collect();
    assert_eq!(report.total.reasons, reasons);
    assert_eq!((report.total.imported, sink.posts.len()), (3, 3));
    for (place, (reason, _)) in dirt.iter().enumerate() {
        assert_eq!(report.files[0].examples[*reason][0].line, place as u64 + 3, "{reason}");
    }
    let example = &report.files[0].examples["NEGATIVE_COUNT"][0].problem;
    assert_eq!(
        (example.column, example.header.as_str(), example.field.as_str(), example.value.as_str()),
        (Some(4), "views", "counts.views", "-1")
    );
    let eve = sink.accounts.iter().find(|((name, _), _)| name.ends_with("eve")).expect("imported").1;
    assert_eq!((eve.followers, eve.hidden.as_slice()), (None, &["followers".to_owned()][..]));
    assert!(!report.is_complete());
}

#[test]
fn rejected_rows_can_be_mended_where_they_lie_and_imported_again() {
    let folder = tempfile::tempdir().expect("a folder");
    let rows = [good(1), format!("ada,{},1604768557,\"#REF!\",1", post_id(9))];
    let path = written(folder.path(), "posts.csv", &csv(&rows));
    let (plan, mut sink) = (plan(folder.path(), Some(MAPPING)), Memory::default());
    let first = run(&plan, &[path], &mut sink);
    let rejects = PathBuf::from(first.files[0].rejects.as_deref().expect("a reject file"));
    assert_eq!(rejects.file_name().and_then(|name| name.to_str()), Some("posts.csv.rejects.csv"));
    let text = fs::read_to_string(&rejects).expect("readable");
    assert!(text.contains(&rows[1]) && text.contains("\"3\",\"4\",\"counts.views\",\"SPREADSHEET_ERROR\""), "{text}");
    let unmended = run(&plan, std::slice::from_ref(&rejects), &mut sink);
    assert_eq!((unmended.total.rows, unmended.total.rejected), (1, 1));
    fs::write(&rejects, text.replacen("\"#REF!\"", "77", 1)).expect("mended");
    let second = run(&plan, &[rejects], &mut sink);
    assert_eq!((second.total.rows, second.total.imported), (1, 1));
}

#[test]
fn an_import_that_broke_off_goes_on_where_it_was_acknowledged_and_still_accounts_for_every_row() {
    for breaks_at in [1, 2, 3, 5, 8, 11, 12] {
        let folder = tempfile::tempdir().expect("a folder");
        let mut rows: Vec<String> = (0..9_500).map(good).collect();
        rows[10] = "ada,too,short".into();
        rows[9_000] = "ada,too,short".into();
        let path = [written(folder.path(), "posts.csv", &csv(&rows))];
        let plan = plan(folder.path(), Some(MAPPING));
        let refuse = Some("0000");
        let mut sink = Memory { breaks_at: Some(breaks_at), refuse, ..Memory::default() };
        let first = run(&plan, &path, &mut sink);
        assert_eq!(first.interrupted.as_deref(), Some("gone"), "{breaks_at}");
        assert!(first.total.unsent > 0 || first.total.rows == 9_500);
        sink.answers.clear();
        sink.breaks_at = None;
        let second = run(&plan, &path, &mut sink);
        let mut whole = Memory { refuse, ..Memory::default() };
        let other = tempfile::tempdir().expect("a folder");
        let expected = run(&self::plan(other.path(), Some(MAPPING)), &path, &mut whole);
        assert_eq!(
            (&sink.posts, &sink.accounts, &sink.creators),
            (&whole.posts, &whole.accounts, &whole.creators),
            "{breaks_at}"
        );
        assert_eq!(second.total.rows, expected.total.rows);
        assert_eq!(second.total.reasons, expected.total.reasons, "{breaks_at}");
        let lines = |report: &Report| {
            fs::read_to_string(report.files[0].rejects.as_deref().expect("rejects")).expect("readable").lines().count()
        };
        assert_eq!(lines(&second), lines(&expected), "{breaks_at}");
    }
}

#[test]
fn an_account_told_twice_at_one_time_is_a_duplicate_and_with_other_counts_a_conflict() {
    let mapping =
        "platform = \"tiktok\"\nobserved_at = \"at\"\n[creator]\nid = \"user\"\n[account]\nfollowers = \"followers\"\n";
    let text = "user,at,followers\nada,2024-01-01T00:00:00Z,5\nada,2024-01-01T00:00:00Z,5\nada,2024-01-01T00:00:00Z,6\nada,2024-01-02T00:00:00Z,6\nbob,2024-01-02T00:00:00Z,\n";
    let folder = tempfile::tempdir().expect("a folder");
    let path = written(folder.path(), "accounts.csv", text);
    let mut sink = Memory::default();
    let report = run(&plan(folder.path(), Some(mapping)), &[path], &mut sink);
    let total = &report.total;
    assert_eq!((total.rows, total.imported, total.duplicate, total.conflicting, total.rejected), (5, 2, 2, 1, 1));
    assert_eq!(total.reasons.get("NOTHING_TO_IMPORT"), Some(&1));
    assert!(sink.creators.is_empty());
}

#[test]
fn files_that_cannot_be_read_are_refused_with_a_reason_and_the_others_go_on() {
    let folder = tempfile::tempdir().expect("a folder");
    let at = |name: &str, text: &[u8]| {
        let path = folder.path().join(name);
        fs::write(&path, text).expect("written");
        path
    };
    let empty = folder.path().join("empty");
    fs::create_dir(&empty).expect("a folder");
    let good_file = at("good.csv", csv(&[good(1)]).as_bytes());
    let paths = [
        folder.path().join("absent.csv"),
        empty,
        at("empty.csv", b""),
        at("sheet.csv", b"PK\x03\x04..."),
        at("columns.csv", b"user,ID,time,view_count,followers\n"),
        at("quote.csv", b"user,\"id\n"),
        good_file,
    ];
    let mut sink = Memory::default();
    let report = run(&plan(folder.path(), Some(MAPPING)), &paths, &mut sink);
    let reasons: Vec<_> =
        report.files.iter().map(|file| file.refused.as_ref().map_or("", |refusal| refusal.reason)).collect();
    assert_eq!(
        reasons,
        ["NOT_FOUND", "EMPTY_FOLDER", "EMPTY_FILE", "DAMAGED_ARCHIVE", "MISSING_COLUMN", "BAD_HEADER", ""]
    );
    let missing = &report.files[4].refused.as_ref().expect("refused").problems;
    assert_eq!(
        missing.as_slice(),
        ["the header has no column `id`; nearest: `ID`", "the header has no column `views`; nearest: `view_count`"]
    );
    assert_eq!(report.total.imported, 1);
    assert!(!report.is_complete());
}

#[test]
fn a_file_without_times_keeps_the_time_of_its_first_import() {
    let folder = tempfile::tempdir().expect("a folder");
    let mapping = MAPPING.replace("observed_at = { constant = \"2024-01-02T00:00:00Z\" }\n", "");
    let path = written(folder.path(), "posts.csv", &csv(&[good(1)]));
    let (plan, mut sink) = (plan(folder.path(), Some(&mapping)), Memory::default());
    let set = |second| {
        fs::File::options()
            .append(true)
            .open(&path)
            .and_then(|file| file.set_modified(std::time::UNIX_EPOCH + std::time::Duration::from_secs(second)))
    };
    set(1_700_000_000).expect("a file time");
    let first = run(&plan, std::slice::from_ref(&path), &mut sink);
    set(1_710_000_000).expect("a file time");
    let second = run(&plan, std::slice::from_ref(&path), &mut sink);
    assert_eq!(first.files[0].observed_at, "2023-11-14T22:13:20Z");
    assert_eq!((second.files[0].observed_at.as_str(), second.total.duplicate), ("2023-11-14T22:13:20Z", 1));
}

#[test]
fn ways_to_reach_a_creator_are_sent_after_its_profile_and_are_not_in_it() {
    let folder = tempfile::tempdir().expect("a temporary folder");
    let mapping = MAPPING.replace("[account]", "emails = \"mail\"\nagency = \"agency\"\n[account]");
    let text = format!(
        "user,id,time,views,followers,mail,agency\nana,{},1,5,7,\"a@example.com, b@example.com\",Big\nbob,{},1,5,7,,\n",
        post_id(1),
        post_id(2)
    );
    let path = folder.path().join("a.csv");
    fs::write(&path, text).expect("written");
    let mut sink = Memory::default();
    run(&plan(folder.path(), Some(&mapping)), &[path], &mut sink);
    assert_eq!((sink.creators.len(), sink.contacts.len()), (2, 1));
    let contact = &sink.contacts[0];
    assert_eq!((contact.name.as_str(), contact.agency.as_str()), ("creators/tiktok:ana/contact", "Big"));
    assert_eq!(contact.emails, ["a@example.com", "b@example.com"]);
    assert!(!format!("{:?}", sink.creators).contains("example.com"));
}
