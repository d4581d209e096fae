//! Owns the fields that many requests share: who asks, which version was read, why. Never what is asked.

use creatorscope_kit::fault::Violations;

use super::parts::length;

/// The longest `request_id`, in characters.
const LONGEST_REQUEST_ID: usize = 100;
/// The longest name of a person, in characters.
const LONGEST_ACTOR: usize = 200;
/// The longest note, in characters.
const LONGEST_NOTE: usize = 2_000;

/// Notes a `request_id` that is too long or has control characters; empty is accepted.
pub fn request_id(problems: &mut Violations, request_id: &str) {
    length(problems, "request_id", request_id, 0, LONGEST_REQUEST_ID);
    controls(problems, "request_id", request_id);
}

/// Notes an `actor` that is too long or has control characters; empty is accepted.
pub fn actor(problems: &mut Violations, actor: &str) {
    length(problems, "actor", actor, 0, LONGEST_ACTOR);
    controls(problems, "actor", actor);
}

/// Notes a `note` that is too long; empty is accepted.
pub fn note(problems: &mut Violations, note: &str) {
    length(problems, "note", note, 0, LONGEST_NOTE);
}

/// Notes an `etag` that was not sent; `field` is `etag` or, of a whole resource, e.g. `campaign.etag`.
pub fn etag(problems: &mut Violations, field: &str, etag: &str) {
    if etag.is_empty() {
        problems.add(field, "REQUIRED", "not set; accepted is the `etag` of the resource as it was read last");
    }
}

fn controls(problems: &mut Violations, field: &str, text: &str) {
    if text.chars().any(char::is_control) {
        problems.add(
            field,
            "INVALID_VALUE",
            "has a control character such as a line break; accepted are texts without",
        );
    }
}
