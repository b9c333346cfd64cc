//! Draws medical records on demand. The same seed and first day give the same records in any order.

use jiff::ToSpan;
use jiff::civil::{Date, DateTime};
use rand::rngs::StdRng;
use rand::seq::IndexedRandom;
use rand::{RngExt, SeedableRng};
use uuid::Uuid;

use super::clinical::{
    COMPLAINTS, CONDITIONS, Condition, DIASTOLIC, DRUGS, LETTER, PENICILLIN, PHYSIOTHERAPY, REVIEW,
    SYSTOLIC, WEIGHT,
};
use super::record::{
    Allergy, Attachment, Code, Consultation, DiaryEntry, Element, ElementKind, Entry, Event,
    EventKind, Issue, Medication, Record, Referral, Value,
};
use super::staff::guid;
use super::{Model, Patient};

/// The source of records.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Source {
    pub(crate) seed: u64,
    /// The day of the start.
    pub(crate) today: Date,
}

/// A search of the practice.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Search {
    pub(crate) guid: Uuid,
    pub(crate) name: &'static str,
    condition: &'static str,
}

/// Returns the registers that every practice keeps. Their GUIDs are the same everywhere, as those of
/// national reports.
pub(crate) fn searches() -> impl Iterator<Item = Search> {
    CONDITIONS
        .iter()
        .zip(1_u128..)
        .filter_map(|(condition, n)| {
            Some(Search {
                guid: Uuid::from_u128(0x5ea7_c400_0000_4000_8000_0000_0000_0000 + n),
                name: condition.register?,
                condition: condition.code,
            })
        })
}

/// The part of a record that searches need.
struct Sketch {
    rng: StdRng,
    conditions: Vec<&'static Condition>,
    last_seen: Date,
}

impl Source {
    /// Returns a generator for a number: a patient's, or the larger one of an entry.
    fn rng(self, number: i32) -> StdRng {
        let number = u64::from(number.unsigned_abs());
        StdRng::seed_from_u64(self.seed ^ number.wrapping_mul(0x9e37_79b9_7f4a_7c15))
    }

    fn sketch(self, patient: &Patient) -> Sketch {
        let mut rng = self.rng(patient.id);
        let age = self.today.year().saturating_sub(patient.born.year());
        let conditions = CONDITIONS
            .iter()
            .filter(|condition| rng.random_ratio(condition.share, 100) && age > condition.from_age)
            .collect();
        let last_seen = self.today.saturating_sub(rng.random_range(1..400).days());
        Sketch {
            conditions,
            last_seen: last_seen.max(patient.born),
            rng,
        }
    }
}

impl Model {
    /// Returns a patient's record with its changes.
    pub(crate) fn record(&self, patient: &Patient) -> Record {
        match self.records.get(&patient.id) {
            Some(record) => record.clone(),
            None => self.draw_record(patient),
        }
    }

    /// Returns a patient's record for changes, or `None` for an unknown patient.
    pub(crate) fn record_mut(&mut self, patient: i32) -> Option<&mut Record> {
        if !self.records.contains_key(&patient) {
            let drawn = self.draw_record(self.patients.get(&patient)?);
            self.records.insert(patient, drawn);
        }
        self.records.get_mut(&patient)
    }

    /// Returns the generator for the identifiers of a patient's next consultation.
    pub(crate) fn filing_rng(&self, patient: &Patient) -> StdRng {
        self.history.rng(self.record(patient).next_id(patient.id))
    }

    /// Returns the last day on which a patient's record changed.
    pub(crate) fn record_changed(&self, patient: &Patient) -> Date {
        match self.records.get(&patient.id) {
            Some(record) => record.changed,
            None => self.history.sketch(patient).last_seen,
        }
    }

    /// Returns `true` if a search finds a patient.
    pub(crate) fn is_found_by(&self, search: Search, patient: &Patient) -> bool {
        let conditions = self.history.sketch(patient).conditions;
        conditions.iter().any(|it| it.code == search.condition)
    }

    fn draw_record(&self, patient: &Patient) -> Record {
        let sketch = self.history.sketch(patient);
        let mut writer = RecordWriter {
            rng: sketch.rng,
            patient,
            site: self.sites.first().map(|site| site.id).unwrap_or_default(),
            next: patient.id.saturating_mul(1_000),
            record: Record {
                changed: sketch.last_seen,
                ..Record::default()
            },
        };
        writer.write(&sketch.conditions, sketch.last_seen);
        writer.record
    }
}

/// Writes a record.
struct RecordWriter<'a> {
    rng: StdRng,
    patient: &'a Patient,
    site: i32,
    next: i32,
    record: Record,
}

impl RecordWriter<'_> {
    fn write(&mut self, conditions: &[&'static Condition], last_seen: Date) {
        for condition in conditions {
            self.condition(condition, last_seen);
        }
        let encounters: i32 = self.rng.random_range(1..5);
        for back in (0..encounters).rev() {
            let day = last_seen.saturating_sub((back * 61).days());
            if day > self.patient.born {
                self.encounter(day);
            }
        }
        if self.rng.random_ratio(15, 100) {
            let entry = self.entry(last_seen.at(9, 0, 0, 0), PENICILLIN, None, Allergy);
            self.record.allergies.push(entry);
        }
        for n in 0..self.rng.random_range(1..3) {
            self.letter(n, last_seen);
        }
        if !conditions.is_empty() {
            let due = last_seen.saturating_add(180.days()).at(9, 0, 0, 0);
            let entry = self.entry(due, REVIEW, Some("Due"), DiaryEntry);
            self.record.diary.push(entry);
        }
    }

    /// Adds a long-term problem and its medication.
    fn condition(&mut self, condition: &'static Condition, last_seen: Date) {
        let since = last_seen.saturating_sub(self.rng.random_range(300..2500).days());
        let since = since.max(self.patient.born);
        let problem = Event {
            kind: EventKind::Problem,
            value: None,
            active_problem: Some(true),
        };
        let code = (condition.code, condition.term);
        let entry = self.entry(since.at(10, 30, 0, 0), code, None, problem);
        self.record.events.push(entry);
        let Some(drug) = DRUGS.get(condition.drug) else {
            return;
        };
        let issues: i32 = self.rng.random_range(1..4);
        let medication = self.next_id();
        let guid = self.guid();
        self.record.medication.push(Medication {
            id: medication,
            guid,
            drug,
            author: self.patient.usual_gp,
            started: since,
            last_issue: last_seen,
            issues,
            repeat: true,
        });
        for back in (0..issues).rev() {
            let (id, guid) = (self.next_id(), self.guid());
            self.record.issues.push(Issue {
                id,
                guid,
                medication,
                on: last_seen.saturating_sub((back * drug.days).days()),
            });
        }
    }

    /// Adds a consultation for a complaint, mostly with a blood pressure, sometimes with a referral.
    fn encounter(&mut self, day: Date) {
        let hour = self.rng.random_range(8..18);
        let at = day.at(hour, 20, 0, 0);
        let complaint = COMPLAINTS.choose(&mut self.rng).copied();
        let (code, term, text) = complaint.unwrap_or_default();
        let observation = Event {
            kind: EventKind::Observation,
            value: None,
            active_problem: None,
        };
        let mut elements = vec![self.event(at, (code, term), Some(text), observation)];
        if self.rng.random_ratio(70, 100) {
            for (code, range, units) in [
                (SYSTOLIC, 108..160, "mmHg"),
                (DIASTOLIC, 62..98, "mmHg"),
                (WEIGHT, 48..110, "kg"),
            ] {
                let number = f64::from(self.rng.random_range::<i32, _>(range));
                let value = Event {
                    kind: EventKind::Value,
                    value: Some(Value {
                        number,
                        units: Some(units.to_owned()),
                    }),
                    active_problem: None,
                };
                elements.push(self.event(at, code, None, value));
            }
        }
        if self.rng.random_ratio(10, 100) {
            let entry = self.entry(at, PHYSIOTHERAPY, None, Referral { urgent: false });
            elements.push(element(ElementKind::Referral, &entry));
            self.record.referrals.push(entry);
        }
        let (id, guid) = (self.next_id(), self.guid());
        self.record.consultations.push(Consultation {
            id,
            guid,
            at,
            user: self.patient.usual_gp,
            site: self.site,
            visible: true,
            elements,
        });
    }

    fn event(
        &mut self,
        at: DateTime,
        code: (&str, &str),
        text: Option<&str>,
        event: Event,
    ) -> Element {
        let entry = self.entry(at, code, text, event);
        let element = element(ElementKind::Event, &entry);
        self.record.events.push(entry);
        element
    }

    fn letter(&mut self, n: i32, last_seen: Date) {
        let day = last_seen
            .saturating_sub((n * 97).days())
            .max(self.patient.born);
        let attachment = Attachment {
            document: self.guid(),
            title: "Letter from the hospital".to_owned(),
            file_name: format!("letter-{}.txt", n + 1),
            data: format!("Invented letter number {}.\nNothing to be done.\n", n + 1).into_bytes(),
            provisional: false,
            visible: true,
        };
        let entry = self.entry(day.at(12, 0, 0, 0), LETTER, None, attachment);
        self.record.attachments.push(entry);
    }

    fn entry<T>(
        &mut self,
        at: DateTime,
        (code, term): (&str, &str),
        text: Option<&str>,
        of: T,
    ) -> Entry<T> {
        Entry {
            id: self.next_id(),
            guid: self.guid(),
            at,
            author: self.patient.usual_gp,
            code: Some(Code::snomed(code, term)),
            text: text.map(str::to_owned),
            of,
        }
    }

    fn next_id(&mut self) -> i32 {
        self.next = self.next.saturating_add(1);
        self.next
    }

    fn guid(&mut self) -> Uuid {
        guid(&mut self.rng)
    }
}

fn element<T>(kind: ElementKind, entry: &Entry<T>) -> Element {
    Element {
        kind,
        entry: entry.id,
        guid: entry.guid,
    }
}
