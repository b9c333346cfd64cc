//! Messages in EMIS Open XML.
//!
//! A message is built as the structs that JSON is serialized from. They become a [`Tree`], which keeps
//! what JSON does not have (literals of enumerations, names of alternative elements), and the tree
//! becomes elements.

pub(crate) mod names;
mod tree;
mod value;
mod write;

pub(crate) use tree::Tree;
pub(crate) use value::{Choice, OneOf, Root};
pub(crate) use write::document;
