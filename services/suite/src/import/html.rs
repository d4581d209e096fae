//! Owns turning text with HTML marks into plain text. Never a whole page.

/// Names of characters that platforms write.
const NAMES: [(&str, char); 8] = [
    ("amp", '&'),
    ("lt", '<'),
    ("gt", '>'),
    ("quot", '"'),
    ("apos", '\''),
    ("nbsp", ' '),
    ("hellip", '…'),
    ("#39", '\''),
];
/// Longest name of a character.
const LONGEST: usize = 10;

/// The text without tags: `<br>` becomes a line break, `&amp;` a character. What is no tag and no name stays as it is.
pub(super) fn plain(text: &str) -> String {
    let mut plain = String::with_capacity(text.len());
    let mut rest = text;
    while let Some(place) = rest.find(['<', '&']) {
        plain.push_str(&rest[..place]);
        rest = &rest[place..];
        let taken = if rest.starts_with('<') { tag(rest, &mut plain) } else { character(rest, &mut plain) };
        rest = match taken {
            Some(length) => &rest[length..],
            None => {
                plain.push_str(&rest[..1]);
                &rest[1..]
            }
        };
    }
    plain.push_str(rest);
    plain
}

fn tag(text: &str, plain: &mut String) -> Option<usize> {
    let inside = text[1..].trim_start_matches('/');
    let is_tag = inside.starts_with(|c: char| c.is_ascii_alphabetic());
    let end = text.find('>').filter(|_| is_tag)?;
    let name = inside.split(|c: char| !c.is_ascii_alphanumeric()).next().unwrap_or_default();
    if name.eq_ignore_ascii_case("br") {
        plain.push('\n');
    }
    Some(end + 1)
}

fn character(text: &str, plain: &mut String) -> Option<usize> {
    let end = text.bytes().take(LONGEST + 2).position(|byte| byte == b';')?;
    let name = &text[1..end];
    let code = name.strip_prefix('#').and_then(|code| match code.strip_prefix(['x', 'X']) {
        Some(digits) => u32::from_str_radix(digits, 16).ok(),
        None => code.parse().ok(),
    });
    let known = NAMES.iter().find(|(known, _)| *known == name).map(|(_, character)| *character);
    plain.push(known.or_else(|| code.and_then(char::from_u32))?);
    Some(end + 1)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn marks_are_undone_and_what_only_looks_like_marks_stays() {
        for (text, expected) in [
            ("so good<br />thx &amp; bye", "so good\nthx & bye"),
            ("<a href=\"https://x/?a=1&amp;b=2\">0:10</a> it&#39;s &quot;it&quot;", "0:10 it's \"it\""),
            ("I <3 this & that; 1 < 2 > 0", "I <3 this & that; 1 < 2 > 0"),
            ("&#x1F600;&unknown;&", "😀&unknown;&"),
            ("é<b>ü</b>", "éü"),
        ] {
            assert_eq!(plain(text), expected, "{text}");
        }
    }
}
