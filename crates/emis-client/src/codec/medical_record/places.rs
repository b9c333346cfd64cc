//! Values of fixed lists by their place, and lists of two values that mean yes and no.

use crate::codec::values::Value;
use crate::model::choice::{Choice, FixedList, fixed_lists};

/// Returns the place of a value in its list, as JSON has it.
pub(super) fn place<K: FixedList>(value: K) -> Option<usize> {
    K::LITERALS.iter().position(|literal| literal.1 == value)
}

/// Returns the literal of a place in a list, as XML has it.
pub(super) fn literal<K: FixedList>(place: usize) -> Option<&'static str> {
    Some(K::LITERALS.get(place)?.0)
}

fixed_lists! {
    /// Yes and no, in letters.
    by place pub(super) enum YesOrNo {
        /// It is.
        Yes = "Y",
        /// It is not.
        No = "N",
    }

    /// Yes and no, in digits.
    by place pub(super) enum OneOrZero {
        /// It is.
        One = "1",
        /// It is not.
        Zero = "0",
    }
}

/// Yes or no from a list of two that has yes first.
pub(super) type YesFirst<K> = Value<Option<Choice<K>>>;

impl<K: FixedList> From<YesFirst<K>> for Option<bool> {
    fn from(Value(choice): YesFirst<K>) -> Self {
        let known = choice?.known()?;
        Some(place(known) == Some(0))
    }
}
