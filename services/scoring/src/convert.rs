//! Owns the translation between the contract and the model, both ways. Never I/O.

pub mod ingest;
pub mod reading;

use jiff::Timestamp;

/// A time on the wire.
pub fn to_wire_time(time: Timestamp) -> prost_types::Timestamp {
    let micros = time.as_microsecond();
    // The remainder is below a million.
    prost_types::Timestamp {
        seconds: micros.div_euclid(1_000_000),
        nanos: (micros.rem_euclid(1_000_000) * 1_000) as i32,
    }
}

/// A time of the wire; the error says what is accepted.
pub fn from_wire_time(time: &prost_types::Timestamp) -> Result<Timestamp, String> {
    let refuse =
        || format!("{} s and {} ns are not a time; accepted are the years 1 to 9999", time.seconds, time.nanos);
    if !(0..1_000_000_000).contains(&time.nanos) {
        return Err(refuse());
    }
    Timestamp::new(time.seconds, time.nanos).map_err(|_| refuse())
}
