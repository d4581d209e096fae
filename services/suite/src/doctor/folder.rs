//! Owns what can be seen in the data folder without a running suite. Never its databases' content.

use std::{
    fs, io,
    path::{Path, PathBuf},
};

use jiff::Timestamp;

use super::Finding;

/// Below so much room the databases may soon fail to write, in bytes.
const LITTLE_ROOM: u64 = 2 << 30;
/// Pages of the live API and kept comments that lie for longer want to be looked at, in days.
const LONG: i64 = 7;

/// Looks at the folder.
pub(super) fn examine(folder: &Path, now: Timestamp) -> Vec<Finding> {
    let shown = folder.display();
    let part = "data folder";
    match fs::metadata(folder) {
        Ok(known) if known.is_dir() => {}
        Ok(_) => return vec![Finding::wrong(part, format!("{shown} is a file"), "name another folder: --data-dir")],
        Err(error) if error.kind() == io::ErrorKind::NotFound => {
            let advice = "nothing; `serve` makes it. If data should be there, name its folder: --data-dir";
            return vec![Finding::attention(part, format!("{shown} is not there yet"), advice)];
        }
        Err(error) => return vec![Finding::wrong(part, format!("{shown}: {error}"), "let this user read it")],
    }
    let mut findings = vec![room(folder)];
    findings.extend(database(folder));
    findings.extend(waiting(&folder.join("youtube-api"), "pages of the live API", now));
    findings.extend(waiting(&folder.join("kept").join("comments"), "kept comments", now));
    findings
}

fn room(folder: &Path) -> Finding {
    let part = "data folder";
    let probe = folder.join(".doctor");
    if let Err(error) = fs::write(&probe, b"").and_then(|()| fs::remove_file(&probe)) {
        return Finding::wrong(
            part,
            format!("{} cannot be written: {error}", folder.display()),
            "let this user write it",
        );
    }
    match rustix::fs::statvfs(folder) {
        Ok(volume) => {
            let free = volume.f_bavail.saturating_mul(volume.f_frsize);
            let found =
                format!("{} can be written, {:.1} GiB are free", folder.display(), free as f64 / (1 << 30) as f64);
            if free < LITTLE_ROOM {
                return Finding::attention(part, found, "make room; databases stop writing on a full disk");
            }
            Finding::good(part, found)
        }
        Err(error) => Finding::attention(part, format!("the free room cannot be told: {error}"), ""),
    }
}

fn database(folder: &Path) -> Vec<Finding> {
    let mut findings = Vec::new();
    for role in ["metrics", "discovery"] {
        let path = folder.join(format!("{role}.db"));
        if let Ok(known) = fs::metadata(&path) {
            let found = format!("{} has {:.1} MiB", path.display(), known.len() as f64 / (1 << 20) as f64);
            findings.push(Finding::good(format!("database of {role}"), found));
        }
    }
    findings
}

/// Files that wait for something.
fn waiting(folder: &Path, what: &str, now: Timestamp) -> Option<Finding> {
    let mut files = Vec::new();
    collect(folder, &mut files, 0);
    if files.is_empty() {
        return None;
    }
    let age = |path: &PathBuf| {
        let changed = fs::metadata(path).and_then(|known| known.modified()).ok()?;
        Timestamp::try_from(changed).ok().map(|changed| now.duration_since(changed).as_hours() / 24)
    };
    let oldest = files.iter().filter_map(age).max().unwrap_or_default();
    let found = format!("{} files in {}, the oldest of {oldest} days", files.len(), folder.display());
    Some(if oldest > LONG {
        Finding::attention(
            what,
            found,
            "run the import that made them again: it goes on, and removes what may not be kept",
        )
    } else {
        Finding::good(what, found)
    })
}

fn collect(folder: &Path, files: &mut Vec<PathBuf>, depth: u32) {
    let Ok(entries) = fs::read_dir(folder) else { return };
    for entry in entries.flatten() {
        let path = entry.path();
        if path.is_dir() && depth < 4 {
            collect(&path, files, depth + 1);
        } else if path.is_file() && !path.ends_with("quota.json") {
            files.push(path);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::{super::State, *};

    fn now() -> Timestamp {
        "2100-01-01T00:00:00Z".parse().expect("a time")
    }

    #[test]
    fn a_folder_that_is_not_there_yet_is_no_fault() {
        let folder = tempfile::tempdir().expect("a folder");
        let found = examine(&folder.path().join("new"), now());
        assert_eq!(found.iter().map(|finding| finding.state).collect::<Vec<_>>(), [State::Attention]);
    }

    #[test]
    fn a_file_in_the_place_of_the_folder_is_wrong() {
        let folder = tempfile::tempdir().expect("a folder");
        let file = folder.path().join("data");
        fs::write(&file, b"").expect("written");
        assert_eq!(examine(&file, now())[0].state, State::Wrong);
    }

    #[test]
    fn pages_that_lie_for_years_want_attention_and_the_quota_does_not() {
        let folder = tempfile::tempdir().expect("a folder");
        let pages = folder.path().join("youtube-api");
        fs::create_dir_all(pages.join("a")).expect("made");
        fs::write(pages.join("quota.json"), b"{}").expect("written");
        assert_eq!(waiting(&pages, "pages", now()), None);
        fs::write(pages.join("a/000001-channels.json"), b"{}").expect("written");
        assert_eq!(waiting(&pages, "pages", now()).map(|finding| finding.state), Some(State::Attention));
    }
}
