//! Owns the collection of everything that is wrong with one item. Never a rule.

use creatorscope_kit::fault::Violation;

/// What is wrong with one item, one entry a field and reason.
#[derive(Debug, Default)]
pub struct Checks(Vec<Violation>);

impl Checks {
    /// Notes a violation: path inside the item, UPPER_SNAKE reason, what was found and what is accepted.
    pub fn add(&mut self, field: impl Into<String>, reason: &'static str, description: impl Into<String>) {
        self.0.push(Violation { field: field.into(), reason, description: description.into() });
    }

    /// Notes that a field is not set, unless something else was already wrong with it.
    pub fn required(&mut self, field: &str, accepted: &str) {
        if !self.0.iter().any(|known| known.field == field) {
            self.add(field, "REQUIRED", format!("not set; {accepted}"));
        }
    }

    /// Whether nothing was wrong so far.
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// Everything that was wrong, in the order of the checks.
    pub fn into_vec(self) -> Vec<Violation> {
        self.0
    }
}
