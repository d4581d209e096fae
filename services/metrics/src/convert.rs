//! Owns the translation between the contract and the model, both ways. Never I/O.

pub mod cohort;
pub mod ingest;
pub mod metric;
pub mod post;
pub mod registry;
pub mod request;
pub mod sponsorship;

pub use creatorscope_kit::clock::{from_wire_time, to_wire_time};

/// Reads numbers of a closed list; 0 stands for "not given". The error names the number.
pub fn from_wire_number<T>(number: i32, read: impl Fn(i32) -> Option<T>) -> Result<Option<T>, String> {
    match (number, read(number)) {
        (0, _) => Ok(None),
        (_, Some(value)) => Ok(Some(value)),
        (unknown, None) => Err(format!("{unknown} is not a value of this list")),
    }
}
