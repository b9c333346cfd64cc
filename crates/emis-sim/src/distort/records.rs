//! Changes to the records of a message.

use super::characters::MARK;
use crate::wire::Tree;

type Members = Vec<(String, Tree)>;

/// Malforms the middle record of the first list, or the message itself if it has no list.
pub(super) fn malform_one(message: &mut Tree) {
    if let Some(record) = one_record(message) {
        malform(record);
    }
}

/// Adds a text with [`MARK`] to the same record.
pub(super) fn add_remark(message: &mut Tree) {
    if let Some(record) = one_record(message) {
        record.push(("remark".to_owned(), Tree::Text(format!("a{MARK}b"))));
    }
}

/// Capitalises the names of all members.
pub(super) fn capitalise_names(tree: &mut Tree) {
    match tree {
        Tree::Object(members) => {
            for (name, value) in members {
                if let Some(first) = name.get_mut(..1) {
                    first.make_ascii_uppercase();
                }
                capitalise_names(value);
            }
        }
        Tree::List(items) => items.iter_mut().for_each(capitalise_names),
        Tree::OneOf(_, content) => capitalise_names(content),
        _ => {}
    }
}

fn one_record(message: &mut Tree) -> Option<&mut Members> {
    let Tree::Object(members) = message else {
        return None;
    };
    let is_record = |item: &Tree| matches!(item, Tree::Object(_));
    let list = members.iter().position(
        |(_, value)| matches!(value, Tree::List(records) if records.iter().any(is_record)),
    );
    let Some(list) = list else {
        return Some(members);
    };
    match members.get_mut(list) {
        Some((_, Tree::List(records))) => {
            let middle = records.len() / 2;
            match records.get_mut(middle) {
                Some(Tree::Object(record)) => Some(record),
                _ => None,
            }
        }
        _ => None,
    }
}

/// Turns identifiers into words or objects and dates and times into impossible ones, at every depth.
fn malform(record: &mut Members) {
    let text = |text: &str| Tree::Text(text.to_owned());
    for (name, value) in record {
        let name = name.to_ascii_lowercase();
        match value {
            Tree::Object(inner) => malform(inner),
            Tree::Integer(_) if name.ends_with("id") => *value = text("not a number"),
            Tree::Text(_) if name.ends_with("id") => {
                *value = Tree::Object(vec![("odd".to_owned(), Tree::Bool(true))]);
            }
            Tree::Text(_) if name.contains("date") => *value = text("31/02/2026"),
            Tree::Text(_) if name.contains("time") => *value = text("25:61"),
            _ => {}
        }
    }
}
