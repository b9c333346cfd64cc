//! An invented practice, as the mock is told of it.

use emis_client::model::{
    AppointmentConfiguration, BookedAppointment, BookedPatient, DateRange, Holiday,
    KnownSlotStatus, NewBooking, Organisation, Patient, PatientAppointment, PatientName,
    Registration, Session, SessionHolder, Site, Slot, SlotType, SlotTypeCount, Staff, StaffName,
};
use jiff::civil::{date, time};
use uuid::Uuid;

pub(crate) fn id<T: std::str::FromStr<Err: std::fmt::Debug>>(text: &str) -> T {
    text.parse().unwrap()
}

pub(crate) fn words(text: &str) -> Option<String> {
    Some(text.to_owned())
}

pub(crate) const GUID: Uuid = Uuid::from_u128(0x6f96_19ff_8b86_d011_b42d_00c0_4fc9_64ff);

pub(crate) fn june() -> DateRange {
    DateRange::new(date(2026, 6, 1), date(2026, 6, 30)).unwrap()
}

pub(crate) fn holder() -> SessionHolder {
    let name = StaffName::new(words("Dr"), words("Ada"), words("Example"));
    SessionHolder::new(id("5"), name)
}

pub(crate) fn site() -> Site {
    Site::new(id("3"), words("Example Surgery"))
}

pub(crate) fn session() -> Session {
    let mut count = SlotTypeCount::new(id("GP/1"));
    count.description = words("Routine");
    (count.total, count.booked, count.blocked) = (5, 1, 1);
    (count.embargoed, count.available) = (1, 2);
    let mut session = Session::new(id("31"), date(2026, 6, 2));
    session.start = Some(time(9, 0, 0, 0));
    session.end = Some(time(12, 30, 0, 0));
    session.slot_minutes = Some(10);
    session.name = words("Morning");
    session.site = Some(site());
    session.session_holders = vec![holder()];
    session.slot_types = vec![count];
    session
}

pub(crate) fn slot() -> Slot {
    let mut slot = Slot::new(id("21"), time(9, 30, 0, 0), KnownSlotStatus::Booked.into());
    slot.minutes = Some(10);
    slot.slot_type = Some(id("7"));
    slot.slot_type_description = words("Routine");
    slot.patient = Some(id("17"));
    slot.notes = Some("Notes".to_owned().into());
    slot.reason = Some("Reason".to_owned().into());
    slot.comments = vec!["One".to_owned().into(), "Two".to_owned().into()];
    slot
}

pub(crate) fn patient() -> Patient {
    let mut patient = Patient::new(id("17"));
    patient.nhs_number = Some(id("999 000 0018"));
    let mut name = PatientName::default();
    name.title = Some("Mx".to_owned().into());
    name.first_names = Some("Robin".to_owned().into());
    name.calling_name = Some("Rob".to_owned().into());
    name.family_name = Some("Quillfeather".to_owned().into());
    patient.name = name.into();
    patient.date_of_birth = Some(date(1980, 2, 1).into());
    patient.mobile = Some("07700 900123".to_owned().into());
    patient.email = Some("robin@example.com".to_owned().into());
    patient.deducted_on = Some(date(2026, 5, 4));
    let mut registration = Registration::default();
    registration.status_code = Some(8);
    registration.patient_type = Some(4);
    registration.practice_registered = Some(true);
    patient.registration = Some(registration);
    patient
}

pub(crate) fn booked_patient() -> BookedPatient {
    // Their registration status is not in that answer.
    let mut patient = patient();
    patient.registration = None;
    let mut booked = BookedPatient::new(id("21"), date(2026, 6, 2).at(9, 30, 0, 0), patient);
    booked.session = Some(id("31"));
    booked.site_name = words("Example Surgery");
    booked.sites = vec![id("3")];
    booked.session_holders = vec![id("5"), id("6")];
    booked.slot_type = Some(id("7"));
    booked.alert = Some(true);
    booked
}

pub(crate) fn appointment() -> PatientAppointment {
    let mut appointment = PatientAppointment::new(id("21"), date(2026, 6, 2).at(9, 30, 0, 0));
    appointment.minutes = Some(10);
    appointment.session = Some(id("31"));
    appointment.site = Some(id("3"));
    appointment.session_holders = vec![holder()];
    appointment.status = Some(KnownSlotStatus::Booked.into());
    appointment.slot_type = Some(id("7"));
    appointment.reason = Some("Reason".to_owned().into());
    appointment.notes = Some("Notes".to_owned().into());
    appointment
}

pub(crate) fn booking() -> NewBooking {
    let mut booking = NewBooking::new(id("21"), id("17"), id("5"), "Booked online & by a patient");
    booking.note = Some("ref=a+b #1".to_owned().into());
    booking
}

pub(crate) fn booked() -> BookedAppointment {
    let mut booked = BookedAppointment::new(id("21"));
    booked.patient = Some(id("17"));
    booked.session = Some(id("31"));
    booked.start = Some(date(2026, 6, 2).at(9, 30, 0, 0));
    booked.end = Some(date(2026, 6, 2).at(9, 40, 0, 0));
    booked.slot_type = Some(id("7"));
    booked
}

pub(crate) fn staff() -> Staff {
    let name = StaffName::new(words("Dr"), words("Ada"), words("Example"));
    let mut staff = Staff::new(id("5"), name);
    staff.guid = Some(GUID);
    staff.category = words("General Medical Practitioner");
    staff.active = Some(true);
    staff
}

pub(crate) fn organisation() -> Organisation {
    let mut organisation = Organisation::default();
    organisation.name = words("Example Surgery");
    organisation.ods_code = Some(id("A20047"));
    organisation.guid = Some(GUID);
    organisation.users = vec![staff()];
    organisation
}

pub(crate) fn configuration() -> AppointmentConfiguration {
    let mut slot_type = SlotType::new(id("7"));
    slot_type.display = words("GP");
    slot_type.description = words("Routine");
    slot_type.bookable = Some(true);
    let mut holiday = Holiday::new(date(2026, 6, 8));
    holiday.start = Some(time(9, 0, 0, 0));
    holiday.end = Some(time(17, 0, 0, 0));
    holiday.description = words("Training");
    let mut configuration = AppointmentConfiguration::default();
    configuration.sites = vec![site()];
    configuration.session_holders = vec![holder()];
    configuration.slot_types = vec![slot_type];
    configuration.practice_holidays = vec![holiday];
    configuration
}
