//! Macros of this crate.

/// Implements `Debug` that prints the type's name and the fields in braces, and nothing else: secrets
/// and patients are not to be printed.
macro_rules! opaque_debug {
    ($($name:ident $({ $($field:ident),+ })?),+ $(,)?) => {$(
        impl std::fmt::Debug for $name {
            fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
                f.debug_struct(stringify!($name))
                    $($(.field(stringify!($field), &self.$field))+)?
                    .finish_non_exhaustive()
            }
        }
    )+};
}
