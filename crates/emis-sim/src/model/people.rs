//! Draws patients of all kinds that matter to reminders and bookings.

use jiff::ToSpan;
use jiff::civil::Date;
use rand::RngExt;
use rand::rngs::StdRng;
use rand::seq::IndexedRandom;
use uuid::Uuid;

use super::names;
use super::numbers::{Mobiles, NhsNumbers};
use super::staff::guid;

/// The kind of a patient.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum PatientKind {
    /// A registered adult with their own mobile number.
    Regular,
    /// A patient who has died, with a date of death, the `dead` flag, or both. The first has both.
    Deceased,
    /// A patient who has left the practice, with a deducted date in the past.
    Deducted,
    /// A dummy patient: patient type 7.
    Dummy,
    /// A registered adult without a mobile number.
    NoMobile,
    /// An adult whose mobile number is in a child's record as well.
    SharedMobile,
    /// A registered adult with a landline number in the mobile field.
    LandlineInMobile,
    /// A registered adult with a number and a note in the mobile field.
    MobileWithNote,
    /// A patient under 16, some with a parent's mobile number, some without one.
    Child,
}

/// A patient.
#[derive(Clone)]
pub(crate) struct Patient {
    pub(crate) id: i32,
    pub(crate) guid: Uuid,
    pub(crate) kind: PatientKind,
    pub(crate) sex: &'static str,
    pub(crate) title: &'static str,
    pub(crate) first_names: String,
    pub(crate) calling_name: Option<String>,
    pub(crate) family_name: String,
    pub(crate) born: Date,
    pub(crate) nhs_number: Option<String>,
    pub(crate) house: String,
    pub(crate) street: &'static str,
    pub(crate) home_telephone: Option<String>,
    pub(crate) mobile: Option<String>,
    pub(crate) email: Option<String>,
    pub(crate) usual_gp: i32,
    pub(crate) has_alert: bool,
    pub(crate) registration: Registration,
}

/// A patient's registration with the practice.
#[derive(Debug, Clone)]
pub(crate) struct Registration {
    pub(crate) added: Date,
    pub(crate) deducted: Option<Date>,
    pub(crate) died: Option<Date>,
    /// The record's `dead` flag, which is mostly not set for living patients.
    pub(crate) dead: Option<bool>,
}

opaque_debug!(Patient { id, kind });

impl Patient {
    pub(crate) fn is_dead(&self) -> bool {
        self.registration.died.is_some() || self.registration.dead == Some(true)
    }

    /// `Mrs Beryl Quenby`.
    pub(crate) fn full_name(&self) -> String {
        [self.title, &self.first_names, &self.family_name]
            .into_iter()
            .filter(|part| !part.is_empty())
            .collect::<Vec<_>>()
            .join(" ")
    }
}

/// The kinds of the first twelve patients.
const CAST: [PatientKind; 12] = [
    PatientKind::Regular,
    PatientKind::Deceased,
    PatientKind::Deducted,
    PatientKind::Dummy,
    PatientKind::NoMobile,
    PatientKind::SharedMobile,
    PatientKind::Child, // drawn with the parent
    PatientKind::LandlineInMobile,
    PatientKind::MobileWithNote,
    PatientKind::Child,
    PatientKind::Deceased,
    PatientKind::Deducted,
];

/// The shares of kinds among the others, in percent.
const SHARES: [(PatientKind, u32); 9] = [
    (PatientKind::Regular, 58),
    (PatientKind::Child, 13),
    (PatientKind::NoMobile, 12),
    (PatientKind::SharedMobile, 5),
    (PatientKind::LandlineInMobile, 3),
    (PatientKind::MobileWithNote, 3),
    (PatientKind::Deducted, 3),
    (PatientKind::Deceased, 2),
    (PatientKind::Dummy, 1),
];

/// Draws patients in sequence.
pub(super) struct People<'a> {
    rng: &'a mut StdRng,
    today: Date,
    gps: &'a [i32],
    mobiles: Mobiles,
    nhs_numbers: NhsNumbers,
    drawn: Vec<Patient>,
}

/// DBID of a practice's first patient.
const FIRST_PATIENT: i32 = 2001;

impl<'a> People<'a> {
    pub(super) fn new(
        rng: &'a mut StdRng,
        nhs_numbers: NhsNumbers,
        today: Date,
        gps: &'a [i32],
    ) -> Self {
        let mobiles = Mobiles::shuffled(rng);
        Self {
            rng,
            today,
            gps,
            mobiles,
            nhs_numbers,
            drawn: Vec::new(),
        }
    }

    pub(super) fn draw(mut self, count: usize) -> Vec<Patient> {
        while self.drawn.len() < count {
            let kind = match CAST.get(self.drawn.len()) {
                Some(kind) => *kind,
                None => self.any_kind(),
            };
            let family = kind == PatientKind::SharedMobile;
            if family && self.drawn.len() + 1 == count {
                // The child would be one patient too many.
                self.draw_one(PatientKind::Regular);
                break;
            }
            self.draw_one(kind);
            if family {
                self.draw_child_of_last();
            }
        }
        self.drawn
    }

    fn any_kind(&mut self) -> PatientKind {
        let mut at = self.rng.random_range(0..100);
        for (kind, share) in SHARES {
            if at < share {
                return kind;
            }
            at -= share;
        }
        PatientKind::Regular
    }

    fn draw_one(&mut self, kind: PatientKind) {
        let age = match kind {
            PatientKind::Child => self.rng.random_range(0..=15),
            PatientKind::Deceased => self.rng.random_range(60..=97),
            PatientKind::SharedMobile => self.rng.random_range(24..=48),
            _ => self.rng.random_range(18..=93),
        };
        let mut patient = self.person(kind, age);
        patient.mobile = match kind {
            PatientKind::NoMobile | PatientKind::Dummy => None,
            PatientKind::Child if age < 12 => None,
            PatientKind::LandlineInMobile => Some(self.landline()),
            PatientKind::MobileWithNote => self.mobiles.next().map(|number| {
                let note = ["mum", "wife's", "after 5pm only", "(daughter)"];
                format!("{number} {}", note.choose(self.rng).unwrap_or(&"mum"))
            }),
            _ => self.mobiles.next().map(|number| self.as_typed(&number)),
        };
        if has_mobile(kind) && patient.mobile.is_none() {
            // Large practices run out of the thousand reserved numbers.
            patient.kind = PatientKind::NoMobile;
        }
        if kind == PatientKind::Dummy {
            patient.first_names = "Dummy".to_owned();
            patient.family_name = "Patient".to_owned();
            patient.nhs_number = None;
            patient.email = None;
        }
        self.mark_departed(&mut patient);
        self.drawn.push(patient);
    }

    fn mark_departed(&mut self, patient: &mut Patient) {
        let gone = self.days_ago(3..400);
        let registration = &mut patient.registration;
        match patient.kind {
            PatientKind::Deceased => {
                let earlier = self.drawn.iter().filter(|other| other.is_dead()).count();
                registration.died = (earlier % 4 != 3).then_some(gone);
                registration.dead = (earlier % 4 != 2).then_some(true);
            }
            PatientKind::Deducted => registration.deducted = Some(gone),
            _ => {}
        }
    }

    /// Draws a child with the last patient's family name, address and mobile number.
    fn draw_child_of_last(&mut self) {
        let age = self.rng.random_range(1..=11);
        let mut child = self.person(PatientKind::Child, age);
        if let Some(parent) = self.drawn.last() {
            child.family_name.clone_from(&parent.family_name);
            child.house.clone_from(&parent.house);
            child.street = parent.street;
            child.mobile.clone_from(&parent.mobile);
            child.home_telephone.clone_from(&parent.home_telephone);
        }
        self.drawn.push(child);
    }

    fn person(&mut self, kind: PatientKind, age: i16) -> Patient {
        let id = FIRST_PATIENT + i32::try_from(self.drawn.len()).unwrap_or(i32::MAX / 2);
        let female = self.rng.random_bool(0.51);
        let (names, sex) = if female {
            (names::FEMALE, "F")
        } else {
            (names::MALE, "M")
        };
        let first = pick(self.rng, names);
        let middle = self.rng.random_bool(0.3).then(|| pick(self.rng, names));
        let family = pick(self.rng, names::FAMILY);
        let born = self
            .today
            .saturating_sub(i32::from(age).years())
            .saturating_sub(self.rng.random_range(1..360).days());
        let added = born.max(self.days_ago(400..9000));
        Patient {
            id,
            guid: guid(self.rng),
            kind,
            sex,
            title: self.title(female, age),
            first_names: middle
                .map_or_else(|| first.to_owned(), |middle| format!("{first} {middle}")),
            calling_name: self.rng.random_bool(0.15).then(|| first.to_owned()),
            family_name: family.to_owned(),
            born,
            nhs_number: self.rng.random_bool(0.985).then(|| self.nhs_numbers.next()),
            house: self.rng.random_range(1..120).to_string(),
            street: pick(self.rng, names::STREETS),
            home_telephone: self.rng.random_bool(0.4).then(|| self.landline()),
            mobile: None,
            email: (age >= 16 && self.rng.random_bool(0.6))
                .then(|| format!("patient.{id}@example.com")),
            usual_gp: self.gps.choose(self.rng).copied().unwrap_or_default(),
            has_alert: self.rng.random_bool(0.05),
            registration: Registration {
                added,
                deducted: None,
                died: None,
                dead: self.rng.random_bool(0.25).then_some(false),
            },
        }
    }

    fn title(&mut self, female: bool, age: i16) -> &'static str {
        let titles: &[&str] = match (female, age) {
            (true, ..=15) => &["Miss"],
            (false, ..=15) => &["Master"],
            (true, _) => &["Mrs", "Mrs", "Miss", "Ms", "Dr", "Mx", ""],
            (false, _) => &["Mr", "Mr", "Mr", "Mr", "Dr", "Rev", "Mx", ""],
        };
        pick(self.rng, titles)
    }

    fn days_ago(&mut self, range: std::ops::Range<i32>) -> Date {
        self.today
            .saturating_sub(self.rng.random_range(range).days())
    }

    /// Draws a number from 01632 960000 to 960999, which are reserved for fiction.
    fn landline(&mut self) -> String {
        format!("01632 960{:03}", self.rng.random_range(0..1000))
    }

    /// Returns a number in one of the forms in which reception types it.
    fn as_typed(&mut self, number: &str) -> String {
        match self.rng.random_range(0..10) {
            0 => number.replace(' ', ""),
            1 => number.replacen('0', "+44 ", 1),
            2 => number.replacen('0', "+44 (0)", 1),
            3 => format!(" {number}"),
            _ => number.to_owned(),
        }
    }
}

/// Returns `true` for kinds that always have a mobile number.
const fn has_mobile(kind: PatientKind) -> bool {
    matches!(
        kind,
        PatientKind::Regular | PatientKind::SharedMobile | PatientKind::MobileWithNote
    )
}

fn pick(rng: &mut StdRng, words: &[&'static str]) -> &'static str {
    words.choose(rng).copied().unwrap_or_default()
}
