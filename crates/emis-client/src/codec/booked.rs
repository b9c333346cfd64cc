//! `GetBookedPatientsV2`, whole or as it arrives.

use std::collections::HashMap;
use std::convert::Infallible;
use std::str::FromStr;

use emis_types::{SessionId, SiteId, SlotId, StaffId};
use serde::Deserialize;
use serde_json::value::RawValue;
use smallvec::SmallVec;

use super::list::{Arrived, ListWalk, Step, utf8};
use super::patients::RegistrationWire;
use super::scalar::{Day, Flag, Glance, Id, Int, Lenient, Text, TimeOfDay, parsed, required};
use super::{FieldError, decode, listing};
use crate::codec::formats::DeceasedFlagEncoding;
use crate::model::{BookedPatient, Listing, SkippedRecord};
use crate::transport::message::Response;

#[derive(Deserialize, Default)]
#[serde(default, rename_all = "camelCase")]
struct BookedWire<'a> {
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
    session_users_list: Option<Few<ReferenceWire>>,
    session_locations_list: Option<Few<SiteWire>>,
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

/// A list that nearly always has one item: it is thrown away, and should not cost an allocation.
type Few<T> = SmallVec<[T; 1]>;

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
pub(crate) type HolderReferences = Few<HolderReference>;

/// An appointment, and its session holders where they are not known yet.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Booked {
    pub(crate) booked: BookedPatient,
    pub(crate) holders: Option<HolderReferences>,
}

/// What reading on came to.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum BookedStep {
    /// An appointment, or one that could not be read: it was handed over.
    Record,
    /// Nothing more before more of the answer arrives.
    More,
    /// The end of a whole answer.
    End,
}

const HOLDERS: &str = "sessionHolderList";

/// Reads the answer record by record.
#[derive(Debug)]
pub(crate) struct BookedReader {
    walk: ListWalk,
    known: Known,
}

/// What an appointment is read with.
#[derive(Debug)]
struct Known {
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

    /// Reads on in what has arrived.
    pub(crate) fn next(
        &mut self,
        arrived: &mut Arrived<'_>,
        mut record: impl FnMut(Result<Booked, SkippedRecord>),
    ) -> Result<BookedStep, FieldError> {
        loop {
            let step = self.walk.next(arrived, |index, wire| {
                let booked = wire.and_then(|wire| self.known.booked(wire));
                record(booked.map_err(|fault: FieldError| fault.skipped(index)));
            })?;
            match step {
                Step::Record => return Ok(BookedStep::Record),
                Step::Beside(list) => self.known.learn(list)?,
                Step::More => return Ok(BookedStep::More),
                Step::End => return Ok(BookedStep::End),
            }
        }
    }

    /// The ids of session holders, as far as they are known by now; each once.
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
        let list = decode(list.get().as_bytes());
        let list = list.map_err(|fault| FieldError::new(HOLDERS, fault.problem))?;
        let holders = listing(list, |holder: ReferenceWire| {
            let id = required(holder.dbid.0, "dbid")?;
            Ok((required(holder.ref_id.0, "refID")?, id))
        });
        self.holders.extend(holders.items);
        Ok(())
    }

    fn booked(&self, wire: BookedWire<'_>) -> Result<Booked, FieldError> {
        let patient = required(wire.patient, "patient")?.into_patient("patient.dbid", self.dead)?;
        let appointment = required(wire.appointment, "appointment")?;
        let slot = appointment.id.and_then(|id| id.dbid.0);
        let slot = required(slot, "appointment.id.dbid")?;
        let date = required(appointment.date.0, "appointment.date")?;
        let time = required(appointment.time.0, "appointment.time")?;
        let mut booked = BookedPatient::new(slot, date.to_datetime(time), patient);
        booked.session = appointment.session_id.0;
        booked.site_name = appointment.appointment_site.0;
        booked.sites = appointment
            .session_locations_list
            .unwrap_or_default()
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
        let users = appointment.session_users_list.into_iter().flatten();
        for reference in appointment.session_holder.into_iter().chain(users) {
            let reference = reference.into_reference();
            references.extend(reference.filter(|reference| !references.contains(reference)));
        }
        booked.session_holders = self.holders(&references);
        let to_come = references.iter().any(|reference| match reference {
            HolderReference::Id(_) => false,
            HolderReference::Place(place) => !self.holders.contains_key(place),
        });
        Ok(Booked {
            booked,
            holders: to_come.then_some(references),
        })
    }
}

impl ReferenceWire {
    fn into_reference(self) -> Option<HolderReference> {
        let by_id = self.dbid.0.map(HolderReference::Id);
        by_id.or(self.ref_id.0.map(HolderReference::Place))
    }
}

pub(crate) fn booked_patients(
    response: &Response,
    dead: DeceasedFlagEncoding,
) -> Result<Listing<BookedPatient>, FieldError> {
    let mut reader = BookedReader::new(dead);
    let mut arrived = Arrived::whole(utf8(response.body())?);
    let mut listing = Listing::default();
    let mut unresolved = Vec::new();
    loop {
        arrived.make_room(&mut listing.items);
        let step = reader.next(&mut arrived, |record| match record {
            Ok(Booked { booked, holders }) => {
                unresolved.extend(holders.map(|holders| (listing.items.len(), holders)));
                listing.items.push(booked);
            }
            Err(skipped) => listing.skipped.push(skipped),
        })?;
        if step != BookedStep::Record {
            break;
        }
    }
    for (place, holders) in unresolved {
        if let Some(booked) = listing.items.get_mut(place) {
            booked.session_holders = reader.holders(&holders);
        }
    }
    Ok(listing)
}
