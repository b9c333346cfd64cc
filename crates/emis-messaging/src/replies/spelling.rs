//! Words as people type them.

/// Returns the words and numbers of a text, in capitals and without punctuation. Letters are parted
/// from digits: `Cancel7834` is two.
pub(super) fn tokens(text: &str) -> Vec<String> {
    let mut tokens: Vec<String> = Vec::new();
    let mut open = false;
    for c in text.chars().flat_map(char::to_uppercase) {
        if matches!(c, '\'' | '\u{2019}' | '\u{2018}' | '`') {
            // "don't" is one word.
            continue;
        }
        if !c.is_alphanumeric() {
            open = false;
            continue;
        }
        let last = tokens.last_mut().filter(|last| {
            let digits = last.ends_with(|it: char| it.is_ascii_digit());
            open && digits == c.is_ascii_digit()
        });
        match last {
            Some(last) => last.push(c),
            None => tokens.push(c.to_string()),
        }
        open = true;
    }
    tokens
}

/// Returns `true` if a word is another with one letter wrong, missing, added, or swapped with its
/// neighbour.
pub(super) fn is_nearly(word: &str, meant: &str) -> bool {
    let (word, meant): (Vec<_>, Vec<_>) = (word.chars().collect(), meant.chars().collect());
    let same = word.iter().zip(&meant).take_while(|(a, b)| a == b).count();
    let word = word.get(same..).unwrap_or_default();
    let meant = meant.get(same..).unwrap_or_default();
    match (word, meant) {
        ([], []) | ([_], []) | ([], [_]) => true,
        ([a, b, rest @ ..], [c, d, others @ ..]) if a == d && b == c && rest == others => true,
        ([_, rest @ ..], [_, others @ ..]) if rest == others => true,
        ([_, rest @ ..], others) if rest == others => true,
        (rest, [_, others @ ..]) => rest == others,
        _ => false,
    }
}
