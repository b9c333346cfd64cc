//! The calls that reached the model: what they changed, and what is still to land.

use std::collections::{HashMap, VecDeque};

use emis_client::Response;
use jiff::Timestamp;
use rand::rngs::StdRng;

use super::diary::{MadeBy, ModelDiary, ModelSlot};
use super::fault::{CallKind, Fault};
use super::interleave::current_activity;
use super::wire;

#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum WriteKind {
    Book { note: Option<String> },
    Cancel,
}

/// A write that left a worker.
#[derive(Debug, Clone)]
pub(super) struct Write {
    pub(super) kind: WriteKind,
    pub(super) slot: i64,
    pub(super) patient: i64,
    /// The activity that sent it.
    pub(super) activity: Option<usize>,
    /// The moment of the activity's last read of the slot.
    pub(super) seen: u64,
}

/// Counts that show that a run did something.
#[derive(Debug, Clone, Copy, Default)]
pub(super) struct EmisCounts {
    pub(super) calls: u64,
    pub(super) books: u64,
    pub(super) cancels: u64,
    pub(super) faults: u64,
    pub(super) late: u64,
}

/// A cancellation that took effect, for the check that it was the right one.
#[derive(Debug, Clone)]
pub(super) struct Removal {
    pub(super) activity: Option<usize>,
    /// The moment of the activity's last read of the slot.
    pub(super) seen: u64,
    pub(super) slot: i64,
    pub(super) note: Option<String>,
    pub(super) by: MadeBy,
    pub(super) made: u64,
}

#[derive(Debug)]
pub(super) struct State {
    pub(super) diary: ModelDiary,
    pub(super) faults: HashMap<CallKind, VecDeque<Fault>>,
    pub(super) in_flight: Vec<(Timestamp, Write)>,
    /// The moment at which an activity last read a slot.
    pub(super) reads: HashMap<(usize, i64), u64>,
    pub(super) sent: HashMap<String, u32>,
    pub(super) removals: Vec<Removal>,
    pub(super) counts: EmisCounts,
    pub(super) rng: StdRng,
    pub(super) log: Vec<String>,
}

impl State {
    pub(super) fn note(&mut self, now: Timestamp, line: String) {
        let time = emis_types::uk::at(now).strftime("%d %H:%M:%S").to_string();
        let activity = current_activity().map_or_else(String::new, |id| format!(" #{id}"));
        self.log.push(format!("{time}{activity} {line}"));
    }

    pub(super) fn next_fault(&mut self, kind: CallKind) -> Option<Fault> {
        let fault = self.faults.get_mut(&kind)?.pop_front()?;
        self.counts.faults += 1;
        Some(fault)
    }

    pub(super) fn count_sent(&mut self, write: &Write) {
        self.counts.calls += 1;
        match &write.kind {
            WriteKind::Book { note } => {
                self.counts.books += 1;
                let note = note.clone().unwrap_or_default();
                *self.sent.entry(note).or_default() += 1;
            }
            WriteKind::Cancel => self.counts.cancels += 1,
        }
    }

    /// Remembers which slots the present activity has seen.
    pub(super) fn saw(&mut self, slots: impl Fn(&ModelSlot) -> bool) {
        let Some(activity) = current_activity() else {
            return;
        };
        let moment = self.diary.next_moment();
        for slot in self.diary.slots.values().filter(|slot| slots(slot)) {
            self.reads.insert((activity, slot.id), moment);
        }
    }

    pub(super) fn perform(&mut self, write: &Write) -> bool {
        match &write.kind {
            WriteKind::Book { note } => {
                let (slot, patient) = (write.slot, write.patient);
                self.diary.book(slot, patient, note.clone(), MadeBy::Api)
            }
            WriteKind::Cancel => {
                let removed = self
                    .diary
                    .cancel(write.slot, Some(write.patient), MadeBy::Api);
                let Some(removed) = removed else {
                    return false;
                };
                self.removals.push(Removal {
                    activity: write.activity,
                    seen: write.seen,
                    slot: write.slot,
                    note: removed.note,
                    by: removed.by,
                    made: removed.made,
                });
                true
            }
        }
    }

    pub(super) fn true_answer(&self, write: &Write, done: bool) -> Response {
        let Some(slot) = self.diary.slots.get(&write.slot).filter(|_| done) else {
            return wire::refusal(409);
        };
        let note = slot.appointment().and_then(|it| it.note.as_deref());
        wire::written(slot, write.patient, note)
    }
}
