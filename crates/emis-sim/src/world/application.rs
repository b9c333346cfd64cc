//! The partner's application as EMIS knows it.

use rand::rngs::StdRng;

use super::credentials::{ern, password};
use crate::model::guid;

/// The partner's application.
pub(crate) struct Application {
    /// The party key.
    pub(crate) id: String,
    pub(crate) name: &'static str,
    pub(crate) ern: String,
    pub(crate) client_id: String,
    pub(crate) client_secret: String,
}

opaque_debug!(Application);

impl Application {
    pub(crate) fn draw(rng: &mut StdRng) -> Self {
        Self {
            id: guid(rng).to_string(),
            name: "Patchs",
            ern: ern("app", guid(rng)),
            client_id: guid(rng).to_string(),
            client_secret: password(rng, 40),
        }
    }
}
