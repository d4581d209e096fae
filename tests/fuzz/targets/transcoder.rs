//! Any request over HTTP to any method: it is answered, and what reaches a service is a message of that method.
//!
//! The input is a byte for the way of a method, a byte of flags, a line with the values of the path and the parameters, and the body.
#![no_main]

use std::sync::OnceLock;

use creatorscope_gateway::fuzzing::{Answer, Transcoder};
use libfuzzer_sys::fuzz_target;
use tokio::runtime::{Builder, Runtime};

static HOUSE: OnceLock<(Runtime, Transcoder)> = OnceLock::new();

fn house() -> &'static (Runtime, Transcoder) {
    HOUSE.get_or_init(|| {
        let runtime = Builder::new_current_thread().enable_time().build().expect("a runtime");
        let transcoder = runtime.block_on(Transcoder::new());
        (runtime, transcoder)
    })
}

fuzz_target!(|input: &[u8]| {
    let [way, flags, rest @ ..] = input else { return };
    let (line, body) = match rest.iter().position(|byte| *byte == b'\n') {
        Some(end) => (&rest[..end], &rest[end + 1..]),
        None => (rest, &[][..]),
    };
    let Ok(line) = std::str::from_utf8(line) else { return };
    let (runtime, transcoder) = house();
    let Some(answer) = runtime.block_on(transcoder.answer(*way, *flags, line, body)) else { return };
    let Answer { status, body, .. } = answer;
    // The service answers well, so a fault of the server would be the gateway's own.
    assert!((200..500).contains(&status), "{status}: {}", String::from_utf8_lossy(&body));
    if status >= 400 {
        let told: serde_json::Value = serde_json::from_slice(&body).expect("an error is JSON");
        assert_eq!(told["error"]["code"], status);
    }
});
