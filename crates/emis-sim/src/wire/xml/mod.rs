//! Messages as EMIS Open XML.
//!
//! A message is built once, as the structs that JSON is written from. Here it becomes a
//! [`Tree`](tree::Tree), which keeps what JSON has no room for (the literals of EMIS's fixed
//! lists, the name of an element out of several), and the tree becomes elements.

pub(crate) mod names;
mod tree;
mod write;

pub(crate) use tree::Tree;

use serde::{Serialize, Serializer};

use super::Message;

/// A message as an XML document; `None` if it is nothing that a document can be.
pub(crate) fn write(message: &Message) -> Option<Vec<u8>> {
    let tree = Tree::of(message).ok()?;
    Some(write::document(message.root(), &tree))
}

/// A tree as an XML document with the root of `message`.
pub(crate) fn write_tree(message: &Message, tree: &Tree) -> Vec<u8> {
    write::document(message.root(), tree)
}

/// A value out of one of EMIS Open's fixed lists. XML has the literal, JSON its place in the list.
#[derive(Debug, Default, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Choice {
    pub(crate) place: u8,
    pub(crate) literal: &'static str,
}

impl Serialize for Choice {
    /// JSON passes over the name of a newtype; the tree takes it for the literal.
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_newtype_struct(self.literal, &self.place)
    }
}

/// One of several elements that may stand in the same place. JSON calls each of them `item`; XML
/// has its own name.
#[derive(Debug, Clone)]
pub(crate) struct OneOf<T> {
    /// In angle brackets, by which the tree knows it from a literal.
    pub(crate) element: &'static str,
    pub(crate) content: T,
}

impl<T: Serialize> Serialize for OneOf<T> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_newtype_struct(self.element, &self.content)
    }
}

/// The root of a document.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Root {
    pub(crate) name: &'static str,
    pub(crate) namespace: Option<&'static str>,
}

impl Root {
    /// A message of EMIS Open.
    pub(crate) const fn emis_open(name: &'static str) -> Self {
        Self {
            name,
            namespace: Some("http://www.e-mis.com/emisopen/MedicalRecord"),
        }
    }

    /// Anything else.
    pub(crate) const fn plain(name: &'static str) -> Self {
        Self {
            name,
            namespace: None,
        }
    }
}
