//! Owns UTF-8 that was read as Windows-1252, read again. Never other encodings.

/// What Windows-1252 has at 0x80 to 0x9F (WHATWG Encoding Standard, index windows-1252).
const UPPER: [char; 32] = [
    '€', '\u{81}', '‚', 'ƒ', '„', '…', '†', '‡', 'ˆ', '‰', 'Š', '‹', 'Œ', '\u{8d}', 'Ž', '\u{8f}', '\u{90}', '‘', '’',
    '“', '”', '•', '–', '—', '˜', '™', 'š', '›', 'œ', '\u{9d}', 'ž', 'Ÿ',
];
/// Texts that went wrong twice are read again twice.
const ROUNDS: usize = 2;

/// The byte that was read as this character, when it is one above ASCII.
fn byte(letter: char) -> Option<u8> {
    match letter {
        '\u{80}'..='\u{ff}' => u8::try_from(u32::from(letter)).ok(),
        _ => UPPER.iter().position(|upper| *upper == letter).and_then(|place| u8::try_from(place + 0x80).ok()),
    }
}

/// The text with those parts read again that are UTF-8 when each character is taken as its byte; none when there are none. A part
/// is a run of such characters; by chance `é` beside `«` is no UTF-8, so that ordinary texts stay.
pub(super) fn repaired(text: &str) -> Option<String> {
    let mut current: Option<String> = None;
    for _ in 0..ROUNDS {
        match once(current.as_deref().unwrap_or(text)) {
            Some(better) => current = Some(better),
            None => break,
        }
    }
    current
}

fn once(text: &str) -> Option<String> {
    let mut out = String::new();
    let mut changed = false;
    let mut run = Vec::new();
    let mut begun = 0;
    let mut copied = 0;
    let mut settle = |run: &mut Vec<u8>, begun: usize, end: usize, out: &mut String| {
        if run.len() > 1
            && let Ok(read) = std::str::from_utf8(run)
        {
            out.push_str(&text[copied..begun]);
            out.push_str(read);
            copied = end;
            changed = true;
        }
        run.clear();
    };
    for (place, letter) in text.char_indices() {
        match byte(letter) {
            Some(byte) => {
                if run.is_empty() {
                    begun = place;
                }
                run.push(byte);
            }
            None => settle(&mut run, begun, place, &mut out),
        }
    }
    settle(&mut run, begun, text.len(), &mut out);
    changed.then(|| out + &text[copied..])
}
