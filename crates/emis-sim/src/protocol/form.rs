//! URL-encoded forms.

use std::collections::HashMap;

/// The fields of a form. A field that is sent twice keeps its first value.
pub(crate) type Form = HashMap<String, String>;

/// Parses a URL-encoded form. Any bytes are a form.
pub(crate) fn parse_form(body: &[u8]) -> Form {
    let mut form = Form::new();
    for (name, value) in url::form_urlencoded::parse(body) {
        form.entry(name.into_owned())
            .or_insert_with(|| value.into_owned());
    }
    form
}
