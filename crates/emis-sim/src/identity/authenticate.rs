//! Client authentication.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;

use super::refusal::Refusal;
use crate::protocol::Form;
use crate::world::{ClientKind, World};

/// Authenticates a client by the credentials in the form or in a Basic header. When a code or a
/// refresh token is redeemed, the secret may be left out.
pub(super) fn authenticate(
    world: &World,
    authorization: Option<&str>,
    form: &Form,
) -> Result<ClientKind, Refusal> {
    let basic = authorization.is_some();
    let given = match authorization {
        Some(header) => basic_credentials(header),
        None => {
            let id = form.get("client_id");
            if may_be_public(form) && !form.contains_key("client_secret") {
                return match id {
                    Some(id) if *id == world.application.client_id => Ok(ClientKind::Public),
                    _ => Err(Refusal::ClientUnknown),
                };
            }
            id.cloned().zip(form.get("client_secret").cloned())
        }
    };
    match given {
        Some((id, secret)) if world.knows_client(&id, &secret) => Ok(ClientKind::Confidential),
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

/// Decodes a half of the Basic header, which RFC 6749 form-encodes first.
fn form_decoded(text: &str) -> String {
    url::form_urlencoded::parse(format!("={text}").as_bytes())
        .next()
        .map_or_else(String::new, |(_, value)| value.into_owned())
}
