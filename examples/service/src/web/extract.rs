//! Gives handlers what the guard has put into the request.

use axum::extract::FromRequestParts;
use http::request::Parts;

use super::failure::Failure;
use super::fields::Fields;
use super::session::Session;

macro_rules! from_extension {
    ($name:ident) => {
        impl<S: Send + Sync> FromRequestParts<S> for $name {
            type Rejection = Failure;

            async fn from_request_parts(parts: &mut Parts, _: &S) -> Result<Self, Failure> {
                parts
                    .extensions
                    .get::<Self>()
                    .cloned()
                    .ok_or(Failure::Broken)
            }
        }
    };
}

from_extension!(Session);
from_extension!(Fields);
