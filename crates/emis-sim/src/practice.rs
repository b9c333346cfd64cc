//! One practice as reception sees it: read for assertions, changed for stories.

use std::fmt;
use std::sync::atomic::Ordering;
use std::sync::{Arc, RwLockReadGuard, RwLockWriteGuard};

use emis_types::uk;
use jiff::ToSpan;
use jiff::civil::{Date, DateTime, Time};

use crate::emas::Emas;
use crate::facts::{
    self, PatientFacts, SearchFacts, SiteFacts, SlotFacts, SlotTypeFacts, StaffFacts,
};
use crate::model::{
    self, Appointment, AppointmentStatus, Category, Model, Patient, PatientKind, Session,
    SlotState, StaffMember, WriteRefusal,
};
use crate::reception::Receptionists;
use crate::world::{PracticeState, lock, read, write};

/// A simulated practice. A cheap handle: clones see and change the same practice.
#[derive(Clone)]
pub struct Practice {
    state: Arc<PracticeState>,
}

impl fmt::Debug for Practice {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Practice")
            .field("cdb", &self.state.cdb)
            .finish_non_exhaustive()
    }
}

/// Who it is and how it is reached.
impl Practice {
    pub(crate) const fn new(state: Arc<PracticeState>) -> Self {
        Self { state }
    }

    fn model(&self) -> RwLockReadGuard<'_, Model> {
        read(&self.state.model)
    }

    fn model_mut(&self) -> RwLockWriteGuard<'_, Model> {
        write(&self.state.model)
    }

    /// ODS code. The first practice is NHS England's test practice, `A20047`.
    pub fn ods(&self) -> &str {
        &self.state.ods
    }

    /// CDB number, which EMIS also calls the organisation ID. The first practice's is `50002`.
    pub fn cdb(&self) -> &str {
        &self.state.cdb
    }

    /// The practice's name.
    pub fn name(&self) -> &str {
        &self.state.name
    }

    /// Username of the API user.
    pub fn username(&self) -> &str {
        &self.state.username
    }

    /// The API user's Partner API password, as it is now.
    pub fn password(&self) -> String {
        lock(&self.state.emas).password.clone()
    }

    /// The Partner API password that the product was given when it was set up. It is the right
    /// one until the practice types another under Edit Users.
    pub fn password_handed_over(&self) -> &str {
        &self.state.handed_over
    }

    /// The password with which the API user signs in to EMIS itself, which is another one.
    pub fn emis_password(&self) -> String {
        lock(&self.state.emas).emis_password.clone()
    }

    pub(crate) fn change_password_unknown_to_the_product(&self) {
        self.state.change_password_unknown_to_the_product();
    }

    /// The practice merges into another: from here on EMIS names the other's organisation ID and
    /// ODS code in tokens, and its ODS code in `GetOrganisation`. [`cdb`](Self::cdb) and
    /// [`ods`](Self::ods) stay what they were.
    pub fn merge_into(&self, cdb: &str, ods: &str) {
        self.state.merge_into(cdb, ods);
    }

    /// Organisation ID and ODS code under which EMIS knows the practice now.
    pub fn codes_now(&self) -> (String, String) {
        self.state.codes()
    }

    /// Whether EMIS says, in tokens and in `GetOrganisation`, which practice it is. It does unless
    /// it is told not to.
    pub fn set_named(&self, named: bool) {
        self.state.set_named(named);
    }

    /// Whether EMIS says which practice it is.
    pub fn is_named(&self) -> bool {
        !self.state.nameless.load(Ordering::SeqCst)
    }

    /// The receptionists, who book and cancel when they are told to.
    pub fn receptionists(&self) -> Receptionists {
        Receptionists::new(Arc::clone(&self.state))
    }

    /// The practice's EMAS Manager.
    pub fn emas(&self) -> Emas {
        Emas::new(Arc::clone(&self.state))
    }
}

/// What it holds.
impl Practice {
    /// Every patient, in the order of their numbers.
    pub fn patients(&self) -> Vec<PatientFacts> {
        self.model().patients.values().map(Into::into).collect()
    }

    /// One patient.
    pub fn patient(&self, patient: i32) -> Option<PatientFacts> {
        self.model().patients.get(&patient).map(Into::into)
    }

    /// Number of the first patient of a kind. Every kind is met from a dozen patients on.
    pub fn patient_of_kind(&self, kind: PatientKind) -> Option<i32> {
        let model = self.model();
        let mut patients = model.patients.values();
        patients
            .find(|patient| patient.kind == kind)
            .map(|patient| patient.id)
    }

    /// The slots of one day, in the order of their ids.
    pub fn slots_on(&self, date: Date) -> Vec<SlotFacts> {
        facts::slots(&self.model())
            .filter(|slot| slot.start.date() == date)
            .collect()
    }

    /// Every slot, in the order of the ids.
    pub fn slots(&self) -> Vec<SlotFacts> {
        facts::slots(&self.model()).collect()
    }

    /// One slot.
    pub fn slot(&self, slot: i32) -> Option<SlotFacts> {
        let model = self.model();
        let slot = model.diary.slot(slot)?;
        Some(SlotFacts::of(slot, model.diary.session(slot.session)?))
    }

    /// The first available slot from tomorrow on that is meant for patients.
    pub fn free_slot(&self) -> Option<SlotFacts> {
        self.free_slots().into_iter().next()
    }

    /// The available slots from tomorrow on that are meant for patients, earliest first.
    pub fn free_slots(&self) -> Vec<SlotFacts> {
        let today = uk::today(&self.state.clock);
        let model = self.model();
        let for_patients = |slot: &SlotFacts| {
            let slot_type = model.slot_type(slot.slot_type_id);
            slot_type.is_some_and(model::SlotType::is_for_patients)
        };
        let mut slots: Vec<_> = facts::slots(&model)
            .filter(|slot| slot.is_available() && slot.start.date() > today && for_patients(slot))
            .collect();
        slots.sort_by_key(|slot| (slot.start, slot.slot_id));
        slots
    }

    /// The patient in a slot.
    pub fn booking_of(&self, slot: i32) -> Option<i32> {
        let model = self.model();
        model
            .diary
            .slot(slot)?
            .appointment()
            .map(|taken| taken.patient)
    }

    /// The slots that a patient is in, earliest first.
    pub fn bookings_for(&self, patient: i32) -> Vec<SlotFacts> {
        let mut slots: Vec<_> = facts::slots(&self.model())
            .filter(|slot| slot.patient == Some(patient))
            .collect();
        slots.sort_by_key(|slot| (slot.start, slot.slot_id));
        slots
    }

    /// The slot types.
    pub fn slot_types(&self) -> Vec<SlotTypeFacts> {
        self.model().slot_types.iter().map(Into::into).collect()
    }

    /// The sites.
    pub fn sites(&self) -> Vec<SiteFacts> {
        let model = self.model();
        let site = |site: &model::Site| SiteFacts {
            id: site.id,
            name: site.name.clone(),
        };
        model.sites.iter().map(site).collect()
    }

    /// The searches that it runs.
    pub fn searches(&self) -> Vec<SearchFacts> {
        model::searches().map(Into::into).collect()
    }

    /// Everybody who works there, the API user last.
    pub fn staff(&self) -> Vec<StaffFacts> {
        self.model().staff.values().map(staff_facts).collect()
    }

    /// The EMIS user that bookings by the partner's product are made by.
    pub fn api_user(&self) -> Option<StaffFacts> {
        let model = self.model();
        let mut staff = model.staff.values();
        staff
            .find(|member| member.category == Category::ApiUser)
            .map(staff_facts)
    }
}

fn staff_facts(member: &StaffMember) -> StaffFacts {
    StaffFacts {
        id: member.id,
        guid: member.guid,
        name: format!(
            "{} {} {}",
            member.title, member.first_names, member.last_name
        )
        .trim_start()
        .to_owned(),
        holds_sessions: member.category.holds_sessions(),
    }
}

/// What reception does.
impl Practice {
    /// Reception books a patient into a slot.
    ///
    /// # Errors
    ///
    /// If slot or patient is unknown, or the slot is not available.
    pub fn staff_book(&self, slot: i32, patient: i32) -> Result<(), WriteRefusal> {
        let mut model = self.model_mut();
        if !model.patients.contains_key(&patient) {
            return Err(WriteRefusal::UnknownPatient);
        }
        let appointment = Appointment {
            patient,
            status: AppointmentStatus::Booked,
            reason: "Booked by reception".to_owned(),
        };
        model.diary.book(slot, appointment)
    }

    /// Reception takes whoever is in a slot out of it.
    ///
    /// # Errors
    ///
    /// If the slot is unknown or empty.
    pub fn staff_cancel(&self, slot: i32) -> Result<(), WriteRefusal> {
        self.model_mut().diary.cancel(slot, None).map(drop)
    }

    /// Reception moves an appointment on: arrived, left, did not attend …
    ///
    /// # Errors
    ///
    /// If the slot is unknown or empty.
    pub fn staff_set_status(
        &self,
        slot: i32,
        status: AppointmentStatus,
    ) -> Result<(), WriteRefusal> {
        self.model_mut().diary.set_status(slot, None, status)
    }

    /// Reception blocks an empty slot.
    ///
    /// # Errors
    ///
    /// If the slot is unknown or taken.
    pub fn staff_block(&self, slot: i32) -> Result<(), WriteRefusal> {
        self.model_mut()
            .diary
            .set_empty_state(slot, SlotState::Blocked)
    }

    /// Reception embargoes an empty slot.
    ///
    /// # Errors
    ///
    /// If the slot is unknown or taken.
    pub fn staff_embargo(&self, slot: i32) -> Result<(), WriteRefusal> {
        self.model_mut()
            .diary
            .set_empty_state(slot, SlotState::Embargoed)
    }

    /// Reception makes a blocked or embargoed slot available.
    ///
    /// # Errors
    ///
    /// If the slot is unknown or taken.
    pub fn staff_release(&self, slot: i32) -> Result<(), WriteRefusal> {
        self.model_mut()
            .diary
            .set_empty_state(slot, SlotState::Available)
    }

    /// Reception opens a session at the main site, held by the first GP: `slots` slots of
    /// `minutes` each, as many as fit before midnight. Gives the ids of the slots, earliest first.
    ///
    /// # Errors
    ///
    /// If the slot type is unknown.
    pub fn staff_open_session(
        &self,
        start: DateTime,
        minutes: i16,
        slots: i16,
        slot_type: i32,
    ) -> Result<Vec<i32>, WriteRefusal> {
        let mut model = self.model_mut();
        if model.slot_type(slot_type).is_none() {
            return Err(WriteRefusal::UnknownSlotType);
        }
        let end = start.saturating_add(i64::from(minutes) * i64::from(slots).minutes());
        let midnight = start.date().to_datetime(Time::MAX);
        let session = Session {
            id: 0,
            name: "Extra Surgery".to_owned(),
            date: start.date(),
            start: start.time(),
            end: end.min(midnight).time(),
            slot_minutes: minutes,
            site: model.sites.first().map(|site| site.id).unwrap_or_default(),
            holders: model
                .session_holders()
                .take(1)
                .map(|holder| holder.id)
                .collect(),
            slots: Vec::new(),
        };
        Ok(model.diary.open_session(session, slots, slot_type))
    }

    /// Types something into the mobile field; nothing for an empty text.
    ///
    /// # Errors
    ///
    /// If the patient is unknown.
    pub fn set_mobile(&self, patient: i32, mobile: &str) -> Result<(), WriteRefusal> {
        self.change(patient, |patient| patient.mobile = typed(mobile))
    }

    /// Types something into the email field; nothing for an empty text.
    ///
    /// # Errors
    ///
    /// If the patient is unknown.
    pub fn set_email(&self, patient: i32, email: &str) -> Result<(), WriteRefusal> {
        self.change(patient, |patient| patient.email = typed(email))
    }

    /// Records a patient's death.
    ///
    /// # Errors
    ///
    /// If the patient is unknown.
    pub fn record_death(&self, patient: i32, on: Date) -> Result<(), WriteRefusal> {
        self.change(patient, |patient| {
            patient.kind = PatientKind::Deceased;
            patient.registration.died = Some(on);
            patient.registration.dead = Some(true);
        })
    }

    /// Records that a patient has left the practice.
    ///
    /// # Errors
    ///
    /// If the patient is unknown.
    pub fn deduct(&self, patient: i32, on: Date) -> Result<(), WriteRefusal> {
        self.change(patient, |patient| {
            patient.kind = PatientKind::Deducted;
            patient.registration.deducted = Some(on);
        })
    }

    fn change(&self, patient: i32, change: impl FnOnce(&mut Patient)) -> Result<(), WriteRefusal> {
        let today = uk::today(&self.state.clock);
        self.model_mut().change_registration(patient, today, change)
    }
}

fn typed(text: &str) -> Option<String> {
    (!text.is_empty()).then(|| text.to_owned())
}
