//! Owns 36 short briefs of invented brands, each in five languages, with the category of creators they ask for. Never a creator.

/// The languages of [`BRIEFS`], in their order.
pub(crate) const LANGUAGES: [&str; 5] = ["en", "fr", "pt", "ko", "ja"];

/// Three briefs for each YouTube category.
pub(crate) const BRIEFS: [(u32, [[&str; 5]; 3]); 12] = [
    (
        1,
        [
            [
                "fans of movie trailers and short films",
                "amateurs de bandes-annonces et de courts métrages",
                "fãs de trailers e curtas-metragens",
                "영화 예고편과 단편 영화 팬",
                "映画の予告編と短編映画のファン",
            ],
            [
                "a streaming service for animated cinema",
                "un service de streaming de films d'animation",
                "um serviço de streaming de filmes de animação",
                "애니메이션 영화 스트리밍 서비스",
                "アニメ映画の配信サービス",
            ],
            [
                "behind the scenes of superhero films",
                "les coulisses des films de super-héros",
                "bastidores de filmes de super-heróis",
                "슈퍼히어로 영화의 촬영 현장",
                "ヒーロー映画の撮影の舞台裏",
            ],
        ],
    ),
    (
        2,
        [
            [
                "car reviews and test drives",
                "essais de voitures et conduite",
                "avaliações de carros e test drive",
                "자동차 리뷰와 시승기",
                "車のレビューと試乗",
            ],
            [
                "engine oil for people who repair old trucks",
                "huile moteur pour ceux qui réparent de vieux camions",
                "óleo de motor para quem conserta caminhões antigos",
                "오래된 트럭을 수리하는 사람을 위한 엔진 오일",
                "古いトラックを修理する人のためのエンジンオイル",
            ],
            [
                "electric cars and racing",
                "voitures électriques et course automobile",
                "carros elétricos e corridas",
                "전기차와 자동차 경주",
                "電気自動車とレース",
            ],
        ],
    ),
    (
        10,
        [
            [
                "new singles and music videos of pop artists",
                "nouveaux singles et clips d'artistes pop",
                "novos singles e clipes de artistas pop",
                "팝 가수의 신곡과 뮤직비디오",
                "ポップ歌手の新曲とミュージックビデオ",
            ],
            [
                "headphones for lovers of hip hop and rap",
                "un casque pour les amateurs de hip-hop et de rap",
                "fones de ouvido para quem ama hip hop e rap",
                "힙합과 랩을 좋아하는 사람을 위한 헤드폰",
                "ヒップホップとラップ好きのためのヘッドホン",
            ],
            [
                "acoustic live performance and guitar",
                "concert acoustique et guitare",
                "show acústico ao vivo e violão",
                "어쿠스틱 라이브 공연과 기타",
                "アコースティックのライブ演奏とギター",
            ],
        ],
    ),
    (
        15,
        [
            [
                "dog food for puppies",
                "nourriture pour chiots",
                "ração para filhotes de cachorro",
                "강아지 사료",
                "子犬用のドッグフード",
            ],
            [
                "cute cats and kittens",
                "chats et chatons mignons",
                "gatos e gatinhos fofos",
                "귀여운 고양이",
                "かわいい猫と子猫",
            ],
            [
                "wild animals rescue and zoo",
                "sauvetage d'animaux sauvages et zoo",
                "resgate de animais selvagens e zoológico",
                "야생 동물 구조와 동물원",
                "野生動物の救助と動物園",
            ],
        ],
    ),
    (
        17,
        [
            [
                "football highlights and basketball games",
                "meilleurs moments de football et matchs de basket",
                "melhores momentos de futebol e jogos de basquete",
                "축구 하이라이트와 농구 경기",
                "サッカーのハイライトとバスケの試合",
            ],
            [
                "running shoes for athletes",
                "chaussures de course pour athlètes",
                "tênis de corrida para atletas",
                "운동선수를 위한 러닝화",
                "アスリート向けのランニングシューズ",
            ],
            [
                "boxing fights and wrestling",
                "combats de boxe et catch",
                "lutas de boxe e luta livre",
                "복싱 경기와 레슬링",
                "ボクシングの試合とプロレス",
            ],
        ],
    ),
    (
        19,
        [
            [
                "cheap flights and travel vlogs",
                "vols pas chers et vlogs de voyage",
                "voos baratos e vlogs de viagem",
                "저렴한 항공권과 여행 브이로그",
                "格安航空券と旅行ブログ",
            ],
            [
                "hotels and beaches of an island holiday",
                "hôtels et plages pour des vacances sur une île",
                "hotéis e praias para férias em uma ilha",
                "섬 휴가의 호텔과 해변",
                "島での休暇のホテルとビーチ",
            ],
            [
                "backpacking through foreign countries",
                "voyager sac au dos dans des pays étrangers",
                "mochilão por países estrangeiros",
                "외국 배낭여행",
                "海外へのバックパック旅行",
            ],
        ],
    ),
    (
        20,
        [
            [
                "a new video game console",
                "une nouvelle console de jeux vidéo",
                "um novo console de videogame",
                "새로운 비디오 게임 콘솔",
                "新しいゲーム機",
            ],
            [
                "let's play and gameplay walkthrough",
                "parties commentées et solutions de jeux",
                "gameplay e detonado de jogos",
                "게임 플레이 실황과 공략",
                "ゲーム実況と攻略",
            ],
            [
                "e-sports mouse for shooter players",
                "souris e-sport pour joueurs de tir",
                "mouse de e-sports para jogos de tiro",
                "슈팅 게임 유저를 위한 e스포츠 마우스",
                "シューティングゲーム向けのeスポーツマウス",
            ],
        ],
    ),
    (
        23,
        [
            [
                "funny sketches and parodies",
                "sketchs drôles et parodies",
                "esquetes engraçadas e paródias",
                "웃긴 콩트와 패러디",
                "面白いコントとパロディ",
            ],
            [
                "stand-up comedians and jokes",
                "humoristes et blagues",
                "comediantes de stand-up e piadas",
                "스탠드업 코미디언과 농담",
                "お笑い芸人とジョーク",
            ],
            [
                "pranks that make people laugh",
                "canulars qui font rire",
                "pegadinhas que fazem rir",
                "사람들을 웃기는 몰래카메라",
                "笑えるドッキリ",
            ],
        ],
    ),
    (
        25,
        [
            [
                "politics and breaking news",
                "politique et dernières nouvelles",
                "política e notícias de última hora",
                "정치와 속보",
                "政治とニュース速報",
            ],
            [
                "interviews with the president and senators",
                "interviews du président et de sénateurs",
                "entrevistas com o presidente e senadores",
                "대통령과 국회의원 인터뷰",
                "大統領や議員へのインタビュー",
            ],
            [
                "reports on storms and disasters",
                "reportages sur les tempêtes et les catastrophes",
                "reportagens sobre tempestades e desastres",
                "태풍과 재난 보도",
                "嵐と災害の報道",
            ],
        ],
    ),
    (
        26,
        [
            [
                "lipstick, eyeshadow and make-up tutorials",
                "rouge à lèvres, fard et tutoriels de maquillage",
                "batom, sombra e tutoriais de maquiagem",
                "립스틱, 아이섀도와 메이크업 강좌",
                "口紅とアイシャドウとメイク講座",
            ],
            [
                "easy recipes and kitchen tools",
                "recettes faciles et ustensiles de cuisine",
                "receitas fáceis e utensílios de cozinha",
                "쉬운 요리법과 주방 도구",
                "簡単レシピとキッチン用品",
            ],
            [
                "fashion haul, outfits and hair styling",
                "achats mode, tenues et coiffure",
                "comprinhas de moda, looks e penteados",
                "패션 하울, 코디와 헤어 스타일링",
                "ファッション購入品とコーデとヘアアレンジ",
            ],
        ],
    ),
    (
        27,
        [
            [
                "online courses and science explained to students",
                "cours en ligne et science expliquée aux étudiants",
                "cursos online e ciência explicada para estudantes",
                "온라인 강의와 학생을 위한 과학 설명",
                "オンライン講座と学生向けの科学解説",
            ],
            [
                "history lessons and curious facts",
                "leçons d'histoire et faits curieux",
                "aulas de história e curiosidades",
                "역사 수업과 흥미로운 사실",
                "歴史の授業と豆知識",
            ],
            [
                "learn mathematics and languages",
                "apprendre les mathématiques et les langues",
                "aprender matemática e idiomas",
                "수학과 외국어 배우기",
                "数学と外国語を学ぶ",
            ],
        ],
    ),
    (
        28,
        [
            [
                "smartphone reviews and unboxing",
                "tests et déballage de smartphones",
                "análises e unboxing de smartphones",
                "스마트폰 리뷰와 언박싱",
                "スマホのレビューと開封",
            ],
            [
                "laptops, cameras and gadgets",
                "ordinateurs portables, appareils photo et gadgets",
                "notebooks, câmeras e gadgets",
                "노트북, 카메라와 전자기기",
                "ノートパソコンとカメラとガジェット",
            ],
            [
                "robots, space and physics experiments",
                "robots, espace et expériences de physique",
                "robôs, espaço e experimentos de física",
                "로봇, 우주와 물리 실험",
                "ロボットと宇宙と物理実験",
            ],
        ],
    ),
];
