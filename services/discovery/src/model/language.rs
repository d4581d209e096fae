//! Owns the form of language tags. Never which fields have them.

use creatorscope_kit::fault::Violations;

/// Language tags as RFC 5646 writes them: `pt-BR`, `zh-Hant`.
pub(super) fn language_tags(problems: &mut Violations, tags: &[String]) -> Vec<String> {
    if tags.len() > 20 {
        problems.add("languages", "TOO_MANY", format!("{} values; at most 20 are accepted", tags.len()));
    }
    let mut normal: Vec<String> = Vec::with_capacity(tags.len());
    for (place, tag) in tags.iter().enumerate() {
        let Some(written) = language_tag(tag) else {
            let found: String = tag.chars().take(40).collect();
            let field = format!("languages[{place}]");
            problems.add(field, "INVALID_LANGUAGE", format!("`{found}` is not a BCP 47 tag such as pt or pt-BR"));
            continue;
        };
        if !normal.contains(&written) {
            normal.push(written);
        }
    }
    normal
}

/// A language tag as RFC 5646 writes it; none when it is not one.
pub(super) fn language_tag(tag: &str) -> Option<String> {
    let parts: Vec<&str> = tag.trim().split(['-', '_']).collect();
    let is_part = |part: &&str| (1..=8).contains(&part.len()) && part.bytes().all(|b| b.is_ascii_alphanumeric());
    let is_language = (2..=8).contains(&parts[0].len()) && !parts[0].bytes().any(|byte| byte.is_ascii_digit());
    if !is_language || !parts.iter().all(is_part) {
        return None;
    }
    let written: Vec<String> = parts.iter().enumerate().map(|(at, part)| subtag(at, part)).collect();
    Some(written.join("-"))
}

fn subtag(place: usize, part: &str) -> String {
    match (place, part.len()) {
        (0, _) => part.to_lowercase(),
        (_, 2) => part.to_uppercase(),
        (_, 4) => part[..1].to_uppercase() + &part[1..].to_lowercase(),
        _ => part.to_lowercase(),
    }
}
