//! Kinds of tasks for the practice.

use std::fmt;
use std::str::FromStr;

macro_rules! kinds {
    ($($(#[$doc:meta])* $name:ident = $code:literal, $sentence:literal;)*) => {
        /// The kind of a task. In JSON and in stores, its [`code`](Self::code).
        #[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
        #[non_exhaustive]
        pub enum TaskKind {
            $($(#[$doc])* $name,)*
        }

        impl TaskKind {
            /// Every kind.
            pub const ALL: &'static [Self] = &[$(Self::$name),*];

            /// Returns the stable code. It never changes once published.
            pub const fn code(self) -> &'static str {
                match self { $(Self::$name => $code,)* }
            }

            /// Returns the sentence that tells the practice what to do.
            pub const fn sentence(self) -> &'static str {
                match self { $(Self::$name => $sentence,)* }
            }
        }
    };
}

kinds! {
    /// A booking was sent to EMIS, and its outcome can't be found out.
    BookingInDoubt = "booking-in-doubt",
        "Check in EMIS whether the patient is booked into this slot, and tell the patient.";
    /// An appointment could not be cancelled, or its cancellation is in doubt: the patient may
    /// believe that it is cancelled.
    CancellationFailed = "cancellation-failed",
        "The patient wants to cancel this appointment and it may still stand. Cancel it in EMIS.";
    /// A patient asked to cancel, and the practice decides on cancellations itself.
    CancellationRequested = "cancellation-requested",
        "The patient asks to cancel this appointment. Cancel it in EMIS, or call the patient.";
    /// An appointment was moved half: the new one is booked and the old one stands too.
    MoveHalfDone = "move-half-done",
        "The patient has both the old and the new appointment. Cancel the old one in EMIS.";
    /// An appointment was to be moved, and the patient has neither the old nor the new one.
    MoveLost = "move-lost",
        "The patient lost an appointment while it was moved. Call them and book one in EMIS.";
    /// EMIS made a booking long after it was sent, when the patient had been told that it was not
    /// made.
    LateBooking = "late-booking",
        "EMIS made this booking late. Check in EMIS that the patient has what they need.";
    /// A patient's reply was not understood.
    ReplyNotUnderstood = "reply-not-understood",
        "The patient replied to a message in words that are not understood. Read the reply.";
    /// A reply came from a contact that no message was sent to.
    ReplyFromUnknown = "reply-from-unknown",
        "A reply came from a contact that belongs to no message. Read the reply.";
    /// A message may or may not have been sent, and the sender can't be asked.
    MessageInDoubt = "message-in-doubt",
        "It is not known whether this message was sent. Ask the message service, then settle it.";
    /// A message could not be delivered, and the patient may not know what it said.
    MessageUndelivered = "message-undelivered",
        "A message did not reach the patient. Check their contact details, or call them.";
    /// Many appointments of a session are gone at once. A draft to their patients waits for a yes.
    SessionGone = "session-gone",
        "Many appointments of one session are gone. Decide whether their patients are told.";
    /// Reminders show a pattern that is more likely a fault than the state of the patients.
    ReminderFinding = "reminder-finding",
        "Reminders are not sent as they should be. Look at the report of the latest run.";
    /// Recurring work for the practice failed and its retries are used up.
    WorkFailing = "work-failing",
        "Automatic work for the practice keeps failing. Run the check of the EMIS connection.";
}

impl fmt::Display for TaskKind {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.code())
    }
}

/// A text that is not the code of a [`TaskKind`].
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("no kind of task has this code")]
pub struct TaskKindError;

impl FromStr for TaskKind {
    type Err = TaskKindError;

    fn from_str(text: &str) -> Result<Self, TaskKindError> {
        let mut kinds = Self::ALL.iter().copied();
        kinds.find(|kind| kind.code() == text).ok_or(TaskKindError)
    }
}

emis_types::serde_as_text!(TaskKind);
