//! One error for everything that this crate parses.

/// Why a text is not the identifier or contact detail it was meant to be.
///
/// The text of the error names the field and the rule, never the value: it is safe to log and
/// written to be shown to the person who typed it.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{field} {rule}")]
pub struct ParseError {
    field: &'static str,
    rule: &'static str,
    kind: ParseErrorKind,
}

/// The kinds of [`ParseError`], for programs.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum ParseErrorKind {
    /// Nothing but white space was given.
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
    /// Any other breach of the format.
    InvalidFormat,
}

impl ParseError {
    pub(crate) const fn new(field: &'static str, kind: ParseErrorKind, rule: &'static str) -> Self {
        Self { field, rule, kind }
    }

    /// The kind of mistake.
    pub fn kind(&self) -> ParseErrorKind {
        self.kind
    }

    /// The name of what was being parsed, such as "EMIS organisation ID".
    pub fn field(&self) -> &'static str {
        self.field
    }
}
