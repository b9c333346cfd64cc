//! The authorization endpoint: a member of staff signs in, and the product receives a code.

use std::sync::Arc;

use http::StatusCode;
use url::{Host, Url};

use super::grant::practices_with_user;
use super::refusal::{Refusal, description};
use super::sign_in_page;
use crate::assumptions::WireState;
use crate::protocol::{Answer, Form};
use crate::sync::lock;
use crate::world::{Consent, PracticeState, RequestedScopes, World};

/// A request with a known client and redirect address.
struct Authorization<'a> {
    world: &'a World,
    form: &'a Form,
    redirect: Url,
}

/// The parameters of a valid request.
struct Parameters<'a> {
    requested: RequestedScopes,
    challenge: &'a str,
    redirect_uri: &'a str,
}

/// Answers `GET`. With `prompt=none` the user in `login_hint` is signed in without a page, otherwise
/// the answer is the sign-in page.
pub(super) fn authorize(world: &World, form: &Form) -> Answer {
    answer(world, form, |request| {
        if request.field("prompt") != Some("none") {
            let page = sign_in_page::page(world, form, None);
            return Ok(Answer::page(StatusCode::OK, page));
        }
        let username = request.field("login_hint").ok_or(Refusal::LoginRequired)?;
        request.signed_in(username, None)
    })
}

/// Answers `POST` from the sign-in page, which takes the user's EMIS password.
pub(super) fn sign_in(world: &World, form: &Form) -> Answer {
    answer(world, form, |request| {
        let username = request.field("username").unwrap_or_default();
        let password = request.field("password").unwrap_or_default();
        request
            .signed_in(username, Some(password))
            .or_else(|refusal| {
                let page = sign_in_page::page(world, form, Some(refusal.words().1));
                Ok(Answer::page(StatusCode::BAD_REQUEST, page))
            })
    })
}

/// Sends refusals to the product if client and redirect address are known, or else answers them.
fn answer(
    world: &World,
    form: &Form,
    act: impl FnOnce(&Authorization<'_>) -> Result<Answer, Refusal>,
) -> Answer {
    match Authorization::of(world, form) {
        Err(refusal) => refusal.answer(world),
        Ok(request) => request
            .parameters()
            .and_then(|_| act(&request))
            .unwrap_or_else(|refusal| request.refuse(refusal)),
    }
}

impl<'a> Authorization<'a> {
    fn of(world: &'a World, form: &'a Form) -> Result<Self, Refusal> {
        let client = form.get("client_id").ok_or(Refusal::ParameterMissing)?;
        if *client != world.application.client_id {
            return Err(Refusal::ClientUnknown);
        }
        let uri = form.get("redirect_uri").ok_or(Refusal::ParameterMissing)?;
        let redirect = registered(world, uri).ok_or(Refusal::RedirectUnregistered)?;
        Ok(Self {
            world,
            form,
            redirect,
        })
    }

    fn field(&self, name: &str) -> Option<&'a str> {
        self.form.get(name).map(String::as_str)
    }

    fn parameters(&self) -> Result<Parameters<'a>, Refusal> {
        if self.field("response_type") != Some("code") {
            return Err(Refusal::UnsupportedResponseType);
        }
        if self
            .field("response_mode")
            .is_some_and(|mode| mode != "query")
        {
            return Err(Refusal::UnsupportedResponseMode);
        }
        let challenge = self
            .field("code_challenge")
            .ok_or(Refusal::ChallengeMissing)?;
        if self.field("code_challenge_method") != Some("S256") {
            return Err(Refusal::ChallengeMethod);
        }
        let held = self.world.held_scopes();
        Ok(Parameters {
            requested: RequestedScopes::parse(&held, self.field("scope"))?,
            challenge,
            redirect_uri: self.field("redirect_uri").unwrap_or_default(),
        })
    }

    /// Signs the user in, with a password if the page took one, and sends the code.
    fn signed_in(&self, username: &str, password: Option<&str>) -> Result<Answer, Refusal> {
        let parameters = self.parameters()?;
        let practice = self.practice(username)?;
        lock(&practice.emas).sign_in(password)?;
        let nonce = self.field("nonce").map(str::to_owned);
        let code = self.world.consents.code(
            Consent::new(&self.world.ids, practice, parameters.requested, nonce),
            parameters.redirect_uri,
            parameters.challenge,
            self.world.identity_now().as_second(),
        );
        Ok(self.send(&[("code", &code)]))
    }

    /// Returns the practice that `cdb` names, or the first with a user of this name.
    fn practice(&self, username: &str) -> Result<Arc<PracticeState>, Refusal> {
        let cdb = self.field("cdb").filter(|cdb| !cdb.is_empty());
        practices_with_user(self.world, username, cdb)
            .first()
            .map(|practice| Arc::clone(practice))
            .ok_or(Refusal::Kept(WireState::UserMissing))
    }

    fn refuse(&self, refusal: Refusal) -> Answer {
        let (error, text) = refusal.words();
        let description = description(self.world, text);
        self.send(&[("error", error), ("error_description", &description)])
    }

    /// Redirects the browser to the product.
    fn send(&self, parameters: &[(&str, &str)]) -> Answer {
        let mut redirect = self.redirect.clone();
        let state = self.field("state").map(|state| ("state", state));
        redirect
            .query_pairs_mut()
            .extend_pairs(parameters.iter().copied().chain(state));
        Answer::empty(StatusCode::FOUND)
            .with_header("location", redirect)
            .with_header("cache-control", "no-store")
    }
}

/// Parses a redirect address. Returns `None` unless it is on this machine or registered.
fn registered(world: &World, uri: &str) -> Option<Url> {
    let url = Url::parse(uri).ok()?;
    let here = match url.host() {
        Some(Host::Domain(name)) => name == "localhost",
        Some(Host::Ipv4(address)) => address.is_loopback(),
        Some(Host::Ipv6(address)) => address.is_loopback(),
        None => false,
    };
    let loopback = here && matches!(url.scheme(), "http" | "https");
    let known = loopback || world.redirect_uris.iter().any(|known| known == uri);
    (known && url.fragment().is_none()).then_some(url)
}
