//! EMIS Open XML into the JSON that the wire structs read.
//!
//! One pass, event by event. Namespaces are ignored, because EMIS's schemas do not agree on them;
//! what an element's name does not tell (is it a list? a choice?) is in
//! [`names`]. Texts stay texts: the wire structs read a number from a text, too.
//!
//! Document types are refused, and with them every entity but XML's own five. A reference to a
//! character that there is not, or an ampersand that begins nothing, costs no more than itself.

mod fault;
mod names;
mod path;
mod sink;
mod tags;

use quick_xml::errors::{Error, SyntaxError};
use quick_xml::escape::{EscapeError, resolve_predefined_entity};
use quick_xml::events::{BytesRef, BytesStart, Event};
use quick_xml::{Reader, XmlVersion};

use super::field_error::{FieldError, TOO_LARGE};
use super::shape::Shape;
use crate::codec::formats::DeceasedFlagEncoding;
use fault::{BREAKS_OFF, DOCUMENT_TYPE, ENTITY, NOT_XML, NOTHING_DOCUMENTED, TOO_DEEP, fault};
use names::Form;
use path::Path;
use sink::Sink;
use tags::TagSearch;

pub(super) use fault::WEB_PAGE;

/// A medical record is a good dozen deep.
const MAX_DEPTH: usize = 64;

/// The longest name of an element.
const MAX_NAME: usize = 256;

/// Turns an XML document into JSON, and returns the number of characters that were replaced.
/// Without a `shape`, any root will do. `dead` is how that number will be read: the literal 1 for
/// dead is written accordingly.
pub(super) fn into_json(
    xml: &str,
    shape: Option<Shape>,
    dead: DeceasedFlagEncoding,
) -> Result<(String, usize), FieldError> {
    let mut writer = Writer::new(Sink::for_xml(xml.len()), shape, dead);
    writer.read(xml)?;
    writer.finish()?;
    Ok((writer.json.into_text()?, writer.replaced))
}

/// An XML document that is turned into JSON while it arrives. Neither is held for longer than it
/// takes to know how it goes on.
#[derive(Debug)]
pub(super) struct ArrivingXml {
    /// The unread text: the beginning of a tag, and the text before it.
    pub(super) text: String,
    search: TagSearch,
    writer: Writer,
}

impl ArrivingXml {
    /// Begins a document, of which no value may be longer than `longest`.
    pub(super) fn new(shape: Shape, dead: DeceasedFlagEncoding, longest: usize) -> Self {
        Self {
            text: String::new(),
            search: TagSearch::default(),
            writer: Writer::new(Sink::in_pieces(longest), Some(shape), dead),
        }
    }

    /// Reads what has been added to the text, and adds the JSON of it to `json`.
    pub(super) fn read(&mut self, json: &mut String) -> Result<(), FieldError> {
        let whole = self.search.whole_tags(&self.text)?;
        self.writer
            .read(self.text.get(..whole).unwrap_or_default())?;
        self.text.drain(..whole);
        self.writer.move_final(json)
    }

    /// Reads the end of the document.
    pub(super) fn end(&mut self, json: &mut String) -> Result<(), FieldError> {
        self.writer.read(&std::mem::take(&mut self.text))?;
        self.writer.finish()?;
        self.writer.move_final(json)
    }

    /// Returns the number of characters that were replaced.
    pub(super) fn replaced(&self) -> usize {
        self.writer.replaced
    }
}

/// Stands for a character that there is not.
const REPLACEMENT: &str = "\u{fffd}";

/// Writes JSON while elements begin and end.
#[derive(Debug)]
struct Writer {
    json: Sink,
    shape: Option<Shape>,
    /// The state of the root: no member so far, a documented member, the first documented one.
    is_blank: bool,
    is_documented: bool,
    has_first: bool,
    /// The number of characters that were replaced.
    replaced: usize,
    path: Path,
    elements: Vec<Element>,
    /// The text of the innermost element, which counts where it has no children.
    text: String,
    dead: DeceasedFlagEncoding,
}

/// An element that has begun and not ended.
#[derive(Debug)]
struct Element {
    form: Form,
    /// True once anything of it has been written.
    begun: bool,
    /// True if its last member is a list of like-named elements that may go on.
    repeating: bool,
    /// Where its name and value begin in the JSON, and whether its parent had begun before: a
    /// member that turns out to be null is left out.
    start: usize,
    parent_begun: bool,
    /// True if it has children, if only such as were left out.
    has_children: bool,
}

impl Writer {
    fn new(json: Sink, shape: Option<Shape>, dead: DeceasedFlagEncoding) -> Self {
        Self {
            json,
            shape,
            is_blank: true,
            is_documented: false,
            has_first: false,
            replaced: 0,
            path: Path::default(),
            elements: Vec::new(),
            text: String::new(),
            dead,
        }
    }

    /// Reads a document, or a part of one that ends with a tag.
    fn read(&mut self, xml: &str) -> Result<(), FieldError> {
        let mut reader = Reader::from_str(xml);
        let config = reader.config_mut();
        config.expand_empty_elements = true;
        config.allow_dangling_amp = true;
        // The elements of all parts are known here, and not to the reader.
        config.check_end_names = false;
        config.allow_unmatched_ends = true;
        loop {
            match reader.read_event() {
                Ok(Event::Start(element)) => self.start(&element)?,
                Ok(Event::End(element)) => self.end(element.name().as_ref())?,
                Ok(Event::Text(text)) => {
                    self.replaced += usize::from(text.starts_with('&'));
                    self.text(&text.xml10_content())?;
                }
                Ok(Event::CData(text)) => self.text(&text.xml10_content())?,
                Ok(Event::GeneralRef(entity)) => self.entity(&entity)?,
                Ok(Event::DocType(_)) => return Err(fault(DOCUMENT_TYPE)),
                Ok(Event::Eof) => return Ok(()),
                Ok(Event::Decl(_) | Event::PI(_) | Event::Comment(_) | Event::Empty(_)) => {}
                Err(Error::Syntax(SyntaxError::InvalidBangMarkup)) => return Err(fault(NOT_XML)),
                Err(Error::Syntax(_)) => return Err(fault(BREAKS_OFF)),
                Err(_) => return Err(fault(NOT_XML)),
            }
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
            if let Some(shape) = self.shape {
                shape.check_root(name.as_ref())?;
            }
        }
        let name = element.name();
        if self.elements.len() >= MAX_DEPTH {
            return Err(fault(TOO_DEEP));
        }
        if name.as_ref().len() > MAX_NAME {
            return Err(fault(TOO_LARGE));
        }
        self.path.push(name.as_ref());
        let form = names::form(&self.path);
        let parent_begun = self.elements.last().is_some_and(|parent| parent.begun);
        let start = self.place(form)?;
        self.elements.push(Element {
            form,
            begun: false,
            repeating: false,
            start,
            parent_begun,
            has_children: false,
        });
        self.text.clear();
        if form == Form::List {
            return Ok(());
        }
        self.attributes(element)
    }

    /// Writes the name of the element at the end of the path, or what else goes before its value.
    /// Returns where that begins.
    fn place(&mut self, form: Form) -> Result<usize, FieldError> {
        let is_of_root = self.elements.len() == 1;
        let Some(parent) = self.elements.last_mut() else {
            return Ok(0);
        };
        parent.has_children = true;
        let start = self.json.len();
        if parent.form == Form::List {
            self.json.write(if parent.begun { b"," } else { b"[" })?;
            parent.begun = true;
            return Ok(start);
        }
        let repeats = form == Form::Repeated;
        if repeats && parent.repeating {
            self.json.write(b",")?;
            return Ok(start);
        }
        if parent.repeating {
            self.json.write(b"]")?;
        }
        parent.repeating = repeats;
        let start = self.json.len();
        let key = names::key(&self.path);
        if is_of_root && let Some(shape) = self.shape {
            self.is_blank = false;
            self.is_documented |= shape.fields.contains(&&*key);
            self.has_first |= shape.first() == Some(&*key);
        }
        parent.member(&mut self.json, &key)?;
        if repeats {
            self.json.write(b"[")?;
        }
        Ok(start)
    }

    fn attributes(&mut self, element: &BytesStart<'_>) -> Result<(), FieldError> {
        for attribute in element.attributes() {
            let attribute = attribute.map_err(|_| fault(NOT_XML))?;
            if !names::is_attribute(attribute.key.as_ref()) {
                continue;
            }
            let value = match attribute.normalized_value(XmlVersion::Implicit1_0) {
                Err(Error::Escape(EscapeError::InvalidCharRef(_))) => {
                    self.replaced += 1;
                    REPLACEMENT.into()
                }
                value => value.map_err(|_| fault(ENTITY))?,
            };
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
        if self.text.capacity() - self.text.len() < text.len() {
            self.text.reserve_exact(text.len().max(self.text.len() / 4));
        }
        match text.contains('\0') {
            true => {
                self.replaced += text.matches('\0').count();
                self.text.push_str(&text.replace('\0', REPLACEMENT));
            }
            false => self.text.push_str(text),
        }
        Ok(())
    }

    fn entity(&mut self, entity: &BytesRef<'_>) -> Result<(), FieldError> {
        let Ok(character) = entity.resolve_char_ref() else {
            self.replaced += 1;
            return self.text(REPLACEMENT);
        };
        match (character, resolve_predefined_entity(entity)) {
            (Some(character), _) => self.text(character.encode_utf8(&mut [0; 4])),
            (None, Some(text)) => self.text(text),
            (None, None) => Err(fault(ENTITY)),
        }
    }

    fn end(&mut self, name: &str) -> Result<(), FieldError> {
        let element = self.elements.pop().filter(|_| self.path.ends_with(name));
        let element = element.ok_or_else(|| fault(NOT_XML))?;
        let text = std::mem::take(&mut self.text);
        let blank = text.trim().is_empty();
        let is_choice = names::is_choice(&self.path);
        match (element.form, element.begun) {
            _ if self.elements.is_empty() => self.end_root(&element, &text)?,
            (Form::List, true) => self.json.write(b"]")?,
            (Form::List, false) if blank => self.json.write(b"[]")?,
            (_, true) => {
                if element.repeating {
                    self.json.write(b"]")?;
                }
                self.json.write(b"}")?;
            }
            (_, false) if element.has_children => self.json.write(b"{}")?,
            (Form::Plain, false) if blank && !is_choice => self.leave_out(&element)?,
            (_, false) => self.leaf(&text)?,
        }
        // The memory of one long text is not kept for the next.
        self.text = if text.len() > 64 * 1024 {
            String::new()
        } else {
            text
        };
        self.text.clear();
        if is_choice && let Some(parent) = object(&mut self.elements) {
            let [name, ..] = self.path.last_three();
            parent.member(&mut self.json, "itemElementName")?;
            self.json.string(name)?;
        }
        self.path.pop();
        Ok(())
    }

    /// Ends the root. Where it holds nothing, or other documented members than the first, that one
    /// is null: XML leaves out what is empty, and the root itself says that there is nothing.
    fn end_root(&mut self, root: &Element, text: &str) -> Result<(), FieldError> {
        let is_blank = text.trim().is_empty();
        let Some(shape) = self.shape.filter(|shape| !shape.fields.is_empty()) else {
            return match (root.begun, is_blank) {
                (true, _) => self.json.write(if root.repeating { b"]}" } else { b"}" }),
                (false, true) if self.shape.is_none() => self.json.write(b"{}"),
                (false, _) => self.leaf(text),
            };
        };
        if !root.begun && !is_blank {
            return self.leaf(text);
        }
        if !self.is_blank && !self.is_documented {
            return Err(fault(NOTHING_DOCUMENTED));
        }
        if root.repeating {
            self.json.write(b"]")?;
        }
        if !self.has_first {
            self.json.write(if root.begun { b"," } else { b"{" })?;
            self.json.string(shape.first().unwrap_or_default())?;
            self.json.write(b":null")?;
        } else if !root.begun {
            self.json.write(b"{")?;
        }
        self.json.write(b"}")
    }

    /// Takes back the name of a member that is null; an item of a list stays.
    fn leave_out(&mut self, element: &Element) -> Result<(), FieldError> {
        match self.elements.last_mut() {
            Some(parent) if parent.form != Form::List => {
                self.json.truncate(element.start);
                parent.begun = element.parent_begun;
                Ok(())
            }
            _ => self.json.write(b"null"),
        }
    }

    /// Writes the value of an element without children.
    fn leaf(&mut self, text: &str) -> Result<(), FieldError> {
        let trimmed = text.trim();
        if trimmed.is_empty() {
            return self.json.write(b"null");
        }
        let parent = object(&mut self.elements).filter(|_| names::is_dead(&self.path));
        let Some(parent) = parent else {
            return self.json.string(text);
        };
        self.json.string(names::dead(trimmed, self.dead))?;
        // JSON always has a number, and beside it whether that was specified.
        parent.member(&mut self.json, "deadSpecified")?;
        self.json.write(b"true")
    }

    fn finish(&self) -> Result<(), FieldError> {
        if !self.elements.is_empty() {
            return Err(fault(BREAKS_OFF));
        }
        if self.json.is_empty() {
            return Err(fault(NOT_XML));
        }
        Ok(())
    }

    /// Moves what will not be taken back. Only an element of which nothing has been written yet,
    /// which is the innermost, may be left out.
    fn move_final(&mut self, json: &mut String) -> Result<(), FieldError> {
        let open = self.elements.last().filter(|element| !element.begun);
        let end = open.map_or(self.json.len(), |element| element.start);
        self.json.move_until(end, json)
    }
}

impl Element {
    /// Begins a member of an object, which lacks its value then.
    fn member(&mut self, json: &mut Sink, key: &str) -> Result<(), FieldError> {
        json.write(if self.begun { b"," } else { b"{" })?;
        self.begun = true;
        json.string(key)?;
        json.write(b":")
    }
}

/// Returns the innermost element, where it has members and not items.
fn object(elements: &mut [Element]) -> Option<&mut Element> {
    elements
        .last_mut()
        .filter(|element| element.form != Form::List)
}
