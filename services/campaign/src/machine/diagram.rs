//! Owns the page of the state machines, `STATES.md`: diagrams and tables made from the rules. Never a rule.

use std::fmt::Write;

use super::{
    CAMPAIGN, DELIVERABLE, PARTICIPANT,
    table::{Action, State, Table},
};

const HEAD: &str = "# States

What can be done in which state, made from the tables in `src/machine.rs` by
`cargo test -p creatorscope-campaign --lib -- --ignored renew`. What is not here is answered with `FAILED_PRECONDITION`, the state
and what it allows. `SeePost` is what the service does by itself when metrics reports a post.
";

/// The whole page, in Markdown with diagrams in Mermaid.
pub fn page() -> String {
    let parts =
        [section("Campaign", &CAMPAIGN), section("Participant", &PARTICIPANT), section("Deliverable", &DELIVERABLE)];
    format!("{HEAD}{}", parts.concat())
}

/// One machine as a Mermaid `stateDiagram-v2`: an arrow a change, with the RPC and its condition.
pub fn mermaid<S: State, A: Action>(table: &Table<S, A>) -> String {
    let mut lines = vec!["stateDiagram-v2".to_owned(), format!("    [*] --> {}", table.initial.short_name())];
    for row in table.rows {
        for from in row.from {
            let condition = match row.when.words() {
                "" => String::new(),
                words => format!(", {words}"),
            };
            lines.push(format!(
                "    {} --> {}: {}{condition}",
                from.short_name(),
                row.to.short_name(),
                row.action.name()
            ));
        }
    }
    lines.extend(
        table
            .states()
            .into_iter()
            .filter(|state| table.is_final(*state))
            .map(|state| format!("    {} --> [*]", state.short_name())),
    );
    lines.join("\n")
}

fn section<S: State, A: Action>(title: &str, table: &Table<S, A>) -> String {
    let mut text = format!("\n## {title}\n\n```mermaid\n{}\n```\n\n", mermaid(table));
    text.push_str("| from | action | when | to |\n|---|---|---|---|\n");
    for row in table.rows {
        let from = row.from.iter().map(|state| format!("`{}`", state.short_name())).collect::<Vec<_>>().join(", ");
        let when = row.when.words();
        // A `String` takes every write.
        let _ = writeln!(text, "| {from} | {} | {when} | `{}` |", row.action.name(), row.to.short_name());
    }
    text
}
