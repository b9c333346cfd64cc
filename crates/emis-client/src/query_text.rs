//! Texts that go into a query.

use crate::error::Error;
use crate::operation::Operation;

/// Too long a text would make a URL that no server takes.
const MAX_TEXT: usize = 1_000;

/// A text without the white space around it, where it can be sent.
pub(crate) fn check_text(operation: Operation, text: &str) -> Result<&str, Error> {
    let text = text.trim();
    let length = text.chars().count();
    if !(1..=MAX_TEXT).contains(&length) || text.chars().any(char::is_control) {
        return Err(Error::invalid_request(
            "a text must be 1 to 1,000 characters, none of them a control character",
        )
        .with_operation(operation));
    }
    Ok(text)
}
