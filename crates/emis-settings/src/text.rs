//! Lines of text that patients or staff will read.

/// Returns `true` if `text` is one line of 1 to `longest` characters that is not blank.
pub(crate) fn is_line(text: &str, longest: usize) -> bool {
    !text.trim().is_empty()
        && text.chars().count() <= longest
        && !text.chars().any(char::is_control)
}
