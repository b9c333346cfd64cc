//! The API key of a GOV.UK Notify service, and the tokens made with it.

use std::fmt;
use std::str::FromStr;

use aws_lc_rs::hmac;
use emis_types::strip_invisible;
use jiff::Timestamp;
use secrecy::{ExposeSecret as _, SecretString};
use serde::Serialize;
use uuid::Uuid;

use super::super::jwt::json_web_token;
use super::super::setup_error::{SenderSetupError, SenderSetupErrorKind};

/// An API key of a GOV.UK Notify service, as its page shows it: `name-service-secret`, of which the
/// last two are UUIDs and the name may hold hyphens.
///
/// `Debug` shows the name only.
///
/// # Examples
/// ```
/// use emis_messaging::senders::GovUkNotifyKey;
///
/// let key: GovUkNotifyKey = "reminders-live-26785a09-ab16-4eb0-8407-a37497a57506-\
///     3d844edf-8d35-48ac-975b-e847b4f122b0".parse()?;
/// assert_eq!(key.name(), "reminders-live");
/// # Ok::<(), emis_messaging::senders::SenderSetupError>(())
/// ```
#[derive(Clone)]
pub struct GovUkNotifyKey {
    name: String,
    service: Uuid,
    /// The text with its hyphens is the secret, not the number that it spells.
    secret: SecretString,
}

/// The length of a UUID as text.
const UUID: usize = 36;

#[derive(Serialize)]
struct Header {
    typ: &'static str,
    alg: &'static str,
}

#[derive(Serialize)]
struct Claims {
    iss: Uuid,
    iat: i64,
}

impl GovUkNotifyKey {
    /// Returns the name that was given to the key at GOV.UK Notify.
    pub fn name(&self) -> &str {
        &self.name
    }

    /// Returns the ID of the service that the key belongs to.
    pub fn service_id(&self) -> Uuid {
        self.service
    }

    /// Returns a token for one request. GOV.UK Notify accepts it for 30 seconds around `now`.
    pub(super) fn token(&self, now: Timestamp) -> Option<String> {
        let header = Header {
            typ: "JWT",
            alg: "HS256",
        };
        let claims = Claims {
            iss: self.service,
            iat: now.as_second(),
        };
        json_web_token(&header, &claims, |signed| {
            let key = hmac::Key::new(hmac::HMAC_SHA256, self.secret.expose_secret().as_bytes());
            Some(hmac::sign(&key, signed).as_ref().to_vec())
        })
    }
}

impl FromStr for GovUkNotifyKey {
    type Err = SenderSetupError;

    fn from_str(text: &str) -> Result<Self, SenderSetupError> {
        let text = strip_invisible(text);
        parse(text.trim()).ok_or(SenderSetupError::new(
            SenderSetupErrorKind::Key,
            "the GOV.UK Notify key is not a name and two UUIDs joined by hyphens",
        ))
    }
}

fn parse(text: &str) -> Option<GovUkNotifyKey> {
    let (rest, secret) = text.split_at_checked(text.len().checked_sub(UUID)?)?;
    let rest = rest.strip_suffix('-')?;
    let (name, service) = rest.split_at_checked(rest.len().checked_sub(UUID)?)?;
    let name = name.strip_suffix('-')?;
    Uuid::try_parse(secret).ok()?;
    Some(GovUkNotifyKey {
        name: (!name.is_empty()).then(|| name.to_owned())?,
        service: Uuid::try_parse(service).ok()?,
        secret: secret.to_owned().into(),
    })
}

impl fmt::Debug for GovUkNotifyKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("GovUkNotifyKey")
            .field("name", &self.name)
            .finish_non_exhaustive()
    }
}
