//! Any template of `google.api.http` and any path: both are read or refused, and values that are bound hold no step out of the path.
#![no_main]

use creatorscope_gateway::fuzzing::bind;
use libfuzzer_sys::fuzz_target;

fuzz_target!(|input: &str| {
    let (template, path) = input.split_once('\n').unwrap_or((input, "/v1/creators/tiktok:a"));
    for value in bind(template, path).unwrap_or_default() {
        assert!(value.split('/').all(|step| step != "." && step != ".."), "{value}");
        assert!(!value.contains(char::is_control), "{value:?}");
    }
});
