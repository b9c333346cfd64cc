//! All steps, each written once; guides and catalogue entries are made of these.

pub(crate) mod checks;
mod emis;
mod product;

pub(crate) use emis::*;
pub(crate) use product::*;

/// Defines the steps of one place. First `Place path;`, then for each `NAME: [Control label],
/// "action" => "expected", else Cause, seen "other" act "action", seen "another" stop Cause;`, where
/// all after "expected" and the control are optional.
macro_rules! steps {
    ($place:ident $path:expr; $($name:ident: $([$control:ident $label:expr],)?
       $action:literal => $expected:literal $(, else $cause:ident)?
       $(, seen $seen:literal $verb:ident $what:tt)*;)*) => {
        $(pub(crate) const $name: $crate::step::StepTemplate = $crate::step::StepTemplate {
            place: $crate::step::Place::$place,
            path: $path,
            action: $action,
            control: $crate::clicks::maybe!(
                $(($crate::step::Control::$control, $label))?
            ),
            expected: $expected,
            otherwise: $crate::clicks::maybe!($($crate::cause::Cause::$cause)?),
            branches: &[$($crate::step::BranchTemplate {
                seen: $seen,
                then: $crate::clicks::then!($verb $what),
            }),*],
        };)*
    };
}

macro_rules! maybe {
    () => {
        None
    };
    ($some:expr) => {
        Some($some)
    };
}

macro_rules! then {
    (act $action:literal) => {
        $crate::step::Then::Do($action)
    };
    (stop $cause:ident) => {
        $crate::step::Then::Stop($crate::cause::Cause::$cause)
    };
}

pub(crate) use {maybe, steps, then};
