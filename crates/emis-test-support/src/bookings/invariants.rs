//! The properties that must hold once everything has come to rest.

use std::collections::BTreeMap;
use std::fmt;

use emis_booking::{BookingId, BookingNoticeKind, BookingRecord, BookingState};

use super::diary::MadeBy;
use super::driver::{Answer, Asked};
use super::run::{Finished, Purpose};

macro_rules! invariants {
    ($($(#[$doc:meta])* $name:ident $text:literal;)*) => {
        /// A property of every run.
        #[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
        #[non_exhaustive]
        pub enum Invariant { $($(#[$doc])* $name,)* }

        impl Invariant {
            /// Every invariant.
            pub const ALL: &'static [Self] = &[$(Self::$name),*];
        }

        impl fmt::Display for Invariant {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str(match self { $(Self::$name => $text,)* })
            }
        }
    };
}

invariants! {
    /// As its text says.
    ConfirmedHolds "each Confirmed holds its slot with our reference";
    /// As its text says.
    OthersHoldNone "each Rejected and Cancelled holds none";
    /// As its text says.
    OneConfirmed "one Confirmed per appointment";
    /// As its text says.
    SameAnswer "the same key always has the same answer";
    /// As its text says.
    SentOnce "at most one BookAppointment per request, with its reference";
    /// As its text says.
    OnlyOwn "no other booking is touched";
    /// As its text says.
    AllSettled "every unknown is settled";
    /// As its text says.
    AllTold "every patient is told";
}

/// A broken invariant.
#[derive(Debug, Clone)]
pub(super) struct Violation {
    pub(super) invariant: Invariant,
    pub(super) text: String,
}

impl fmt::Display for Violation {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}: {}", self.invariant, self.text)
    }
}

type Checked = Result<(), Violation>;

/// Checks every invariant.
pub(super) fn check(run: &Finished) -> Checked {
    for asked in &run.requests {
        sent_once(run, asked)?;
    }
    only_own(run)?;
    one_confirmed(run)?;
    for record in &run.records {
        settled(run, record)?;
        holds(run, record)?;
        told(run, record)?;
    }
    for (request, asked) in run.requests.iter().enumerate() {
        same_answer(run, request, asked)?;
    }
    Ok(())
}

fn broken<T>(invariant: Invariant, text: String) -> Result<T, Violation> {
    Err(Violation { invariant, text })
}

fn holds(run: &Finished, record: &BookingRecord) -> Checked {
    let reference = record.id.reference().to_string();
    let held = run.diary.holding(&reference);
    let slot = record.appointment.slot.get();
    match record.state {
        BookingState::Confirmed => {
            let own = held.iter().any(|it| it.id == i64::from(slot));
            // The practice may take a patient out of a slot at any time.
            let taken_away = run
                .diary
                .last_change(&reference)
                .is_some_and(|change| !change.booked && change.by == MadeBy::Reception);
            if own || taken_away {
                return Ok(());
            }
            let text = format!("{reference} is confirmed, and not in slot {slot}");
            broken(Invariant::ConfirmedHolds, text)
        }
        BookingState::Rejected(_) | BookingState::Cancelled if !held.is_empty() => {
            let text = format!("{reference} is {}, and in slot {slot}", record.state);
            broken(Invariant::OthersHoldNone, text)
        }
        _ => Ok(()),
    }
}

fn settled(run: &Finished, record: &BookingRecord) -> Checked {
    match record.state {
        // Nothing proves whose an appointment is: a person has to look.
        BookingState::Unresolved if run.hides_notes => Ok(()),
        BookingState::Confirmed | BookingState::Rejected(_) | BookingState::Cancelled => Ok(()),
        state => broken(Invariant::AllSettled, format!("{} is {state}", record.id)),
    }
}

/// The knowledge of a patient about a booking.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Known {
    Booked,
    NotBooked,
    Cancelled,
    Unclear,
}

/// Checks that the patient was told the outcome, once it was the outcome.
fn told(run: &Finished, record: &BookingRecord) -> Checked {
    use BookingNoticeKind as Notice;
    let outcome = match record.state {
        BookingState::Confirmed => Known::Booked,
        BookingState::Rejected(_) => Known::NotBooked,
        BookingState::Cancelled => Known::Cancelled,
        _ => Known::Unclear,
    };
    // The request that comes again is answered again, and nothing was ever sent.
    let reference = record.id.reference().to_string();
    if outcome == Known::NotBooked && run.emis.sent(&reference) == 0 {
        return Ok(());
    }
    // The practice tells whom it takes out of a slot.
    let taken_away = run
        .diary
        .last_change(&reference)
        .is_some_and(|change| !change.booked && change.by == MadeBy::Reception);
    if outcome == Known::Cancelled && taken_away {
        return Ok(());
    }
    let by_notice = run.told.iter().any(|told| {
        let tells = match told.kind {
            Notice::Booked
            | Notice::StillBooked
            | Notice::Moved
            | Notice::NotMoved
            | Notice::BothBooked
            | Notice::LateKept => Known::Booked,
            Notice::NotBooked => Known::NotBooked,
            Notice::Unresolved => Known::Unclear,
            _ => Known::Cancelled,
        };
        told.booking == record.id && told.at >= record.changed_at && tells == outcome
    });
    let by_answer = run.stories.iter().any(|story| {
        let Some((_, at, answer)) = &story.answer else {
            return false;
        };
        let tells = match (&story.purpose, answer) {
            (Purpose::Book { asked, .. }, answer) if asked.id == record.id => match answer {
                Answer::Confirmed(_) => Known::Booked,
                Answer::Rejected(_) | Answer::Failed(_) => Known::NotBooked,
                Answer::Cancelled => Known::Cancelled,
                _ => return false,
            },
            (Purpose::Cancel { id }, answer) if *id == record.id => match answer {
                Answer::Cancelled => Known::Cancelled,
                Answer::NotCancelled(_) | Answer::Failed(_) => outcome,
                _ => return false,
            },
            _ => return false,
        };
        *at >= record.changed_at && tells == outcome
    });
    if by_notice || by_answer {
        return Ok(());
    }
    let text = format!("nobody is told that {} is {}", record.id, record.state);
    broken(Invariant::AllTold, text)
}

fn one_confirmed(run: &Finished) -> Checked {
    let mut confirmed = BTreeMap::new();
    for record in &run.records {
        let at = &record.appointment;
        let key = (at.slot, at.start, at.patient);
        if record.state == BookingState::Confirmed
            && let Some(other) = confirmed.insert(key, record.id)
        {
            let text = format!("{other} and {} are the same appointment", record.id);
            return broken(Invariant::OneConfirmed, text);
        }
    }
    Ok(())
}

fn sent_once(run: &Finished, asked: &Asked) -> Checked {
    let reference = asked.id.reference().to_string();
    let times = run.emis.sent(&reference);
    if times > 1 {
        let text = format!("{reference} was sent {times} times");
        return broken(Invariant::SentOnce, text);
    }
    if run.emis.sent_without_note() > 0 {
        let text = "a booking was sent without its reference".to_owned();
        return broken(Invariant::SentOnce, text);
    }
    Ok(())
}

/// Checks that each cancellation removed what it was for. What the practice did between the last
/// read and the cancellation can't be known.
fn only_own(run: &Finished) -> Checked {
    for removal in run.emis.removals() {
        let unseen = removal.made > removal.seen;
        if removal.by == MadeBy::Reception && !unseen {
            let text = format!(
                "reception's appointment in slot {} was removed",
                removal.slot
            );
            return broken(Invariant::OnlyOwn, text);
        }
        let purpose = removal.activity.map(|id| &run.stories[id].purpose);
        let note = removal.note.unwrap_or_default();
        let meant = match purpose {
            Some(Purpose::Cancel { id }) => note.contains(&id.reference().to_string()),
            Some(Purpose::Book { asked, .. }) => note.contains(&asked.id.reference().to_string()),
            _ => true,
        };
        if !meant && !unseen {
            let text = format!("the booking {note} was removed by {purpose:?}");
            return broken(Invariant::OnlyOwn, text);
        }
    }
    Ok(())
}

/// Checks the answers to one key. They change only if the state of the booking does. An error is no
/// answer.
fn same_answer(run: &Finished, request: usize, first: &Asked) -> Checked {
    let reference = first.id.reference().to_string();
    let mut answers = Vec::new();
    for story in &run.stories {
        if let Purpose::Book { request: of, asked } = &story.purpose
            && *of == request
            && let Some((moment, _, answer)) = &story.answer
            && !matches!(answer, Answer::Failed(_))
        {
            answers.push((*moment, asked, answer));
        }
    }
    answers.sort_by_key(|(moment, ..)| *moment);
    for (_, asked, answer) in &answers {
        let Answer::Confirmed(id) = answer else {
            continue;
        };
        let record = run.records.iter().find(|record| record.id == *id);
        let meant = record.is_some_and(|record| {
            let at = &record.appointment;
            at.slot.to_string() == asked.slot.to_string()
                && at.patient.to_string() == asked.patient.number.to_string()
                && asked.known
        });
        if !meant {
            let text = format!("{asked:?} is answered {answer:?}");
            return broken(Invariant::SameAnswer, text);
        }
        if !run.diary.ever_booked(&id.reference().to_string()) {
            let text = format!("{reference} is answered {answer:?}, which was never made");
            return broken(Invariant::ConfirmedHolds, text);
        }
    }
    for pair in answers.windows(2) {
        let [(_, one, first), (_, other, second)] = pair else {
            continue;
        };
        if one != other {
            let text = format!("{one:?} and {other:?} are both answered: {first:?}, {second:?}");
            return broken(Invariant::SameAnswer, text);
        }
    }
    answers.retain(|(_, _, answer)| *answer != &Answer::Unknown);
    for pair in answers.windows(2) {
        let [(_, asked, first), (after, _, second)] = pair else {
            continue;
        };
        if first == second || may_change(run, &asked.id, first, *after) {
            continue;
        }
        let text = format!("{reference} is answered {first:?}, and then {second:?}");
        return broken(Invariant::SameAnswer, text);
    }
    Ok(())
}

/// Returns whether something happened to the booking between two answers.
fn may_change(run: &Finished, id: &BookingId, first: &Answer, after: u64) -> bool {
    let reference = id.reference().to_string();
    let cancelled = run
        .stories
        .iter()
        .any(|story| matches!(&story.purpose, Purpose::Cancel { id: of } if of == id));
    // A booking that EMIS had, whatever it answered, may turn up late.
    let arrived = run.diary.changes.iter().any(|change| {
        let note = change.appointment.note.as_deref().unwrap_or_default();
        change.moment < after && note.contains(&reference)
    });
    match first {
        Answer::Rejected(_) => arrived,
        _ => cancelled,
    }
}
