//! Owns the comparison of a label's language with a content's. Never the detection of languages beyond their script.

use crate::{
    check::{Confidence, Verdict},
    rules::{Language, LanguageRule, Rule},
};

/// What a language rule says of a label.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Fit {
    /// It fits, or no rule is against it.
    Fits,
    /// It does not.
    Wrong(Verdict),
}

/// Judges a label's language.
pub(crate) fn fit(rule: &Rule<Language>, label: &str, content: &str) -> Fit {
    if label == "any" {
        return Fit::Fits;
    }
    let listed = || rule.says.languages.iter().any(|one| same(one, label));
    let of_content = || content.is_empty() || same(content, label);
    let fits = match rule.says.rule {
        LanguageRule::Listed => listed(),
        LanguageRule::SameAsContent => of_content(),
        LanguageRule::ListedOrSameAsContent => listed() || of_content(),
        LanguageRule::Understood => true,
    };
    if fits { Fit::Fits } else { Fit::Wrong(breach(rule.basis.confidence)) }
}

fn breach(confidence: Confidence) -> Verdict {
    confidence.breach()
}

/// Tells whether two tags are the same language, whatever region or script they name.
pub(crate) fn same(one: &str, other: &str) -> bool {
    primary(one).eq_ignore_ascii_case(primary(other))
}

/// Gives a tag that names a language; `und` and words that are no tags name none.
pub(crate) fn known(tag: &str) -> Option<&str> {
    let tag = tag.trim();
    let primary = primary(tag);
    let is_tag = matches!(primary.len(), 2 | 3) && primary.bytes().all(|byte| byte.is_ascii_alphabetic());
    let names_none = ["und", "mul", "zxx"].iter().any(|none| primary.eq_ignore_ascii_case(none));
    (is_tag && !names_none).then_some(tag)
}

/// The language of a tag, with the old and the regional codes of the same language written as one.
fn primary(tag: &str) -> &str {
    let primary = tag.split(['-', '_']).next().unwrap_or_default();
    match primary {
        "nb" | "nn" | "NB" | "NN" => "no",
        "fil" => "tl",
        "in" => "id",
        _ => primary,
    }
}

/// Tells a content's language from its script, where the script has only one; empty otherwise.
pub(crate) fn of_script(text: &str) -> &'static str {
    let (mut hangul, mut kana, mut han, mut thai, mut letters) = (0, 0, 0, 0, 0);
    for c in text.chars().filter(|c| c.is_alphabetic()).take(400) {
        letters += 1;
        match c {
            '\u{ac00}'..='\u{d7a3}' => hangul += 1,
            '\u{3040}'..='\u{30ff}' => kana += 1,
            '\u{4e00}'..='\u{9fff}' => han += 1,
            '\u{e00}'..='\u{e7f}' => thai += 1,
            _ => {}
        }
    }
    // A third is enough: names of brands and hashtags are often Latin.
    let much = |count: usize| count * 3 > letters;
    match () {
        () if letters == 0 => "",
        () if much(hangul) => "ko",
        () if kana > 0 && much(kana + han) => "ja",
        () if much(han) => "zh",
        () if much(thai) => "th",
        () => "",
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn regions_and_scripts_make_no_other_language() {
        assert!(same("zh-Hans", "zh-TW") && same("nb-NO", "no") && same("PT-br", "pt"));
        assert!(!same("de", "nl"));
    }

    #[test]
    fn a_tag_that_names_no_language_is_not_known() {
        assert_eq!(known("und"), None);
        assert_eq!(known("english"), None);
        assert_eq!(known(" en-GB "), Some("en-GB"));
    }

    #[test]
    fn a_script_of_one_language_tells_it() {
        assert_eq!(of_script("새 세럼 후기 with glow"), "ko");
        assert_eq!(of_script("新しい美容液"), "ja");
        assert_eq!(of_script("mein neues Serum"), "");
    }
}
