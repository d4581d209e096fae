//! Any text as a filter and as an order: it is read, or every problem is told with a place inside the text.
#![no_main]

use std::sync::OnceLock;

use creatorscope_discovery::{
    filter::{Fields, Filter, MAX_LENGTH},
    order::Order,
};
use libfuzzer_sys::fuzz_target;

static FIELDS: OnceLock<[Fields; 2]> = OnceLock::new();

fn fields() -> &'static [Fields; 2] {
    FIELDS.get_or_init(|| {
        let metrics = ["er.views", "views.mean", "posts.weekly"];
        [Fields::new(metrics.map(str::to_owned)), Fields::of_posts()]
    })
}

fuzz_target!(|text: &str| {
    let count = text.chars().count();
    for fields in fields() {
        match Filter::parse(text, fields) {
            Ok(filter) => {
                assert!(count <= MAX_LENGTH);
                for clause in &filter.clauses {
                    let written: String =
                        text.chars().skip(clause.position).take(clause.text.chars().count()).collect();
                    assert_eq!(written, clause.text);
                    // A clause means the same by itself.
                    let alone = Filter::parse(&clause.text, fields).expect("it was read before");
                    assert!(
                        alone
                            .clauses
                            .iter()
                            .any(|one| format!("{:?}", clause.expression).contains(&format!("{:?}", one.expression)))
                    );
                }
            }
            Err(problems) => {
                assert!(!problems.is_empty());
                for problem in &problems {
                    assert!(problem.position <= count, "{problem}");
                }
            }
        }
        for has_query in [false, true] {
            if let Err(problems) = Order::parse(text, has_query, fields) {
                assert!(!problems.is_empty());
            }
        }
    }
});
