//! The error of every parser in this crate.

/// The error of a text that is not the identifier or contact detail it was meant to be.
///
/// Its text names the field and the rule, never the value. It is safe to log and can be shown to the
/// person who typed the value.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{field} {rule}")]
pub struct ParseError {
    field: &'static str,
    rule: &'static str,
    kind: ParseErrorKind,
}

/// The kind of a [`ParseError`].
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum ParseErrorKind {
    /// No character other than white space.
    Empty,
    /// A character that the format does not allow.
    InvalidCharacter,
    /// Fewer or more characters than the format allows.
    InvalidLength,
    /// The number lies outside the range that EMIS uses.
    OutOfRange,
    /// An NHS number whose check digit does not match.
    CheckDigit,
    /// An ODS code where the EMIS organisation ID (CDB number) was asked for.
    OdsCodeGiven,
    /// A telephone number that is not a UK mobile.
    NotUkMobile,
    /// Any other violation of the format.
    InvalidFormat,
}

impl ParseError {
    pub(crate) const fn new(field: &'static str, kind: ParseErrorKind, rule: &'static str) -> Self {
        Self { field, rule, kind }
    }

    /// Returns the kind of mistake.
    pub fn kind(&self) -> ParseErrorKind {
        self.kind
    }

    /// Returns the name of the field, such as "EMIS organisation ID".
    pub fn field(&self) -> &'static str {
        self.field
    }

    /// Returns the error in one line. See [`report`](crate::report()).
    pub fn report(&self) -> String {
        crate::report(self)
    }
}
