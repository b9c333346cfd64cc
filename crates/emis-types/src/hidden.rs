//! Characters that copying from a screen or a document brings along unseen.

/// White space and marks without width: zero-width characters, direction marks, byte order
/// marks, soft hyphens, and the spaces that do not break.
pub(crate) fn is_hidden(c: char) -> bool {
    matches!(
        c,
        '\u{a0}'
            | '\u{ad}'
            | '\u{180e}'
            | '\u{200b}'..='\u{200f}'
            | '\u{202a}'..='\u{202f}'
            | '\u{2060}'
            | '\u{feff}'
    )
}
