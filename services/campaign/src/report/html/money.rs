//! Owns how many decimals a currency has, and how money is written. Never what it was paid for.

/// Currencies whose minor unit is not a hundredth, with the decimals that they have instead. Source: ISO 4217, list one (current currency
/// and funds codes), column "minor unit"; every other currency of it that has a minor unit has 2.
const DECIMALS: [(&str, u32); 26] = [
    ("BHD", 3),
    ("BIF", 0),
    ("CLF", 4),
    ("CLP", 0),
    ("DJF", 0),
    ("GNF", 0),
    ("IQD", 3),
    ("ISK", 0),
    ("JOD", 3),
    ("JPY", 0),
    ("KMF", 0),
    ("KRW", 0),
    ("KWD", 3),
    ("LYD", 3),
    ("OMR", 3),
    ("PYG", 0),
    ("RWF", 0),
    ("TND", 3),
    ("UGX", 0),
    ("UYI", 0),
    ("UYW", 4),
    ("VND", 0),
    ("VUV", 0),
    ("XAF", 0),
    ("XOF", 0),
    ("XPF", 0),
];
/// The most decimals that small amounts, such as the cost of one view, are written with.
const MOST_DECIMALS: usize = 6;

/// Decimals of a currency's main unit, 0 to 4.
pub(super) fn decimals(currency: &str) -> u32 {
    DECIMALS.iter().find(|(code, _)| *code == currency).map_or(2, |(_, decimals)| *decimals)
}

/// An amount in minor units as people write it: `1 234.50 EUR`. Amounts below one main unit get as many decimals as two digits need, so that
/// the cost of a view does not read as 0. Without a currency it is told in minor units.
pub(super) fn text(minor: f64, currency: &str) -> String {
    if currency.is_empty() {
        return format!("{} minor units", super::figure::grouped(minor, 0));
    }
    let own = decimals(currency);
    let amount = minor / 10_f64.powi(own.cast_signed());
    let own = own as usize;
    let small = amount != 0.0 && amount.abs() < 1.0;
    let needed = if small { (-amount.abs().log10().floor()) as usize + 1 } else { 0 };
    format!("{}\u{a0}{currency}", super::figure::grouped(amount, own.max(needed.min(MOST_DECIMALS))))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_amount_has_the_decimals_of_its_currency() {
        assert_eq!(text(1_234_567.0, "EUR"), "12\u{202f}345.67\u{a0}EUR");
        assert_eq!(text(1_234_567.0, "JPY"), "1\u{202f}234\u{202f}567\u{a0}JPY");
        assert_eq!(text(1_234_567.0, "KRW"), "1\u{202f}234\u{202f}567\u{a0}KRW");
        assert_eq!(text(1_234_567.0, "KWD"), "1\u{202f}234.567\u{a0}KWD");
        assert_eq!(text(-250.0, "USD"), "-2.50\u{a0}USD");
        assert_eq!(text(0.0, "USD"), "0.00\u{a0}USD");
    }

    #[test]
    fn what_is_cheap_does_not_read_as_free() {
        assert_eq!(text(1.234, "EUR"), "0.012\u{a0}EUR");
        assert_eq!(text(0.5, "JPY"), "0.50\u{a0}JPY");
        assert_eq!(text(99.9, "USD"), "1.00\u{a0}USD");
    }

    #[test]
    fn money_without_a_currency_says_so() {
        assert_eq!(text(1_234.0, ""), "1\u{202f}234 minor units");
    }

    #[test]
    fn the_table_is_sorted_and_holds_no_code_twice() {
        assert!(DECIMALS.windows(2).all(|pair| pair[0].0 < pair[1].0));
    }
}
