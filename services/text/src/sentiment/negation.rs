//! Owns the words that turn what follows them. Never how far they reach.

/// Words of negation in the supported languages, small, as people write them.
const WORDS: &str = "
    not no never none nothing nobody neither nor cannot without hardly barely aint dont doesnt didnt cant couldnt wont
    wouldnt shouldnt isnt arent wasnt werent havent hasnt hadnt nope
    ne pas jamais rien aucun aucune sans ni guère
    nicht nich nix kein keine keinen keiner keines keinem nie niemals nichts ohne weder
    nunca jamás nada sin tampoco ningún ninguno ninguna nadie
    non mai niente nulla senza nessun nessuno nessuna né nn
    não nao ñ jamais nem sem nenhum nenhuma ninguém
    tidak tak bukan jangan belum tanpa gak ga nggak enggak ngga ndak tiada jgn tdk bkn takkan
    nahi nahin nhi nai na mat bina नहीं मत ना बिना
    لا ليس ليست لم لن ما مش مو غير بدون ولا بلا ماله مافي
";

/// Every word of negation.
pub(super) fn words() -> impl Iterator<Item = &'static str> {
    WORDS.split_whitespace()
}

/// Whether a small word negates by its form: `isn't`, `n'est`.
pub(super) fn by_form(word: &[u32]) -> bool {
    let ends = |end: &str| word.iter().rev().copied().take(end.len()).eq(end.bytes().rev().map(u32::from));
    ends("n't") || word.len() > 2 && word[0] == u32::from(b'n') && word[1] == u32::from(b'\'')
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn contracted_negations_are_known_by_their_form() {
        let negates = |word: &str| by_form(&word.chars().map(u32::from).collect::<Vec<_>>());
        assert!(negates("isn't") && negates("n'est") && negates("wouldn't"));
        assert!(!negates("aunt") && !negates("n'") && !negates("can") && !negates(""));
    }
}
