//! EMIS Open XML into the JSON that the wire structs read.
//!
//! One pass, event by event. Namespaces are ignored, because EMIS's schemas do not agree on them;
//! what an element's name does not tell (is it a list? a choice?) is in
//! [`names`]. Texts stay texts: the wire structs read a number from a text, too.
//!
//! Document types are refused, and with them every entity but XML's own five.

mod names;
mod path;

use quick_xml::errors::{Error, SyntaxError};
use quick_xml::escape::resolve_predefined_entity;
use quick_xml::events::{BytesRef, BytesStart, Event};
use quick_xml::{Reader, XmlVersion};

use super::{FieldError, WHOLE, scalar};
use crate::codec::formats::DeceasedFlagEncoding;
use names::Form;
use path::Path;

pub(super) const WEB_PAGE: &str = "is a web page";
const NOT_XML: &str = "is not XML";
const BREAKS_OFF: &str = "breaks off";
const NOT_UTF_8: &str = "is not UTF-8";
const DOCUMENT_TYPE: &str = "has a document type, which is not read";
const ENTITY: &str = "has an entity, which is not read";
const TOO_DEEP: &str = "is nested too deeply";
const TOO_LARGE: &str = "is too large";

/// A medical record is a good dozen deep.
const MAX_DEPTH: usize = 64;

/// The most that is read, as much as the HTTP transport reads; twice that is the most it may
/// become.
const MAX_XML: usize = 64 * 1024 * 1024;
const MAX_JSON: usize = 2 * MAX_XML;

/// An XML document as JSON. `dead` is how that number will be read: the literal 1 for dead is
/// written accordingly.
pub(super) fn into_json(xml: &[u8], dead: DeceasedFlagEncoding) -> Result<Vec<u8>, FieldError> {
    if xml.len() > MAX_XML {
        return Err(fault(TOO_LARGE));
    }
    // The declared encoding does not count: .NET declares UTF-16 of texts that are not.
    let text = std::str::from_utf8(xml).map_err(|_| fault(NOT_UTF_8))?;
    let mut reader = Reader::from_str(text);
    reader.config_mut().expand_empty_elements = true;
    let mut writer = Writer::new(dead);
    loop {
        match reader.read_event() {
            Ok(Event::Start(element)) => writer.start(&element)?,
            Ok(Event::End(_)) => writer.end()?,
            Ok(Event::Text(text)) => writer.text(&text.xml10_content())?,
            Ok(Event::CData(text)) => writer.text(&text.xml10_content())?,
            Ok(Event::GeneralRef(entity)) => writer.entity(&entity)?,
            Ok(Event::DocType(_)) => return Err(fault(DOCUMENT_TYPE)),
            Ok(Event::Eof) => return writer.finish(),
            Ok(Event::Decl(_) | Event::PI(_) | Event::Comment(_) | Event::Empty(_)) => {}
            Err(Error::Syntax(SyntaxError::InvalidBangMarkup)) => return Err(fault(NOT_XML)),
            Err(Error::Syntax(_)) => return Err(fault(BREAKS_OFF)),
            Err(_) => return Err(fault(NOT_XML)),
        }
        if writer.json.len() > MAX_JSON {
            return Err(fault(TOO_LARGE));
        }
    }
}

fn fault(problem: &'static str) -> FieldError {
    FieldError::new(WHOLE, problem)
}

/// Writes JSON while elements begin and end.
struct Writer {
    json: Vec<u8>,
    path: Path,
    elements: Vec<Element>,
    /// The text of the innermost element, which counts where it has no children.
    text: String,
    dead: DeceasedFlagEncoding,
}

/// An element that has begun and not ended.
struct Element {
    form: Form,
    /// Whether anything of it has been written.
    begun: bool,
    /// Whether its last member is a list of like-named elements that may go on.
    repeating: bool,
}

impl Writer {
    fn new(dead: DeceasedFlagEncoding) -> Self {
        Self {
            json: Vec::new(),
            path: Path::default(),
            elements: Vec::new(),
            text: String::new(),
            dead,
        }
    }

    fn start(&mut self, element: &BytesStart<'_>) -> Result<(), FieldError> {
        let name = element.local_name();
        if self.elements.is_empty() {
            if !self.json.is_empty() {
                return Err(fault(NOT_XML));
            }
            if name.as_ref().eq_ignore_ascii_case("html") {
                return Err(fault(WEB_PAGE));
            }
        }
        if self.elements.len() >= MAX_DEPTH {
            return Err(fault(TOO_DEEP));
        }
        self.path.push(name.as_ref());
        let form = names::form(&self.path);
        self.place(form)?;
        self.elements.push(Element {
            form,
            begun: false,
            repeating: false,
        });
        self.text.clear();
        if form == Form::List {
            return Ok(());
        }
        self.attributes(element)
    }

    /// Writes what goes before the value of the element at the end of the path.
    fn place(&mut self, form: Form) -> Result<(), FieldError> {
        let Some(parent) = self.elements.last_mut() else {
            return Ok(());
        };
        if parent.form == Form::List {
            self.json.push(if parent.begun { b',' } else { b'[' });
            parent.begun = true;
            return Ok(());
        }
        let repeats = form == Form::Repeated;
        if repeats && parent.repeating {
            self.json.push(b',');
            return Ok(());
        }
        if parent.repeating {
            self.json.push(b']');
        }
        parent.repeating = repeats;
        parent.member(&mut self.json, &names::key(&self.path))?;
        if repeats {
            self.json.push(b'[');
        }
        Ok(())
    }

    fn attributes(&mut self, element: &BytesStart<'_>) -> Result<(), FieldError> {
        for attribute in element.attributes() {
            let attribute = attribute.map_err(|_| fault(NOT_XML))?;
            if !names::is_attribute(attribute.key.as_ref()) {
                continue;
            }
            let value = attribute
                .normalized_value(XmlVersion::Implicit1_0)
                .map_err(|_| fault(ENTITY))?;
            self.path.push(attribute.key.as_ref());
            self.place(Form::Plain)?;
            self.leaf(&value)?;
            self.path.pop();
        }
        Ok(())
    }

    fn text(&mut self, text: &str) -> Result<(), FieldError> {
        if self.elements.is_empty() && !text.trim().is_empty() {
            return Err(fault(NOT_XML));
        }
        self.text.push_str(text);
        Ok(())
    }

    fn entity(&mut self, entity: &BytesRef<'_>) -> Result<(), FieldError> {
        let character = entity.resolve_char_ref().map_err(|_| fault(NOT_XML))?;
        match (character, resolve_predefined_entity(entity)) {
            (Some(character), _) => self.text(character.encode_utf8(&mut [0; 4])),
            (None, Some(text)) => self.text(text),
            (None, None) => Err(fault(ENTITY)),
        }
    }

    fn end(&mut self) -> Result<(), FieldError> {
        let element = self.elements.pop().ok_or_else(|| fault(NOT_XML))?;
        let text = std::mem::take(&mut self.text);
        let blank = text.trim().is_empty();
        match (element.form, element.begun) {
            (Form::List, true) => self.json.push(b']'),
            (Form::List, false) if blank => self.json.extend(b"[]"),
            (_, false) if blank && self.elements.is_empty() => self.json.extend(b"{}"),
            (_, true) => {
                if element.repeating {
                    self.json.push(b']');
                }
                self.json.push(b'}');
            }
            (_, false) => self.leaf(&text)?,
        }
        self.text = text;
        self.text.clear();
        if names::is_choice(&self.path)
            && let Some(parent) = object(&mut self.elements)
        {
            let [name, ..] = self.path.last_three();
            parent.member(&mut self.json, "itemElementName")?;
            string(&mut self.json, name)?;
        }
        self.path.pop();
        Ok(())
    }

    /// Writes the value of an element without children.
    fn leaf(&mut self, text: &str) -> Result<(), FieldError> {
        let trimmed = text.trim();
        if trimmed.is_empty() {
            self.json.extend(b"null");
            return Ok(());
        }
        let parent = object(&mut self.elements).filter(|_| names::is_dead(&self.path));
        let Some(parent) = parent else {
            return string(&mut self.json, text);
        };
        string(&mut self.json, names::dead(trimmed, self.dead))?;
        // JSON always has a number, and beside it whether that was specified.
        parent.member(&mut self.json, "deadSpecified")?;
        self.json.extend(b"true");
        Ok(())
    }

    fn finish(self) -> Result<Vec<u8>, FieldError> {
        if !self.elements.is_empty() {
            return Err(fault(BREAKS_OFF));
        }
        if self.json.is_empty() {
            return Err(fault(NOT_XML));
        }
        Ok(self.json)
    }
}

impl Element {
    /// Begins a member of an object, which lacks its value then.
    fn member(&mut self, json: &mut Vec<u8>, key: &str) -> Result<(), FieldError> {
        json.push(if self.begun { b',' } else { b'{' });
        self.begun = true;
        string(json, key)?;
        json.push(b':');
        Ok(())
    }
}

/// The innermost element, where it has members and not items.
fn object(elements: &mut [Element]) -> Option<&mut Element> {
    elements
        .last_mut()
        .filter(|element| element.form != Form::List)
}

fn string(json: &mut Vec<u8>, text: &str) -> Result<(), FieldError> {
    serde_json::to_writer(json, text).map_err(|_| fault(scalar::OTHER_FORM))
}
