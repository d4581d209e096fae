//! Any headers as a credential, and any text as a key: refused, unless the key was made here.
#![no_main]

use creatorscope_gateway::{
    fuzzing::credential,
    key::{ApiKey, BadKey},
};
use libfuzzer_sys::fuzz_target;

fuzz_target!(|input: &[u8]| {
    // A line is a header: the first byte says which.
    let lines: Vec<&[u8]> = input.split(|byte| *byte == b'\n').take(8).collect();
    _ = credential(&lines);
    let Ok(text) = std::str::from_utf8(input) else { return };
    match ApiKey::parse(text) {
        Ok(key) => {
            assert_eq!(key.reveal(), text);
            assert!(key.is(&key.hash()) && text.contains(key.id()));
            assert!(!format!("{key:?}").contains(text));
        }
        Err(BadKey::Length(count)) => assert_eq!(count, text.chars().count()),
        Err(_) => {}
    }
});
