//! Owns what pictographs and emoticons say by themselves, in the authors' judgement. Never what they say beside words: texts teach that.

/// Groups of pictographs with the probability that one alone is negative and that it is positive.
const GROUPS: [(&str, [f32; 2]); 8] = [
    // Love, joy, praise.
    (
        "❤ 🧡 💛 💚 💙 💜 🤍 💖 💗 💓 💞 💕 💘 💝 💯 😍 🥰 😘 🤩 😊 ☺ 😁 😃 😄 😀 🙂 😇 🤗 👏 👍 🎉 🥳 🏆 🥇 🔥 ✨ ⭐ 🌟 💪 👌 🙌 😻 😋 🌹 🌸 🎊 💐 🍀 🫶 🤝 ✅ ✌ 😎 :) :D <3 =) :] :*",
        [0.02, 0.90],
    ),
    // Laughter: mostly with, sometimes at someone.
    ("😂 🤣 😆 😅 😹 💀 ;) :P", [0.14, 0.58]),
    // Begging, being moved.
    ("🥺 🥹 🙏 😭 😌 🙃 😏 😉 🤤 😜 😝 😛 🤭", [0.22, 0.50]),
    // Anger, disgust, rejection.
    ("😡 🤬 😠 👿 🖕 🤮 🤢 💩 👎 😤 😒 🙄 😑 😾 🤡 🗑 ❌ 🚮 🤦 😖 😣 😫 😩 >:( :/ :\\ :|", [0.80, 0.04]),
    // Sadness, fear.
    ("😢 😞 😔 😟 😥 😰 😨 😱 💔 ☹ 🙁 😕 😿 😪 😓 😧 😦 :( ;( </3 =( :[ :'(", [0.68, 0.10]),
    // Doubt, surprise.
    ("🤔 😮 😲 😳 🤨 🧐 😐 😶 🤷 😬 🫠 🫤 ❓ ‼ ⚠ :O", [0.25, 0.20]),
    // Things that name a topic.
    ("📌 🔔 📸 🎥 🎬 🎧 🎵 🎶 📱 💻 ⚽ 🏀 🚗 ✈ 🏠 🐶 🐱 🍕 🍔 ☕ 🌍 📍 🕒 📅 🔴 🔵 ⚫ ⬇ ➡ ▶ 👀 👉 👇 🗣", [0.08, 0.32]),
    // Flags of mourning and alarm.
    ("🚨 ⛔ 🚫 🆘 ☠ 🤕 🤒 😷", [0.50, 0.08]),
];

/// Texts of one or more of the same, with the probabilities of negative and positive.
pub(crate) fn rows() -> impl Iterator<Item = (String, [f32; 2])> {
    GROUPS.iter().flat_map(|(faces, target)| {
        faces.split_whitespace().flat_map(move |face| {
            (1..=3).map(move |times| (vec![face; times].join(if times == 2 { " " } else { "" }), *target))
        })
    })
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use super::*;

    #[test]
    fn nothing_stands_in_two_groups() {
        let faces: Vec<_> = GROUPS.iter().flat_map(|(faces, _)| faces.split_whitespace()).collect();
        assert_eq!(faces.iter().collect::<BTreeSet<_>>().len(), faces.len());
        assert!(GROUPS.iter().all(|(_, [negative, positive])| negative + positive < 1.0));
    }
}
