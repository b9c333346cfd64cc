//! The handle to a practice, as its reception sees it.

use std::collections::HashMap;
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
    self, Appointment, Category, DiaryError, Model, Patient, PatientKind, Session,
    SimAppointmentStatus, Slot, SlotState, StaffMember,
};
use crate::receptionists::Receptionists;
use crate::sync::{lock, read, write};
use crate::world::{PracticeState, World};

/// A handle to a simulated practice. Clones share the state.
///
/// The methods that read are for assertions; those that begin with `staff_` do what reception does.
///
/// # Examples
///
/// ```
/// # fn main() -> Result<(), Box<dyn std::error::Error>> {
/// # tokio::runtime::Builder::new_current_thread().enable_all().build()?.block_on(async {
/// let sim = emis_sim::Sim::start().await?;
/// let practice = sim.practice();
/// let slot = practice.free_slot().ok_or("the diary is full")?;
/// let patient = practice.patient_who_can_book().ok_or("all patients have appointments")?;
///
/// practice.staff_book(slot.slot_id, patient.patient_number)?;
/// assert_eq!(practice.booking_of(slot.slot_id), Some(patient.patient_number));
/// # Ok(())
/// # })
/// # }
/// ```
#[derive(Clone)]
pub struct SimPractice {
    state: Arc<PracticeState>,
}

impl fmt::Debug for SimPractice {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("SimPractice")
            .field("cdb", &self.state.cdb)
            .finish_non_exhaustive()
    }
}

/// Identity and access.
impl SimPractice {
    pub(crate) const fn new(state: Arc<PracticeState>) -> Self {
        Self { state }
    }

    /// Returns the practice with this CDB number.
    pub(crate) fn find(world: &World, cdb: &str) -> Option<Self> {
        let state = world.practices.iter().find(|practice| practice.cdb == cdb);
        Some(Self::new(Arc::clone(state?)))
    }

    fn model(&self) -> RwLockReadGuard<'_, Model> {
        read(&self.state.model)
    }

    fn model_mut(&self) -> RwLockWriteGuard<'_, Model> {
        write(&self.state.model)
    }

    /// Returns the ODS code. The first practice is NHS England's test practice, `A20047`.
    pub fn ods(&self) -> &str {
        &self.state.ods
    }

    /// Returns the CDB number, which is EMIS's organisation ID. The first practice's is `50002`.
    pub fn cdb(&self) -> &str {
        &self.state.cdb
    }

    /// Returns the practice's name.
    pub fn name(&self) -> &str {
        &self.state.name
    }

    /// Returns the username of the API user.
    pub fn username(&self) -> &str {
        &self.state.username
    }

    /// Returns the API user's present Partner API password.
    pub fn password(&self) -> String {
        lock(&self.state.emas).password.clone()
    }

    /// Returns the Partner API password that the product received at set-up. It is valid until the
    /// practice changes it under Edit Users.
    pub fn password_handed_over(&self) -> &str {
        &self.state.handed_over
    }

    /// Returns the password with which the API user signs in to EMIS itself.
    pub fn emis_password(&self) -> String {
        lock(&self.state.emas).emis_password.clone()
    }

    pub(crate) fn change_password_unknown_to_the_product(&self) {
        self.state.change_password_unknown_to_the_product();
    }

    /// Merges the practice into another: EMIS answers with the other's organisation ID and ODS code in
    /// tokens, and with its ODS code in `GetOrganisation`. [`cdb`](Self::cdb) and [`ods`](Self::ods)
    /// return the former codes.
    pub fn merge_into(&self, cdb: &str, ods: &str) {
        self.state.merge_into(cdb, ods);
    }

    /// Returns the organisation ID and ODS code that EMIS answers with.
    pub fn codes_now(&self) -> (String, String) {
        self.state.codes()
    }

    /// Sets whether tokens and `GetOrganisation` carry the practice's codes. The default is `true`.
    pub fn set_named(&self, named: bool) {
        self.state.set_named(named);
    }

    /// Returns `true` if tokens and `GetOrganisation` carry the practice's codes.
    pub fn is_named(&self) -> bool {
        !self.state.unnamed.load(Ordering::SeqCst)
    }

    /// Returns a handle to the receptionists, who book and cancel on request.
    pub fn receptionists(&self) -> Receptionists {
        Receptionists::new(Arc::clone(&self.state))
    }

    /// Returns a handle to the practice's EMAS Manager.
    pub fn emas(&self) -> Emas {
        Emas::new(Arc::clone(&self.state))
    }
}

/// Records.
impl SimPractice {
    /// Returns all patients in the order of their numbers.
    pub fn patients(&self) -> Vec<PatientFacts> {
        self.model().patients.values().map(Into::into).collect()
    }

    /// Returns a patient.
    pub fn patient(&self, patient: i32) -> Option<PatientFacts> {
        self.model().patients.get(&patient).map(Into::into)
    }

    /// Returns the number of the first patient of a kind. A practice of twelve patients has every kind.
    pub fn patient_of_kind(&self, kind: PatientKind) -> Option<i32> {
        let model = self.model();
        let mut patients = model.patients.values();
        patients
            .find(|patient| patient.kind == kind)
            .map(|patient| patient.id)
    }

    /// Returns a patient who can book: a regular one with an NHS number, and with the fewest appointments.
    ///
    /// At a practice of a few hundred patients or less, each may have as many as the default settings
    /// allow: see [`bookable_patient`](Self::bookable_patient).
    pub fn patient_who_can_book(&self) -> Option<PatientFacts> {
        let model = self.model();
        let mut appointments = HashMap::<i32, usize>::new();
        for taken in model.diary.slots().filter_map(Slot::appointment) {
            *appointments.entry(taken.patient).or_default() += 1;
        }
        let patients = model.patients.values();
        patients
            .filter(|it| it.kind == PatientKind::Regular && it.nhs_number.is_some())
            .min_by_key(|it| appointments.get(&it.id))
            .map(Into::into)
    }

    /// Returns the slots of a day in the order of their ids.
    pub fn slots_on(&self, date: Date) -> Vec<SlotFacts> {
        facts::slots(&self.model())
            .filter(|slot| slot.start.date() == date)
            .collect()
    }

    /// Returns all slots in the order of their ids.
    pub fn slots(&self) -> Vec<SlotFacts> {
        facts::slots(&self.model()).collect()
    }

    /// Returns a slot.
    pub fn slot(&self, slot: i32) -> Option<SlotFacts> {
        let model = self.model();
        let slot = model.diary.slot(slot)?;
        Some(SlotFacts::of(slot, model.diary.session(slot.session)?))
    }

    /// Returns the first available slot from tomorrow on that is for patients.
    pub fn free_slot(&self) -> Option<SlotFacts> {
        self.free_slots().into_iter().next()
    }

    /// Returns the available slots from tomorrow on that are for patients, earliest first.
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

    /// Returns the patient in a slot.
    pub fn booking_of(&self, slot: i32) -> Option<i32> {
        let model = self.model();
        model
            .diary
            .slot(slot)?
            .appointment()
            .map(|taken| taken.patient)
    }

    /// Returns the slots that a patient is in, earliest first.
    pub fn bookings_for(&self, patient: i32) -> Vec<SlotFacts> {
        let mut slots: Vec<_> = facts::slots(&self.model())
            .filter(|slot| slot.patient == Some(patient))
            .collect();
        slots.sort_by_key(|slot| (slot.start, slot.slot_id));
        slots
    }

    /// Returns the slot types.
    pub fn slot_types(&self) -> Vec<SlotTypeFacts> {
        self.model().slot_types.iter().map(Into::into).collect()
    }

    /// Returns the sites.
    pub fn sites(&self) -> Vec<SiteFacts> {
        let model = self.model();
        let site = |site: &model::Site| SiteFacts {
            id: site.id,
            name: site.name.clone(),
        };
        model.sites.iter().map(site).collect()
    }

    /// Returns the searches that the practice runs.
    pub fn searches(&self) -> Vec<SearchFacts> {
        model::searches().map(Into::into).collect()
    }

    /// Returns the members of staff, the API user last.
    pub fn staff(&self) -> Vec<StaffFacts> {
        self.model().staff.values().map(staff_facts).collect()
    }

    /// Returns the EMIS user that the partner's product acts as.
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

/// Actions of reception.
impl SimPractice {
    /// Books a patient into a slot.
    ///
    /// # Errors
    ///
    /// If slot or patient is unknown, or the slot is not available.
    pub fn staff_book(&self, slot: i32, patient: i32) -> Result<(), DiaryError> {
        let mut model = self.model_mut();
        if !model.patients.contains_key(&patient) {
            return Err(DiaryError::UnknownPatient);
        }
        let appointment = Appointment {
            patient,
            status: SimAppointmentStatus::Booked,
            reason: "Booked by reception".to_owned(),
        };
        model.diary.book(slot, appointment)
    }

    /// Cancels the appointment in a slot.
    ///
    /// # Errors
    ///
    /// If the slot is unknown or empty.
    pub fn staff_cancel(&self, slot: i32) -> Result<(), DiaryError> {
        self.model_mut().diary.cancel(slot, None).map(drop)
    }

    /// Cancels the appointments ahead of a patient, and returns the patient: one who can book under the
    /// default settings, also at a practice of few patients. It is the
    /// [`patient_who_can_book`](Self::patient_who_can_book).
    ///
    /// # Examples
    ///
    /// ```
    /// use emis_sim::Sim;
    /// use emis_types::ManualClock;
    /// use jiff::civil::date;
    ///
    /// # fn main() -> Result<(), Box<dyn std::error::Error>> {
    /// # tokio::runtime::Builder::new_current_thread().enable_all().build()?.block_on(async {
    /// let now = date(2026, 6, 2).at(7, 0, 0, 0);
    /// let clock = ManualClock::at_uk(now);
    /// let sim = Sim::builder().patients(200).manual_clock(clock).start().await?;
    /// let patient = sim.practice().bookable_patient().ok_or("no patients")?;
    /// let booked = sim.practice().bookings_for(patient.patient_number);
    /// assert!(booked.iter().all(|slot| slot.start < now));
    /// # Ok(())
    /// # })
    /// # }
    /// ```
    pub fn bookable_patient(&self) -> Option<PatientFacts> {
        let patient = self.patient_who_can_book()?;
        let now = uk::now(&self.state.clock).datetime();
        for slot in self.bookings_for(patient.patient_number) {
            if slot.start >= now {
                // It fails only if the appointment was cancelled in the meantime.
                self.staff_cancel(slot.slot_id).ok();
            }
        }
        Some(patient)
    }

    /// Sets the status of an appointment: arrived, left, did not attend …
    ///
    /// # Errors
    ///
    /// If the slot is unknown or empty.
    pub fn staff_set_status(
        &self,
        slot: i32,
        status: SimAppointmentStatus,
    ) -> Result<(), DiaryError> {
        self.model_mut().diary.set_status(slot, None, status)
    }

    /// Blocks an empty slot.
    ///
    /// # Errors
    ///
    /// If the slot is unknown or taken.
    pub fn staff_block(&self, slot: i32) -> Result<(), DiaryError> {
        self.model_mut()
            .diary
            .set_empty_state(slot, SlotState::Blocked)
    }

    /// Embargoes an empty slot.
    ///
    /// # Errors
    ///
    /// If the slot is unknown or taken.
    pub fn staff_embargo(&self, slot: i32) -> Result<(), DiaryError> {
        self.model_mut()
            .diary
            .set_empty_state(slot, SlotState::Embargoed)
    }

    /// Makes a blocked or embargoed slot available.
    ///
    /// # Errors
    ///
    /// If the slot is unknown or taken.
    pub fn staff_release(&self, slot: i32) -> Result<(), DiaryError> {
        self.model_mut()
            .diary
            .set_empty_state(slot, SlotState::Available)
    }

    /// Embargoes every empty slot, or releases them all.
    pub fn staff_embargo_all(&self, embargoed: bool) {
        let mut model = self.model_mut();
        let slots: Vec<i32> = model.diary.slots().map(|slot| slot.id).collect();
        for slot in slots {
            let state = match embargoed {
                true => SlotState::Embargoed,
                false => SlotState::Available,
            };
            // A slot with a patient keeps it.
            let _ = model.diary.set_empty_state(slot, state);
        }
    }

    /// Removes all sessions with their slots, as in a practice that has not built them yet.
    pub fn staff_remove_sessions(&self) {
        self.model_mut().diary.unbuild();
    }

    /// Builds the sessions that [`staff_remove_sessions`](Self::staff_remove_sessions) removed.
    pub fn staff_build_sessions(&self) {
        self.model_mut().diary.build();
    }

    /// Ticks or clears "Bookable Slot" of a slot type.
    ///
    /// # Errors
    ///
    /// If the slot type is unknown.
    pub fn set_bookable(&self, slot_type: i32, ticked: bool) -> Result<(), DiaryError> {
        let mut model = self.model_mut();
        let mut types = model.slot_types.iter_mut();
        let found = types.find(|it| it.id == slot_type);
        found.ok_or(DiaryError::UnknownSlotType)?.bookable = ticked;
        Ok(())
    }

    /// Opens a session at the main site, held by the first GP, with `slots` slots of `minutes` each, as
    /// far as they fit before midnight. Returns the ids of the slots, earliest first.
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
    ) -> Result<Vec<i32>, DiaryError> {
        let mut model = self.model_mut();
        if model.slot_type(slot_type).is_none() {
            return Err(DiaryError::UnknownSlotType);
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

    /// Sets the mobile field, or clears it for an empty text.
    ///
    /// # Errors
    ///
    /// If the patient is unknown.
    pub fn set_mobile(&self, patient: i32, mobile: &str) -> Result<(), DiaryError> {
        self.change(patient, |patient| patient.mobile = typed(mobile))
    }

    /// Sets the email field, or clears it for an empty text.
    ///
    /// # Errors
    ///
    /// If the patient is unknown.
    pub fn set_email(&self, patient: i32, email: &str) -> Result<(), DiaryError> {
        self.change(patient, |patient| patient.email = typed(email))
    }

    /// Records a patient's death.
    ///
    /// # Errors
    ///
    /// If the patient is unknown.
    pub fn record_death(&self, patient: i32, on: Date) -> Result<(), DiaryError> {
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
    pub fn deduct(&self, patient: i32, on: Date) -> Result<(), DiaryError> {
        self.change(patient, |patient| {
            patient.kind = PatientKind::Deducted;
            patient.registration.deducted = Some(on);
        })
    }

    fn change(&self, patient: i32, change: impl FnOnce(&mut Patient)) -> Result<(), DiaryError> {
        let today = uk::today(&self.state.clock);
        self.model_mut().change_registration(patient, today, change)
    }
}

fn typed(text: &str) -> Option<String> {
    (!text.is_empty()).then(|| text.to_owned())
}
