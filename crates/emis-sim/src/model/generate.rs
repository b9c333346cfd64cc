//! One practice drawn from a seed: same seed and same first day, same practice.

use std::collections::{BTreeMap, BTreeSet};

use jiff::ToSpan;
use jiff::civil::{Date, DateTime, Time, Weekday};
use rand::RngExt;
use rand::rngs::StdRng;
use rand::seq::{IndexedRandom, SliceRandom};

use super::people::People;
use super::staff::{guid, staff};
use super::{
    Appointment, AppointmentStatus, Category, Diary, Holiday, Model, Organisation, Patient,
    PatientKind, Session, Site, Slot, SlotState, SlotType, StaffMember, names,
};

/// What a practice is drawn from.
#[derive(Debug)]
pub(crate) struct Plan<'a> {
    /// Counts from 0.
    pub(crate) practice: u32,
    pub(crate) ods: &'a str,
    pub(crate) username: &'a str,
    pub(crate) patients: usize,
    /// Wall-clock time at which the practice comes into being.
    pub(crate) now: DateTime,
}

const GP_ROUTINE: i32 = 301;
const GP_URGENT: i32 = 302;
const TELEPHONE: i32 = 303;
const NURSE: i32 = 304;
const BLOODS: i32 = 305;
const SMEAR: i32 = 306;
const HEALTH_CHECK: i32 = 307;
const ADMIN: i32 = 308;

const SLOT_TYPES: [SlotType; 8] = [
    slot_type(
        GP_ROUTINE,
        "GP Routine",
        "Routine appointment with a GP",
        true,
    ),
    slot_type(
        GP_URGENT,
        "GP Urgent",
        "On the day, by the duty doctor",
        false,
    ),
    slot_type(TELEPHONE, "Telephone", "Telephone call from a GP", true),
    slot_type(NURSE, "Nurse", "Practice nurse", true),
    slot_type(BLOODS, "Bloods", "Blood test", true),
    slot_type(SMEAR, "Smear", "Cervical screening", true),
    slot_type(HEALTH_CHECK, "Health Check", "NHS health check", true),
    // EMIS ticks "bookable" by default and practices forget to untick it.
    slot_type(ADMIN, "Admin", "Paperwork, not for patients", true),
];

const fn slot_type(
    id: i32,
    display: &'static str,
    description: &'static str,
    bookable: bool,
) -> SlotType {
    SlotType {
        id,
        display,
        description,
        bookable,
        for_patients: bookable && id != ADMIN,
    }
}

const MAIN_SITE: i32 = 501;
const BRANCH_SITE: i32 = 502;
const WEEKS: i32 = 4;

/// Draws a practice.
pub(crate) fn generate(rng: &mut StdRng, plan: &Plan<'_>) -> Model {
    let today = plan.now.date();
    let monday = today.saturating_sub(i32::from(today.weekday().to_monday_zero_offset()).days());
    let organisation = Organisation {
        id: 1,
        guid: guid(rng),
        name: names::PRACTICES
            .iter()
            .cycle()
            .nth(plan.practice as usize)
            .copied()
            .unwrap_or_default()
            .to_owned(),
        ods: plan.ods.to_owned(),
    };
    let staff: BTreeMap<i32, StaffMember> = staff(rng, plan.username, Date::constant(2019, 4, 1))
        .into_iter()
        .map(|member| (member.id, member))
        .collect();
    let gps: Vec<i32> = staff
        .values()
        .filter(|member| member.category.is_doctor())
        .map(|member| member.id)
        .collect();
    let patients = People::new(rng, plan.practice, today, &gps)
        .draw(plan.patients)
        .into_iter()
        .map(|patient| (patient.id, patient))
        .collect();
    let mut model = Model {
        sites: sites(rng, &organisation.name),
        organisation,
        staff_holidays: BTreeMap::from([(
            gps.last().copied().unwrap_or_default(),
            vec![all_day("Annual leave", monday.saturating_add(8.days()))],
        )]),
        practice_holidays: vec![Holiday {
            description: "Training afternoon",
            day: monday.saturating_add(17.days()),
            start: Time::constant(12, 30, 0, 0),
            end: Time::constant(18, 30, 0, 0),
        }],
        staff,
        slot_types: SLOT_TYPES.to_vec(),
        patients,
        diary: Diary::default(),
    };
    add_sessions(rng, &mut model, monday);
    close_some_slots(rng, &mut model);
    book_ahead(rng, &mut model, plan.now);
    book_the_departed(&mut model, plan.now);
    model
}

fn sites(rng: &mut StdRng, name: &str) -> Vec<Site> {
    let mut site = |id, name: String, street, post_code| Site {
        id,
        guid: guid(rng),
        name,
        street,
        town: names::TOWN,
        post_code,
        telephone: format!("01632 960{:03}", id % 1000),
    };
    vec![
        site(MAIN_SITE, name.to_owned(), "1 Foundry Terrace", "ZZ99 1AA"),
        site(
            BRANCH_SITE,
            format!("{name} (Branch)"),
            "22 Heron Way",
            "ZZ99 2AA",
        ),
    ]
}

const fn all_day(description: &'static str, day: Date) -> Holiday {
    Holiday {
        description,
        day,
        start: Time::constant(8, 0, 0, 0),
        end: Time::constant(18, 30, 0, 0),
    }
}

/// Morning and afternoon surgeries on weekdays, three half days in four for each holder.
fn add_sessions(rng: &mut StdRng, model: &mut Model, monday: Date) {
    let holders: Vec<(i32, Category)> = model
        .session_holders()
        .map(|member| (member.id, member.category))
        .collect();
    let mut next = NextIds {
        session: 7001,
        slot: 90_001,
    };
    for day in monday.series(1.day()).take(7 * WEEKS as usize) {
        if matches!(day.weekday(), Weekday::Saturday | Weekday::Sunday) {
            continue;
        }
        for (place, (holder, category)) in holders.iter().enumerate() {
            let half_day = usize::from(day.weekday().to_monday_zero_offset().unsigned_abs()) * 2;
            for (half, start) in [
                (0, Time::constant(8, 30, 0, 0)),
                (1, Time::constant(14, 0, 0, 0)),
            ] {
                let away = model.is_away(*holder, day.to_datetime(start));
                if (place + half_day + half) % 4 != 3 && !away {
                    let site = if place % 4 == 2 {
                        BRANCH_SITE
                    } else {
                        MAIN_SITE
                    };
                    let surgery = Surgery {
                        holder: *holder,
                        category: *category,
                        site,
                        day,
                        start,
                    };
                    surgery.add(rng, &mut model.diary, &mut next);
                }
            }
        }
    }
}

impl Model {
    fn is_away(&self, holder: i32, at: DateTime) -> bool {
        let own = self.staff_holidays.get(&holder).into_iter().flatten();
        self.practice_holidays
            .iter()
            .chain(own)
            .any(|holiday| holiday.covers(at))
    }
}

struct NextIds {
    session: i32,
    slot: i32,
}

/// Half a day of one holder.
struct Surgery {
    holder: i32,
    category: Category,
    site: i32,
    day: Date,
    start: Time,
}

impl Surgery {
    fn add(&self, rng: &mut StdRng, diary: &mut Diary, next: &mut NextIds) {
        let (minutes, count, kind) = match self.category {
            Category::GeneralPractitioner => (10_i16, 15_i16, "Surgery"),
            Category::Nurse => (15, 10, "Nurse Clinic"),
            _ => (15, 10, "HCA Clinic"),
        };
        let part = if self.start.hour() < 12 {
            "Morning"
        } else {
            "Afternoon"
        };
        let start = self.day.to_datetime(self.start);
        let session = next.session;
        next.session += 1;
        diary.add_session(Session {
            id: session,
            name: format!("{part} {kind}"),
            date: self.day,
            start: self.start,
            end: start
                .saturating_add(i64::from(minutes * count).minutes())
                .time(),
            slot_minutes: minutes,
            site: self.site,
            holders: vec![self.holder],
            slots: Vec::new(),
        });
        for place in 0..count {
            diary.add_slot(Slot {
                id: next.slot,
                session,
                start: start.saturating_add(i64::from(minutes * place).minutes()),
                minutes,
                slot_type: self.slot_type(rng, place, count),
                state: SlotState::Available,
                comments: Vec::new(),
            });
            next.slot += 1;
        }
    }

    fn slot_type(&self, rng: &mut StdRng, place: i16, count: i16) -> i32 {
        let morning = self.start.hour() < 12;
        match self.category {
            Category::GeneralPractitioner if place + 1 == count => ADMIN,
            Category::GeneralPractitioner if place < 3 && morning => GP_URGENT,
            Category::GeneralPractitioner if place % 4 == 3 => TELEPHONE,
            Category::GeneralPractitioner => GP_ROUTINE,
            Category::Nurse if rng.random_bool(0.25) => SMEAR,
            Category::Nurse => NURSE,
            _ if morning => BLOODS,
            _ => HEALTH_CHECK,
        }
    }
}

fn close_some_slots(rng: &mut StdRng, model: &mut Model) {
    let closed: Vec<(i32, SlotState)> = model
        .diary
        .slots()
        .filter_map(|slot| {
            let state = match rng.random_range(0..100) {
                _ if slot.slot_type == ADMIN => return None,
                0..4 => SlotState::Blocked,
                4..9 => SlotState::Embargoed,
                _ => return None,
            };
            Some((slot.id, state))
        })
        .collect();
    for (slot, state) in closed {
        // The slot is empty and exists: nothing can be refused.
        let _ = model.diary.set_empty_state(slot, state);
    }
}

/// Two slots in three of the days around now, fewer further on; nobody twice on one day.
fn book_ahead(rng: &mut StdRng, model: &mut Model, now: DateTime) {
    let near = now.date().saturating_add(7.days());
    let mut queue: Vec<i32> = model
        .patients
        .values()
        .filter(|patient| !is_departed(patient) && patient.kind != PatientKind::Dummy)
        .map(|patient| patient.id)
        .collect();
    let free: Vec<(i32, DateTime)> = model
        .diary
        .slots()
        .filter(|slot| slot.slot_type != ADMIN && matches!(slot.state, SlotState::Available))
        .map(|slot| (slot.id, slot.start))
        .collect();
    let mut day = None;
    let mut at = 0;
    for (slot, start) in free {
        if day != Some(start.date()) {
            day = Some(start.date());
            queue.shuffle(rng);
            at = 0;
        }
        let chance = if start.date() <= near { 0.66 } else { 0.3 };
        if !rng.random_bool(chance) {
            continue;
        }
        let Some(patient) = queue.get(at) else {
            continue;
        };
        at += 1;
        let appointment = Appointment {
            patient: *patient,
            status: status_by(rng, start, now),
            reason: names::REASONS
                .choose(rng)
                .copied()
                .unwrap_or_default()
                .to_owned(),
            note: None,
        };
        // The slot was available a moment ago and nobody else holds the diary.
        let _ = model.diary.book(slot, appointment);
    }
}

fn status_by(rng: &mut StdRng, start: DateTime, now: DateTime) -> AppointmentStatus {
    if start > now {
        AppointmentStatus::Booked
    } else if start.date() == now.date() && start.saturating_add(20.minutes()) > now {
        AppointmentStatus::Arrived
    } else if rng.random_bool(0.07) {
        AppointmentStatus::Dna
    } else {
        AppointmentStatus::Left
    }
}

const fn is_departed(patient: &Patient) -> bool {
    matches!(patient.kind, PatientKind::Deceased | PatientKind::Deducted)
}

/// Nobody took the dead and the departed out of the appointment book: up to three of each, and
/// a dummy, stay booked within the next days.
fn book_the_departed(model: &mut Model, now: DateTime) {
    let mut kinds_of_day = BTreeSet::new();
    let mut free: Vec<i32> = model
        .diary
        .slots()
        .filter(|slot| slot.start.date() > now.date() && slot.slot_type != ADMIN)
        .filter(|slot| matches!(slot.state, SlotState::Available))
        .filter(|slot| kinds_of_day.insert((slot.start.date(), slot.slot_type)))
        .map(|slot| slot.id)
        .collect();
    free.reverse();
    let kinds = [
        PatientKind::Deceased,
        PatientKind::Deducted,
        PatientKind::Dummy,
    ];
    for turn in 0..3 {
        for kind in kinds {
            let patient = model
                .patients
                .values()
                .filter(|patient| patient.kind == kind)
                .nth(turn);
            let (Some(patient), Some(slot)) = (patient, free.pop()) else {
                continue;
            };
            let appointment = Appointment {
                patient: patient.id,
                status: AppointmentStatus::Booked,
                reason: "Review".to_owned(),
                note: None,
            };
            // As above: the slot is available.
            let _ = model.diary.book(slot, appointment);
        }
    }
}
