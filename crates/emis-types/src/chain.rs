//! Errors with their causes, in one line.

use std::error::Error;

/// An error and its causes in one line, outermost first: `what failed: because of this: and that`.
///
/// As safe to log as the errors are; those of these crates are.
///
/// ```
/// let cause = std::io::Error::other("the disk is full");
/// assert_eq!(emis_types::chain(&cause), "the disk is full");
/// ```
pub fn chain(error: &dyn Error) -> String {
    let mut text = error.to_string();
    let mut cause = error.source();
    while let Some(error) = cause {
        text.push_str(": ");
        text.push_str(&error.to_string());
        cause = error.source();
    }
    text
}
