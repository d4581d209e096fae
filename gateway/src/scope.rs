//! Owns what a caller may do, in words: `area.verb`, `area.*`, `*`. Never who the caller is.

use thiserror::Error;

/// Most scopes of one key.
const MAX_SCOPES: usize = 50;

/// What is wrong with the scopes of a key.
#[derive(Debug, PartialEq, Eq, Error)]
pub enum BadScopes {
    /// None at all.
    #[error("a key needs at least one scope; accepted are {0}")]
    None(String),
    /// Too many.
    #[error("a key has at most {MAX_SCOPES} scopes")]
    Many,
    /// Nothing that a method asks for.
    #[error("no method asks for the scope `{found}`; accepted are {accepted}")]
    Unknown {
        /// What stood there.
        found: String,
        /// What may stand there.
        accepted: String,
    },
}

/// Whether one of these covers what a method needs.
pub(crate) fn covers(scopes: &[String], needed: &str) -> bool {
    scopes.iter().any(|scope| {
        let area = scope.strip_suffix(".*");
        let in_area = |area: &str| needed.strip_prefix(area).is_some_and(|rest| rest.starts_with('.'));
        scope == "*" || scope == needed || area.is_some_and(in_area)
    })
}

/// Reads scopes that a key is to have; `known` are those that methods ask for. Errors: the first that would open nothing.
pub fn read(scopes: &[String], known: &[String]) -> Result<Vec<String>, BadScopes> {
    let accepted = || format!("*, and of each area area.*: {}", known.join(", "));
    let mut read: Vec<String> = scopes.iter().map(|scope| scope.trim().to_owned()).collect();
    read.retain(|scope| !scope.is_empty());
    read.sort();
    read.dedup();
    if read.is_empty() {
        return Err(BadScopes::None(accepted()));
    }
    if read.len() > MAX_SCOPES {
        return Err(BadScopes::Many);
    }
    match read.iter().find(|scope| !known.iter().any(|needed| covers(&[(*scope).clone()], needed))) {
        Some(found) => Err(BadScopes::Unknown { found: found.clone(), accepted: accepted() }),
        None => Ok(read),
    }
}

/// Those of the scopes that open something, each once, at most as many as a key has; others are for others.
pub(crate) fn known_among<'a>(scopes: impl Iterator<Item = &'a str>, known: &[String]) -> Vec<String> {
    let mut found = Vec::new();
    for scope in scopes.map(str::to_owned) {
        let opens = known.iter().any(|needed| covers(std::slice::from_ref(&scope), needed));
        if opens && !found.contains(&scope) && found.len() < MAX_SCOPES {
            found.push(scope);
        }
    }
    found
}

#[cfg(test)]
mod tests {
    use super::*;

    fn texts(list: &[&str]) -> Vec<String> {
        list.iter().map(|text| (*text).to_owned()).collect()
    }

    #[test]
    fn a_wildcard_covers_its_area_and_nothing_beside_it() {
        let cases = [
            ("metrics.read", "metrics.read", true),
            ("metrics.*", "metrics.read", true),
            ("*", "metrics.read", true),
            ("metrics.read", "metrics.write", false),
            ("metrics", "metrics.read", false),
            ("met.*", "metrics.read", false),
            (".*", "metrics.read", false),
            ("metrics.rea", "metrics.read", false),
            ("*.read", "metrics.read", false),
        ];
        for (scope, needed, covered) in cases {
            assert_eq!(covers(&texts(&[scope]), needed), covered, "{scope} {needed}");
        }
        assert!(!covers(&[], "metrics.read"));
    }

    #[test]
    fn a_key_gets_only_scopes_that_open_something() {
        let known = texts(&["discovery.read", "metrics.read"]);
        assert_eq!(
            read(&texts(&["metrics.*", " discovery.read", "metrics.*", ""]), &known),
            Ok(texts(&["discovery.read", "metrics.*"]))
        );
        assert_eq!(read(&texts(&["*"]), &known), Ok(texts(&["*"])));
        assert!(matches!(read(&[], &known), Err(BadScopes::None(_))));
        for wrong in ["metrics", "metrics.raed", "other.*", "*.*"] {
            let told = read(&texts(&[wrong]), &known).expect_err("opens nothing").to_string();
            assert!(told.contains(wrong) && told.contains("metrics.read"), "{told}");
        }
    }
}
