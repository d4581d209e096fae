//! Any text as a token, and any bytes as an issuer's keys: nothing is accepted that no issuer signed.
#![no_main]

use creatorscope_gateway::fuzzing::{jwks_can_be_read, token_can_be_read};
use libfuzzer_sys::fuzz_target;

fuzz_target!(|input: &[u8]| {
    _ = jwks_can_be_read(input);
    let Ok(text) = std::str::from_utf8(input) else { return };
    // As it is, and with its parts made base64url: three lines are header, claims and signature.
    assert!(!token_can_be_read(text) || text.split('.').count() == 3);
    let lines: Vec<&str> = text.splitn(3, '\n').collect();
    if let [header, claims, signature] = lines[..] {
        _ = token_can_be_read(&creatorscope_gateway::fuzzing::token(header, claims, signature));
    }
});
