//! Comments of our own and what they are about.

use super::*;

const PLACE: Place<'static> = Place {
    creator_names: &["Mara Bakes", "mara.bakes"],
    products: &["Kornglück"],
    title: "Three mistakes with sourdough starter",
    is_reply: false,
};

fn aim(text: &str) -> Option<Target> {
    target(text, PLACE).map(|aim| aim.target)
}

#[test]
fn who_is_addressed_is_the_creator() {
    for text in [
        "you are the best",
        "Te quiero mucho, eres genial tú",
        "você é incrível",
        "du bist so nervig",
        "vous êtes nulle",
        "あなたの話し方が好き",
        "你太棒了",
        "أنت رائع",
        "mara bakes never disappoints",
        "this video is boring",
    ] {
        assert_eq!(aim(text), Some(Target::Creator), "{text}");
    }
}

#[test]
fn a_product_is_told_from_who_shows_it() {
    for text in [
        "Kornglück tastes like cardboard",
        "way too expensive, the price is a joke",
        "comprei e não gostei",
        "제품 별로",
    ] {
        assert_eq!(aim(text), Some(Target::Product), "{text}");
    }
}

#[test]
fn words_of_the_title_are_the_topic() {
    assert_eq!(aim("sourdough starter always dies on me"), Some(Target::Topic));
    assert_eq!(aim("my starter never rises"), Some(Target::Topic));
}

#[test]
fn an_answer_is_about_whom_it_answers() {
    let reply = Place { is_reply: true, ..PLACE };
    assert_eq!(target("you have no idea", reply).map(|aim| aim.target), Some(Target::OtherPeople));
    assert_eq!(aim("@someone.else so wrong"), Some(Target::OtherPeople));
    assert_eq!(aim("the haters in here"), Some(Target::OtherPeople));
}

#[test]
fn where_nothing_shows_it_there_is_no_target() {
    for text in ["", "   ", "😀😀", "wow", "ugh terrible"] {
        assert_eq!(aim(text), None, "{text}");
    }
}

#[test]
fn two_targets_leave_less_certainty() {
    let one = target("you are great", PLACE).expect("a target");
    let two = target("you are great and so is Kornglück", PLACE).expect("a target");
    assert!(two.confidence < one.confidence);
    assert!((0.0..=1.0).contains(&two.confidence));
}

#[test]
fn a_name_inside_another_word_is_no_name() {
    let place = Place { creator_names: &["Ann"], ..Place::default() };
    assert_eq!(target("planning planned annexes", place), None);
}
