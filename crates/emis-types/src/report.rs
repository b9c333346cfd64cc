//! Errors and their causes as one line of text.

use std::error::Error;

/// Returns an error and its causes in one line, outermost first: `what failed: its cause: its cause`.
///
/// The text is as safe to log as the errors themselves. The errors of the EMIS Partner crates hold
/// no secret, no URL and nothing about a patient.
///
/// # Examples
/// ```
/// let cause = std::io::Error::other("the disk is full");
/// assert_eq!(emis_types::report(&cause), "the disk is full");
/// ```
pub fn report(error: &dyn Error) -> String {
    let mut text = error.to_string();
    let mut cause = error.source();
    while let Some(error) = cause {
        text.push_str(": ");
        text.push_str(&error.to_string());
        cause = error.source();
    }
    text
}
