//! Owns how an error becomes an answer: one trait, one function. Never an error of a service.

use std::{fmt, time::Duration};

pub use tonic::Code;
use tonic::Status;
use tonic_types::{ErrorDetails, StatusExt};
use tracing::error;

/// The domain in every `ErrorInfo`.
pub const DOMAIN: &str = "creatorscope.dev";

/// One thing that is wrong with one field of a request.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Violation {
    /// Path of the field, e.g. `records[3].counts.views`.
    pub field: String,
    /// UPPER_SNAKE, append-only.
    pub reason: &'static str,
    /// What was found and what would be accepted.
    pub description: String,
}

impl Violation {
    /// One problem of one field.
    pub fn new(field: impl Into<String>, reason: &'static str, description: impl Into<String>) -> Self {
        Self { field: field.into(), reason, description: description.into() }
    }
}

/// Everything that is wrong with a request.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Violations(Vec<Violation>);

impl Violations {
    /// Adds a problem.
    pub fn add(&mut self, field: impl Into<String>, reason: &'static str, description: impl Into<String>) {
        self.0.push(Violation::new(field, reason, description));
    }

    /// Takes the value or notes the problem.
    pub fn take<T>(&mut self, result: Result<T, impl Into<Violations>>) -> Option<T> {
        match result {
            Ok(value) => Some(value),
            Err(problems) => {
                self.0.extend(problems.into().0);
                None
            }
        }
    }

    /// Whether nothing is wrong.
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// The problem that was found first.
    pub fn first(&self) -> Option<&Violation> {
        self.0.first()
    }

    /// The problems, in the order in which they were found.
    pub fn into_vec(self) -> Vec<Violation> {
        self.0
    }

    /// Errs when something is wrong.
    pub fn check(self) -> Result<(), Self> {
        if self.is_empty() { Ok(()) } else { Err(self) }
    }
}

impl From<Violation> for Violations {
    fn from(violation: Violation) -> Self {
        Self(vec![violation])
    }
}

impl FromIterator<Violation> for Violations {
    fn from_iter<I: IntoIterator<Item = Violation>>(problems: I) -> Self {
        Self(problems.into_iter().collect())
    }
}

impl fmt::Display for Violations {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for (place, violation) in self.0.iter().enumerate() {
            let separator = if place == 0 { "" } else { "; " };
            write!(f, "{separator}{}: {}", violation.field, violation.description)?;
        }
        Ok(())
    }
}

impl std::error::Error for Violations {}

impl Fault for Violations {
    fn code(&self) -> Code {
        Code::InvalidArgument
    }
    fn reason(&self) -> &'static str {
        "INVALID_REQUEST"
    }
    fn violations(&self) -> &[Violation] {
        &self.0
    }
}

/// An error that can be answered to a caller. `Display` is what the caller reads, unless the code is `INTERNAL` or
/// `UNKNOWN`: then it goes to the log and the caller reads a general sentence.
pub trait Fault: std::error::Error {
    /// The status code.
    fn code(&self) -> Code;
    /// UPPER_SNAKE, append-only.
    fn reason(&self) -> &'static str;
    /// What is wrong with the request.
    fn violations(&self) -> &[Violation] {
        &[]
    }
    /// Facts for programs.
    fn metadata(&self) -> Vec<(String, String)> {
        Vec::new()
    }
    /// When it makes sense to try again.
    fn retry_after(&self) -> Option<Duration> {
        None
    }
    /// The resource that the error is about: type and name.
    fn resource(&self) -> Option<(&'static str, String)> {
        None
    }
}

/// The answer to a caller. Internal causes are logged here, once, and masked.
pub fn status(fault: &dyn Fault) -> Status {
    let code = fault.code();
    let masked = matches!(code, Code::Internal | Code::Unknown | Code::DataLoss);
    let message = if masked {
        error!(reason = fault.reason(), cause = %chain(fault), "a request was not answered because of an internal error");
        "internal error; the log has the cause under the request id".to_owned()
    } else {
        fault.to_string()
    };
    let metadata: Vec<_> = if masked { Vec::new() } else { fault.metadata() };
    let mut details = ErrorDetails::with_error_info(
        fault.reason(),
        DOMAIN,
        metadata.into_iter().collect::<std::collections::HashMap<_, _>>(),
    );
    for violation in fault.violations() {
        details.add_bad_request_violation(
            violation.field.clone(),
            format!("{}: {}", violation.reason, violation.description),
        );
    }
    if let Some(delay) = fault.retry_after() {
        details.set_retry_info(Some(delay));
    }
    if let Some((kind, name)) = fault.resource() {
        details.set_resource_info(kind, name, "", fault.to_string());
    }
    // gRPC carries the message in a header: what is longer than this is in the details anyway.
    let message: String = message.chars().take(2_000).collect();
    Status::with_error_details(code, message, details)
}

fn chain(error: &(impl std::error::Error + ?Sized)) -> String {
    let mut text = error.to_string();
    let mut cause = error.source();
    while let Some(inner) = cause {
        text.push_str(": ");
        text.push_str(&inner.to_string());
        cause = inner.source();
    }
    text
}

/// The text of an error and of all its causes.
pub fn causes(error: &(dyn std::error::Error + 'static)) -> String {
    chain(error)
}
