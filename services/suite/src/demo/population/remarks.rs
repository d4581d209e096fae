//! Owns the words of invented comments. Never a choice among them.

/// What commenters say in one language.
pub(super) struct Remarks {
    /// ISO 639-1.
    pub(super) language: &'static str,
    /// For the creator.
    pub(super) praise: &'static [&'static str],
    /// Against the creator.
    pub(super) blame: &'static [&'static str],
    /// Against what the post is about.
    pub(super) quarrel: &'static [&'static str],
    /// Neither.
    pub(super) other: &'static [&'static str],
}

/// By language, English first.
pub(super) const REMARKS: [Remarks; 5] = [
    Remarks {
        language: "en",
        praise: &[
            "I love your videos, thank you so much",
            "You are amazing, this made my day",
            "Best channel ever, keep going!",
            "So helpful and so well explained, great work",
            "Your voice is so calming, I could listen for hours",
            "Wonderful, I am so happy that I found you ❤",
        ],
        blame: &[
            "You are so annoying, please stop",
            "Worst channel I have ever seen, you have no idea",
            "I can't stand you, such a fake person",
            "You lied to us again, disgusting",
            "Unsubscribed, you are terrible at this",
            "Why are you so arrogant? Awful",
        ],
        quarrel: &[
            "This law is a disgrace, it ruins everything",
            "What these companies do is disgusting and sad",
            "The whole industry is a scam, terrible news",
            "It makes me so angry that nobody stops this",
        ],
        other: &[
            "Who is here in the morning?",
            "Which part is this?",
            "I watched it on Tuesday",
            "Part two is next week",
        ],
    },
    Remarks {
        language: "pt",
        praise: &[
            "Adoro seus vídeos, muito obrigada",
            "Você é incrível, melhor canal!",
            "Que trabalho lindo, parabéns ❤",
            "Muito bem explicado, me ajudou demais",
        ],
        blame: &[
            "Você é muito chato, para com isso",
            "Pior canal que já vi, que vergonha",
            "Você mentiu de novo, nojento",
            "Não aguento mais você, horrível",
        ],
        quarrel: &[
            "Essa lei é uma vergonha, acaba com tudo",
            "O que essas empresas fazem é nojento",
            "Que notícia triste, isso é um absurdo",
        ],
        other: &[
            "Quem está vendo de manhã?",
            "Qual parte é essa?",
            "Assisti na terça",
            "A parte dois é semana que vem",
        ],
    },
    Remarks {
        language: "es",
        praise: &[
            "Me encantan tus videos, muchas gracias",
            "Eres increíble, el mejor canal",
            "Qué bonito trabajo, felicidades ❤",
            "Muy bien explicado, me ayudó mucho",
        ],
        blame: &[
            "Eres muy pesado, para ya",
            "El peor canal que he visto, qué vergüenza",
            "Mentiste otra vez, qué asco",
            "No te soporto, eres horrible",
        ],
        quarrel: &[
            "Esta ley es una vergüenza, lo arruina todo",
            "Lo que hacen esas empresas da asco",
            "Qué noticia tan triste, es un desastre",
        ],
        other: &[
            "¿Quién lo ve por la mañana?",
            "¿Qué parte es esta?",
            "Lo vi el martes",
            "La segunda parte es la semana que viene",
        ],
    },
    Remarks {
        language: "de",
        praise: &[
            "Ich liebe deine Videos, vielen Dank",
            "Du bist großartig, bester Kanal!",
            "Wunderschön gemacht, weiter so ❤",
            "Sehr gut erklärt, hat mir sehr geholfen",
        ],
        blame: &[
            "Du nervst so sehr, hör bitte auf",
            "Der schlechteste Kanal überhaupt, peinlich",
            "Du hast wieder gelogen, widerlich",
            "Ich kann dich nicht ausstehen, furchtbar",
        ],
        quarrel: &[
            "Dieses Gesetz ist eine Schande, es macht alles kaputt",
            "Was diese Firmen tun, ist widerlich",
            "So traurige Nachrichten, schrecklich",
        ],
        other: &[
            "Wer schaut das am Morgen?",
            "Welcher Teil ist das?",
            "Ich habe es am Dienstag gesehen",
            "Teil zwei kommt nächste Woche",
        ],
    },
    Remarks {
        language: "fr",
        praise: &[
            "J'adore tes vidéos, merci beaucoup",
            "Tu es incroyable, meilleure chaîne !",
            "Quel beau travail, bravo ❤",
            "Très bien expliqué, ça m'a beaucoup aidé",
        ],
        blame: &[
            "Tu es vraiment pénible, arrête",
            "La pire chaîne que j'ai vue, quelle honte",
            "Tu as encore menti, dégoûtant",
            "Je ne te supporte plus, horrible",
        ],
        quarrel: &[
            "Cette loi est une honte, elle détruit tout",
            "Ce que font ces entreprises est dégoûtant",
            "Quelle triste nouvelle, c'est un désastre",
        ],
        other: &[
            "Qui regarde ça le matin ?",
            "C'est quelle partie ?",
            "Je l'ai vu mardi",
            "La deuxième partie est la semaine prochaine",
        ],
    },
];
