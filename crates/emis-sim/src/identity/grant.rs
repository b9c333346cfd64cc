//! The token endpoint: who may have a token, in the manner of Azure AD B2C.

use std::collections::HashMap;
use std::sync::Arc;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use http::StatusCode;
use serde_json::{Value, json};
use uuid::Uuid;

use super::tokens::Holder;
use crate::assumptions::WireState;
use crate::operation::Scope;
use crate::server::Answer;
use crate::world::{PracticeState, World, lock};

/// Header with the client's credentials, or a bearer token.
pub(crate) const AUTHORIZATION: &str = "authorization";

/// Form fields; a field that is sent twice keeps its first value.
pub(crate) type Form = HashMap<String, String>;

/// Reads an URL-encoded form. Any bytes make some form.
pub(crate) fn read_form(body: &[u8]) -> Form {
    let mut form = Form::new();
    for (name, value) in url::form_urlencoded::parse(body) {
        form.entry(name.into_owned())
            .or_insert_with(|| value.into_owned());
    }
    form
}

/// Why no token is given.
enum Refusal {
    InvalidClient {
        basic: bool,
    },
    /// What the practice or the application is like.
    Kept(WireState),
    MissingParameter,
    UnsupportedGrant,
    Server,
}

/// Answers a token request whose `Authorization` header, if any, is given.
pub(crate) fn answer(world: &World, authorization: Option<&str>, form: &Form) -> Answer {
    match grant(world, authorization, form) {
        Ok(token) => Answer::json(StatusCode::OK, &token).with_header("cache-control", "no-store"),
        Err(refusal) => refusal.answer(world),
    }
}

fn grant(world: &World, authorization: Option<&str>, form: &Form) -> Result<Value, Refusal> {
    authenticate(world, authorization, form)?;
    let field = |name: &str| form.get(name).map(String::as_str);
    let (holder, practice) = match field("grant_type") {
        None => return Err(Refusal::MissingParameter),
        Some("client_credentials") => (Holder::Application, bound_practice(world, field("cdb"))?),
        Some("password") => {
            let username = field("username").ok_or(Refusal::MissingParameter)?;
            let password = field("password").ok_or(Refusal::MissingParameter)?;
            (
                Holder::User,
                practice_of_user(world, username, password, field("cdb"))?,
            )
        }
        Some(_) => return Err(Refusal::UnsupportedGrant),
    };
    let scopes = scopes(&world.scopes_held(), field("scope"))?;
    let token = world
        .issue(holder, &practice, &scopes)
        .ok_or(Refusal::Server)?;
    Ok(json!({
        "access_token": token,
        "token_type": "Bearer",
        "expires_in": world.tokens.lifetime(),
        "not_before": world.identity_now().as_second(),
        "scope": scopes.iter().map(|scope| scope.as_str()).collect::<Vec<_>>().join(" "),
    }))
}

/// Client credentials come in the form or in a Basic header, never in both.
fn authenticate(world: &World, authorization: Option<&str>, form: &Form) -> Result<(), Refusal> {
    let basic = authorization.is_some();
    let given = match authorization {
        Some(header) => basic_credentials(header),
        None => form
            .get("client_id")
            .cloned()
            .zip(form.get("client_secret").cloned()),
    };
    match given {
        Some((id, secret)) if world.knows_client(&id, &secret) => Ok(()),
        _ => Err(Refusal::InvalidClient { basic }),
    }
}

fn basic_credentials(header: &str) -> Option<(String, String)> {
    let (scheme, encoded) = header.split_once(' ')?;
    if !scheme.eq_ignore_ascii_case("basic") {
        return None;
    }
    let decoded = String::from_utf8(STANDARD.decode(encoded.trim()).ok()?).ok()?;
    let (id, secret) = decoded.split_once(':')?;
    Some((form_decoded(id), form_decoded(secret)))
}

/// RFC 6749 has both halves of the Basic header form-encoded first.
fn form_decoded(text: &str) -> String {
    url::form_urlencoded::parse(format!("={text}").as_bytes())
        .next()
        .map_or_else(String::new, |(_, value)| value.into_owned())
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

/// The practice whose API user this is: the one that takes the password.
fn practice_of_user(
    world: &World,
    username: &str,
    password: &str,
    cdb: Option<&str>,
) -> Result<Arc<PracticeState>, Refusal> {
    let candidates: Vec<_> = world
        .practices
        .iter()
        .filter(|practice| cdb.is_none_or(|cdb| cdb == practice.cdb))
        .filter(|practice| practice.username.eq_ignore_ascii_case(username))
        .collect();
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

/// The scopes asked for; all that the application holds if none are.
fn scopes(all: &[Scope], asked: Option<&str>) -> Result<Vec<Scope>, Refusal> {
    let mut scopes = Vec::new();
    for word in asked.unwrap_or_default().split_whitespace() {
        if let Some(scope) = all.iter().find(|held| held.as_str() == word) {
            scopes.push(*scope);
        } else if word.ends_with("/.default") {
            scopes.extend(all);
        } else if !matches!(word, "openid" | "offline_access") {
            return Err(Refusal::Kept(WireState::ScopeMissing));
        }
    }
    if scopes.is_empty() {
        scopes.extend(all);
    }
    scopes.sort_by_key(|scope| scope.as_str());
    scopes.dedup();
    Ok(scopes)
}

impl Refusal {
    fn answer(&self, world: &World) -> Answer {
        let (status, error, text) = match self {
            Self::InvalidClient { basic } => {
                let (error, text) = words(WireState::WrongClientSecret);
                let status = if *basic {
                    StatusCode::UNAUTHORIZED
                } else {
                    StatusCode::BAD_REQUEST
                };
                (status, error, text)
            }
            Self::Kept(state) => {
                let (error, text) = words(*state);
                (StatusCode::BAD_REQUEST, error, text)
            }
            Self::MissingParameter => (
                StatusCode::BAD_REQUEST,
                "invalid_request",
                "AADB2C90083: The request is missing a required parameter.",
            ),
            Self::UnsupportedGrant => (
                StatusCode::BAD_REQUEST,
                "unsupported_grant_type",
                "AADB2C90086: The supplied grant_type is not supported.",
            ),
            Self::Server => SERVER_ERROR,
        };
        let answer = error_answer(world, status, error, text);
        match self {
            Self::InvalidClient { basic: true } => {
                answer.with_header("www-authenticate", "Basic realm=\"identity\"")
            }
            _ => answer,
        }
    }
}

const SERVER_ERROR: (StatusCode, &str, &str) = (
    StatusCode::INTERNAL_SERVER_ERROR,
    "server_error",
    "AADB2C90048: An unhandled exception has occurred on the server.",
);

/// What the table has the token endpoint say.
fn words(state: WireState) -> (&'static str, &'static str) {
    match state.shows().0 {
        Some(refusal) => (refusal.error, refusal.text),
        // A state that does not show here keeps nobody from a token.
        None => (SERVER_ERROR.1, SERVER_ERROR.2),
    }
}

/// An error body of the identity service.
pub(crate) fn error_answer(world: &World, status: StatusCode, error: &str, text: &str) -> Answer {
    let now = world.identity_now().to_zoned(jiff::tz::TimeZone::UTC);
    let description = format!(
        "{text}\r\nCorrelation ID: {}\r\nTimestamp: {}Z\r\n",
        Uuid::new_v4(),
        now.strftime("%Y-%m-%d %H:%M:%S"),
    );
    Answer::json(
        status,
        &json!({ "error": error, "error_description": description }),
    )
}
