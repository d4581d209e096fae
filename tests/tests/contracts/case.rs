//! Owns the spelling of names: snake, Pascal and upper snake case. Never looks at descriptors.

/// `lower_snake_case`: words of `a-z0-9`, one `_` between them, a letter first.
pub(crate) fn is_lower_snake(name: &str) -> bool {
    name.starts_with(|first: char| first.is_ascii_lowercase())
        && name.split('_').all(|word| {
            !word.is_empty() && word.chars().all(|letter| letter.is_ascii_lowercase() || letter.is_ascii_digit())
        })
}

/// `PascalCase`: letters and digits only, a capital first, and not capitals alone.
pub(crate) fn is_pascal(name: &str) -> bool {
    name.starts_with(|first: char| first.is_ascii_uppercase())
        && name.chars().all(|letter| letter.is_ascii_alphanumeric())
        && (name.len() == 1 || name.chars().any(|letter| letter.is_ascii_lowercase()))
}

/// `UPPER_SNAKE_CASE`: words of `A-Z0-9`, one `_` between them, a letter first.
pub(crate) fn is_upper_snake(name: &str) -> bool {
    !name.chars().any(|letter| letter.is_ascii_lowercase()) && is_lower_snake(&name.to_ascii_lowercase())
}

/// Spells a Pascal case name in upper snake case: `PostFormat` is `POST_FORMAT`.
pub(crate) fn upper_snake(pascal: &str) -> String {
    let mut spelled = String::new();
    for (place, letter) in pascal.chars().enumerate() {
        if place > 0 && letter.is_ascii_uppercase() {
            spelled.push('_');
        }
        spelled.push(letter.to_ascii_uppercase());
    }
    spelled
}

/// `lowerCamelCase`: letters and digits only, a small letter first.
pub(crate) fn is_lower_camel(name: &str) -> bool {
    name.starts_with(|first: char| first.is_ascii_lowercase())
        && name.chars().all(|letter| letter.is_ascii_alphanumeric())
}

#[test]
fn spellings_are_told_apart() {
    assert!(is_lower_snake("page_size") && is_lower_snake("p10"));
    assert!(!is_lower_snake("pageSize") && !is_lower_snake("page__size") && !is_lower_snake("_page"));
    assert!(is_pascal("PostFormat") && !is_pascal("Post_Format") && !is_pascal("POST") && !is_pascal("post"));
    assert!(is_upper_snake("WINDOW_7D") && !is_upper_snake("Window_7D"));
    assert!(is_lower_camel("metricDefinitions") && !is_lower_camel("metric_definitions"));
    assert_eq!(upper_snake("PostFormat"), "POST_FORMAT");
}
