//! Domain values as EMIS writes them in JSON, independent of the client's codec.

use emis_types::{Sensitive, SessionId, SiteId};
use jiff::civil::{Date, Time};
use serde_json::{Value, json};

use crate::model::{
    AppointmentConfiguration, BookedAppointment, BookedPatient, Holiday, Location, Organisation,
    Patient, PatientAppointment, Schedule, SearchMatch, Session, SessionHolder, Site, Slot,
    SlotType, SlotTypeCount, Staff, StaffHolidays, StaffName, StatusChange, VitalStatus,
};

/// A possible response: a value of [`crate::model`], a list of them, `()` for a response without a
/// body, or any [`Json`].
pub trait Answer: sealed::Encode {}

impl<T: sealed::Encode> Answer for T {}

pub(super) mod sealed {
    /// A value that has a response body; without a body the status is 204.
    pub trait Encode {
        fn encode(&self) -> Option<serde_json::Value>;
    }
}
use sealed::Encode;

/// A response of any JSON, for what is too large to build from domain types.
#[derive(Debug, Clone, PartialEq)]
pub struct Json(Value);

impl Json {
    /// Parses JSON text, such as a recorded response of EMIS's test practice.
    ///
    /// # Panics
    /// Panics if `text` is not JSON.
    pub fn new(text: &str) -> Self {
        Self(serde_json::from_str(text).expect("an answer in JSON is JSON"))
    }
}

impl Encode for Json {
    fn encode(&self) -> Option<Value> {
        Some(self.0.clone())
    }
}

impl Encode for () {
    fn encode(&self) -> Option<Value> {
        None
    }
}

impl Encode for Option<Slot> {
    fn encode(&self) -> Option<Value> {
        self.as_ref().map(slot)
    }
}

/// Says how types are written as the body of an answer.
macro_rules! bodies {
    ($($kind:ty: |$value:ident| $body:expr;)*) => {$(
        impl Encode for $kind {
            fn encode(&self) -> Option<Value> {
                let $value = self;
                Some($body)
            }
        }
    )*};
}

bodies! {
    Vec<Session>: |sessions| json!({ "appointmentSession": all(sessions, session) });
    Vec<Slot>: |slots| json!({ "slot": all(slots, slot) });
    Vec<BookedPatient>: |booked| json!({ "bookedList": all(booked, booked_patient) });
    Vec<PatientAppointment>: |appointments| json!({
        "appointment": all(appointments, patient_appointment),
    });
    Vec<Patient>: |patients| json!({ "patientList": all(patients, match_of) });
    Vec<Staff>: |staff| json!({ "person": all(staff, person) });
    Vec<SearchMatch>: |found| json!({ "patientList": all(found, search_match) });
    AppointmentConfiguration: |configuration| json!({
        "siteList": all(&configuration.sites, site),
        "holderList": all(&configuration.session_holders, holder),
        "slotTypeList": all(&configuration.slot_types, slot_type),
        "scheduleList": all(&configuration.schedules, schedule),
        "holidayList": {
            "practice": all(&configuration.practice_holidays, holiday),
            "staff": all(&configuration.staff_holidays, staff_holidays),
        },
    });
    Organisation: |practice| json!({
        "organisationList": [{
            "locationName": practice.name,
            "nationalCode": text(&practice.ods_code),
            "guid": text(&practice.guid),
        }],
        "userList": all(&practice.users, person),
        "locationList": all(&practice.locations, location),
    });
    Patient: |patient| json!({
        "registration": registration(patient),
        "registrationStatus": { "currentStatus": status(patient) },
    });
    BookedAppointment: |booked| json!({
        "appointmentInformation": {
            "slotId": booked.slot.get(),
            "sessionId": booked.session.map(SessionId::get),
            "slotDateTime": booked.start.map(moment),
            "endDateTime": booked.end.map(moment),
            "slotTypeId": booked.slot_type.as_ref().map(number),
            "reason": exposed(&booked.reason),
            "bookingNotes": exposed(&booked.note),
        },
        "patientInforamtion": {
            "patientId": booked.patient.map(|patient| patient.get()),
            "patientNumber": booked.patient.map(|patient| patient.get()),
            "name": exposed(&booked.patient_name),
            "dob": booked.date_of_birth.as_ref().map(|date| day(*date.expose())),
            "hasPatientWarnings": text(&booked.has_warnings),
            "led": exposed(&booked.led),
            "actionPerformedOn": booked.performed_on.unwrap_or_default(),
        },
    });
    StatusChange: |change| json!({
        "sessionId": change.session.map(SessionId::get),
        "actionPerformedOn": change.performed_on.unwrap_or_default(),
    });
}

fn all<T>(values: &[T], write: fn(&T) -> Value) -> Vec<Value> {
    values.iter().map(write).collect()
}

fn text(value: &Option<impl ToString>) -> Option<String> {
    value.as_ref().map(ToString::to_string)
}

fn exposed(value: &Option<Sensitive<String>>) -> Option<&String> {
    value.as_ref().map(Sensitive::expose)
}

fn day(date: Date) -> String {
    date.strftime("%d/%m/%Y").to_string()
}

fn hour(time: Time) -> String {
    time.strftime("%H:%M:%S").to_string()
}

fn moment(at: jiff::civil::DateTime) -> String {
    at.strftime("%d/%m/%Y %H:%M:%S").to_string()
}

/// An id that EMIS writes as a number here and as text elsewhere.
fn number(id: &impl ToString) -> Value {
    let text = id.to_string();
    text.parse()
        .map_or(Value::String(text), |id: i64| id.into())
}

fn session(session: &Session) -> Value {
    json!({
        "dbid": session.id.get(),
        "name": session.name,
        "date": day(session.date),
        "startTime": session.start.map(hour),
        "endTime": session.end.map(hour),
        "slotLength": text(&session.slot_minutes),
        "site": session.site.as_ref().map(site),
        "holderList": all(&session.session_holders, holder),
        "slotTypeList": all(&session.slot_types, slot_type_count),
    })
}

fn slot_type_count(count: &SlotTypeCount) -> Value {
    json!({
        "typeID": count.id.as_str(),
        "description": count.description,
        "total": count.total,
        "booked": count.booked,
        "blocked": count.blocked,
        "embargoed": count.embargoed,
        "available": count.available,
    })
}

fn site(site: &Site) -> Value {
    json!({ "dbid": site.id.get(), "name": site.name })
}

fn holder(holder: &SessionHolder) -> Value {
    let StaffName {
        title,
        first_names,
        surname,
    } = &holder.name;
    json!({
        "dbid": holder.id.get(),
        "title": title,
        "firstNames": first_names,
        "lastName": surname,
    })
}

fn slot(slot: &Slot) -> Value {
    json!({
        "dbid": slot.id.get(),
        "startTime": hour(slot.start),
        "slotLength": text(&slot.minutes),
        "status": slot.status.as_str(),
        "type": {
            "typeID": slot.slot_type.as_ref().map(|id| id.as_str()),
            "description": slot.slot_type_description,
        },
        "patientList": {
            "patient": slot.patient.map(|patient| json!({
                "dbid": patient.get(),
                "fullName": exposed(&slot.patient_name),
            })),
        },
        "notes": exposed(&slot.notes),
        "reason": exposed(&slot.reason),
        "commentList": slot.comments.iter().map(Sensitive::expose).collect::<Vec<_>>(),
    })
}

fn booked_patient(booked: &BookedPatient) -> Value {
    let mut holders = booked.session_holders.iter();
    json!({
        "patient": registration(&booked.patient),
        "appointment": {
            "id": { "dbid": booked.slot.get() },
            "appointmentSite": booked.site_name,
            "date": day(booked.start.date()),
            "time": hour(booked.start.time()),
            "sessionHolder": holders.next().map(|id| json!({ "dbid": id.get() })),
            "sessionUsersList": holders.map(|id| json!({ "dbid": id.get() })).collect::<Vec<_>>(),
            "sessionLocationsList":
                booked.sites.iter().map(|id| json!({ "dbid": id.get() })).collect::<Vec<_>>(),
            "sessionId": booked.session.map(SessionId::get),
            "slotType": { "id": booked.slot_type.as_ref().map(|id| id.as_str()) },
        },
        "alert": i32::from(booked.alert.unwrap_or_default()),
        "alertSpecified": booked.alert.is_some(),
    })
}

fn patient_appointment(appointment: &PatientAppointment) -> Value {
    json!({
        "slotID": appointment.slot.get(),
        "date": day(appointment.start.date()),
        "startTime": hour(appointment.start.time()),
        "duration": text(&appointment.minutes),
        "sessionDBID": appointment.session.map(SessionId::get),
        "siteID": appointment.site.map(SiteId::get),
        "holderList": all(&appointment.session_holders, holder),
        "status": appointment.status.as_ref().map(|status| status.as_str()),
        "sessionName": appointment.session_name,
        "slotType": match &appointment.slot_type_details {
            Some(details) => slot_type(details),
            None => json!({ "id": appointment.slot_type.as_ref().map(|id| id.as_str()) }),
        },
        "reason": exposed(&appointment.reason),
        "notes": exposed(&appointment.notes),
    })
}

/// A placeholder for an unknown date of death.
const DATE_OF_DEATH: &str = "01/01/2020";

fn registration(patient: &Patient) -> Value {
    let name = patient.name.expose();
    let (died, dead) = match patient.vital_status {
        VitalStatus::NoSignOfDeath => (false, None),
        VitalStatus::Deceased => (true, None),
        // Alive, as EMIS's ordinals say it.
        VitalStatus::Conflicting => (true, Some(1)),
    };
    json!({
        "dbid": patient.number.to_string(),
        "nhsNumber": patient.nhs_number.map(|number| number.expose().to_owned()),
        "title": exposed(&name.title),
        "firstNames": exposed(&name.first_names),
        "callingName": exposed(&name.calling_name),
        "familyName": exposed(&name.family_name),
        "dateOfBirth": patient.date_of_birth.as_ref().map(|date| day(*date.expose())),
        "mobile": exposed(&patient.mobile),
        "email": exposed(&patient.email),
        "deductedDate": patient.deducted_on.map(day),
        "dateOfDeath": died.then_some(DATE_OF_DEATH),
        "dead": dead.unwrap_or_default(),
        "deadSpecified": dead.is_some(),
    })
}

fn status(patient: &Patient) -> Option<Value> {
    let registration = patient.registration?;
    let code = |value: Option<i32>| value.map(|value| json!({ "value": value }));
    Some(json!({
        "code": code(registration.status_code),
        "patientType": code(registration.patient_type),
        "practiceRegistered": registration.practice_registered,
    }))
}

/// A patient as matches and lists of changes have them.
fn match_of(patient: &Patient) -> Value {
    let mut value = registration(patient);
    if let (Value::Object(fields), Some(status)) = (&mut value, status(patient)) {
        fields.insert("currentStatus".to_owned(), status);
    }
    value
}

fn person(staff: &Staff) -> Value {
    let StaffName {
        title,
        first_names,
        surname,
    } = &staff.name;
    json!({
        "dbid": staff.id.get(),
        "guid": text(&staff.guid),
        "title": title,
        "firstNames": first_names,
        "lastName": surname,
        "category": { "description": staff.category },
        "activeUser": staff.active,
    })
}

fn search_match(found: &SearchMatch) -> Value {
    json!({ "refID": found.patient.get(), "currentStatus": found.status_code })
}

fn slot_type(slot_type: &SlotType) -> Value {
    json!({
        "id": slot_type.id.as_str(),
        "display": slot_type.display,
        "description": slot_type.description,
        "bookable": text(&slot_type.bookable),
        "emisAccess": slot_type.emis_access,
        "coding": slot_type.coding.as_ref().map(|coding| json!({
            "system": coding.system,
            "code": coding.code,
            "display": coding.display,
        })),
    })
}

fn schedule(schedule: &Schedule) -> Value {
    json!({
        "name": schedule.name,
        "startTime": schedule.start.map(hour),
        "endTime": schedule.end.map(hour),
        "slotLength": text(&schedule.slot_minutes),
    })
}

fn staff_holidays(away: &StaffHolidays) -> Value {
    let name = &away.holder.name;
    json!({
        "dbid": away.holder.id.get(),
        "title": name.title,
        "firstNames": name.first_names,
        "surname": name.surname,
        "dates": all(&away.days, holiday),
    })
}

fn holiday(holiday: &Holiday) -> Value {
    json!({
        "day": day(holiday.day),
        "startTime": holiday.start.map(hour),
        "endTime": holiday.end.map(hour),
        "description": holiday.description,
    })
}

fn location(location: &Location) -> Value {
    json!({
        "locationName": location.name,
        "nationalCode": text(&location.ods_code),
    })
}
