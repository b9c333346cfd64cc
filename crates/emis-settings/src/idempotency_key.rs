//! Idempotency keys.

emis_types::text_newtype! {
    /// The name of one submission of a form: a line of 1 to 200 characters without control
    /// characters, such as a UUID that was handed out with the form. A form that is submitted twice
    /// changes the settings once.
    pub struct IdempotencyKey: checked -> IdempotencyKeyError;
}

/// A text that is not an [`IdempotencyKey`].
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("idempotency key must be a line of 1 to 200 characters without control characters")]
pub struct IdempotencyKeyError;

fn checked(text: &str) -> Result<String, IdempotencyKeyError> {
    let fits = (1..=200).contains(&text.chars().count()) && !text.chars().any(char::is_control);
    fits.then(|| text.to_owned()).ok_or(IdempotencyKeyError)
}

impl IdempotencyKey {
    /// Creates a random key.
    pub fn random() -> Self {
        Self(uuid::Uuid::new_v4().to_string())
    }
}
