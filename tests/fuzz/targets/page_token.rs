//! Any text as a page token or as a place in a change log: refused, unless it was given out for the same query.
#![no_main]

use std::sync::OnceLock;

use creatorscope_kit::{
    db::{Db, Migrations},
    page::Sealer,
    token::Token,
};
use libfuzzer_sys::fuzz_target;
use tokio::runtime::Builder;

/// The table of keys is of every database.
const NO_TABLES: Migrations = Migrations { sqlite: &[], postgres: &[] };

static SEALER: OnceLock<Sealer> = OnceLock::new();

fn sealer() -> &'static Sealer {
    SEALER.get_or_init(|| {
        let runtime = Builder::new_current_thread().enable_time().build().expect("a runtime");
        runtime.block_on(async {
            let db = Db::temporary(&NO_TABLES).await.expect("a database");
            Sealer::open(&db).await.expect("a key")
        })
    })
}

fuzz_target!(|input: &[u8]| {
    let (content, context) = input.split_at(input.len() / 2);
    let token = sealer().seal(content, context);
    assert_eq!(sealer().unseal(&token, context).expect("it was given out"), content);
    assert!(sealer().unseal(&token, &[context, b"x"].concat()).is_err(), "another query");
    if let Ok(text) = std::str::from_utf8(input) {
        assert!(sealer().unseal(text, context).is_err(), "nobody can guess a seal");
        if let Ok(token) = Token::parse(text, "resume_token") {
            assert!(token.position >= 0);
            assert_eq!(Token::parse(&token.to_string(), "resume_token"), Ok(token));
        }
    }
});
