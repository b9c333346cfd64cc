//! Writes a tree as an XML document.

use std::fmt::Write as _;

use super::names::{self, List};
use super::tree::Tree;
use super::value::Root;

/// Returns a document with this root.
pub(crate) fn document(root: Root, tree: &Tree) -> Vec<u8> {
    let mut xml = Xml(String::from("<?xml version=\"1.0\" encoding=\"utf-8\"?>"));
    xml.element(root.name, root.namespace, tree);
    xml.0.into_bytes()
}

struct Xml(String);

impl Xml {
    fn element(&mut self, name: &str, namespace: Option<&str>, content: &Tree) {
        let members = content.members();
        let _ = write!(self.0, "<{name}");
        if let Some(namespace) = namespace {
            self.attribute("xmlns", namespace);
        }
        for (place, (key, value)) in members.iter().enumerate() {
            let is_attribute = names::is_attribute(key) && is_there(members, place, key);
            if let (true, Some(text)) = (is_attribute, value.text()) {
                self.attribute(&names::element(key), &text);
            }
        }
        self.0.push('>');
        let start = self.0.len();
        if let Some(text) = content.text() {
            self.escaped(&text);
        }
        for (place, (key, value)) in members.iter().enumerate() {
            if !names::is_attribute(key) && is_there(members, place, key) {
                self.member(key, value);
            }
        }
        if self.0.len() == start {
            self.0.pop();
            self.0.push_str("/>");
        } else {
            let _ = write!(self.0, "</{name}>");
        }
    }

    fn attribute(&mut self, name: &str, text: &str) {
        let _ = write!(self.0, " {name}=\"");
        self.escaped(text);
        self.0.push('"');
    }

    fn member(&mut self, key: &str, value: &Tree) {
        match (value, names::list(key)) {
            (Tree::Nothing, _) => {}
            (Tree::OneOf(name, content), _) => self.element(name, None, content),
            (Tree::List(items), List::Bare) => {
                for item in items {
                    self.element(&names::element(key), None, item);
                }
            }
            (Tree::List(items), List::Wrapped(name)) => {
                let wrapper = names::element(key);
                if items.is_empty() {
                    let _ = write!(self.0, "<{wrapper}/>");
                    return;
                }
                let _ = write!(self.0, "<{wrapper}>");
                for item in items {
                    self.element(&name, None, item);
                }
                let _ = write!(self.0, "</{wrapper}>");
            }
            _ => self.element(&names::element(key), None, value),
        }
    }

    /// Characters that XML does not allow become U+FFFD.
    fn escaped(&mut self, text: &str) {
        for c in text.chars() {
            match c {
                '<' => self.0.push_str("&lt;"),
                '>' => self.0.push_str("&gt;"),
                '&' => self.0.push_str("&amp;"),
                '"' => self.0.push_str("&quot;"),
                '\r' => self.0.push_str("&#13;"),
                '\t' | '\n' => self.0.push(c),
                '\0'..='\u{1f}' | '\u{fffe}' | '\u{ffff}' => self.0.push('\u{fffd}'),
                _ => self.0.push(c),
            }
        }
    }
}

/// Returns `false` for a member that XML leaves out: a marker such as `deadSpecified`, and a value that
/// its marker says is not specified.
fn is_there(members: &[(String, Tree)], place: usize, key: &str) -> bool {
    let marks = |marker: &str, of: &str| marker.strip_suffix("Specified") == Some(of);
    let before = place.checked_sub(1).and_then(|place| members.get(place));
    let is_marker = before.is_some_and(|(before, _)| marks(key, before));
    let unspecified = members
        .get(place + 1)
        .is_some_and(|(marker, value)| marks(marker, key) && matches!(value, Tree::Bool(false)));
    !is_marker && !unspecified
}
