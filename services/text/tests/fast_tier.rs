//! What the fast tier promises about any text, and about sentences whose answer is plain.
#![allow(clippy::panic, reason = "a failed test names its text")]

use creatorscope_text::sentiment::{FastModel, Probabilities, Reading, Scratch, Unknown};

fn read(text: &str) -> Reading {
    FastModel::embedded().read(text, &mut Scratch::default())
}

#[track_caller]
fn probabilities(text: &str) -> Probabilities {
    let reading = read(text);
    reading.sentiment.unwrap_or_else(|unknown| panic!("`{text}`: {unknown:?}, {:?}", reading.language))
}

/// Positive minus negative.
#[track_caller]
fn leaning(text: &str) -> f32 {
    let probabilities = probabilities(text);
    probabilities.positive - probabilities.negative
}

fn code(text: &str) -> Option<&'static str> {
    read(text).language.map(|guess| guess.language.0)
}

#[test]
fn plain_praise_and_plain_scorn_are_told_apart_in_every_supported_language() {
    let pairs = [
        ("I love this video, it is so good!", "I hate this video, it is so bad!"),
        ("أحب هذا الفيديو، رائع جدا", "أكره هذا الفيديو، سيء جدا"),
        ("J'adore cette vidéo, merci, c'est génial !", "Je déteste cette vidéo, c'est vraiment nul et triste"),
        ("Ich liebe dieses Video, einfach super, danke!", "Ich hasse dieses Video, so ein scheiß, schlecht"),
        ("Bellissimo video, complimenti, grazie!", "Che schifo di video, vergogna, pessimo"),
        ("Amei esse vídeo, muito bom, parabéns!", "Que vídeo horrível, que ódio, péssimo"),
        ("Me encanta este video, muchas gracias, genial", "Odio este video, que asco, horrible"),
        (
            "makanannya enak sekali dan pelayanan ramah , saya suka",
            "makanannya tidak enak dan pelayanan buruk , kecewa",
        ),
        ("pencapaian yang sangat baik dan membanggakan negara", "masalah yang buruk dan merugikan rakyat negara"),
        ("この商品はとても良いです。買ってよかったです。", "最悪です。すぐに壊れました。買わないほうがいいです。"),
        ("非常好，质量很好，我很喜欢", "太差了，质量很差，非常失望"),
    ];
    for (praise, scorn) in pairs {
        assert!(leaning(praise) > leaning(scorn) + 0.2, "{praise}: {} {}", leaning(praise), leaning(scorn));
    }
}

#[test]
fn a_negated_word_turns_the_sentiment() {
    let pairs = [
        ("this is good", "this is not good"),
        ("I like it", "I don't like it"),
        ("das ist gut", "das ist nicht gut"),
        ("me gusta", "no me gusta"),
        ("eu gosto disso", "eu não gosto disso"),
        ("mi piace molto", "non mi piace"),
        ("j'aime ça, c'est bien", "je n'aime pas ça, c'est pas bien"),
        ("makanannya enak", "makanannya tidak enak"),
    ];
    for (plain, negated) in pairs {
        assert!(leaning(plain) > leaning(negated), "{negated}: {} {}", leaning(plain), leaning(negated));
    }
}

#[test]
fn pictographs_alone_have_a_sentiment_and_no_language() {
    for text in ["😍", "❤️❤️❤️", "🔥 👏", ":)", "<3", "👍🏽"] {
        assert_eq!(read(text).language, None, "{text}");
        assert!(leaning(text) > 0.3, "{text}: {}", leaning(text));
    }
    for text in ["😡", "🤮🤮", "👎", "🙄", ":("] {
        assert!(leaning(text) < -0.3, "{text}: {}", leaning(text));
    }
    let unheard = probabilities("🪿");
    assert!(unheard.neutral > 0.2, "{unheard:?}");
}

#[test]
fn a_pictograph_adds_to_the_words() {
    assert!(leaning("he did it again 😍") > leaning("he did it again"));
    assert!(leaning("he did it again 😡") < leaning("he did it again"));
}

#[test]
fn nothing_to_read_is_said_to_be_so() {
    for text in [
        "",
        "   \n\t ",
        "https://example.com/watch?v=1",
        "@someone @some.one_else",
        "www.example.com",
        "...",
        "12:30",
        "10/10",
        "\u{200d}\u{fe0f}",
    ] {
        assert_eq!(read(text), Reading { language: None, sentiment: Err(Unknown::NoText) }, "{text:?}");
    }
}

#[test]
fn languages_without_measured_quality_are_named_and_not_read() {
    let texts = [
        ("ko", "이 영상 정말 재미있어요 감사합니다"),
        ("ru", "Очень хорошее видео, спасибо большое"),
        ("uk", "Дуже гарне відео, щиро дякую вам усім за це"),
        ("th", "วิดีโอนี้ดีมากเลย ขอบคุณครับ"),
        ("el", "Πολύ ωραίο βίντεο, ευχαριστώ"),
        ("he", "סרטון מאוד יפה תודה רבה"),
        ("hi", "यह वीडियो बहुत अच्छा है धन्यवाद"),
        ("fa", "این ویدیو خیلی خوب بود و من گریه کردم، ممنون از زحمات شما"),
    ];
    for (language, text) in texts {
        let reading = read(text);
        assert_eq!(code(text), Some(language), "{text}");
        assert_eq!(reading.sentiment, Err(Unknown::LanguageNotSupported), "{text}");
    }
}

#[test]
fn unsupported_languages_in_latin_letters_are_mostly_not_read() {
    let texts = [
        "Bu video gerçekten çok güzel olmuş, ellerine sağlık",
        "Ten film jest naprawdę bardzo dobry, dziękuję bardzo",
        "Deze video is echt heel erg leuk, dank je wel hoor",
        "Video này hay quá, cảm ơn bạn rất nhiều nhé",
        "Den här videon är verkligen jättebra, tack så mycket",
        "Tämä video on todella hyvä, kiitos paljon kaikille",
        "Ez a videó nagyon jó, köszönöm szépen mindenkinek",
        "To video je opravdu velmi dobré, moc děkuji všem",
        "Acest videoclip este foarte bun, mulțumesc mult tuturor",
        "Denne videoen er virkelig bra, tusen takk for alt",
    ];
    let not_read = texts.iter().filter(|text| read(text).sentiment.is_err()).count();
    assert!(not_read >= 8, "{not_read} of {}", texts.len());
}

#[test]
fn supported_languages_are_recognised() {
    let texts = [
        ("en", "I watched the whole thing twice and would do it again tomorrow"),
        ("fr", "Je regarde toujours tes vidéos avec mes enfants le dimanche"),
        ("de", "Wann kommt denn endlich das nächste Video von euch beiden"),
        ("it", "Quando esce il prossimo video che non vedo l'ora di guardarlo"),
        ("pt", "Quando sai o próximo vídeo que eu não aguento mais esperar"),
        ("es", "Cuándo sale el próximo video que ya no puedo esperar más"),
        ("id", "Kapan video selanjutnya keluar kak , saya sudah tidak sabar"),
        ("hi", "bhai ye video bahut accha hai yaar kya baat hai aur kab aayega"),
        ("ja", "次の動画はいつですか"),
        ("zh", "下一个视频什么时候出来"),
        ("ar", "متى ينزل الفيديو القادم يا أخي"),
    ];
    for (language, text) in texts {
        assert_eq!(code(text), Some(language), "{text}");
        assert!(read(text).sentiment.is_ok(), "{text}");
    }
}

/// Texts that people, machines and attackers send.
fn odd_texts() -> Vec<String> {
    let mut texts: Vec<String> = [
        "a",
        "é",
        "😂",
        "\u{0}",
        "ａｂｃ",
        "ﷺ",
        "İ",
        "ß",
        "🇧🇷🇧🇷",
        "👩‍👩‍👧‍👦",
        "#",
        "@",
        "@@@",
        "##a",
        "http",
        "'",
        "’’’",
        "a'b'c'",
        ":-",
        "<",
        "<3<3<3",
        "\u{202e}abc",
        "a\u{300}",
        "_",
        "@_",
        "#_x",
    ]
    .map(str::to_owned)
    .into();
    texts.push("z\u{300}\u{301}\u{302}\u{303}a\u{304}\u{305}l\u{306}\u{307}g\u{308}\u{309}o\u{30a}\u{30b}".repeat(20));
    texts.push("so good だね не очень 好 مرحبا 😂 !!".repeat(3));
    for part in ["a", "good ", "良い", "😂", "!", "@a", "#a ", "http://", "é", "\u{300}", "'", ":)", "ก", "a'"] {
        texts.push(part.repeat((1 << 20) / part.len()));
    }
    texts
}

#[test]
fn no_text_panics_and_probabilities_sum_to_one() {
    let mut scratch = Scratch::default();
    for text in odd_texts() {
        let reading = FastModel::embedded().read(&text, &mut scratch);
        if let Ok(Probabilities { negative, neutral, positive }) = reading.sentiment {
            assert!((negative + neutral + positive - 1.0).abs() < 1e-5, "{reading:?}");
            assert!([negative, neutral, positive].iter().all(|share| (0.0..=1.0).contains(share)), "{reading:?}");
        }
        if let Some(guess) = reading.language {
            assert!((0.0..=1.0001).contains(&guess.confidence), "{reading:?}");
        }
    }
}

#[test]
fn what_is_remembered_of_words_changes_no_bit() {
    let (mut remembering, mut forgetful) = (Scratch::default(), Scratch::forgetful());
    let sentences = [
        "I love it, don't you?",
        "não gosto, é péssimo!!",
        "très bien 😂😂 #super",
        "so GOOD sooooo good",
        "良い買い物 good",
    ];
    let texts: Vec<_> = odd_texts().into_iter().chain(sentences.map(str::to_owned)).collect();
    for text in texts.iter().chain(&texts) {
        let text = text.get(..text.floor_char_boundary(4_000)).unwrap_or_default();
        let one = FastModel::embedded().evidence(text, &mut remembering);
        let other = FastModel::embedded().evidence(text, &mut forgetful);
        assert_eq!(one, other, "{text}");
    }
}

#[test]
fn every_published_language_has_a_measured_quality() {
    let languages = FastModel::embedded().languages();
    let codes: Vec<_> = languages.iter().map(|(language, _)| language.0).collect();
    for code in ["en", "ar", "fr", "de", "hi", "it", "pt", "es", "id", "ms", "ja", "zh"] {
        assert!(codes.contains(&code), "{code} of {codes:?}");
    }
    assert!(languages.iter().all(|(_, f1)| (0.3..0.95).contains(f1)), "{languages:?}");
}
