//! One line of text that patients or staff will read.

/// What is wrong with a line of text, as the end of a sentence, if anything is.
pub(crate) fn fault(text: &str, longest: usize) -> Option<String> {
    if text.trim().is_empty() {
        Some("must not be blank".to_owned())
    } else if text.chars().count() > longest {
        Some(format!("must be at most {longest} characters"))
    } else if text.chars().any(char::is_control) {
        Some("must be a single line, without tabs or line breaks".to_owned())
    } else {
        None
    }
}
