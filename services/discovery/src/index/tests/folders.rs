//! Owns what an index keeps when it is opened or filled again. Never what filters and orders mean.

use tantivy::merge_policy::NoMergePolicy;

use super::*;

fn write_and_commit(generation: &Generation, ids: &[usize]) {
    let records = ids.iter().map(|id| sample(*id, |_| {}));
    let states: Vec<_> = records.map(|record| (record.creator.id.name(), Some(record))).collect();
    generation.write(&states).expect("written");
    generation.commit(100).expect("committed");
}

#[test]
fn an_index_that_is_opened_again_goes_on_where_it_was() {
    let Opened { generation, folder } = opened(&[sample(0, |_| {}), sample(1, |_| {})]);
    generation.commit(42).expect("committed");
    generation.write(&[("creators/tiktok:c0".to_owned(), None)]).expect("written");
    drop(generation);
    let (again, cursor) = Generation::open(folder.path(), fields(), &memory()).expect("opened");
    assert_eq!(cursor, Some(42));
    assert_eq!(
        again.search(&search("", "", 10)).expect("searched").total,
        Some(2),
        "what was not committed is not there"
    );
    again.write(&[("creators/tiktok:c0".to_owned(), None)]).expect("written");
    again.commit(43).expect("committed");
    assert_eq!(again.search(&search("", "", 10)).expect("searched").total, Some(1));
}

#[test]
fn an_index_for_other_metrics_is_another_one() {
    let Opened { generation, folder } = opened(&[sample(0, |_| {})]);
    let (other, cursor) = Generation::open(folder.path(), Fields::new(Vec::new()), &memory()).expect("opened");
    assert_eq!(cursor, None);
    drop(generation);
    other.remove_others(folder.path()).expect("removed");
    assert_eq!(fs::read_dir(folder.path()).expect("listed").count(), 1);
}

#[test]
fn a_damaged_index_is_made_anew() {
    let Opened { generation, folder } = opened(&[sample(0, |_| {})]);
    drop(generation);
    let path = Generation::path(folder.path(), &fields());
    fs::write(path.join("meta.json"), "rubbish").expect("written");
    let (_, cursor) = Generation::open(folder.path(), fields(), &memory()).expect("opened");
    assert_eq!(cursor, None);
}

#[test]
fn what_the_system_says_of_the_disk_is_told_from_what_is_wrong_with_the_index() {
    let full = || io::Error::from_raw_os_error(28);
    let waited_for = [TantivyError::IoError(full().into()), TantivyError::InternalError(full().to_string())];
    assert!(waited_for.into_iter().all(|error| IndexError::from(error).is_of_disk()));
    assert!(!IndexError::from(TantivyError::InternalError("document 1 has no name".to_owned())).is_of_disk());
}

#[test]
fn an_index_that_is_filled_again_forgets_what_was_written_and_not_committed() {
    let Opened { generation, folder: _folder } = opened(&[]);
    write_and_commit(&generation, &[2]);
    let both = [0, 1].map(|id| (sample(id, |_| {}).creator.id.name(), Some(sample(id, |_| {}))));
    generation.write(&both).expect("written");
    generation.clear().expect("cleared");
    write_and_commit(&generation, &[1]);
    let found = generation.search(&search("", "", 10)).expect("searched");
    let names: Vec<&str> = found.hits.iter().map(|hit| hit.name.as_str()).collect();
    assert_eq!(names, ["creators/tiktok:c1"]);
}

#[test]
fn the_first_creator_written_after_opening_is_there_once_although_segments_are_merged() {
    let Opened { generation, folder } = opened(&[]);
    generation.writer().set_merge_policy(Box::new(NoMergePolicy));
    write_and_commit(&generation, &[0, 1, 2]);
    write_and_commit(&generation, &[3, 4, 5, 6]);
    for id in 7..14 {
        write_and_commit(&generation, &[id]);
    }
    // The last commit removes something from the segment that the first write after opening removes from, too.
    write_and_commit(&generation, &[0]);
    drop(generation);

    let (generation, _) = Generation::open(folder.path(), fields(), &memory()).expect("opened");
    write_and_commit(&generation, &[1]);
    let writer = generation.writer.into_inner().expect("nobody panicked");
    writer.wait_merging_threads().expect("merged");
    let (merged, _) = Generation::open(folder.path(), fields(), &memory()).expect("opened");
    assert_eq!(merged.search(&search("", "", 100)).expect("searched").total, Some(14));
}
