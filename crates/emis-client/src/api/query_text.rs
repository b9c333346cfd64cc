//! Texts that go into a query.

use crate::error::ClientError;
use crate::operation::Operation;

/// The longest text in characters. A longer one would make a URL that no server accepts.
const MAX_TEXT: usize = 1_000;

/// Trims a text and checks that it can be sent.
pub(crate) fn check_text(operation: Operation, text: &str) -> Result<&str, ClientError> {
    let text = text.trim();
    let length = text.chars().count();
    if !(1..=MAX_TEXT).contains(&length) || text.chars().any(char::is_control) {
        return Err(ClientError::invalid_request(
            "a text must be 1 to 1,000 characters, none of them a control character",
        )
        .with_operation(operation));
    }
    Ok(text)
}
