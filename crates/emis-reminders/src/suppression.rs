//! The reasons for which an appointment gets no reminder, in stable codes.

use std::fmt;

use serde::{Serialize, Serializer};

macro_rules! reasons {
    ($($(#[$doc:meta])* $name:ident = $code:literal, $sentence:literal;)*) => {
        /// The reason why a reminder was suppressed.
        ///
        /// It carries no value from the record. In JSON, its [`code`](Self::code).
        #[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
        #[non_exhaustive]
        pub enum SuppressionReason {
            $($(#[$doc])* $name,)*
        }

        impl SuppressionReason {
            /// Every reason.
            pub const ALL: &'static [Self] = &[$(Self::$name),*];

            /// Returns the reason as a stable code, for programs and counts. It never changes once
            /// published.
            pub const fn code(self) -> &'static str {
                match self { $(Self::$name => $code,)* }
            }
        }

        impl Serialize for SuppressionReason {
            fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
                serializer.serialize_str(self.code())
            }
        }

        impl fmt::Display for SuppressionReason {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str(match self { $(Self::$name => $sentence,)* })
            }
        }
    };
}

reasons! {
    /// Reminders are switched off.
    RemindersOff = "reminders-off", "the practice has switched reminders off";
    /// The patient has died.
    Deceased = "deceased", "the patient has died";
    /// EMIS's fields contradict each other on whether the patient is alive. Tell the practice.
    VitalStatusConflicting = "vital-status-conflicting",
        "EMIS contradicts itself on whether the patient is alive";
    /// The patient has left the practice's list.
    Deducted = "deducted", "the patient is no longer registered";
    /// EMIS gives a registration status that we do not know.
    RegistrationUnclear = "registration-unclear",
        "EMIS gives a registration status that is not known";
    /// A patient made up for tests or training (EMIS's patient type 7).
    DummyPatient = "dummy-patient", "the patient is a dummy";
    /// The appointment list and the patient's record disagree on who the patient is.
    IdentityMismatch = "identity-mismatch",
        "the appointment and the patient's record disagree on who the patient is";
    /// The patient is among those who are never reminded.
    OptedOut = "opted-out", "the patient opted out";
    /// The appointment's slot type is not reminded of, or not known while only some are.
    SlotTypeNotReminded = "slot-type-not-reminded",
        "appointments of this slot type are not reminded of";
    /// The appointment's site is not reminded of, or not known while only some are.
    SiteNotReminded = "site-not-reminded", "appointments at this site are not reminded of";
    /// The patient is younger than the practice reminds.
    UnderAge = "under-age", "the patient is below the youngest age that is reminded";
    /// There is a youngest age, and no date of birth.
    AgeUnknown = "age-unknown", "the patient has no date of birth on record";
    /// Neither a UK mobile nor an email address as the channels need it. A note beside the
    /// number ("… mum") makes it invalid: it is not the patient's own.
    NoValidContact = "no-valid-contact", "no mobile number or email address can be used";
    /// Every contact was refused before, for good, by what sends the messages.
    ContactRefused = "contact-refused", "the message was refused for every contact on record";
    /// The appointment has started, or is over.
    AlreadyStarted = "already-started", "the appointment has started";
    /// Less than the minimum notice is left.
    TooLate = "too-late", "less than the minimum notice is left";
    /// It is too early.
    NotYetDue = "not-yet-due", "the reminder is not due yet";
    /// It is due, and waits for the end of the quiet hours.
    QuietHours = "quiet-hours", "these are the quiet hours";
    /// The practice's rule for the appointment sends no reminders.
    RuleWithoutReminders = "rule-without-reminders",
        "the practice's rule for the appointment sends no reminders";
    /// It is due, and waits for the hours in which the message service sends.
    SenderHours = "sender-hours", "the message service sends nothing at this hour";
    /// The message service could deliver it in quiet hours or after the minimum notice only, or
    /// might, by a fallback of its own.
    SenderTooLate = "sender-too-late",
        "the message service might deliver it in the quiet hours or too late";
    /// It is due, and waits because another message went to the same contact a short time ago.
    RecentMessage = "recent-message",
        "another message went to the same contact a short time ago";
    /// The practice's EMIS was polled a few minutes ago, by this process or another.
    PolledRecently = "polled-recently", "EMIS was polled a few minutes ago";
    /// Looked at again before sending, the patient was no longer in the slot.
    NoLongerBooked = "no-longer-booked", "the patient is no longer booked into the slot";
    /// Looked at again before sending, the slot began at another time.
    AppointmentMoved = "appointment-moved", "the appointment was moved to another time";
    /// The slot's status is one of a patient who has arrived, left or did not come, or of a slot
    /// that is blocked.
    StatusNotBooked = "status-not-booked", "the appointment's status is not that of a booking";
    /// The slot's status is one that we do not know.
    StatusUnknown = "status-unknown", "the appointment's status is not known";
}

impl SuppressionReason {
    /// Returns whether the reminder only waits for its hour: nothing speaks against it.
    pub(crate) const fn is_of_the_hour(self) -> bool {
        matches!(
            self,
            Self::NotYetDue | Self::QuietHours | Self::SenderHours | Self::RecentMessage
        )
    }

    /// Returns whether it follows from the time or the practice's own choice, so that it may
    /// suppress all reminders of a run without being a fault.
    pub(crate) const fn is_ordinary(self) -> bool {
        self.is_of_the_hour()
            || matches!(
                self,
                Self::RemindersOff
                    | Self::SlotTypeNotReminded
                    | Self::SiteNotReminded
                    | Self::UnderAge
                    | Self::AlreadyStarted
                    | Self::TooLate
                    | Self::RuleWithoutReminders
                    | Self::PolledRecently
            )
    }
}
