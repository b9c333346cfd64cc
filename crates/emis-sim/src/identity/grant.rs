//! The token endpoint: who may have a token, in the manner of Azure AD B2C.

use std::collections::HashMap;
use std::sync::Arc;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use http::StatusCode;
use serde_json::{Value, json};
use uuid::Uuid;

use super::tokens::Holder;
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
    InvalidClient { basic: bool },
    InvalidGrant,
    InvalidScope,
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
    let scopes = scopes(field("scope"))?;
    let token = world
        .issue(holder, &practice, &scopes)
        .ok_or(Refusal::Server)?;
    Ok(json!({
        "access_token": token,
        "token_type": "Bearer",
        "expires_in": world.tokens.lifetime(),
        "not_before": world.clock.now().as_second(),
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
    let application = &world.application;
    match given {
        Some((id, secret))
            if id == application.client_id && secret == application.client_secret =>
        {
            Ok(())
        }
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
        .ok_or(Refusal::InvalidGrant)
}

/// The practice whose API user this is. An unknown user, a wrong password and a user who is not
/// ticked under Edit Users look the same from outside.
fn practice_of_user(
    world: &World,
    username: &str,
    password: &str,
    cdb: Option<&str>,
) -> Result<Arc<PracticeState>, Refusal> {
    world
        .practices
        .iter()
        .filter(|practice| cdb.is_none_or(|cdb| cdb == practice.cdb))
        .filter(|practice| practice.username.eq_ignore_ascii_case(username))
        .find(|practice| {
            let emas = lock(&practice.emas);
            emas.state.admits_user() && emas.password == password
        })
        .cloned()
        .ok_or(Refusal::InvalidGrant)
}

/// The scopes asked for; all that the application holds if none are.
fn scopes(asked: Option<&str>) -> Result<Vec<Scope>, Refusal> {
    let mut scopes = Vec::new();
    for word in asked.unwrap_or_default().split_whitespace() {
        if let Some(scope) = Scope::HELD.into_iter().find(|held| held.as_str() == word) {
            scopes.push(scope);
        } else if word.ends_with("/.default") {
            scopes.extend(Scope::HELD);
        } else if !matches!(word, "openid" | "offline_access") {
            return Err(Refusal::InvalidScope);
        }
    }
    if scopes.is_empty() {
        scopes.extend(Scope::HELD);
    }
    scopes.sort_by_key(|scope| scope.as_str());
    scopes.dedup();
    Ok(scopes)
}

impl Refusal {
    fn answer(&self, world: &World) -> Answer {
        let (status, error, text) = match self {
            Self::InvalidClient { basic } => (
                if *basic {
                    StatusCode::UNAUTHORIZED
                } else {
                    StatusCode::BAD_REQUEST
                },
                "invalid_client",
                "AADB2C90081: The specified client_secret does not match the expected value for \
                 this client. Please correct the client_secret and try again.",
            ),
            Self::InvalidGrant => (
                StatusCode::BAD_REQUEST,
                "invalid_grant",
                "AADB2C90225: The username or password provided in the request are invalid.",
            ),
            Self::InvalidScope => (
                StatusCode::BAD_REQUEST,
                "invalid_scope",
                "AADB2C90117: The scope provided in the request is not supported.",
            ),
            Self::MissingParameter => (
                StatusCode::BAD_REQUEST,
                "invalid_request",
                "AADB2C90224: A required parameter is missing from the request.",
            ),
            Self::UnsupportedGrant => (
                StatusCode::BAD_REQUEST,
                "unsupported_grant_type",
                "AADB2C90086: The supplied grant_type is not supported.",
            ),
            Self::Server => (
                StatusCode::INTERNAL_SERVER_ERROR,
                "server_error",
                "AADB2C90047: The resource could not be served.",
            ),
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

/// An error body of the identity service.
pub(crate) fn error_answer(world: &World, status: StatusCode, error: &str, text: &str) -> Answer {
    let now = world.clock.now().to_zoned(jiff::tz::TimeZone::UTC);
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
