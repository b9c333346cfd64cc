//! Parses the message in EMIS Open XML into the document's JSON.

use quick_xml::escape::resolve_predefined_entity;
use quick_xml::events::{BytesStart, Event};
use quick_xml::{Reader, XmlVersion};
use serde_json::{Map, Value};

use super::error::FilingError;
use super::schema::{self, Kind, Member, ROOT};
use crate::wire::xml::names::{self, List};

/// Largest depth; a medical record is about twelve deep.
const MOST_DEPTH: usize = 64;

/// Parses a document. The element that stands for `item` is named in `itemElementName`.
pub(super) fn read(bytes: &[u8]) -> Result<Value, FilingError> {
    let text = std::str::from_utf8(bytes).map_err(|_| FilingError::unreadable())?;
    let root = parse(text).ok_or_else(FilingError::unreadable)?;
    if root.name != "MedicalRecord" {
        return Err(FilingError::invalid("the root"));
    }
    object(&root, ROOT)
}

#[derive(Default)]
struct Element {
    name: String,
    attributes: Vec<(String, String)>,
    children: Vec<Self>,
    text: String,
}

/// Returns the root element, or `None` if the text is not a document, or has a document type or
/// entities.
fn parse(text: &str) -> Option<Element> {
    let mut reader = Reader::from_str(text);
    reader.config_mut().expand_empty_elements = true;
    let mut open = vec![Element::default()];
    loop {
        match reader.read_event().ok()? {
            Event::Start(start) if open.len() <= MOST_DEPTH => open.push(begun(&start)?),
            Event::End(_) => {
                let done = open.pop()?;
                open.last_mut()?.children.push(done);
            }
            Event::Text(text) => open.last_mut()?.text.push_str(&text.xml10_content()),
            Event::CData(text) => open.last_mut()?.text.push_str(&text.xml10_content()),
            Event::GeneralRef(entity) => {
                let text = &mut open.last_mut()?.text;
                match entity.resolve_char_ref().ok()? {
                    Some(character) => text.push(character),
                    None => text.push_str(resolve_predefined_entity(&entity)?),
                }
            }
            Event::Decl(_) | Event::PI(_) | Event::Comment(_) => {}
            Event::Eof => break,
            Event::Start(_) | Event::Empty(_) | Event::DocType(_) => return None,
        }
    }
    let mut document = open.pop().filter(|_| open.is_empty())?;
    let root = document.children.pop()?;
    let is_all = document.children.is_empty() && document.text.trim().is_empty();
    is_all.then_some(root)
}

fn begun(start: &BytesStart<'_>) -> Option<Element> {
    let mut element = Element {
        name: start.local_name().as_ref().to_owned(),
        ..Element::default()
    };
    for attribute in start.attributes() {
        let attribute = attribute.ok()?;
        // Namespaces and `xsi:` types are ignored.
        if attribute.key.prefix().is_none() && attribute.key.as_ref() != "xmlns" {
            let value = attribute.normalized_value(XmlVersion::Implicit1_0).ok()?;
            let name = attribute.key.as_ref().to_owned();
            element.attributes.push((name, value.into_owned()));
        }
    }
    Some(element)
}

fn object(element: &Element, of_type: &str) -> Result<Value, FilingError> {
    let mut members = Map::new();
    for (name, text) in &element.attributes {
        let member = named(of_type, name).ok_or_else(FilingError::unknown_member)?;
        members.insert(member.key.to_owned(), leaf(text, member)?);
    }
    if !element.text.trim().is_empty() {
        return Err(FilingError::unknown_member());
    }
    for child in &element.children {
        if let Some(kind) = schema::alternative(of_type, &child.name) {
            members.insert("item".to_owned(), any_kind(child, kind)?);
            members.insert("itemElementName".to_owned(), child.name.as_str().into());
            continue;
        }
        let member = named(of_type, &child.name).ok_or_else(FilingError::unknown_member)?;
        let value = value(child, member)?;
        match (members.get_mut(member.key), value) {
            (Some(Value::Array(items)), Value::Array(more)) => items.extend(more),
            (Some(_), _) => return Err(FilingError::invalid(member.key)),
            (None, value) => {
                members.insert(member.key.to_owned(), value);
            }
        }
    }
    Ok(Value::Object(members))
}

fn named(of_type: &str, element: &str) -> Option<Member> {
    schema::members(of_type).find(|member| names::element(member.key) == element)
}

fn value(element: &Element, member: Member) -> Result<Value, FilingError> {
    match (member.kind, names::list(member.key)) {
        (Kind::List(of), List::Bare) => Ok(Value::Array(vec![object(element, of)?])),
        (Kind::List(of), List::Wrapped(item)) => {
            let items = element.children.iter().map(|child| {
                if child.name == item {
                    object(child, of)
                } else {
                    Err(FilingError::invalid(member.key))
                }
            });
            Ok(Value::Array(items.collect::<Result<_, _>>()?))
        }
        (kind @ (Kind::Type(_) | Kind::Any), _) => any_kind(element, kind),
        _ if element.children.is_empty() => leaf(&element.text, member),
        _ => Err(FilingError::invalid(member.key)),
    }
}

fn any_kind(element: &Element, kind: Kind) -> Result<Value, FilingError> {
    match kind {
        Kind::Type(of) => object(element, of),
        _ => Ok(Value::String(element.text.clone())),
    }
}

fn leaf(text: &str, member: Member) -> Result<Value, FilingError> {
    let word = text.trim();
    let value = match member.kind {
        Kind::Text => Some(Value::String(text.to_owned())),
        Kind::Time => word
            .parse::<jiff::civil::DateTime>()
            .ok()
            .map(|_| word.into()),
        Kind::Bool => match word {
            "true" | "1" => Some(true.into()),
            "false" | "0" => Some(false.into()),
            _ => None,
        },
        Kind::Integer => word.parse::<i32>().ok().map(Value::from),
        Kind::Number => word.parse::<f64>().ok().map(Value::from),
        Kind::Choice(literals) => literals
            .split('|')
            .position(|literal| literal == word)
            .map(Value::from),
        Kind::Any | Kind::List(_) | Kind::Type(_) => None,
    };
    value.ok_or_else(|| FilingError::invalid(member.key))
}
