//! Owns the time of day, and how a time stands on the wire. Never a time zone or a duration of a rule.

use std::sync::{
    Arc,
    atomic::{AtomicI64, Ordering},
};

use jiff::Timestamp;

/// Tells the time: the machine's, or one that a test sets.
#[derive(Debug, Clone)]
pub struct Clock(Hand);

#[derive(Debug, Clone)]
enum Hand {
    Machine,
    Fixed(Arc<AtomicI64>),
}

impl Clock {
    /// The machine's clock.
    pub fn system() -> Self {
        Self(Hand::Machine)
    }

    /// A clock that stands still until [`Clock::set`]; clones show the same time.
    pub fn fixed(time: Timestamp) -> Self {
        Self(Hand::Fixed(Arc::new(AtomicI64::new(time.as_microsecond()))))
    }

    /// The time now, to the microsecond, as everything stores it.
    #[allow(clippy::disallowed_methods, reason = "this is the one place that reads the machine's clock")]
    pub fn now(&self) -> Timestamp {
        let micros = match &self.0 {
            Hand::Machine => Timestamp::now().as_microsecond(),
            Hand::Fixed(hand) => hand.load(Ordering::SeqCst),
        };
        crate::db::timestamp(micros)
    }

    /// A name that nobody else has, lower case, ordered by this clock's time (a UUID of version 7).
    pub fn unique_id(&self) -> String {
        let micros = self.now().as_microsecond().max(0).cast_unsigned();
        // The remainder is below a million.
        let (seconds, nanos) = (micros / 1_000_000, (micros % 1_000_000 * 1_000) as u32);
        uuid::Uuid::new_v7(uuid::Timestamp::from_unix(uuid::NoContext, seconds, nanos)).to_string()
    }

    /// Moves a fixed clock; the machine's stays as it is.
    pub fn set(&self, time: Timestamp) {
        if let Hand::Fixed(hand) = &self.0 {
            hand.store(time.as_microsecond(), Ordering::SeqCst);
        }
    }
}

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
