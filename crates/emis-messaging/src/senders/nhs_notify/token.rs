//! Access tokens, requested once for all calls and kept until they expire.

use std::fmt;
use std::sync::Arc;
use std::time::Duration;

use emis_credentials::Network;
use emis_types::Clock;
use jiff::{SignedDuration, Timestamp};
use reqwest::Method;
use secrecy::{ExposeSecret as _, SecretString};
use serde::Deserialize;
use tokio::sync::Mutex;
use url::Url;

use super::super::http::{HttpCall, HttpService};
use super::super::setup_error::SenderSetupError;
use super::key::NhsNotifyKey;
use crate::{NotifyError, NotifyErrorKind as Kind};

/// The time before its expiry at which a token is replaced.
const MARGIN: SignedDuration = SignedDuration::from_secs(30);

/// Requests tokens. Concurrent calls wait for one request.
pub(super) struct TokenSource {
    http: HttpService,
    audience: String,
    key: NhsNotifyKey,
    clock: Arc<dyn Clock>,
    kept: Mutex<Option<Token>>,
}

#[derive(Clone)]
struct Token {
    text: Arc<SecretString>,
    obtained: Timestamp,
    expires: Timestamp,
}

#[derive(Deserialize)]
struct Granted {
    access_token: String,
    expires_in: Seconds,
}

/// The platform writes the number of seconds as a text.
#[derive(Deserialize)]
#[serde(untagged)]
enum Seconds {
    Number(i64),
    Text(String),
}

impl TokenSource {
    pub(super) fn new(
        url: Url,
        key: NhsNotifyKey,
        clock: Arc<dyn Clock>,
        network: &Network,
        timeout: Duration,
    ) -> Result<Self, SenderSetupError> {
        Ok(Self {
            audience: url.as_str().to_owned(),
            http: HttpService::new(url, network, timeout)?,
            key,
            clock,
            kept: Mutex::new(None),
        })
    }

    /// Returns a token that is not `refused`, requesting one if need be.
    pub(super) async fn token(
        &self,
        refused: Option<&SecretString>,
    ) -> Result<Arc<SecretString>, NotifyError> {
        let mut kept = self.kept.lock().await;
        let now = self.clock.now();
        let usable = |token: &&Token| {
            // A token from the future was dated by a clock that was wrong.
            token.obtained <= now
                && now < token.expires
                && refused.is_none_or(|it| it.expose_secret() != token.text.expose_secret())
        };
        if let Some(token) = kept.as_ref().filter(usable) {
            return Ok(Arc::clone(&token.text));
        }
        let token = self.request(now).await?;
        *kept = Some(token.clone());
        Ok(token.text)
    }

    async fn request(&self, now: Timestamp) -> Result<Token, NotifyError> {
        let error = |message| NotifyError::new(Kind::Temporary, message).of_sender();
        let assertion = self
            .key
            .assertion(&self.audience, now)
            .ok_or(error("the assertion could not be signed"))?;
        let form = url::form_urlencoded::Serializer::new(String::new())
            .append_pair("grant_type", "client_credentials")
            .append_pair(
                "client_assertion_type",
                "urn:ietf:params:oauth:client-assertion-type:jwt-bearer",
            )
            .append_pair("client_assertion", &assertion)
            .finish();
        let call = HttpCall {
            method: Method::POST,
            path: "",
            query: &[],
            authorization: None,
            accept: "application/json",
            body: Some(("application/x-www-form-urlencoded", form.into_bytes())),
        };
        let answer = self.http.call(call).await.map_err(|failure| {
            error("the NHS token service did not answer").with_source(failure)
        })?;
        if answer.status != 200 {
            return Err(error("the NHS token service refused the application"));
        }
        let granted: Granted = serde_json::from_slice(&answer.body)
            .map_err(|_| error("the NHS token service's answer is not a token"))?;
        let seconds = match granted.expires_in {
            Seconds::Number(seconds) => seconds,
            Seconds::Text(text) => text.trim().parse().unwrap_or(0),
        };
        let lifetime = SignedDuration::from_secs(seconds.clamp(0, 3600)) - MARGIN;
        Ok(Token {
            text: Arc::new(granted.access_token.into()),
            obtained: now,
            expires: now.saturating_add(lifetime).unwrap_or(now),
        })
    }
}

impl fmt::Debug for TokenSource {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("TokenSource")
            .field("key", &self.key)
            .finish_non_exhaustive()
    }
}
