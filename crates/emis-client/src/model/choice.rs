//! Values out of EMIS's fixed lists.

/// A value out of one of EMIS's fixed lists: one that is known here, or one that EMIS has added
/// since, kept as it came.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub struct Choice<K>(Value<K>);

#[derive(Debug, Clone, PartialEq, Eq, Hash)]
enum Value<K> {
    Known(K),
    Other(String),
}

impl<K> Choice<K> {
    /// Creates a value that is not on the list.
    pub fn other(wire: impl Into<String>) -> Self {
        Self(Value::Other(wire.into()))
    }

    /// Returns the meaning of the value, if it is known.
    pub fn known(&self) -> Option<K>
    where
        K: Copy,
    {
        match &self.0 {
            Value::Known(known) => Some(*known),
            Value::Other(_) => None,
        }
    }

    /// Returns the value as EMIS wrote it, if its meaning is not known: a literal of EMIS Open XML,
    /// or in JSON the place of one in its list, from 0.
    pub fn unknown(&self) -> Option<&str> {
        match &self.0 {
            Value::Known(_) => None,
            Value::Other(wire) => Some(wire),
        }
    }
}

impl<K> From<K> for Choice<K> {
    fn from(known: K) -> Self {
        Self(Value::Known(known))
    }
}

/// One of EMIS's fixed lists.
pub(crate) trait FixedList: Copy + PartialEq + 'static {
    /// Its literals in the order of EMIS's schema.
    const LITERALS: &'static [(&'static str, Self)];

    /// True if a number in JSON is a place in this list, as .NET writes an enumeration, rather
    /// than the literal itself.
    const BY_PLACE: bool;
}

/// Defines fixed lists. `by place` and `by value` say what a number in JSON stands for.
macro_rules! fixed_lists {
    ($(
        $(#[$attribute:meta])*
        by $how:ident $visibility:vis enum $name:ident {
            $($(#[$doc:meta])* $variant:ident = $literal:literal,)*
        }
    )+) => {$(
        $(#[$attribute])*
        #[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
        #[non_exhaustive]
        $visibility enum $name {
            $($(#[$doc])* $variant,)*
        }

        impl $crate::model::choice::FixedList for $name {
            const LITERALS: &'static [(&'static str, Self)] =
                &[$(($literal, Self::$variant)),*];
            const BY_PLACE: bool = fixed_lists!(@ $how);
        }
    )+};
    (@ place) => { true };
    (@ value) => { false };
}
pub(crate) use fixed_lists;
