//! Owns the tests of what is found in archives, folders and standard input. Never the dirt in it.

use std::io::Write as _;

use super::*;

#[test]
fn an_import_from_an_archive_that_broke_off_goes_on_in_its_entry() {
    let rows: Vec<String> =
        (0..9_500).map(|place| line(1, &format!("{}", 6_892_428_462_015_900_000_u64 + place))).collect();
    let rows: Vec<&str> = rows.iter().map(String::as_str).collect();
    let folder = tempfile::tempdir().expect("a folder");
    let path = folder.path().join("a.zip");
    let entries = [("1.csv", &csv(&rows[..2_000])[..]), ("2.csv.gz", &gzipped(&csv(&rows[2_000..])))];
    fs::write(&path, zipped(&entries, |_| ())).expect("written");
    let plan = plan(folder.path(), Some(MAPPING));
    let mut sink = Memory::breaking_at(5);
    let first = block_on(import(&plan, std::slice::from_ref(&path), &mut sink, &Silent));
    assert_eq!(first.interrupted.as_deref(), Some("gone"));
    sink.mend();
    let second = block_on(import(&plan, &[path], &mut sink, &Silent));
    assert_eq!((second.interrupted.as_deref(), sink.posts.len()), (None, 9_500));
    assert!(second.total.from_journal >= 2_000, "{:#?}", second.total);
    assert_eq!((second.total.rows, second.total.rejected, second.total.unsent), (9_500, 0, 0));
}

#[test]
fn standard_input_is_read_like_a_file_and_leaves_none() {
    let folder = tempfile::tempdir().expect("a folder");
    let packed = gzipped(b"user,id\n");
    let now = "2026-11-01T00:00:00Z".parse().expect("valid");
    let source = crate::import::containers::spooled(&mut packed.as_slice(), folder.path(), now).expect("spooled");
    assert_eq!(fs::read(&source.path).expect("a file"), packed);
    drop(source);
    assert_eq!(fs::read_dir(folder.path()).expect("a folder").count(), 0);
}

#[test]
fn a_folder_is_read_in_order_and_what_does_not_fit_is_listed() {
    let folder = tempfile::tempdir().expect("a folder");
    let inputs = folder.path().join("in");
    fs::create_dir_all(inputs.join("b")).expect("a folder");
    let files: [(&str, Vec<u8>); 5] = [
        ("b/2.csv.gz", gzipped(&csv(&[&line(1, OTHER)]))),
        ("a.csv", csv(&[&line(4, "7")])),
        ("c.pdf", b"%PDF-1.7".to_vec()),
        ("other.csv", b"x,y\n1,2\n".to_vec()),
        (".hidden", b"x".to_vec()),
    ];
    for (name, bytes) in &files {
        fs::File::create(inputs.join(name)).and_then(|mut file| file.write_all(bytes)).expect("written");
    }
    let report = block_on(import(&plan(folder.path(), Some(MAPPING)), &[inputs], &mut Memory::default(), &Silent));
    let found: Vec<(String, u64, bool)> = report
        .files
        .iter()
        .map(|file| {
            (
                file.file.rsplit("/in/").next().unwrap_or_default().to_owned(),
                file.tally.imported,
                file.skipped.is_some(),
            )
        })
        .collect();
    let expected = [("a.csv", 1, false), ("b/2.csv.gz", 1, false), ("c.pdf", 0, true), ("other.csv", 0, true)];
    assert_eq!(found, expected.map(|(name, imported, skipped)| (name.to_owned(), imported, skipped)));
    assert!(report.is_complete(), "what does not fit keeps nothing from being complete");
}
