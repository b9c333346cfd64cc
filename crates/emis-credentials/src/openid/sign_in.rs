//! Signing in with the user present: the authorization code grant with PKCE.

use aws_lc_rs::constant_time::verify_slices_are_equal;
use aws_lc_rs::digest::{SHA256, digest};
use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use emis_types::Sensitive;
use secrecy::{ExposeSecret, SecretString};
use url::Url;
use zeroize::Zeroizing;

use super::endpoint_rules::is_same_issuer;
use super::grant_type::GrantType;
use super::refusal;
use super::token_request::{Proof, TokenRequest};
use crate::error::{TokenError, TokenErrorKind as Kind};

/// The scopes of a sign-in besides those of its source: the user's identity, and a refresh token.
const SCOPES: [&str; 2] = ["openid", "offline_access"];

/// A launch from EMIS: it opened the product's launch address with the parameters `iss` and `launch`.
///
/// `launch` identifies what the user had open in EMIS. It is passed on with the sign-in.
#[derive(Debug)]
pub struct Launch(SecretString);

impl Launch {
    /// Reads the address that EMIS opened.
    ///
    /// # Errors
    /// [`Malformed`](Kind::Malformed) if `iss` or `launch` is missing, or `iss` is not the identity
    /// service that the product knows: a launch from anywhere else is not followed.
    pub fn read(opened: &Url, issuer: &Url) -> Result<Self, TokenError> {
        let theirs = single(opened, "iss").and_then(|iss| Url::parse(&iss).ok());
        if !theirs.is_some_and(|theirs| is_same_issuer(&theirs, issuer)) {
            return Err(TokenError::with_message(
                Kind::Malformed,
                "the launch does not come from the identity service that the product knows",
            ));
        }
        let launch = single(opened, "launch").ok_or_else(|| {
            TokenError::with_message(Kind::Malformed, "the launch has no context")
        })?;
        Ok(Self(launch.as_str().into()))
    }
}

/// A request to sign in a user. See
/// [`begin_sign_in`](crate::OpenIdTokenSource::begin_sign_in).
#[derive(Debug)]
#[must_use]
pub struct SignInRequest {
    redirect_uri: Url,
    parameters: Sensitive<Vec<(String, String)>>,
}

impl SignInRequest {
    /// Creates a request that comes back to the redirect URI, exactly as it is registered with EMIS.
    pub fn new(redirect_uri: Url) -> Self {
        Self {
            redirect_uri,
            parameters: Sensitive::default(),
        }
    }

    /// Passes on the launch that the sign-in answers, as the parameter `launch`.
    pub fn launch(self, launch: &Launch) -> Self {
        let launch = launch.0.expose_secret().to_owned();
        self.extra_parameter("launch", launch)
    }

    /// Adds a parameter to the address at which the user signs in, such as `login_hint`. Do not use
    /// names that OAuth 2.0 defines.
    pub fn extra_parameter(mut self, name: impl Into<String>, value: impl Into<String>) -> Self {
        let parameter = (name.into(), value.into());
        self.parameters = self.parameters.map(|mut all| {
            all.push(parameter);
            all
        });
        self
    }

    pub(super) fn begin(self, request: &TokenRequest, mut sign_in_at: Url) -> PendingSignIn {
        let (state, verifier) = (random_text(), random_text());
        let challenge = digest(&SHA256, verifier.expose_secret().as_bytes());
        let challenge = URL_SAFE_NO_PAD.encode(challenge);
        let scopes = SCOPES.into_iter();
        let scopes: Vec<_> = scopes
            .chain(request.scopes.iter().map(String::as_str))
            .collect();
        let extra = request.parameters.iter().chain(self.parameters.expose());
        sign_in_at
            .query_pairs_mut()
            .append_pair("response_type", "code")
            .append_pair("client_id", &request.client.client_id)
            .append_pair("state", state.expose_secret())
            .append_pair("code_challenge", &challenge)
            .append_pair("code_challenge_method", "S256")
            .append_pair("redirect_uri", self.redirect_uri.as_str())
            .append_pair("scope", &scopes.join(" "))
            .extend_pairs(extra);
        PendingSignIn {
            address: Sensitive::new(sign_in_at),
            kept: Kept {
                state,
                verifier,
                redirect_uri: self.redirect_uri,
            },
        }
    }
}

/// Returns 32 random bytes as text, as long as PKCE asks a verifier to be.
fn random_text() -> SecretString {
    let bytes = Zeroizing::new(rand::random::<[u8; 32]>());
    let mut text = Zeroizing::new(String::with_capacity(43));
    URL_SAFE_NO_PAD.encode_string(bytes.as_ref(), &mut text);
    text.as_str().into()
}

/// A sign-in that was begun. Send the user's browser to its [`address`](Self::address), and keep the
/// [secret of this browser's session](Self::keep) until it comes back.
#[derive(Debug)]
pub struct PendingSignIn {
    address: Sensitive<Url>,
    kept: Kept,
}

impl PendingSignIn {
    /// Returns the address at which the user signs in.
    pub fn address(&self) -> &Url {
        self.address.expose()
    }

    /// Returns what is needed to finish, for the product to keep in the browser's session, on the
    /// server or sealed. The browser must not be able to read it: it holds PKCE's verifier, without
    /// which the code that the browser brings back is worthless.
    pub fn keep(self) -> KeptSignIn {
        KeptSignIn(self.kept)
    }
}

/// The secret of a sign-in that is kept until the browser comes back.
#[derive(Debug)]
pub struct KeptSignIn(Kept);

#[derive(Debug)]
struct Kept {
    state: SecretString,
    verifier: SecretString,
    redirect_uri: Url,
}

impl KeptSignIn {
    /// Returns the secret as text, to store.
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

    /// Restores the secret from stored text.
    ///
    /// # Errors
    /// [`SignInAgain`](Kind::SignInAgain) if the text is none.
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

    /// Returns the code that the browser brought back, if it belongs to this sign-in.
    pub(super) fn code(
        &self,
        came_back_to: &Url,
        issuer: &Url,
    ) -> Result<SecretString, TokenError> {
        let state = single(came_back_to, "state").unwrap_or_default();
        let ours = self.0.state.expose_secret().as_bytes();
        if verify_slices_are_equal(state.as_bytes(), ours).is_err() {
            return Err(not_ours("the browser came back from another sign-in"));
        }
        // RFC 9207: a service that names itself must be the one that was asked.
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

fn not_ours(message: &'static str) -> TokenError {
    TokenError::with_message(Kind::SignInAgain, message)
}

/// Returns the value of a parameter; `None` if it is missing, empty, or there twice.
fn single(url: &Url, name: &str) -> Option<Zeroizing<String>> {
    let mut values = url.query_pairs().filter(|(key, _)| key == name);
    let value = Zeroizing::new(values.next()?.1.into_owned());
    (values.next().is_none() && !value.is_empty()).then_some(value)
}
