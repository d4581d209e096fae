//! Owns the agreement of sealing: what opens, what does not, and what is told. Never a key that is used elsewhere.

use super::*;

#[test]
fn what_was_sealed_opens_only_for_its_owner_and_unchanged() {
    let ring = KeyRing::parse(&new_line("k1").expect("random")).expect("valid");
    let sealed = ring.seal(b"ana@example.com", b"tiktok:ana").expect("sealed");
    assert_eq!(ring.open(&sealed, b"tiktok:ana").expect("opened"), b"ana@example.com");
    assert!(matches!(ring.open(&sealed, b"tiktok:eve"), Err(SealError::Broken(_))));
    for place in 0..sealed.bytes.len() {
        let mut changed = sealed.clone();
        changed.bytes[place] ^= 1;
        assert!(matches!(ring.open(&changed, b"tiktok:ana"), Err(SealError::Broken(_))), "byte {place}");
    }
    let short = Sealed { bytes: vec![1, 2], ..sealed };
    assert!(matches!(ring.open(&short, b"tiktok:ana"), Err(SealError::Broken(_))));
}

#[test]
fn the_same_content_is_sealed_differently_each_time_and_is_not_seen() {
    let ring = KeyRing::parse(&new_line("k1").expect("random")).expect("valid");
    let content = b"ana@example.com";
    let (one, two) = (ring.seal(content, b"a").expect("sealed"), ring.seal(content, b"a").expect("sealed"));
    assert_ne!(one.bytes, two.bytes);
    assert!(!one.bytes.windows(content.len()).any(|window| window == content));
}

#[test]
fn the_first_key_seals_and_older_ones_still_open() {
    let old = new_line("2025").expect("random");
    let before = KeyRing::parse(&old).expect("valid").seal(b"x", b"a").expect("sealed");
    let ring = KeyRing::parse(&format!("# newest first\n{}\n{old}", new_line("2026").expect("random"))).expect("valid");
    assert_eq!(ring.open(&before, b"a").expect("opened"), b"x");
    assert_eq!(ring.seal(b"x", b"a").expect("sealed").key_id, "2026");
    let newest = KeyRing::parse(&new_line("2027").expect("random")).expect("valid");
    assert!(matches!(newest.open(&before, b"a"), Err(SealError::UnknownKey(id)) if id == "2025"));
}

#[test]
fn a_wrong_line_is_named_and_its_key_is_not_told() {
    let good = new_line("k").expect("random");
    for (text, part) in [
        ("", "no key"),
        ("secretsecret", "line 1"),
        ("a:c2VjcmV0", "not base64 of 32 bytes"),
        (&format!("{good}{good}"), "stands twice"),
        (&format!("{good},b d:{}", good.trim_start_matches("k:")), "line 3"),
    ] {
        let told = KeyRing::parse(text).expect_err("refused").to_string();
        assert!(told.contains(part), "{told}");
        assert!(!told.contains("secretsecret") && !told.contains("c2VjcmV0"), "{told}");
    }
    let shown = format!("{:?}", KeyRing::parse(&good).expect("valid"));
    assert_eq!(shown, "[\"k\"]");
}

#[cfg(unix)]
#[test]
fn a_file_of_keys_is_made_once_for_its_owner_only() {
    use std::os::unix::fs::PermissionsExt;

    let folder = tempfile::tempdir().expect("a temporary folder");
    let path = folder.path().join("below").join("keys");
    assert!(KeyRing::read(&path).expect("readable").is_none());
    let sealed = KeyRing::read_or_make(&path, "k1").expect("made").seal(b"x", b"a").expect("sealed");
    assert_eq!(fs::metadata(&path).expect("there").permissions().mode() & 0o777, 0o600);
    let again = KeyRing::read_or_make(&path, "k2").expect("read");
    assert_eq!(again.open(&sealed, b"a").expect("the same key"), b"x");
    fs::write(&path, "rubbish").expect("written");
    assert!(KeyRing::read_or_make(&path, "k3").is_err(), "a file that cannot be read is not replaced");
}
