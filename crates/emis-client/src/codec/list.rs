//! Answers that are one long list, read record by record: from memory, or as they arrive.
//!
//! The outermost object and its list are walked here; every record is decoded by serde in one
//! pass, and only one that fails is looked at again, for the name of the field at fault.

use serde::Deserialize;
use serde::de::{Deserializer, Error as _, IgnoredAny};
use serde_json::value::RawValue;

use super::arrived::{Arrived, Name, Stop, take_record};
use super::budget::{self, MAX_SKIPPED};
use super::field_error::{FieldError, GOES_ON, WHOLE};
use super::message::Message;
use super::{scalar, shape};
use crate::model::{Listing, SkippedRecord};

const TOO_MANY_SKIPPED: &str = "holds more unreadable records than are noted";

/// The next item of interest.
#[derive(Debug)]
pub(super) enum Step<'a> {
    /// A record of the list, which was handed over.
    Record,
    /// The value beside the list.
    Beside(&'a RawValue),
    /// More of the answer must arrive first.
    More,
    /// The end of a whole answer.
    End,
}

/// A walk through an object of which one field is a list of records.
#[derive(Debug)]
pub(super) struct ListWalk {
    list: &'static str,
    beside: Option<&'static str>,
    place: Place,
    records: usize,
    /// True once the list was there, if only as null.
    has_list: bool,
    /// True once there was a field of an error document, other than null.
    is_error: bool,
}

#[derive(Debug, Clone, Copy)]
enum Place {
    Start,
    FirstField,
    Field,
    AfterField,
    FirstRecord,
    Record,
    AfterRecord,
    End,
}

impl ListWalk {
    /// Creates a walk to the list of this name, with an eye on another field.
    pub(super) fn new(list: &'static str, beside: Option<&'static str>) -> Self {
        Self {
            list,
            beside,
            place: Place::Start,
            records: 0,
            has_list: false,
            is_error: false,
        }
    }

    /// Goes on to the next thing of interest. A record, with its place from 0, is handed over
    /// where it was decoded: it is large, and many, and costs something every time it is moved.
    #[inline]
    pub(super) fn next<'a, W: Deserialize<'a>>(
        &mut self,
        arrived: &mut Arrived<'a>,
        mut record: impl FnMut(usize, Result<W, FieldError>),
    ) -> Result<Step<'a>, FieldError> {
        loop {
            let before = arrived.at;
            let error = match self.advance(arrived, &mut record) {
                // A list without records beside an error is not the word that there are none.
                Ok(Some(Step::End)) if !self.has_list || self.is_error && self.records == 0 => {
                    return Err(shape::no_answer("", self.is_error));
                }
                Ok(Some(step)) => return Ok(step),
                Ok(None) => continue,
                Err(error) => error,
            };
            // What is not all there is read again from its beginning.
            arrived.at = before;
            return match error {
                Stop::More => Ok(Step::More),
                Stop::Broken(problem) => Err(self.fault(problem)),
            };
        }
    }

    #[inline]
    fn advance<'a, W: Deserialize<'a>>(
        &mut self,
        arrived: &mut Arrived<'a>,
        record: &mut impl FnMut(usize, Result<W, FieldError>),
    ) -> Result<Option<Step<'a>>, Stop> {
        self.place = match self.place {
            Place::Start => {
                open(arrived)?;
                Place::FirstField
            }
            Place::FirstField if arrived.peek()? == b'}' => after_field(arrived)?,
            Place::FirstField | Place::Field => return self.field(arrived),
            Place::AfterField => after_field(arrived)?,
            Place::FirstRecord if arrived.peek()? == b']' => after_record(arrived)?,
            Place::FirstRecord | Place::Record => {
                take_record(arrived, |taken| record(self.records, taken))?;
                self.records += 1;
                self.place = Place::AfterRecord;
                return Ok(Some(Step::Record));
            }
            Place::AfterRecord => after_record(arrived)?,
            Place::End => {
                return match arrived.peek() {
                    Err(Stop::More) => Err(Stop::More),
                    Err(Stop::Broken(_)) => Ok(Some(Step::End)),
                    Ok(_) => Err(Stop::Broken(GOES_ON)),
                };
            }
        };
        Ok(None)
    }

    fn field<'a>(&mut self, arrived: &mut Arrived<'a>) -> Result<Option<Step<'a>>, Stop> {
        if arrived.peek()? != b'"' {
            return Err(Stop::Broken(scalar::NOT_JSON));
        }
        let name = arrived.take::<Name<'a>>()?.0;
        arrived.take_byte(b":")?;
        let mut step = None;
        let mut next = Place::AfterField;
        self.is_error |= shape::is_error_field(&name) && arrived.peek()? != b'n';
        if name == self.list {
            self.has_list = true;
            match arrived.peek()? {
                b'[' => {
                    arrived.at += 1;
                    next = Place::FirstRecord;
                }
                b'n' => drop(arrived.take::<()>()?),
                _ => {
                    arrived.take::<IgnoredAny>()?;
                    return Err(Stop::Broken(scalar::OTHER_FORM));
                }
            }
        } else if self.beside.is_some_and(|beside| name == beside) {
            step = Some(Step::Beside(arrived.take()?));
        } else {
            arrived.take::<IgnoredAny>()?;
        }
        self.place = next;
        Ok(step)
    }

    fn fault(&self, problem: &'static str) -> FieldError {
        // Of the outermost object nothing but the list can have another form and be JSON.
        let field = match self.place {
            Place::FirstField | Place::Field if problem == scalar::OTHER_FORM => self.list,
            _ => WHOLE,
        };
        FieldError::new(field, problem)
    }
}

/// Goes into the outermost object.
fn open(arrived: &mut Arrived<'_>) -> Result<(), Stop> {
    match arrived.peek()? {
        b'{' => {
            arrived.at += 1;
            Ok(())
        }
        b'[' | b'"' | b'-' | b'0'..=b'9' | b't' | b'f' | b'n' => {
            Err(Stop::Broken(scalar::OTHER_FORM))
        }
        _ => Err(Stop::Broken(scalar::NOT_JSON)),
    }
}

fn after_field(arrived: &mut Arrived<'_>) -> Result<Place, Stop> {
    Ok(match arrived.take_byte(b",}")? {
        b',' => Place::Field,
        _ => Place::End,
    })
}

fn after_record(arrived: &mut Arrived<'_>) -> Result<Place, Stop> {
    Ok(match arrived.take_byte(b",]")? {
        b',' => Place::Record,
        _ => Place::AfterField,
    })
}

/// A list of records as it stands in an answer, each still undecoded. Null is an empty list.
#[derive(Debug, Clone, Copy, Default)]
pub(super) struct Records<'a>(Option<&'a RawValue>);

impl<'de: 'a, 'a> Deserialize<'de> for Records<'a> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let list = Option::<&RawValue>::deserialize(deserializer)?;
        match list {
            Some(list) if !list.get().starts_with('[') => Err(D::Error::custom(scalar::OTHER_FORM)),
            list => Ok(Self(list)),
        }
    }
}

/// Decodes the records of a list one by one.
pub(super) fn listing<'a, W, T>(
    records: Records<'a>,
    convert: impl Fn(W) -> Result<T, FieldError>,
) -> Result<Listing<T>, FieldError>
where
    W: Deserialize<'a>,
{
    let mut listing = Listing::default();
    let Some(list) = records.0 else {
        return Ok(listing);
    };
    let mut arrived = Arrived::whole(list.get());
    let mut index = 0;
    // The list is known to be JSON.
    while arrived.take_byte(b"[,").is_ok() && arrived.peek().is_ok_and(|byte| byte != b']') {
        arrived.make_room(&mut listing.items)?;
        let mut kept = Ok(());
        let taken = take_record(&mut arrived, |record| {
            kept = keep(&mut listing, index, record.and_then(&convert));
        });
        kept?;
        if taken.is_err() {
            break;
        }
        index += 1;
    }
    Ok(listing)
}

/// Decodes one list of several in an answer: the list's name goes before each field's.
pub(super) fn named_listing<'a, W, T>(
    name: &str,
    records: Records<'a>,
    skipped: &mut Vec<SkippedRecord>,
    convert: impl Fn(W) -> Result<T, FieldError>,
) -> Result<Vec<T>, FieldError>
where
    W: Deserialize<'a>,
{
    let listing = listing(records, convert)?;
    if skipped.len() + listing.skipped.len() > MAX_SKIPPED {
        return Err(FieldError::new(WHOLE, TOO_MANY_SKIPPED));
    }
    skipped.extend(listing.skipped.into_iter().map(|mut record| {
        record.field = format!("{name}.{}", record.field);
        record
    }));
    Ok(listing.items)
}

/// Keeps a record that was decoded, or notes why it was not. Fails where that is too much for one
/// answer.
pub(super) fn keep<T>(
    listing: &mut Listing<T>,
    index: usize,
    record: Result<T, FieldError>,
) -> Result<(), FieldError> {
    budget::record()?;
    match record {
        Ok(item) => listing.items.push(item),
        Err(_) if budget::is_spent() => return Err(budget::too_large()),
        Err(_) if listing.skipped.len() >= MAX_SKIPPED => {
            return Err(FieldError::new(WHOLE, TOO_MANY_SKIPPED));
        }
        Err(fault) => listing.skipped.push(fault.skipped(index)),
    }
    Ok(())
}

/// Reads an answer that is a list and no more.
pub(super) fn list_answer<'a, W: Deserialize<'a>, T>(
    message: &'a Message,
    list: &'static str,
    convert: impl Fn(W) -> Result<T, FieldError>,
) -> Result<Listing<T>, FieldError> {
    let mut arrived = Arrived::whole(message.text());
    let mut walk = ListWalk::new(list, None);
    let mut listing = Listing {
        repaired_characters: message.repaired(),
        ..Listing::default()
    };
    loop {
        arrived.make_room(&mut listing.items)?;
        let mut kept = Ok(());
        let step = walk.next::<W>(&mut arrived, |index, record| {
            kept = keep(&mut listing, index, record.and_then(&convert));
        })?;
        kept?;
        if matches!(step, Step::More | Step::End) {
            return Ok(listing);
        }
    }
}
