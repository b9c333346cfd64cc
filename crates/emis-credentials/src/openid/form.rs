//! The form of a token request, in one buffer that is large enough from the start and wiped.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use bytes::Bytes;
use reqwest::header::HeaderValue;
use secrecy::{ExposeSecret, SecretString};
use url::form_urlencoded::byte_serialize;
use zeroize::Zeroizing;

/// The fields of a form, in order.
#[derive(Default)]
pub(super) struct Form<'a>(Vec<(&'a str, &'a str)>);

impl<'a> Form<'a> {
    pub(super) fn field(&mut self, name: &'a str, value: &'a str) {
        self.0.push((name, value));
    }

    pub(super) fn secret(&mut self, name: &'a str, value: &'a SecretString) {
        self.0.push((name, value.expose_secret()));
    }

    /// Encodes the form. A buffer that grew would leave copies of secrets behind.
    pub(super) fn encode(&self) -> Zeroizing<Vec<u8>> {
        // Each byte takes three at most; `=` and `&` are two more.
        let longest = self
            .0
            .iter()
            .map(|(name, value)| 3 * (name.len() + value.len()) + 2);
        let mut form = Zeroizing::new(Vec::with_capacity(longest.sum()));
        for (name, value) in &self.0 {
            if !form.is_empty() {
                form.push(b'&');
            }
            extend(&mut form, name);
            form.push(b'=');
            extend(&mut form, value);
        }
        form
    }
}

fn extend(form: &mut Vec<u8>, text: &str) {
    for piece in byte_serialize(text.as_bytes()) {
        form.extend_from_slice(piece.as_bytes());
    }
}

/// Returns the `Authorization` header of a client by HTTP's basic scheme; both parts are URL-encoded
/// first (RFC 6749, section 2.3.1). It is wiped with its last copy.
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
