//! Types that are a checked text.

/// Implements serde by the text form of a type: it is written by `Display` and read by `FromStr`.
/// Also implements `TryFrom<String>`.
///
/// # Examples
/// ```
/// # use std::{fmt, str::FromStr};
/// struct Level(u8);
/// # impl fmt::Display for Level {
/// #     fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result { self.0.fmt(f) }
/// # }
/// # impl FromStr for Level {
/// #     type Err = std::num::ParseIntError;
/// #     fn from_str(text: &str) -> Result<Self, Self::Err> { text.parse().map(Self) }
/// # }
/// emis_types::serde_as_text!(Level);
/// assert_eq!(serde_json::to_string(&Level(3))?, r#""3""#);
/// # Ok::<(), serde_json::Error>(())
/// ```
#[macro_export]
macro_rules! serde_as_text {
    ($($type:ty),* $(,)?) => {$(
        impl $crate::__private::serde::Serialize for $type {
            fn serialize<S: $crate::__private::serde::Serializer>(
                &self,
                serializer: S,
            ) -> ::std::result::Result<S::Ok, S::Error> {
                serializer.collect_str(self)
            }
        }

        $crate::deserialize_from_text!($type);

        impl ::std::convert::TryFrom<::std::string::String> for $type {
            type Error = <Self as ::std::str::FromStr>::Err;

            fn try_from(text: ::std::string::String) -> ::std::result::Result<Self, Self::Error> {
                text.parse()
            }
        }
    )*};
}

/// Implements `Deserialize` by `FromStr`.
#[doc(hidden)]
#[macro_export]
macro_rules! deserialize_from_text {
    ($type:ty) => {
        impl<'de> $crate::__private::serde::Deserialize<'de> for $type {
            fn deserialize<D: $crate::__private::serde::Deserializer<'de>>(
                deserializer: D,
            ) -> ::std::result::Result<Self, D::Error> {
                let text =
                    <::std::string::String as $crate::__private::serde::Deserialize>::deserialize(
                        deserializer,
                    )?;
                text.parse()
                    .map_err($crate::__private::serde::de::Error::custom)
            }
        }
    };
}

/// Defines a type that is a checked text: `as_str`, `FromStr` by a function from `&str` to
/// `Result<String, _>`, `Display`, `Debug` as `Name(text)`, `TryFrom<String>`, `From` into `String`,
/// ordering, hashing, and serde as text.
///
/// # Examples
/// ```
/// emis_types::text_newtype! {
///     /// The short name of a clinic.
///     pub struct ClinicName: checked_clinic_name -> &'static str;
/// }
///
/// fn checked_clinic_name(text: &str) -> Result<String, &'static str> {
///     let text = text.trim();
///     if text.is_empty() { Err("clinic name is empty") } else { Ok(text.to_owned()) }
/// }
///
/// let name: ClinicName = " Baby clinic ".parse()?;
/// assert_eq!(name.as_str(), "Baby clinic");
/// assert_eq!(format!("{name:?}"), "ClinicName(Baby clinic)");
/// # Ok::<(), &'static str>(())
/// ```
#[macro_export]
macro_rules! text_newtype {
    ($(#[$attribute:meta])* $visibility:vis struct $name:ident: $parse:ident -> $error:ty;) => {
        $(#[$attribute])*
        #[derive(Clone, PartialEq, Eq, Hash, PartialOrd, Ord)]
        $visibility struct $name(::std::string::String);

        impl $name {
            /// Returns the text.
            $visibility fn as_str(&self) -> &str {
                &self.0
            }
        }

        impl ::std::str::FromStr for $name {
            type Err = $error;

            fn from_str(text: &str) -> ::std::result::Result<Self, $error> {
                $parse(text).map(Self)
            }
        }

        impl ::std::fmt::Display for $name {
            fn fmt(&self, f: &mut ::std::fmt::Formatter<'_>) -> ::std::fmt::Result {
                f.write_str(&self.0)
            }
        }

        impl ::std::fmt::Debug for $name {
            fn fmt(&self, f: &mut ::std::fmt::Formatter<'_>) -> ::std::fmt::Result {
                ::std::write!(f, "{}({})", ::std::stringify!($name), self.0)
            }
        }

        impl ::std::convert::From<$name> for ::std::string::String {
            fn from(text: $name) -> Self {
                text.0
            }
        }

        $crate::serde_as_text!($name);
    };
}

/// Defines a checked text about a patient: `expose`, `FromStr` by a function, redacted `Debug`, and
/// serde that reads it but writes it only through [`exposed`](crate::exposed).
macro_rules! redacted_text_newtype {
    ($(#[$attribute:meta])* pub struct $name:ident: $parse:ident;) => {
        $(#[$attribute])*
        #[derive(Debug, Clone, PartialEq, Eq, Hash, PartialOrd, Ord)]
        pub struct $name($crate::Sensitive<String>);

        impl $name {
            /// Returns the text, for code that has a reason to see it.
            pub fn expose(&self) -> &str {
                self.0.expose()
            }
        }

        impl std::str::FromStr for $name {
            type Err = $crate::ParseError;

            fn from_str(text: &str) -> Result<Self, $crate::ParseError> {
                $parse(text).map(|text| Self($crate::Sensitive::new(text)))
            }
        }

        $crate::deserialize_from_text!($name);

        impl $crate::exposed::SerializeExposed for $name {
            fn serialize_exposed<S: serde::Serializer>(
                &self,
                serializer: S,
            ) -> Result<S::Ok, S::Error> {
                serializer.serialize_str(self.expose())
            }
        }
    };
}
pub(crate) use redacted_text_newtype;
