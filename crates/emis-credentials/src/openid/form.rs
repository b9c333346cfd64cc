//! The secrets of a token request, which the OAuth library never sees.
//!
//! It builds the form in a text that grows, and frees it as it is: whatever was in it would be left
//! behind in memory. So it is given a blank for each secret, and the blanks are filled in here, in
//! one buffer that is large enough from the start and wiped when the request has gone out.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use bytes::Bytes;
use oauth2::http::HeaderValue;
use secrecy::{ExposeSecret, SecretString};
use url::form_urlencoded::byte_serialize;
use zeroize::Zeroizing;

/// What stands in the form where a secret belongs.
const BLANK: &str = "-";

/// The secrets of one form, each under its name in OAuth 2.0.
#[derive(Default)]
pub(super) struct FormSecrets<'a>(Vec<(&'static str, &'a SecretString)>);

impl<'a> FormSecrets<'a> {
    /// Takes a secret, and gives what the OAuth library is to have in its place.
    pub(super) fn blank(&mut self, name: &'static str, secret: &'a SecretString) -> String {
        self.0.push((name, secret));
        BLANK.to_owned()
    }

    /// The form with its secrets.
    pub(super) fn fill(&self, form: &[u8]) -> Zeroizing<Vec<u8>> {
        // A byte takes three at most.
        let secrets = self
            .0
            .iter()
            .map(|(_, secret)| 3 * secret.expose_secret().len());
        let mut filled = Zeroizing::new(Vec::with_capacity(form.len() + secrets.sum::<usize>()));
        for (place, field) in form.split(|byte| *byte == b'&').enumerate() {
            if place > 0 {
                filled.push(b'&');
            }
            match self.0.iter().find(|(name, _)| is_blank(field, name)) {
                Some((name, secret)) => {
                    filled.extend_from_slice(name.as_bytes());
                    filled.push(b'=');
                    for piece in byte_serialize(secret.expose_secret().as_bytes()) {
                        filled.extend_from_slice(piece.as_bytes());
                    }
                }
                None => filled.extend_from_slice(field),
            }
        }
        filled
    }
}

fn is_blank(field: &[u8], name: &str) -> bool {
    let value = field
        .strip_prefix(name.as_bytes())
        .and_then(|rest| rest.strip_prefix(b"="));
    value == Some(BLANK.as_bytes())
}

/// The `Authorization` header of a client by HTTP's basic scheme; both parts are URL-encoded first
/// (RFC 6749, section 2.3.1). Wiped with its last copy.
pub(super) fn basic(client_id: &str, secret: &SecretString) -> Option<HeaderValue> {
    let secret = secret.expose_secret();
    let longest = 3 * (client_id.len() + secret.len()) + 1;
    let mut login = Zeroizing::new(String::with_capacity(longest));
    login.extend(byte_serialize(client_id.as_bytes()));
    login.push(':');
    login.extend(byte_serialize(secret.as_bytes()));

    let mut value = Zeroizing::new(String::with_capacity(8 + longest.div_ceil(3) * 4));
    value.push_str("Basic ");
    STANDARD.encode_string(login.as_bytes(), &mut value);
    let value = Bytes::from_owner(Zeroizing::new(std::mem::take(&mut *value).into_bytes()));
    let mut header = HeaderValue::from_maybe_shared(value).ok()?;
    header.set_sensitive(true);
    Some(header)
}
