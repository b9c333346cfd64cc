//! The cast of a run: the practice, its patients and its slots.

use emis_types::OdsCode;
use jiff::civil::{Date, DateTime, date};

use super::diary::ModelDiary;
use super::step::{OTHER_PATIENT, SLOTS};

/// The slot type of the model.
pub(super) const SLOT_TYPE: &str = "3";

/// A patient.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Person {
    pub(super) number: i64,
    pub(super) born: Date,
}

/// The practice, patients and slots that the numbers of a plan stand for.
#[derive(Debug, Clone)]
pub(super) struct Cast {
    pub(super) practice: OdsCode,
    pub(super) people: Vec<Person>,
    pub(super) slots: Vec<i64>,
    pub(super) slot_type: String,
    /// The member of staff who books.
    pub(super) staff: i64,
}

/// Returns the sessions: the day and time of the first slot, and the number of slots.
pub(super) fn sessions() -> [(DateTime, usize); 3] {
    [
        (date(2026, 6, 4).at(9, 0, 0, 0), 3),
        (date(2026, 6, 9).at(14, 0, 0, 0), 2),
        (date(2026, 6, 2).at(19, 0, 0, 0), 1),
    ]
}

impl Cast {
    /// Creates the cast of the model and its empty appointment book.
    pub(super) fn of_model(practice: OdsCode) -> (Self, ModelDiary) {
        let people = (0..=OTHER_PATIENT).map(|place| Person {
            number: 501 + i64::try_from(place).unwrap_or_default(),
            born: date(1957, 5, 1 + i8::try_from(place).unwrap_or_default()),
        });
        let mut slots = Vec::new();
        for (session, (first, count)) in (7_i64..).zip(sessions()) {
            for place in 0..i64::try_from(count).unwrap_or_default() {
                let start = first + jiff::Span::new().minutes(10 * place);
                slots.push((10 * session + place, session, start));
            }
        }
        assert_eq!(slots.len(), SLOTS);
        let cast = Self {
            practice,
            people: people.collect(),
            slots: slots.iter().map(|(id, ..)| *id).collect(),
            slot_type: SLOT_TYPE.to_owned(),
            staff: 5,
        };
        (cast, ModelDiary::of(slots))
    }

    pub(super) fn person(&self, number: i64) -> Option<&Person> {
        self.people.iter().find(|person| person.number == number)
    }
}
