//! The token endpoint: who may have a token.

use std::sync::Arc;

use http::StatusCode;
use serde_json::{Map, Value};

use super::client::{Asked, Client, Form, authenticate};
use super::consent::Consent;
use super::refusal::Refusal;
use super::tokens::Holder;
use crate::assumptions::WireState;
use crate::server::Answer;
use crate::world::{PracticeState, World, lock};

/// What the token endpoint answers with.
type Body = Map<String, Value>;

/// The user that every EMIS organisation has.
const SHARED_USER: &str = "APIUSER1";

/// Header with the client's credentials, or a bearer token.
pub(crate) const AUTHORIZATION: &str = "authorization";

/// Answers a token request whose `Authorization` header, if any, is given.
pub(super) fn answer(world: &World, authorization: Option<&str>, form: &Form) -> Answer {
    match grant(world, authorization, form) {
        Ok(body) => {
            Answer::json(StatusCode::OK, &body.into()).with_header("cache-control", "no-store")
        }
        Err(refusal) => refusal.answer(world),
    }
}

fn grant(world: &World, authorization: Option<&str>, form: &Form) -> Result<Body, Refusal> {
    let client = authenticate(world, authorization, form)?;
    let field = |name: &str| form.get(name).map(String::as_str);
    let needed = |name: &str| field(name).ok_or(Refusal::ParameterMissing);
    let asked = || Asked::read(&world.scopes_held(), field("scope"));
    let now = world.identity_now().as_second();
    match needed("grant_type")? {
        "client_credentials" => {
            let practice = bound_practice(world, field("cdb"))?;
            token(world, Holder::Application, &practice, &asked()?)
        }
        "password" => {
            let (username, password) = (needed("username")?, needed("password")?);
            let practice = practice_of_user(world, username, password, field("cdb"))?;
            let consent = Consent::new(&world.ids, practice, asked()?, None);
            tokens(world, consent, client, now)
        }
        "authorization_code" => {
            let (code, redirect_uri) = (needed("code")?, needed("redirect_uri")?);
            let verifier = field("code_verifier").unwrap_or_default();
            let consent = world.consents.redeem(code, redirect_uri, verifier, now)?;
            tokens(world, consent, client, now)
        }
        "refresh_token" => {
            let given = needed("refresh_token")?;
            let consent = world
                .consents
                .use_refresh_token(given, client, now, |consent| {
                    // Whoever has been kept out since gets nothing more.
                    let emas = lock(&consent.practice.emas);
                    emas.sign_in(None).map_err(Refusal::Kept)?;
                    if let Some(fewer) = field("scope") {
                        let held = &consent.asked.scopes;
                        consent.asked.scopes = Asked::read(held, Some(fewer))?.scopes;
                    }
                    Ok(())
                })?;
            tokens(world, consent, client, now)
        }
        _ => Err(Refusal::UnsupportedGrant),
    }
}

/// A user's tokens: ID token and refresh token where they were asked for.
fn tokens(world: &World, consent: Consent, client: Client, now: i64) -> Result<Body, Refusal> {
    let mut body = token(world, Holder::User, &consent.practice, &consent.asked)?;
    if consent.asked.openid {
        let id_token = world.id_token(&consent.practice, consent.nonce.as_deref());
        body.insert(
            "id_token".to_owned(),
            id_token.ok_or(Refusal::Server)?.into(),
        );
    }
    if consent.asked.offline {
        let refresh_token = world.consents.refresh_token(consent, client, now);
        body.insert("refresh_token".to_owned(), refresh_token.into());
    }
    Ok(body)
}

fn token(
    world: &World,
    holder: Holder,
    practice: &Arc<PracticeState>,
    asked: &Asked,
) -> Result<Body, Refusal> {
    let scopes = &asked.scopes;
    let token = world
        .issue(holder, practice, scopes)
        .ok_or(Refusal::Server)?;
    let held: Vec<_> = scopes.iter().map(|scope| scope.as_str()).collect();
    let fields: [(&str, Value); 5] = [
        ("access_token", token.into()),
        ("token_type", "Bearer".into()),
        ("expires_in", world.tokens.lifetime().into()),
        ("not_before", world.identity_now().as_second().into()),
        ("scope", held.join(" ").into()),
    ];
    Ok(fields
        .map(|(name, value)| (name.to_owned(), value))
        .into_iter()
        .collect())
}

/// An application token is for the first practice unless it asks for another.
fn bound_practice(world: &World, cdb: Option<&str>) -> Result<Arc<PracticeState>, Refusal> {
    world
        .practices
        .iter()
        .find(|practice| cdb.is_none_or(|cdb| cdb == practice.cdb))
        .cloned()
        .ok_or(Refusal::Kept(WireState::UserMissing))
}

/// The practices that have a user of this name, or the one of them that is asked for.
pub(super) fn practices_with_user<'a>(
    world: &'a World,
    username: &str,
    cdb: Option<&str>,
) -> Vec<&'a Arc<PracticeState>> {
    world
        .practices
        .iter()
        .filter(|practice| cdb.is_none_or(|cdb| cdb == practice.cdb))
        .filter(|practice| {
            practice.username.eq_ignore_ascii_case(username)
                || (username.eq_ignore_ascii_case(SHARED_USER)
                    && lock(&practice.emas).state.shared_user)
        })
        .collect()
}

/// The practice whose API user this is: the one that takes the password.
fn practice_of_user(
    world: &World,
    username: &str,
    password: &str,
    cdb: Option<&str>,
) -> Result<Arc<PracticeState>, Refusal> {
    let candidates = practices_with_user(world, username, cdb);
    // Usernames are the same everywhere. Which practice a password is for shows where it is the
    // one of today, or of the day when the product was set up; a wrong password of nobody in
    // particular locks nobody.
    let meant = match candidates[..] {
        [only] => Some(only),
        _ => candidates
            .iter()
            .find(|practice| lock(&practice.emas).password == password)
            .or_else(|| {
                candidates
                    .iter()
                    .find(|practice| practice.handed_over == password)
            })
            .copied(),
    };
    let practice = meant.ok_or(Refusal::Kept(WireState::UserMissing))?;
    lock(&practice.emas)
        .log_on(password, world.most_tries())
        .map_err(Refusal::Kept)?;
    Ok(Arc::clone(practice))
}
