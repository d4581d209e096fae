//! Owns reading counts without losing or inventing a digit. Never a column or a row.

use super::problem::Unreadable;

/// How a file writes numbers.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct NumberForm {
    /// What may stand around the digits.
    pub(super) style: Style,
    /// Between groups of three digits, when the file has that.
    pub(super) thousands: Option<char>,
    /// Before the fraction; without it `.`, and `,` for numbers with a unit.
    pub(super) decimal: Option<char>,
    /// What one means: 1 000 for a column in thousands.
    pub(super) scale: i64,
    /// Words that may follow, besides the usual ones, lower case.
    pub(super) words: Vec<String>,
}

/// What may stand around the digits.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Style {
    /// Nothing.
    Plain,
    /// A unit and a word: `1.2M`, `22M views`, `3,4 Mio`.
    Suffix,
    /// What keeps a spreadsheet from changing it: `="123"`, `'123`.
    SpreadsheetSafe,
}

impl Default for NumberForm {
    fn default() -> Self {
        Self { style: Style::Plain, thousands: None, decimal: None, scale: 1, words: Vec::new() }
    }
}

/// Units by what they multiply with; compared in lower case.
const UNITS: [(&str, i128); 26] = [
    ("k", 1_000),
    ("thousand", 1_000),
    ("mil", 1_000),
    ("tsd", 1_000),
    ("tsd.", 1_000),
    ("тыс.", 1_000),
    ("천", 1_000),
    ("千", 1_000),
    ("만", 10_000),
    ("万", 10_000),
    ("萬", 10_000),
    ("lakh", 100_000),
    ("m", 1_000_000),
    ("mi", 1_000_000),
    ("mio", 1_000_000),
    ("mio.", 1_000_000),
    ("mln", 1_000_000),
    ("million", 1_000_000),
    ("millions", 1_000_000),
    ("crore", 10_000_000),
    ("억", 100_000_000),
    ("億", 100_000_000),
    ("b", 1_000_000_000),
    ("bn", 1_000_000_000),
    ("mrd", 1_000_000_000),
    ("billion", 1_000_000_000),
];
/// Words that people put behind counts.
const WORDS: [&str; 18] = [
    "view",
    "views",
    "play",
    "plays",
    "like",
    "likes",
    "follower",
    "followers",
    "subscriber",
    "subscribers",
    "comment",
    "comments",
    "share",
    "shares",
    "save",
    "saves",
    "post",
    "posts",
];
/// What spreadsheets write instead of a result, in several languages.
const SPREADSHEET_ERRORS: [&str; 19] = [
    "#REF!", "#VALUE!", "#VALOR!", "#N/A", "#N/D", "#NV", "#NAME?", "#NOMBRE?", "#NOME?", "#NOM?", "#DIV/0!", "#NUM!",
    "#NULL!", "#WERT!", "#BEZUG!", "#VALEUR!", "#SPILL!", "#CALC!", "#ERROR!",
];
const DIGITS: &str = "digits, e.g. `1234`";

/// Refuses what a spreadsheet wrote because it had no result.
pub(super) fn refuse_spreadsheet_error(text: &str) -> Result<(), Unreadable> {
    let upper = text.replace(['¡', '¿'], "").to_uppercase();
    let crosses = text.len() > 2 && text.bytes().all(|byte| byte == b'#');
    if crosses || SPREADSHEET_ERRORS.contains(&upper.as_str()) {
        return Err(Unreadable::new(
            "SPREADSHEET_ERROR",
            "the value itself; the spreadsheet had none when it was exported",
        ));
    }
    Ok(())
}

/// Refuses `2.28E+11`: what a spreadsheet leaves of a long number.
pub(super) fn refuse_scientific(text: &str) -> Result<(), Unreadable> {
    let digits = |part: &str| !part.is_empty() && part.bytes().all(|byte| byte.is_ascii_digit());
    let scientific = text.split_once(['e', 'E']).is_some_and(|(mantissa, exponent)| {
        digits(&mantissa.trim_start_matches(['+', '-']).replace(['.', ','], ""))
            && digits(exponent.trim_start_matches(['+', '-']))
    });
    if scientific {
        let accepted = "all digits; scientific notation has lost some, export the column as text";
        return Err(Unreadable::new("MANGLED_NUMBER", accepted));
    }
    Ok(())
}

/// Reads a count, 0 and more. Nothing is rounded.
pub(super) fn count(text: &str, form: &NumberForm) -> Result<i64, Unreadable> {
    let text = unwrapped(text.trim(), form.style);
    if text.starts_with('#') {
        return Err(Unreadable::new(
            "SPREADSHEET_ERROR",
            "the value itself; the spreadsheet had none when it was exported",
        ));
    }
    refuse_scientific(text)?;
    if text
        .strip_prefix(['-', '−', '–'])
        .is_some_and(|rest| rest.trim_start().starts_with(|c: char| c.is_ascii_digit()))
    {
        let accepted =
            "0 and more; say `missing` or `hidden_if` in the mapping if this marks an absent or hidden count";
        return Err(Unreadable::new("NEGATIVE_COUNT", accepted));
    }
    let text = text.strip_prefix('+').unwrap_or(text);
    let numeric =
        |c: char| c.is_ascii_digit() || c == '.' || c == ',' || Some(c) == form.thousands || Some(c) == form.decimal;
    let length = text.find(|c| !numeric(c)).unwrap_or(text.len());
    let (number, rest) = (text[..length].trim_end(), text[length..].trim());
    if !number.starts_with(|c: char| c.is_ascii_digit()) {
        return Err(Unreadable::new("NOT_A_NUMBER", DIGITS));
    }
    let unit = match form.style {
        Style::Suffix => unit_of(rest, &form.words)?,
        _ if rest.is_empty() => None,
        _ => {
            return Err(Unreadable::new(
                "NOT_A_NUMBER",
                format!("{DIGITS}; say `number = \"suffix\"` in the mapping for units"),
            ));
        }
    };
    let (whole, fraction) = split_fraction(number, form, unit.is_some())?;
    exact(&whole, fraction, unit.unwrap_or(1) * i128::from(form.scale))
}

/// `digits × multiplier`, when that is a whole number that fits.
fn exact(whole: &str, fraction: &str, multiplier: i128) -> Result<i64, Unreadable> {
    let too_large = || Unreadable::new("COUNT_TOO_LARGE", "at most 9223372036854775807");
    let fraction = fraction.trim_end_matches('0');
    let digits = format!("{whole}{fraction}");
    if digits.trim_start_matches('0').len() > 25 {
        return Err(if fraction.is_empty() {
            too_large()
        } else {
            Unreadable::new("FRACTIONAL_COUNT", "a whole number")
        });
    }
    let mantissa: i128 = digits.parse().map_err(|_| Unreadable::new("NOT_A_NUMBER", DIGITS))?;
    let product = mantissa.checked_mul(multiplier).ok_or_else(too_large)?;
    let divisor = u32::try_from(fraction.len()).ok().and_then(|power| 10_i128.checked_pow(power));
    match divisor {
        Some(divisor) if product % divisor == 0 => i64::try_from(product / divisor).map_err(|_| too_large()),
        _ => Err(Unreadable::new("FRACTIONAL_COUNT", "a whole number")),
    }
}

fn unwrapped(text: &str, style: Style) -> &str {
    if style != Style::SpreadsheetSafe {
        return text;
    }
    let quoted = text.strip_prefix("=\"").and_then(|rest| rest.strip_suffix('"'));
    quoted.or_else(|| text.strip_prefix('\'')).unwrap_or(text).trim()
}

fn unit_of(rest: &str, words: &[String]) -> Result<Option<i128>, Unreadable> {
    let rest = rest.to_lowercase();
    let mut parts = rest.split_whitespace().peekable();
    let known = parts.peek().and_then(|part| UNITS.iter().find(|(unit, _)| unit == part));
    if known.is_some() {
        parts.next();
    }
    for part in parts {
        if !WORDS.contains(&part) && !words.iter().any(|word| word == part) {
            let accepted = "a number with a unit such as K, M, Mio, B and a word such as `views`; add others as `words` in the mapping";
            return Err(Unreadable::new("UNKNOWN_UNIT", accepted));
        }
    }
    Ok(known.map(|(_, multiplier)| *multiplier))
}

/// Splits `1.234,5` as the form says; refuses what could be read in two ways.
fn split_fraction<'a>(number: &'a str, form: &NumberForm, with_unit: bool) -> Result<(String, &'a str), Unreadable> {
    let stated = form.decimal.or(match form.thousands {
        Some('.') => Some(','),
        Some(_) => Some('.'),
        None => None,
    });
    let (whole, fraction, sure) = match stated {
        Some(decimal) => {
            number.split_once(decimal).map_or((number, "", true), |(whole, fraction)| (whole, fraction, true))
        }
        None => {
            let place = if with_unit { number.find(['.', ',']) } else { number.find('.') };
            place.map_or((number, "", true), |place| (&number[..place], &number[place + 1..], false))
        }
    };
    let digits = |part: &str| part.bytes().all(|byte| byte.is_ascii_digit());
    if !sure && fraction.len() == 3 {
        let accepted = "a number that can be read in one way; say `thousands` or `decimal` in the mapping";
        return Err(Unreadable::new("AMBIGUOUS_NUMBER", accepted));
    }
    let grouped = match form.thousands {
        Some(separator) => ungrouped(whole, separator),
        None => digits(whole).then(|| whole.to_owned()),
    };
    match grouped {
        Some(whole) if digits(fraction) && !(fraction.is_empty() && number.ends_with(['.', ','])) => {
            Ok((whole, fraction))
        }
        _ => {
            let accepted = format!("{DIGITS}; say `thousands = \",\"` in the mapping for groups of three digits");
            Err(Unreadable::new("BAD_SEPARATOR", accepted))
        }
    }
}

/// Takes the separators out when they part groups of three digits.
fn ungrouped(whole: &str, separator: char) -> Option<String> {
    let mut groups = whole.split(separator);
    let first = groups.next()?;
    let plain = |group: &str| group.bytes().all(|byte| byte.is_ascii_digit());
    let rest: Vec<&str> = groups.collect();
    let sizes = rest.iter().all(|group| group.len() == 3) && (rest.is_empty() || (1..=3).contains(&first.len()));
    (sizes && plain(first) && rest.iter().all(|group| plain(group))).then(|| whole.replace(separator, ""))
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn plain(text: &str) -> Result<i64, &'static str> {
        count(text, &NumberForm::default()).map_err(|error| error.reason)
    }

    #[test]
    fn a_plain_count_is_digits_and_nothing_else() {
        for (text, expected) in [
            ("0", Ok(0)),
            (" 1234 ", Ok(1234)),
            ("12.0", Ok(12)),
            ("12.00", Ok(12)),
            ("12.5", Err("FRACTIONAL_COUNT")),
            ("1.000", Err("AMBIGUOUS_NUMBER")),
            ("1,234", Err("BAD_SEPARATOR")),
            ("9223372036854775807", Ok(i64::MAX)),
            ("9223372036854775808", Err("COUNT_TOO_LARGE")),
            ("99999999999999999999999999999999999999999", Err("COUNT_TOO_LARGE")),
            ("2.28E+11", Err("MANGLED_NUMBER")),
            ("1e3", Err("MANGLED_NUMBER")),
            ("-1", Err("NEGATIVE_COUNT")),
            ("−7", Err("NEGATIVE_COUNT")),
            ("nan", Err("NOT_A_NUMBER")),
            ("NaN", Err("NOT_A_NUMBER")),
            ("inf", Err("NOT_A_NUMBER")),
            ("", Err("NOT_A_NUMBER")),
            (".", Err("NOT_A_NUMBER")),
            ("12.", Err("BAD_SEPARATOR")),
            ("12 34", Err("NOT_A_NUMBER")),
            ("1.2M", Err("NOT_A_NUMBER")),
            ("０", Err("NOT_A_NUMBER")),
            ("#VALOR!", Err("SPREADSHEET_ERROR")),
            ("#REF!", Err("SPREADSHEET_ERROR")),
            ("#N/A", Err("SPREADSHEET_ERROR")),
            ("########", Err("SPREADSHEET_ERROR")),
        ] {
            assert_eq!(plain(text), expected, "{text}");
        }
    }

    #[test]
    fn units_multiply_exactly() {
        let form = NumberForm { style: Style::Suffix, ..NumberForm::default() };
        for (text, expected) in [
            ("1.2M", Ok(1_200_000)),
            ("22M views", Ok(22_000_000)),
            ("3,4 Mio", Ok(3_400_000)),
            ("12k", Ok(12_000)),
            ("1.2 mil", Ok(1_200)),
            ("2만", Ok(20_000)),
            ("1.5B plays", Ok(1_500_000_000)),
            ("731 views", Ok(731)),
            ("731", Ok(731)),
            ("1.234K", Err("AMBIGUOUS_NUMBER")),
            ("1.2345K", Err("FRACTIONAL_COUNT")),
            ("12 bananas", Err("UNKNOWN_UNIT")),
            ("M", Err("NOT_A_NUMBER")),
            ("No views", Err("NOT_A_NUMBER")),
            ("99999999999999B", Err("COUNT_TOO_LARGE")),
        ] {
            assert_eq!(count(text, &form).map_err(|error| error.reason), expected, "{text}");
        }
    }

    #[test]
    fn separators_are_read_only_as_the_mapping_says() {
        let with = |thousands, text| {
            count(text, &NumberForm { thousands: Some(thousands), ..NumberForm::default() })
                .map_err(|error| error.reason)
        };
        assert_eq!(with(',', "1,234,567"), Ok(1_234_567));
        assert_eq!(with('.', "1.234"), Ok(1_234));
        assert_eq!(with('.', "1.234,0"), Ok(1_234));
        assert_eq!(with(' ', "12 345"), Ok(12_345));
        assert_eq!(with('\u{a0}', "12\u{a0}345"), Ok(12_345));
        assert_eq!(with(',', "12,34"), Err("BAD_SEPARATOR"));
        assert_eq!(with(',', "1234,567"), Err("BAD_SEPARATOR"));
        let thousands = NumberForm { scale: 1000, ..NumberForm::default() };
        assert_eq!(count("1.5", &thousands), Ok(1_500));
        let safe = NumberForm { style: Style::SpreadsheetSafe, ..NumberForm::default() };
        assert_eq!(count("=\"123\"", &safe), Ok(123));
        assert_eq!(count("'123", &safe), Ok(123));
    }

    proptest! {
        #[test]
        fn any_text_is_read_or_refused_and_never_panics(text in "\\PC{0,12}") {
            let form = NumberForm { style: Style::Suffix, thousands: Some(','), ..NumberForm::default() };
            let _ = (plain(&text), count(&text, &form));
        }

        #[test]
        fn every_count_reads_back(number in 0..=i64::MAX) {
            prop_assert_eq!(plain(&number.to_string()), Ok(number));
        }
    }
}
