//! Owns the map of disclosure checking: facts of many jurisdictions as versioned data, and a post held against them. Never a
//! network, a clock or a store.
//!
//! [`Rules`] are read once (built in, or from a file that lawyers keep) and asked with [`Rules::check`]. What a caller knows goes
//! into [`Content`] and [`Context`]; what comes back is a [`Check`] with one verdict a jurisdiction. A low-confidence fact may turn
//! a pass into a review and never creates a fail.

mod applicable;
mod brand;
mod check;
mod duties;
mod find;
mod judge;
mod language;
mod model;
mod normalise;
mod place;
mod post;
pub mod rules;
mod tokens;

pub use check::{
    Bearer, Check, Confidence, Duty, DutyKind, DutyState, Field, Finding, JurisdictionVerdict, Nexus, Reason, Span,
    Verdict,
};
pub use model::{Content, Context, Medium, Permit, Relation};
pub use rules::{Rules, RulesError};

use crate::{
    judge::Judge,
    post::{Joined, Post},
};

impl Rules {
    /// Judges a post in every jurisdiction that applies. Takes time linear in the texts.
    pub fn check<'r>(&'r self, content: &Content, context: &Context) -> Check<'r> {
        let joined = Joined::of(content);
        let post = Post::of(self, content, &joined, context);
        let mut verdicts: Vec<JurisdictionVerdict<'r>> = applicable::applicable(self, context)
            .into_iter()
            .map(|one| match self.index_of(&one.code) {
                Some(at) => Judge::new(self, at, &post, context).verdict(one.nexus),
                None => unknown(one),
            })
            .collect();
        verdicts.sort_by(|one, other| {
            other.verdict.cmp(&one.verdict).then_with(|| one.jurisdiction.cmp(&other.jurisdiction))
        });
        Check {
            verdict: verdicts.first().map(|worst| worst.verdict),
            verdicts,
            rules_version: self.version(),
            effective_date: context.publish_date,
            notes: post.notes(),
        }
    }
}

fn unknown<'r>(one: applicable::Applicable) -> JurisdictionVerdict<'r> {
    let words = format!("the rules hold no facts about `{}`; it is neither allowed nor forbidden", one.code);
    let finding = Finding::unruled("jurisdictions", Verdict::NoData, Reason::NoJurisdiction, words)
        .fix("Have a lawyer of that country look at the post.");
    JurisdictionVerdict {
        name: one.code.clone(),
        jurisdiction: one.code,
        verdict: Verdict::NoData,
        findings: vec![finding],
        duties: Vec::new(),
        nexus: one.nexus,
    }
}
