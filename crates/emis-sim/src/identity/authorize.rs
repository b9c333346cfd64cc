//! The authorization endpoint: a person of the practice signs in, and the product gets a code.

use std::sync::Arc;

use http::StatusCode;
use url::{Host, Url};

use super::client::{Asked, Form};
use super::consent::Consent;
use super::grant::practices_with_user;
use super::refusal::{Refusal, description};
use super::sign_in_page;
use crate::assumptions::WireState;
use crate::server::Answer;
use crate::world::{PracticeState, World, lock};

/// A request of which it is sure whom to answer.
struct Asking<'a> {
    world: &'a World,
    form: &'a Form,
    /// Where the answer goes.
    back: Url,
}

/// What a sound request is for.
struct Wanted<'a> {
    asked: Asked,
    challenge: &'a str,
    redirect_uri: &'a str,
}

/// `GET`: with `prompt=none` the user that `login_hint` names is signed in without being asked,
/// otherwise the sign-in page comes.
pub(super) fn authorize(world: &World, form: &Form) -> Answer {
    answer(world, form, |asking| {
        if asking.field("prompt") != Some("none") {
            let page = sign_in_page::page(world, form, None);
            return Ok(Answer::page(StatusCode::OK, page));
        }
        let username = asking.field("login_hint").ok_or(Refusal::LoginRequired)?;
        asking.signed_in(username, None)
    })
}

/// `POST` from the sign-in page: the user's EMIS password decides, not the Partner API password.
pub(super) fn sign_in(world: &World, form: &Form) -> Answer {
    answer(world, form, |asking| {
        let username = asking.field("username").unwrap_or_default();
        let password = asking.field("password").unwrap_or_default();
        asking
            .signed_in(username, Some(password))
            .or_else(|refusal| {
                let page = sign_in_page::page(world, form, Some(refusal.words().1));
                Ok(Answer::page(StatusCode::BAD_REQUEST, page))
            })
    })
}

/// Refuses towards the product where it is sure that it is the product, else on the spot.
fn answer(
    world: &World,
    form: &Form,
    act: impl FnOnce(&Asking<'_>) -> Result<Answer, Refusal>,
) -> Answer {
    match Asking::of(world, form) {
        Err(refusal) => refusal.answer(world),
        Ok(asking) => asking
            .wanted()
            .and_then(|_| act(&asking))
            .unwrap_or_else(|refusal| asking.refuse(refusal)),
    }
}

impl<'a> Asking<'a> {
    fn of(world: &'a World, form: &'a Form) -> Result<Self, Refusal> {
        let client = form.get("client_id").ok_or(Refusal::ParameterMissing)?;
        if *client != world.application.client_id {
            return Err(Refusal::ClientUnknown);
        }
        let uri = form.get("redirect_uri").ok_or(Refusal::ParameterMissing)?;
        let back = world.registered(uri).ok_or(Refusal::RedirectUnregistered)?;
        Ok(Self { world, form, back })
    }

    fn field(&self, name: &str) -> Option<&'a str> {
        self.form.get(name).map(String::as_str)
    }

    fn wanted(&self) -> Result<Wanted<'a>, Refusal> {
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
        Ok(Wanted {
            asked: Asked::read(&self.world.scopes_held(), self.field("scope"))?,
            challenge,
            redirect_uri: self.field("redirect_uri").unwrap_or_default(),
        })
    }

    /// Signs the user in, with a password if one was asked for, and sends the code.
    fn signed_in(&self, username: &str, password: Option<&str>) -> Result<Answer, Refusal> {
        let wanted = self.wanted()?;
        let practice = self.practice(username)?;
        lock(&practice.emas)
            .sign_in(password)
            .map_err(Refusal::Kept)?;
        let nonce = self.field("nonce").map(str::to_owned);
        let code = self.world.consents.code(
            Consent::new(&self.world.ids, practice, wanted.asked, nonce),
            wanted.redirect_uri,
            wanted.challenge,
            self.world.identity_now().as_second(),
        );
        Ok(self.send(&[("code", &code)]))
    }

    /// The practice is the one that `cdb` names, or the first with such a user.
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

    /// Sends the browser back to the product.
    fn send(&self, parameters: &[(&str, &str)]) -> Answer {
        let mut back = self.back.clone();
        let state = self.field("state").map(|state| ("state", state));
        back.query_pairs_mut()
            .extend_pairs(parameters.iter().copied().chain(state));
        Answer::empty(StatusCode::FOUND)
            .with_header("location", back)
            .with_header("cache-control", "no-store")
    }
}

impl World {
    /// The address, if the product may be answered there: an address of this machine, or one that
    /// was registered.
    fn registered(&self, uri: &str) -> Option<Url> {
        let url = Url::parse(uri).ok()?;
        let here = match url.host() {
            Some(Host::Domain(name)) => name == "localhost",
            Some(Host::Ipv4(address)) => address.is_loopback(),
            Some(Host::Ipv6(address)) => address.is_loopback(),
            None => false,
        };
        let loopback = here && matches!(url.scheme(), "http" | "https");
        let known = loopback || self.redirect_uris.iter().any(|known| known == uri);
        (known && url.fragment().is_none()).then_some(url)
    }
}
