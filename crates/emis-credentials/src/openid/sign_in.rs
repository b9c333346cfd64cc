//! Signing in with the user present: the authorization code grant, with PKCE.

use std::borrow::Cow;
use std::fmt;

use oauth2::{AuthUrl, CsrfToken, PkceCodeChallenge, RedirectUrl, Scope};
use secrecy::{ExposeSecret, SecretString};
use sha2::{Digest, Sha256};
use url::Url;
use zeroize::Zeroizing;

use super::exchange::{Exchange, GrantType, Proof};
use super::refusal;
use crate::{TokenError, TokenErrorKind as Kind};

/// What a sign-in asks for besides the scopes of its source: who the user is, and to be able to go
/// on when the first token ends.
const SCOPES: [&str; 2] = ["openid", "offline_access"];

/// A launch from EMIS: it opened the product's launch address, with `iss` and `launch` behind it.
///
/// `launch` stands for what the user had open in EMIS. It is handed on with the sign-in.
pub struct Launch(SecretString);

impl Launch {
    /// Reads the address that EMIS opened.
    ///
    /// # Errors
    /// [`Malformed`](Kind::Malformed) where `iss` or `launch` is missing, or `iss` is not the
    /// identity service that the product knows: a launch from anywhere else is not followed.
    pub fn read(opened: &Url, issuer: &Url) -> Result<Self, TokenError> {
        let theirs = single(opened, "iss").and_then(|iss| Url::parse(&iss).ok());
        if !theirs.is_some_and(|theirs| is_same_issuer(&theirs, issuer)) {
            return Err(TokenError::with_message(
                Kind::Malformed,
                "the launch does not come from the identity service that the product knows",
            ));
        }
        let launch = single(opened, "launch").ok_or_else(|| {
            TokenError::with_message(Kind::Malformed, "the launch says nothing of its context")
        })?;
        Ok(Self(launch.as_str().into()))
    }
}

impl fmt::Debug for Launch {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Launch")
    }
}

/// How a user is to sign in. See
/// [`begin_sign_in`](crate::OpenIdTokenSource::begin_sign_in).
#[must_use]
pub struct SignInRequest {
    redirect_uri: Url,
    parameters: Vec<(String, String)>,
}

impl SignInRequest {
    /// A sign-in that comes back to the redirect URI, exactly as it is registered with EMIS.
    pub fn new(redirect_uri: Url) -> Self {
        Self {
            redirect_uri,
            parameters: Vec::new(),
        }
    }

    /// Hands on the launch that the sign-in answers, as the parameter `launch`.
    pub fn launch(self, launch: &Launch) -> Self {
        let launch = launch.0.expose_secret().to_owned();
        self.extra_parameter("launch", launch)
    }

    /// Adds a parameter to the address at which the user signs in, such as `login_hint`. Names that
    /// OAuth 2.0 defines are not for here.
    pub fn extra_parameter(mut self, name: impl Into<String>, value: impl Into<String>) -> Self {
        self.parameters.push((name.into(), value.into()));
        self
    }

    pub(super) fn begin(
        self,
        exchange: &Exchange,
        sign_in_at: Url,
        token_at: Url,
    ) -> PendingSignIn {
        let (challenge, verifier) = PkceCodeChallenge::new_random_sha256();
        let client = exchange
            .client(token_at, &mut Default::default())
            .set_auth_uri(AuthUrl::from_url(sign_in_at));
        let scopes = SCOPES.into_iter().map(str::to_owned);
        let scopes = scopes.chain(exchange.scopes.iter().cloned());
        let mut request = client
            .authorize_url(CsrfToken::new_random)
            .set_pkce_challenge(challenge)
            .set_redirect_uri(Cow::Owned(RedirectUrl::from_url(self.redirect_uri.clone())))
            .add_scopes(scopes.map(Scope::new));
        let parameters = exchange.parameters.iter().chain(&self.parameters);
        for (name, value) in parameters {
            request = request.add_extra_param(name.as_str(), value.as_str());
        }
        let (address, state) = request.url();
        PendingSignIn {
            address,
            kept: Kept {
                state: state.into_secret().into(),
                verifier: verifier.into_secret().into(),
                redirect_uri: self.redirect_uri,
            },
        }
    }
}

impl fmt::Debug for SignInRequest {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("SignInRequest").finish_non_exhaustive()
    }
}

/// A sign-in that was begun. Send the user's browser to its [`address`](Self::address), and keep
/// [what only this browser's session may know](Self::keep) until it comes back.
pub struct PendingSignIn {
    address: Url,
    kept: Kept,
}

impl PendingSignIn {
    /// Where the user signs in.
    pub fn address(&self) -> &Url {
        &self.address
    }

    /// What is needed to finish, for a product that keeps it in the browser's session, on its own
    /// side or sealed. Not for the browser to read: it holds the secret (PKCE's verifier) without
    /// which nobody else can use the code that the browser brings back.
    pub fn keep(self) -> KeptSignIn {
        KeptSignIn(self.kept)
    }
}

impl fmt::Debug for PendingSignIn {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("PendingSignIn").finish_non_exhaustive()
    }
}

/// What is kept of a sign-in until the browser comes back.
pub struct KeptSignIn(Kept);

struct Kept {
    state: SecretString,
    verifier: SecretString,
    redirect_uri: Url,
}

impl KeptSignIn {
    /// As a text, to store.
    pub fn expose_secret(&self) -> SecretString {
        let Kept {
            state,
            verifier,
            redirect_uri,
        } = &self.0;
        [
            state.expose_secret(),
            verifier.expose_secret(),
            redirect_uri.as_str(),
        ]
        .join("\n")
        .into()
    }

    /// From the text that was stored.
    ///
    /// # Errors
    /// [`SignInAgain`](Kind::SignInAgain) where it is none.
    pub fn restore(text: &SecretString) -> Result<Self, TokenError> {
        let lines: Vec<&str> = text.expose_secret().split('\n').collect();
        let &[state, verifier, redirect_uri] = lines.as_slice() else {
            return Err(not_ours("what was kept of the sign-in can't be read"));
        };
        Ok(Self(Kept {
            state: state.into(),
            verifier: verifier.into(),
            redirect_uri: Url::parse(redirect_uri)
                .map_err(|_| not_ours("what was kept of the sign-in can't be read"))?,
        }))
    }

    /// The code that the browser brought back, if it belongs to this sign-in.
    pub(super) fn code(
        &self,
        came_back_to: &Url,
        issuer: &Url,
    ) -> Result<SecretString, TokenError> {
        let state = single(came_back_to, "state").unwrap_or_default();
        if !is_same_text(&state, self.0.state.expose_secret()) {
            return Err(not_ours("the browser came back from another sign-in"));
        }
        // RFC 9207: whoever says who they are must be the one that was asked.
        if let Some(iss) = single(came_back_to, "iss")
            && !Url::parse(&iss).is_ok_and(|iss| is_same_issuer(&iss, issuer))
        {
            return Err(not_ours(
                "the browser came back from another identity service",
            ));
        }
        if let Some(error) = single(came_back_to, "error") {
            let description = single(came_back_to, "error_description");
            let description = description.as_deref().map(String::as_str);
            return Err(refusal::error_of(
                &error,
                description,
                GrantType::AuthorizationCode,
            ));
        }
        match single(came_back_to, "code") {
            Some(code) => Ok(code.as_str().into()),
            None => Err(not_ours("the browser came back without a code")),
        }
    }

    pub(super) fn proof<'a>(&'a self, code: &'a SecretString) -> Proof<'a> {
        Proof::Code {
            code,
            verifier: &self.0.verifier,
            redirect_uri: &self.0.redirect_uri,
        }
    }
}

impl fmt::Debug for KeptSignIn {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("KeptSignIn")
    }
}

fn not_ours(message: &'static str) -> TokenError {
    TokenError::with_message(Kind::SignInAgain, message)
}

/// The one value of a parameter; none where it is missing, empty, or there twice.
fn single(url: &Url, name: &str) -> Option<Zeroizing<String>> {
    let mut values = url.query_pairs().filter(|(key, _)| key == name);
    let value = Zeroizing::new(values.next()?.1.into_owned());
    (values.next().is_none() && !value.is_empty()).then_some(value)
}

/// Compares hashes, so that the time it takes tells nothing of the texts.
fn is_same_text(a: &str, b: &str) -> bool {
    Sha256::digest(a) == Sha256::digest(b)
}

fn is_same_issuer(a: &Url, b: &Url) -> bool {
    a.as_str().trim_end_matches('/') == b.as_str().trim_end_matches('/')
}
