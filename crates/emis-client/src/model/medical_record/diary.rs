//! Diary entries, alerts, notes between staff and appointments.

use std::time::Duration;

use emis_types::Sensitive;
use jiff::civil::Time;

use super::Entry;
use crate::model::choice::{Choice, fixed_lists};
use crate::model::{Ident, PartialDate};

redacted! {
    /// Something that is due.
    pub struct DiaryEntry {
        /// The fields of every entry.
        pub entry: Entry,
        /// The template that made it.
        pub template: Option<String>,
        /// That template's instance.
        pub template_instance: Option<String>,
        /// That template's component.
        pub template_component: Option<String>,
        /// The time until it is due, in words.
        pub duration_term: Option<Sensitive<String>>,
        /// The reminder.
        pub reminder: Option<Sensitive<String>>,
        /// The way to remind: T telephone, V word of mouth, L letter.
        pub reminder_type: Option<String>,
        /// The place: one of the record's location types.
        pub location_type: Option<Ident>,
    }

    /// An alert to staff. It is not meant for the patient's eyes.
    pub struct Alert {
        /// The fields of every entry.
        pub entry: Entry,
        /// True if it warns when an appointment is booked.
        pub when_booking: Option<bool>,
        /// True if it warns when the patient arrives or is swapped.
        pub when_arriving: Option<bool>,
    }

    /// A note between staff.
    pub struct Note {
        /// Its identifiers.
        pub ident: Ident,
        /// The date.
        pub assigned: PartialDate,
        /// The time of day that goes with the date.
        pub time: Option<Sensitive<Time>>,
        /// Its urgency.
        pub urgency: Option<Choice<NoteUrgency>>,
        /// The person who has to act: one of the record's people.
        pub owner: Option<Ident>,
        /// The owner: one of the record's people.
        pub author: Option<Ident>,
        /// The date to act by.
        pub act_before: PartialDate,
        /// EMIS's code of it.
        pub code: Option<String>,
        /// True if it is done.
        pub status: Option<Choice<NoteStatus>>,
        /// The text.
        pub text: Option<Sensitive<String>>,
        /// The type of electronic message it came with.
        pub data_type: Option<String>,
        /// The report it came with.
        pub report: Option<Sensitive<String>>,
    }

    /// An appointment as the record has it.
    pub struct RecordedAppointment {
        /// Its identifiers.
        pub ident: Ident,
        /// The session holder: one of the record's people.
        pub session_holder: Option<Ident>,
        /// The place: one of the record's locations.
        pub location: Option<Ident>,
        /// The day.
        pub assigned: PartialDate,
        /// The time, UK wall clock.
        pub time: Option<Sensitive<Time>>,
        /// The appointment book's site.
        pub site: Option<RecordedSite>,
        /// The session.
        pub session: Option<String>,
        /// The reason.
        pub reason: Option<Sensitive<String>>,
        /// The length.
        pub duration: Option<Duration>,
        /// EMIS's `RUB`: routine or urgent.
        pub routine_or_urgent: Option<String>,
    }

    /// A site of the appointment book.
    pub struct RecordedSite {
        /// Its number.
        pub number: Option<String>,
        /// Its name.
        pub name: Option<String>,
    }
}

fixed_lists! {
    /// The urgency of a note.
    by value pub enum NoteUrgency {
        /// Routine.
        Routine = "0",
        /// Urgent.
        Urgent = "1",
    }

    /// The status of a note.
    by value pub enum NoteStatus {
        /// Completed.
        Completed = "C",
        /// Outstanding.
        Outstanding = "N",
    }
}
