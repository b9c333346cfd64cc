//! `GetBookedPatientsV2`, whole or as it arrives.

use std::collections::HashMap;
use std::convert::Infallible;
use std::str::FromStr;

use emis_types::{SessionId, SiteId, SlotId, StaffId};
use serde::Deserialize;
use serde_json::value::RawValue;
use smallvec::SmallVec;

use super::arrived::Arrived;
use super::budget;
use super::decode::decode;
use super::field_error::FieldError;
use super::list::{ListWalk, Step, keep, listing};
use super::message::Message;
use super::nested::Nested;
use super::patients::RegistrationWire;
use super::scalar::{self, Day, Flag, Glance, Id, Int, Lenient, Text, TimeOfDay, parsed, required};
use crate::codec::formats::DeceasedFlagEncoding;
use crate::model::{BookedPatient, Listing};

#[derive(Deserialize, Default)]
#[serde(default, rename_all = "camelCase")]
pub(super) struct BookedWire<'a> {
    patient: Option<RegistrationWire>,
    #[serde(borrow)]
    appointment: Option<AppointmentWire<'a>>,
    alert: Int,
    alert_specified: Flag,
}

#[derive(Deserialize, Default)]
#[serde(default, rename_all = "camelCase")]
struct AppointmentWire<'a> {
    id: Option<SlotWire>,
    appointment_site: Text,
    date: Day,
    time: TimeOfDay,
    session_holder: Option<ReferenceWire>,
    session_users_list: Nested<ReferenceWire>,
    session_locations_list: Nested<SiteWire>,
    session_id: Id<SessionId>,
    #[serde(borrow)]
    slot_type: Option<SlotTypeWire<'a>>,
}

#[derive(Deserialize, Default)]
#[serde(default)]
struct SlotWire {
    dbid: Id<SlotId>,
}

#[derive(Deserialize, Default)]
#[serde(default)]
struct SiteWire {
    dbid: Id<SiteId>,
}

#[derive(Deserialize, Default)]
#[serde(default)]
struct SlotTypeWire<'a> {
    #[serde(borrow)]
    id: Glance<'a>,
}

/// A member of staff, by id or by their place in the list of session holders.
#[derive(Deserialize, Default)]
#[serde(default)]
struct ReferenceWire {
    dbid: Id<StaffId>,
    #[serde(rename = "refID")]
    ref_id: Lenient<Place>,
}

/// A session holder as an appointment names them.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum HolderReference {
    /// By their id.
    Id(StaffId),
    /// By their place in the list of session holders, which comes after the appointments.
    Place(Place),
}

/// A place in the list of session holders: the `refID` of one. EMIS writes a number.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub(crate) enum Place {
    Number(u32),
    Word(Box<str>),
}

impl FromStr for Place {
    type Err = Infallible;

    fn from_str(text: &str) -> Result<Self, Infallible> {
        Ok(match text.parse() {
            // Another way of writing it is another name.
            Ok(number) if text == "0" || !text.starts_with(['0', '+']) => Self::Number(number),
            _ => Self::Word(text.into()),
        })
    }
}

/// The session holders of an appointment of which some are named by their place.
pub(crate) type HolderReferences = SmallVec<[HolderReference; 1]>;

/// An appointment, and its session holders where they are not known yet.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Booked {
    pub(crate) booked: BookedPatient,
    pub(crate) holders: Option<HolderReferences>,
}

/// The outcome of reading on.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum BookedStep {
    /// An appointment, or one that could not be read: it was handed over.
    Record,
    /// More of the answer must arrive first.
    More,
    /// The end of a whole answer.
    End,
}

const HOLDERS: &str = "sessionHolderList";

/// The number of session holders that one answer may name by their place.
const MAX_HOLDERS: usize = 10_000;

/// Reads the answer record by record.
#[derive(Debug)]
pub(crate) struct BookedReader {
    walk: ListWalk,
    known: Known,
}

/// The context that an appointment is read with.
#[derive(Debug)]
pub(super) struct Known {
    dead: DeceasedFlagEncoding,
    /// The session holders of the list beside the appointments, where it came already.
    holders: HashMap<Place, StaffId>,
}

impl BookedReader {
    pub(crate) fn new(dead: DeceasedFlagEncoding) -> Self {
        Self {
            walk: ListWalk::new("bookedList", Some(HOLDERS)),
            known: Known {
                dead,
                holders: HashMap::new(),
            },
        }
    }

    /// Reads on to the next record and hands it over.
    pub(super) fn next<'a, W: Deserialize<'a>>(
        &mut self,
        arrived: &mut Arrived<'a>,
        mut record: impl FnMut(&Known, usize, Result<W, FieldError>),
    ) -> Result<BookedStep, FieldError> {
        loop {
            let step = self.walk.next(arrived, |index, wire| {
                record(&self.known, index, wire);
            })?;
            match step {
                Step::Record => return Ok(BookedStep::Record),
                Step::Beside(list) => self.known.learn(list)?,
                Step::More => return Ok(BookedStep::More),
                Step::End => return Ok(BookedStep::End),
            }
        }
    }

    /// Returns the ids of session holders, as far as they are known by now; each once.
    pub(crate) fn holders(&self, references: &[HolderReference]) -> Vec<StaffId> {
        self.known.holders(references)
    }
}

impl Known {
    fn holders(&self, references: &[HolderReference]) -> Vec<StaffId> {
        let mut ids = Vec::new();
        for reference in references {
            let id = match reference {
                HolderReference::Id(id) => Some(*id),
                HolderReference::Place(place) => self.holders.get(place).copied(),
            };
            ids.extend(id.filter(|id| !ids.contains(id)));
        }
        ids
    }

    fn learn(&mut self, list: &RawValue) -> Result<(), FieldError> {
        // A holder that can't be read loses its name for us, not the appointment.
        let in_list = |fault: FieldError| FieldError::new(HOLDERS, fault.problem);
        let list = decode(list.get()).map_err(in_list)?;
        let holders = listing(list, |holder: ReferenceWire| {
            let id = required(holder.dbid.0, "dbid")?;
            Ok((required(holder.ref_id.0, "refID")?, id))
        });
        self.holders.extend(holders.map_err(in_list)?.items);
        if self.holders.len() > MAX_HOLDERS {
            return Err(FieldError::new(HOLDERS, scalar::TOO_MANY_ITEMS));
        }
        Ok(())
    }

    /// Returns an appointment, and its session holders where some of them are not known yet.
    pub(super) fn booked(
        &self,
        wire: BookedWire<'_>,
    ) -> Result<(BookedPatient, Option<HolderReferences>), FieldError> {
        const TIME: &str = "appointment.time";
        let patient = required(wire.patient, "patient")?.into_patient("patient.dbid", self.dead)?;
        let appointment = required(wire.appointment, "appointment")?;
        let slot = appointment.id.and_then(|id| id.dbid.0);
        let slot = required(slot, "appointment.id.dbid")?;
        let date = required(appointment.date.0, "appointment.date")?;
        let time = required(appointment.time.on(date, TIME)?, TIME)?;
        let mut booked = BookedPatient::new(slot, date.to_datetime(time), patient);
        booked.session = appointment.session_id.0;
        booked.site_name = appointment.appointment_site.0;
        booked.sites = appointment
            .session_locations_list
            .into_iter()
            .filter_map(|site| site.dbid.0)
            .collect();
        booked.slot_type = match appointment.slot_type {
            Some(slot_type) => parsed(slot_type.id.0, "appointment.slotType.id")?,
            None => None,
        };
        // The schema lists 0 (none) before 1 (an alert): unlike `dead`, place and value agree.
        booked.alert = match wire.alert_specified.0 {
            Some(false) => None,
            _ => wire.alert.0.map(|alert| alert != 0),
        };
        let mut references = HolderReferences::new();
        let users = appointment.session_users_list;
        for reference in appointment.session_holder.into_iter().chain(users) {
            let reference = reference.into_reference();
            references.extend(reference.filter(|reference| !references.contains(reference)));
        }
        booked.session_holders = self.holders(&references);
        let to_come = references.iter().any(|reference| match reference {
            HolderReference::Id(_) => false,
            HolderReference::Place(place) => !self.holders.contains_key(place),
        });
        Ok((booked, to_come.then_some(references)))
    }
}

impl ReferenceWire {
    fn into_reference(self) -> Option<HolderReference> {
        let by_id = self.dbid.0.map(HolderReference::Id);
        by_id.or(self.ref_id.0.map(HolderReference::Place))
    }
}

pub(crate) fn booked_patients(
    message: &Message,
    dead: DeceasedFlagEncoding,
) -> Result<Listing<BookedPatient>, FieldError> {
    collect(
        message,
        dead,
        |known, _, wire| known.booked(wire),
        |booked| &mut booked.session_holders,
    )
}

/// Reads a whole answer. `convert` makes an item of a record; the session holders that come after
/// it are put where `holders_of` says.
pub(super) fn collect<'a, W: Deserialize<'a>, T>(
    message: &'a Message,
    dead: DeceasedFlagEncoding,
    mut convert: impl FnMut(&Known, usize, W) -> Result<(T, Option<HolderReferences>), FieldError>,
    holders_of: impl Fn(&mut T) -> &mut Vec<StaffId>,
) -> Result<Listing<T>, FieldError> {
    let mut reader = BookedReader::new(dead);
    let mut arrived = Arrived::whole(message.text());
    let mut listing = Listing {
        repaired_characters: message.repaired(),
        ..Listing::default()
    };
    let mut unresolved = Vec::new();
    loop {
        arrived.make_room(&mut listing.items)?;
        let more = unresolved.len() / 2 + 1;
        if unresolved.len() == unresolved.capacity() && !budget::reserve(&mut unresolved, more) {
            return Err(budget::too_large());
        }
        let mut kept = Ok(());
        let step = reader.next(&mut arrived, |known, index, record: Result<W, _>| {
            let record = record.and_then(|wire| convert(known, index, wire));
            let record = record.map(|(item, holders)| {
                unresolved.extend(holders.map(|holders| (listing.items.len(), holders)));
                item
            });
            kept = keep(&mut listing, index, record);
        })?;
        kept?;
        if step != BookedStep::Record {
            break;
        }
    }
    for (place, holders) in unresolved {
        if let Some(item) = listing.items.get_mut(place) {
            *holders_of(item) = reader.holders(&holders);
        }
    }
    Ok(listing)
}
