//! Owns the agreement of what is an address in a text. Never a real address.

use proptest::prelude::*;

use super::*;

#[test]
fn addresses_are_found_however_people_write_them() {
    for (text, rest, address) in [
        ("mail ana@example.com now", "mail [e-mail] now", "ana@example.com"),
        ("📧ana.b+x@mail.example.co.uk.", "📧[e-mail].", "ana.b+x@mail.example.co.uk"),
        ("mailto:ana@Example.COM", "mailto:[e-mail]", "ana@example.com"),
        ("ana (at) example (dot) com", "[e-mail]", "ana@example.com"),
        ("ana[at]example[dot]com!", "[e-mail]!", "ana@example.com"),
        ("ana{@}example{.}com", "[e-mail]", "ana@example.com"),
        ("ana (arroba) exemplo (ponto) com . br", "[e-mail] . br", "ana@exemplo.com"),
        ("write ana at example dot com", "write [e-mail]", "ana@example.com"),
        ("ANA AT EXAMPLE DOT CO DOT UK", "[e-mail]", "ANA@example.co.uk"),
        ("ana @ example.com", "[e-mail]", "ana@example.com"),
        ("ana＠example．com", "[e-mail]", "ana@example.com"),
        ("ana@\u{200B}exam\u{200B}ple.com", "[e-mail]", "ana@example.com"),
        ("bücher@exämple.de", "[e-mail]", "bücher@exämple.de"),
        ("連絡先:ana@example.jp。", "連絡先:[e-mail]。", "ana@example.jp"),
        ("<ana@example.com>", "<[e-mail]>", "ana@example.com"),
        ("Business...ana@xn--bcher-kva.example", "[e-mail]", "Business...ana@xn--bcher-kva.example"),
        ("ana-m_1%x@example.museum/x", "[e-mail]/x", "ana-m_1%x@example.museum"),
    ] {
        assert_eq!(take_out(text), (rest.to_owned(), vec![address.to_owned()]), "{text}");
    }
}

#[test]
fn what_only_resembles_an_address_stays() {
    for text in [
        "",
        "follow @ana and @ana.b on tiktok",
        "look at example.com",
        "meet me @ the mall. Bring friends",
        "follow me @ ana.official",
        "Ana et Bob point com",
        "1@2",
        "ana@localhost",
        "ana@.com",
        "score 3@4.5",
        "@@ana@@",
        "five dots ..... at the end",
    ] {
        assert_eq!(take_out(text), (text.to_owned(), Vec::new()), "{text}");
    }
}

#[test]
fn several_addresses_are_each_taken_once_and_only_twenty_are_kept() {
    let (rest, found) = take_out("a1@example.com, b1@example.com / A1@example.com");
    assert_eq!((rest.as_str(), found.len()), ("[e-mail], [e-mail] / [e-mail]", 2));
    let many: Vec<String> = (0..50).map(|place| format!("a{place}@example.com")).collect();
    let (rest, found) = take_out(&many.join(" "));
    assert_eq!(found.len(), 20);
    assert!(!rest.contains('@'), "{rest}");
}

#[test]
fn a_whole_text_is_one_address_or_none() {
    assert_eq!(whole(" ana@example.com "), Some("ana@example.com".to_owned()));
    for text in ["", "ana", "ana@example.com, bob@example.com", "mailto:ana@example.com"] {
        assert_eq!(whole(text), None, "{text}");
    }
}

proptest! {
    #[test]
    fn no_text_makes_it_fail_and_none_keeps_a_plain_address(before in "\\PC{0,20}", after in "\\PC{0,20}") {
        let (rest, _) = take_out(&format!("{before} ana@example.com {after}"));
        prop_assert!(!rest.contains("ana@example.com"));
        let (again, more) = take_out(&rest);
        prop_assert!(more.is_empty() || again != rest);
    }

    #[test]
    fn what_is_not_taken_out_stays_as_it_was(text in "[^@＠﹫]{0,60}") {
        let (rest, found) = take_out(&text);
        prop_assert!(!found.is_empty() || rest == text);
    }
}
