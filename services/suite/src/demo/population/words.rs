//! Owns the words that invented profiles are made of. Never a choice among them.

/// What creators are about, as the profile's niche.
pub(super) const NICHES: [&str; 12] = [
    "beauty",
    "fashion",
    "fitness",
    "cooking",
    "gaming",
    "technology",
    "travel",
    "music",
    "books",
    "gardening",
    "pets",
    "education",
];

/// YouTube's category of each of [`NICHES`].
pub(super) const CATEGORIES: [&str; 12] = ["26", "26", "17", "26", "20", "28", "19", "10", "24", "26", "15", "27"];

/// The words of one language. `{}` in a pattern stands for one of `topics`.
pub(super) struct Locale {
    /// ISO 639-1.
    pub(super) language: &'static str,
    /// Countries where creators of the language live, ISO 3166-1 alpha-2, repeated by weight.
    pub(super) countries: &'static [&'static str],
    /// Parts of invented names in the language's script; each has its place in `latin`.
    pub(super) syllables: &'static [&'static str],
    /// The same parts in Latin letters, for handles.
    pub(super) latin: &'static [&'static str],
    /// The language's word for each of [`NICHES`].
    pub(super) topics: [&'static str; 12],
    /// What an account says of itself.
    pub(super) bios: [&'static str; 3],
    /// Titles of posts.
    pub(super) titles: [&'static str; 5],
}

const LATIN: &[&str] = &[
    "vel", "zor", "mik", "tal", "ren", "osa", "lum", "dri", "quen", "bex", "nalo", "fyr", "ivo", "sana", "torv", "elka",
];

/// All languages that creators speak.
pub(super) const LOCALES: [Locale; 10] = [
    Locale {
        language: "en",
        countries: &["US", "US", "US", "GB", "IN", "CA", "AU"],
        syllables: LATIN,
        latin: LATIN,
        topics: [
            "beauty",
            "fashion",
            "fitness",
            "cooking",
            "gaming",
            "technology",
            "travel",
            "music",
            "books",
            "gardening",
            "pets",
            "learning",
        ],
        bios: [
            "All about {}, twice as slow as you think",
            "{} every week, honestly tried",
            "Small room, big love for {}",
        ],
        titles: [
            "My week of {}",
            "{} for beginners",
            "Five mistakes in {}",
            "What {} really costs",
            "I tried {} for 30 days",
        ],
    },
    Locale {
        language: "pt",
        countries: &["BR", "BR", "BR", "PT"],
        syllables: LATIN,
        latin: LATIN,
        topics: [
            "beleza",
            "moda",
            "treino",
            "culinária",
            "jogos",
            "tecnologia",
            "viagem",
            "música",
            "livros",
            "jardinagem",
            "pets",
            "estudos",
        ],
        bios: ["Tudo sobre {} sem pressa", "{} toda semana", "Um quarto pequeno e muita {}"],
        titles: ["Minha semana de {}", "{} para iniciantes", "Cinco erros em {}", "Quanto custa {}", "30 dias de {}"],
    },
    Locale {
        language: "es",
        countries: &["MX", "MX", "ES", "AR", "CO"],
        syllables: LATIN,
        latin: LATIN,
        topics: [
            "belleza",
            "moda",
            "ejercicio",
            "cocina",
            "videojuegos",
            "tecnología",
            "viajes",
            "música",
            "libros",
            "jardinería",
            "mascotas",
            "aprender",
        ],
        bios: ["Todo sobre {}, con calma", "{} cada semana", "Una habitación pequeña y mucho de {}"],
        titles: [
            "Mi semana de {}",
            "{} para principiantes",
            "Cinco errores en {}",
            "Lo que cuesta {}",
            "30 días de {}",
        ],
    },
    Locale {
        language: "de",
        countries: &["DE", "DE", "AT", "CH"],
        syllables: LATIN,
        latin: LATIN,
        topics: [
            "Schönheit",
            "Mode",
            "Training",
            "Kochen",
            "Spiele",
            "Technik",
            "Reisen",
            "Musik",
            "Bücher",
            "Garten",
            "Haustiere",
            "Lernen",
        ],
        bios: ["Alles über {}, in Ruhe", "{}, jede Woche", "Kleines Zimmer, viel {}"],
        titles: ["Meine Woche: {}", "{} für Anfänger", "Fünf Fehler: {}", "Was {} wirklich kostet", "30 Tage {}"],
    },
    Locale {
        language: "fr",
        countries: &["FR", "FR", "BE", "CA"],
        syllables: LATIN,
        latin: LATIN,
        topics: [
            "beauté",
            "mode",
            "sport",
            "cuisine",
            "jeux",
            "technologie",
            "voyage",
            "musique",
            "livres",
            "jardinage",
            "animaux",
            "apprendre",
        ],
        bios: ["Tout sur {}, sans se presser", "{} chaque semaine", "Petite chambre, grande passion : {}"],
        titles: ["Ma semaine : {}", "{} pour débuter", "Cinq erreurs : {}", "Ce que coûte {}", "30 jours de {}"],
    },
    Locale {
        language: "ja",
        countries: &["JP"],
        syllables: &["ミソ", "ラタ", "ナコ", "ヒヨ", "ケル", "モリ", "サヤ", "ツネ", "フミ", "ロカ"],
        latin: &["miso", "rata", "nako", "hiyo", "keru", "mori", "saya", "tsune", "fumi", "roka"],
        topics: [
            "美容",
            "ファッション",
            "筋トレ",
            "料理",
            "ゲーム",
            "ガジェット",
            "旅行",
            "音楽",
            "読書",
            "園芸",
            "ペット",
            "勉強",
        ],
        bios: ["{}のことをゆっくり話します", "毎週{}", "小さな部屋と{}"],
        titles: ["{}の一週間", "初めての{}", "{}の失敗五つ", "{}はいくらかかる", "30日間{}"],
    },
    Locale {
        language: "ko",
        countries: &["KR"],
        syllables: &["소라", "미루", "하니", "도담", "나래", "가온", "바다", "새솔", "아라", "한별"],
        latin: &["sora", "miru", "hani", "dodam", "narae", "gaon", "bada", "saesol", "ara", "hanbyeol"],
        topics: ["뷰티", "패션", "운동", "요리", "게임", "기술", "여행", "음악", "독서", "원예", "반려동물", "공부"],
        bios: ["천천히 하는 {} 이야기", "매주 {}", "작은 방과 {}"],
        titles: ["나의 {} 일주일", "처음 하는 {}", "{} 실수 다섯 가지", "{} 비용 이야기", "30일 {}"],
    },
    Locale {
        language: "ar",
        countries: &["EG", "SA", "MA"],
        syllables: &["سامو", "ليرا", "نادو", "هالي", "زيرو", "ميلا", "رانو", "تالا"],
        latin: &["samu", "lira", "nadu", "hali", "ziru", "mila", "ranu", "tala"],
        topics: [
            "الجمال",
            "الموضة",
            "الرياضة",
            "الطبخ",
            "الألعاب",
            "التقنية",
            "السفر",
            "الموسيقى",
            "الكتب",
            "الزراعة",
            "الحيوانات",
            "التعلم",
        ],
        bios: ["كل شيء عن {}", "{} كل أسبوع", "غرفة صغيرة وحب كبير {}"],
        titles: ["أسبوعي مع {}", "{} للمبتدئين", "خمسة أخطاء في {}", "كم تكلف {}", "ثلاثون يوما من {}"],
    },
    Locale {
        language: "hi",
        countries: &["IN"],
        syllables: &["मीनो", "तारू", "नवी", "रोहे", "साका", "दिलू", "काज", "बेली"],
        latin: &["mino", "taru", "navi", "rohe", "saka", "dilu", "kaj", "beli"],
        topics: ["सौंदर्य", "फैशन", "कसरत", "खाना", "गेमिंग", "तकनीक", "यात्रा", "संगीत", "किताबें", "बागवानी", "पालतू", "पढ़ाई"],
        bios: ["{} के बारे में सब कुछ", "हर हफ्ते {}", "छोटा कमरा और {}"],
        titles: ["मेरा {} सप्ताह", "शुरुआत करें {}", "{} में पाँच गलतियाँ", "{} का खर्च", "30 दिन {}"],
    },
    Locale {
        language: "el",
        countries: &["GR", "GR", "CY"],
        syllables: &["Μελο", "Ταρι", "Ζενα", "Κορι", "Λυμα", "Νοβα", "Πελι", "Σιρα"],
        latin: &["melo", "tari", "zena", "kori", "lyma", "nova", "peli", "sira"],
        topics: [
            "ομορφιά",
            "μόδα",
            "γυμναστική",
            "μαγειρική",
            "παιχνίδια",
            "τεχνολογία",
            "ταξίδια",
            "μουσική",
            "βιβλία",
            "κήπος",
            "κατοικίδια",
            "μάθηση",
        ],
        bios: ["Όλα για {}, χωρίς βιασύνη", "{} κάθε εβδομάδα", "Μικρό δωμάτιο, μεγάλη αγάπη: {}"],
        titles: ["Η εβδομάδα μου: {}", "{} για αρχάριους", "Πέντε λάθη: {}", "Πόσο κοστίζει: {}", "30 μέρες {}"],
    },
];

/// How often each of [`LOCALES`] is taken, in parts of the sum.
pub(super) const LOCALE_WEIGHTS: [u32; 10] = [32, 14, 14, 8, 8, 7, 6, 5, 4, 2];

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_syllable_has_latin_letters_for_the_handle() {
        for locale in &LOCALES {
            assert_eq!(locale.syllables.len(), locale.latin.len(), "{}", locale.language);
            assert!(locale.latin.iter().all(|part| part.bytes().all(|byte| byte.is_ascii_lowercase())));
        }
    }

    #[test]
    fn every_pattern_has_a_place_for_the_topic() {
        for locale in &LOCALES {
            assert!(
                locale.bios.iter().chain(&locale.titles).all(|pattern| pattern.contains("{}")),
                "{}",
                locale.language
            );
        }
    }
}
