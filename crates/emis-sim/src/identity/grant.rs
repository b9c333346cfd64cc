//! The token endpoint.

use std::sync::Arc;

use http::StatusCode;
use serde_json::{Map, Value};

use super::authenticate::authenticate;
use super::issue::Holder;
use super::refusal::Refusal;
use crate::assumptions::WireState;
use crate::protocol::{Answer, Form};
use crate::sync::lock;
use crate::world::{ClientKind, Consent, PracticeState, RequestedScopes, World};

/// The body of a successful answer.
type Body = Map<String, Value>;

/// The default user of every EMIS organisation.
const SHARED_USER: &str = "APIUSER1";

/// Answers a token request.
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
    let requested = || RequestedScopes::parse(&world.held_scopes(), field("scope"));
    let now = world.identity_now().as_second();
    match needed("grant_type")? {
        "client_credentials" => {
            let practice = bound_practice(world, field("cdb"))?;
            token(world, Holder::Application, &practice, &requested()?)
        }
        "password" => {
            let (username, password) = (needed("username")?, needed("password")?);
            let practice = practice_of_user(world, username, password, field("cdb"))?;
            let consent = Consent::new(&world.ids, practice, requested()?, None);
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
                    // A user who has lost access since is refused.
                    let emas = lock(&consent.practice.emas);
                    emas.sign_in(None)?;
                    if let Some(fewer) = field("scope") {
                        let held = &consent.requested.scopes;
                        let fewer = RequestedScopes::parse(held, Some(fewer))?;
                        consent.requested.scopes = fewer.scopes;
                    }
                    Ok::<_, Refusal>(())
                })?;
            tokens(world, consent, client, now)
        }
        _ => Err(Refusal::UnsupportedGrant),
    }
}

/// Issues a user's tokens, with ID token and refresh token if they were requested.
fn tokens(world: &World, consent: Consent, client: ClientKind, now: i64) -> Result<Body, Refusal> {
    let mut body = token(world, Holder::User, &consent.practice, &consent.requested)?;
    if consent.requested.openid {
        let id_token = world.id_token(&consent.practice, consent.nonce.as_deref());
        body.insert(
            "id_token".to_owned(),
            id_token.ok_or(Refusal::Server)?.into(),
        );
    }
    if consent.requested.offline {
        let refresh_token = world.consents.refresh_token(consent, client, now);
        body.insert("refresh_token".to_owned(), refresh_token.into());
    }
    Ok(body)
}

fn token(
    world: &World,
    holder: Holder,
    practice: &Arc<PracticeState>,
    requested: &RequestedScopes,
) -> Result<Body, Refusal> {
    let scopes = &requested.scopes;
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

/// Returns the practice of an application token: the first one unless `cdb` names another.
fn bound_practice(world: &World, cdb: Option<&str>) -> Result<Arc<PracticeState>, Refusal> {
    world
        .practices
        .iter()
        .find(|practice| cdb.is_none_or(|cdb| cdb == practice.cdb))
        .cloned()
        .ok_or(Refusal::Kept(WireState::UserMissing))
}

/// Returns the practices that have a user of this name; with `cdb`, only that one.
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

/// Returns the practice of an API user: the one that accepts the password.
fn practice_of_user(
    world: &World,
    username: &str,
    password: &str,
    cdb: Option<&str>,
) -> Result<Arc<PracticeState>, Refusal> {
    let candidates = practices_with_user(world, username, cdb);
    // Usernames are the same at every practice. The practice is the one whose present password this
    // is, or whose password at set-up; another wrong password does not lock a user.
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
    let most_attempts = lock(&world.conditions).most_failed_attempts;
    lock(&practice.emas).log_on(password, most_attempts)?;
    Ok(Arc::clone(practice))
}
