//! Breaks one record of a sound answer, and only one.

use crate::server::Answer;
use crate::wire::xml::Tree;

/// The same answer with one broken record: the middle one of the first list of records, or the
/// whole message if it holds no list.
pub(crate) fn with_one_broken_record(answer: Answer) -> Answer {
    answer.tampered_with(|message| match first_list(message) {
        Some(records) => {
            let middle = records.len() / 2;
            if let Some(Tree::Object(record)) = records.get_mut(middle) {
                break_record(record);
            }
        }
        None => {
            if let Tree::Object(record) = message {
                break_record(record);
            }
        }
    })
}

fn first_list(message: &mut Tree) -> Option<&mut Vec<Tree>> {
    let Tree::Object(members) = message else {
        return None;
    };
    let is_record = |item: &Tree| matches!(item, Tree::Object(_));
    members.iter_mut().find_map(|(_, value)| match value {
        Tree::List(records) if records.iter().any(is_record) => Some(records),
        _ => None,
    })
}

/// Identifiers become words or objects, dates and times impossible, at every depth.
fn break_record(record: &mut Vec<(String, Tree)>) {
    let text = |text: &str| Tree::Text(text.to_owned());
    for (name, value) in record {
        let name = name.to_ascii_lowercase();
        match value {
            Tree::Object(inner) => break_record(inner),
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
