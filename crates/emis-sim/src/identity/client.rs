//! Who asks for a token, and for what.

use std::collections::HashMap;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;

use super::refusal::Refusal;
use crate::assumptions::WireState;
use crate::operation::Scope;
use crate::world::World;

/// Form fields or parameters; one that is sent twice keeps its first value.
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

/// How a client has shown who it is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Client {
    /// By its secret.
    Confidential,
    /// Not at all: it has named itself, and cannot keep a secret.
    Public,
}

/// Client credentials come in the form or in a Basic header. Where a code or a refresh token is
/// redeemed, the secret may be left out.
pub(super) fn authenticate(
    world: &World,
    authorization: Option<&str>,
    form: &Form,
) -> Result<Client, Refusal> {
    let basic = authorization.is_some();
    let given = match authorization {
        Some(header) => basic_credentials(header),
        None => {
            let id = form.get("client_id");
            if may_be_public(form) && !form.contains_key("client_secret") {
                return match id {
                    Some(id) if *id == world.application.client_id => Ok(Client::Public),
                    _ => Err(Refusal::ClientUnknown),
                };
            }
            id.cloned().zip(form.get("client_secret").cloned())
        }
    };
    match given {
        Some((id, secret)) if world.knows_client(&id, &secret) => Ok(Client::Confidential),
        _ => Err(Refusal::WrongSecret { basic }),
    }
}

fn may_be_public(form: &Form) -> bool {
    let grant = form.get("grant_type").map(String::as_str);
    matches!(grant, Some("authorization_code" | "refresh_token"))
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

/// What a `scope` parameter asks for.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(super) struct Asked {
    /// In the order of their names.
    pub(super) scopes: Vec<Scope>,
    /// An ID token, too.
    pub(super) openid: bool,
    /// A refresh token, too.
    pub(super) offline: bool,
}

impl Asked {
    /// Reads the parameter: of what may be `held`, all if none is named.
    pub(super) fn read(held: &[Scope], parameter: Option<&str>) -> Result<Self, Refusal> {
        let mut asked = Self::default();
        for word in parameter.unwrap_or_default().split_whitespace() {
            if let Some(scope) = held.iter().find(|scope| scope.as_str() == word) {
                asked.scopes.push(*scope);
            } else if word.ends_with("/.default") {
                asked.scopes.extend(held);
            } else if word == "openid" {
                asked.openid = true;
            } else if word == "offline_access" {
                asked.offline = true;
            } else {
                return Err(Refusal::Kept(WireState::ScopeMissing));
            }
        }
        if asked.scopes.is_empty() {
            asked.scopes.extend(held);
        }
        asked.scopes.sort_by_key(|scope| scope.as_str());
        asked.scopes.dedup();
        Ok(asked)
    }
}
