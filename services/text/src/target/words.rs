//! Owns the words by which a comment shows what it is about, in the languages that sentiment is read in. Never what follows.
//!
//! Lower case. Languages without spaces or with endings stand apart, as parts of words.

use std::{
    collections::HashMap,
    hash::{BuildHasherDefault, Hasher},
    sync::LazyLock,
};

use aho_corasick::AhoCorasick;

/// What a word shows.
#[derive(Debug, Clone, Copy)]
pub(super) enum Class {
    /// Somebody is addressed.
    Address = 1,
    /// What a creator makes, and where.
    Media = 2,
    /// It points at what stands behind it.
    Pointer = 4,
    /// A thing that is bought.
    Product = 8,
    /// Other people.
    Others = 16,
}

impl Class {
    /// Whether it is among these.
    pub(super) fn is_in(self, classes: u8) -> bool {
        classes & self as u8 != 0
    }
}

/// FNV-1a: the words are ours, so nobody can make them collide, and it is done with a short word before SipHash has begun.
#[derive(Debug)]
struct Fnv(u64);

impl Default for Fnv {
    fn default() -> Self {
        Self(0xcbf2_9ce4_8422_2325)
    }
}

impl Hasher for Fnv {
    fn finish(&self) -> u64 {
        self.0
    }

    fn write(&mut self, bytes: &[u8]) {
        for byte in bytes {
            self.0 = (self.0 ^ u64::from(*byte)).wrapping_mul(0x0100_0000_01b3);
        }
    }
}

/// What a word of lower case shows, a bit a [`Class`].
pub(super) fn classes(word: &str) -> u8 {
    static WORDS: LazyLock<HashMap<&str, u8, BuildHasherDefault<Fnv>>> = LazyLock::new(|| {
        let lists = [
            (ADDRESS, Class::Address),
            (MEDIA, Class::Media),
            (POINTERS, Class::Pointer),
            (PRODUCTS, Class::Product),
            (OTHERS, Class::Others),
        ];
        let mut words = HashMap::default();
        for (list, class) in lists {
            for word in list {
                *words.entry(*word).or_default() |= class as u8;
            }
        }
        words
    });
    WORDS.get(word).copied().unwrap_or_default()
}

/// What parts of a text show, in scripts that are written without spaces or with endings.
pub(super) fn classes_in_script(text: &str) -> u8 {
    static PARTS: LazyLock<(AhoCorasick, Vec<u8>)> = LazyLock::new(|| {
        let lists = [
            (ADDRESS_IN_SCRIPT, Class::Address),
            (MEDIA_IN_SCRIPT, Class::Media),
            (PRODUCTS_IN_SCRIPT, Class::Product),
            (OTHERS_IN_SCRIPT, Class::Others),
        ];
        let parts = lists.iter().flat_map(|(list, class)| list.iter().map(|part| (*part, *class as u8)));
        let (parts, classes): (Vec<&str>, Vec<u8>) = parts.unzip();
        (AhoCorasick::new(parts).expect("a few short patterns fit"), classes)
    });
    if text.is_ascii() {
        return 0;
    }
    let (finder, classes) = &*PARTS;
    finder.find_overlapping_iter(text).fold(0, |all, found| all | classes[found.pattern().as_usize()])
}

/// You and yours, as one says to a person: English, Spanish, Portuguese, French, Italian, German, romanised Hindi, Indonesian and Malay.
const ADDRESS: &[&str] = &[
    "you", "your", "yours", "you're", "you’re", "u", "ur", "youre", "yourself", "tú", "tu", "usted", "ustedes", "vos",
    "te", "ti", "tus", "você", "voce", "vc", "vcs", "vocês", "teu", "tua", "toi", "ton", "tes", "ta", "vous", "votre",
    "vos", "t'es", "lei", "tuo", "tua", "tuoi", "sei", "voi", "du", "dich", "dir", "dein", "deine", "deinen", "deiner",
    "deinem", "ihr", "euch", "euer", "eure", "tum", "tumhara", "tumhari", "aap", "aapka", "aapki", "bhai", "tera",
    "teri", "kamu", "kau", "lo", "lu", "anda", "awak", "kak", "bang", "bro", "dude", "queen", "king", "sir", "mam",
    "maam",
];

/// The same in other scripts.
const ADDRESS_IN_SCRIPT: &[&str] = &[
    "あなた",
    "さん",
    "くん",
    "ちゃん",
    "你",
    "您",
    "妳",
    "당신",
    "님",
    "언니",
    "오빠",
    "누나",
    "형",
    "أنت",
    "انت",
    "أنتي",
    "انتي",
    "आप",
    "तुम",
    "भाई",
];

/// What a creator makes, and where.
const MEDIA: &[&str] = &[
    "video",
    "videos",
    "vid",
    "vids",
    "channel",
    "content",
    "vlog",
    "edit",
    "editing",
    "upload",
    "voice",
    "accent",
    "guy",
    "dude",
    "youtuber",
    "tiktoker",
    "creator",
    "host",
    "canal",
    "vídeo",
    "vídeos",
    "vídeo",
    "contenido",
    "conteúdo",
    "voz",
    "chaîne",
    "vidéo",
    "vidéos",
    "voix",
    "contenu",
    "canale",
    "voce",
    "kanal",
    "stimme",
    "inhalt",
    "konten",
    "suara",
    "saluran",
];

/// The same in other scripts.
const MEDIA_IN_SCRIPT: &[&str] = &[
    "動画",
    "チャンネル",
    "声",
    "视频",
    "影片",
    "频道",
    "声音",
    "영상",
    "채널",
    "목소리",
    "فيديو",
    "الفيديو",
    "قناة",
    "قناتك",
    "वीडियो",
    "चैनल",
];

/// Words that point at what stands behind them.
const POINTERS: &[&str] = &[
    "this", "that", "the", "his", "her", "your", "este", "esta", "ese", "esse", "essa", "ce", "cette", "cet", "questo",
    "questa", "dieses", "dieser", "diese", "das", "dein", "deine", "yeh", "ye", "ini", "video", "tu", "su", "seu",
    "sua", "ta", "ton",
];

/// Things that are bought.
const PRODUCTS: &[&str] = &[
    "product",
    "products",
    "brand",
    "price",
    "priced",
    "pricey",
    "bought",
    "buy",
    "buying",
    "ordered",
    "order",
    "shipping",
    "refund",
    "quality",
    "link",
    "discount",
    "code",
    "store",
    "shop",
    "producto",
    "productos",
    "marca",
    "precio",
    "compré",
    "comprar",
    "envío",
    "calidad",
    "produto",
    "produtos",
    "preço",
    "comprei",
    "frete",
    "qualidade",
    "produit",
    "produits",
    "marque",
    "prix",
    "acheté",
    "acheter",
    "livraison",
    "qualité",
    "prodotto",
    "prezzo",
    "comprato",
    "spedizione",
    "produkt",
    "produkte",
    "marke",
    "preis",
    "gekauft",
    "bestellt",
    "kaufen",
    "versand",
    "qualität",
    "kharida",
    "daam",
    "produk",
    "harga",
    "beli",
    "membeli",
    "kualitas",
    "merek",
];

/// The same in other scripts.
const PRODUCTS_IN_SCRIPT: &[&str] = &[
    "商品",
    "買った",
    "買い",
    "値段",
    "产品",
    "產品",
    "价格",
    "價格",
    "买了",
    "買了",
    "제품",
    "가격",
    "구매",
    "منتج",
    "السعر",
    "اشتريت",
    "खरीद",
    "कीमत",
];

/// Other people.
const OTHERS: &[&str] = &[
    "comments",
    "commenters",
    "haters",
    "people",
    "everyone",
    "y'all",
    "yall",
    "politicians",
    "president",
    "government",
    "fans",
    "gente",
    "comentarios",
    "comentários",
    "pessoal",
    "políticos",
    "governo",
    "gobierno",
    "gens",
    "commentaires",
    "gouvernement",
    "tutti",
    "commenti",
    "leute",
    "kommentare",
    "alle",
    "regierung",
    "log",
    "logo",
    "sarkar",
    "orang",
    "komentar",
    "netizen",
    "pemerintah",
];

/// The same in other scripts.
const OTHERS_IN_SCRIPT: &[&str] =
    &["コメント欄", "みんな", "评论", "大家", "政府", "댓글", "사람들", "정부", "الناس", "الحكومة", "लोग", "सरकार"];
