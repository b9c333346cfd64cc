//! The wording of reminders, in the content style of the NHS.
//!
//! A message says as little as possible: the practice, the time, the place, and how to cancel. No
//! clinician, no slot type, no reason and no notes: other people may read it.

use emis_client::model::{BookedPatient, Patient};
use emis_messaging::{MessageBody, TextRules};
use emis_settings::{Channel, Language, Template, TemplatePart, TimeShown};
use emis_types::{SiteId, uk};
use jiff::SignedDuration;
use jiff::civil::{DateTime, Time, Weekday};

use crate::contact_book::Addressee;

const SUBJECT: &str = "Appointment reminder";
const NO_NAME: &str = "your GP practice";
const TELL_US: &str = "If you cannot attend, please tell the practice.";

/// The longest first name and the longest line that a message contains. With the limits of
/// [`ReminderSettings`](emis_settings::ReminderSettings) a message stays far below the 918 characters
/// that a text message may have.
const LONGEST_FIRST_NAME: usize = 30;
const LONGEST_LINE: usize = 160;
/// The hour in which the afternoon begins: morning surgery ends at one o'clock.
const AFTERNOON: i8 = 13;

/// The wording of a practice's reminders, for sending and for previews.
///
/// # Examples
/// ```
/// use emis_client::model::{BookedPatient, Patient};
/// use emis_messaging::Contact;
/// use emis_reminders::{Addressee, Wording};
/// use emis_types::{PatientNumber, SlotId};
/// use jiff::civil::date;
///
/// let wording = Wording::new(Some("Willow Practice"), Some("To cancel, call 01632 960123."));
/// let start = date(2026, 6, 3).at(9, 40, 0, 0);
/// let booked = BookedPatient::new(SlotId::new(1)?, start, Patient::new(PatientNumber::new(2)?));
/// let addressee = Addressee::of(Contact::Sms("07700 900123".parse()?), false);
///
/// assert_eq!(
///     wording.body(&booked, &addressee).expose_text().unwrap(),
///     "A reminder of your appointment with Willow Practice on Wednesday 3 June at 9:40am. \
///      To cancel, call 01632 960123."
/// );
/// # Ok::<(), emis_types::ParseError>(())
/// ```
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Wording {
    practice_name: String,
    cancel_text: String,
    name_the_patient: bool,
    shown: TimeShown,
    sites: Vec<(SiteId, String)>,
    templates: Vec<Template>,
}

impl Wording {
    /// Creates a wording from the practice's name and its sentence on how to cancel, each of up to
    /// 160 characters. One that is absent, blank or longer is replaced by "your GP practice", and
    /// by a plain request to tell the practice.
    pub fn new(practice_name: Option<&str>, cancel_text: Option<&str>) -> Self {
        let or = |text: Option<&str>, default: &str| {
            text.and_then(one_line)
                .unwrap_or_else(|| default.to_owned())
        };
        Self {
            practice_name: or(practice_name, NO_NAME),
            cancel_text: or(cancel_text, TELL_US),
            name_the_patient: false,
            shown: TimeShown::Exact,
            sites: Vec::new(),
            templates: Vec::new(),
        }
    }

    /// Sets the precision of the time; by default exact.
    #[must_use]
    pub fn showing(mut self, shown: TimeShown) -> Self {
        self.shown = shown;
        self
    }

    /// Sets the names of the practice's sites for patients; EMIS's names by default.
    #[must_use]
    pub fn naming_sites(mut self, sites: impl IntoIterator<Item = (SiteId, String)>) -> Self {
        self.sites = sites.into_iter().collect();
        self
    }

    /// Sets the practice's own templates of a language; the built-in English text is used for a
    /// channel without one.
    #[must_use]
    pub fn in_words_of(mut self, templates: &[Template], language: &Language) -> Self {
        let of_language = templates.iter().filter(|t| t.language == *language);
        self.templates = of_language.cloned().collect();
        self
    }

    /// Sets whether patients are addressed by first name if no other patient is seen to share the
    /// contact. By default they are not: see
    /// [`ReminderSettings`](emis_settings::ReminderSettings::name_the_patient) for the hazard.
    #[must_use]
    pub fn naming_the_patient(mut self, yes: bool) -> Self {
        self.name_the_patient = yes;
        self
    }

    /// Returns the body of the message that reminds of an appointment.
    pub fn body(&self, booked: &BookedPatient, addressee: &Addressee) -> MessageBody {
        self.body_of_several(booked, &[], addressee)
    }

    /// Returns the body of the message that reminds of several appointments of one day at one
    /// site, the first of them apart.
    pub fn body_of_several(
        &self,
        first: &BookedPatient,
        others: &[BookedPatient],
        addressee: &Addressee,
    ) -> MessageBody {
        let one_patient = |other: &BookedPatient| other.patient.number == first.patient.number;
        let several = !others.iter().all(one_patient);
        let shared = addressee.shared || several;
        let facts = Facts {
            name: (self.name_the_patient && !shared)
                .then(|| first_name(&first.patient))
                .flatten(),
            shared,
            start: first.start,
            later: others.iter().map(|other| other.start.time()).collect(),
            site: self.site(first),
        };
        let channel = addressee.channel();
        let own = self.own_words(channel, &facts);
        match (channel, own) {
            (Channel::Email, Some((subject, text))) => {
                MessageBody::email(subject.unwrap_or_else(|| SUBJECT.to_owned()), text)
            }
            (Channel::Email, None) => MessageBody::email(SUBJECT, self.email(&facts)),
            (_, Some((_, text))) => MessageBody::text(text),
            (_, None) => MessageBody::text(self.text_message(&facts)),
        }
    }

    /// Returns the practice's own text, if it has a template that makes a message: a template from
    /// a store may be unchecked, and a text that is too long is not cut off.
    fn own_words(&self, channel: Channel, facts: &Facts) -> Option<(Option<String>, String)> {
        let template = self.templates.iter().find(|t| t.channel == channel)?;
        let english = template.language.is_english();
        let mut text = String::new();
        for part in template.parts()? {
            match part {
                TemplatePart::Words(words) => text.push_str(words),
                TemplatePart::Practice => text.push_str(&self.practice_name),
                TemplatePart::Date if english => text.push_str(&long_date(facts.start)),
                TemplatePart::Date => text.push_str(&facts.start.strftime("%d/%m/%Y").to_string()),
                TemplatePart::Time if english => text.push_str(&self.times(facts)),
                TemplatePart::Time => {
                    let written = facts.times().map(|time| figures(time, self.shown));
                    text.push_str(&distinct(written).join(", "));
                }
                TemplatePart::Site => text.push_str(facts.site.as_deref().unwrap_or_default()),
                TemplatePart::Cancel => text.push_str(&self.cancel_text),
                TemplatePart::Name => text.push_str(facts.name.as_deref().unwrap_or_default()),
                _ => return None,
            }
        }
        let too_long = channel == Channel::Sms && sms_parts(&text) > TextRules::MOST_PARTS;
        (!too_long).then(|| (template.subject.clone(), text))
    }

    /// Returns the site if EMIS names one: a batch does not tell whether the practice has others,
    /// and a patient at the wrong site misses the appointment.
    fn site(&self, booked: &BookedPatient) -> Option<String> {
        let own = self.sites.iter().find(|(id, _)| booked.sites.contains(id));
        let name = match own {
            Some((_, name)) => name,
            None => booked.site_name.as_deref()?,
        };
        let site = one_line(name)?;
        (letters(&site) != letters(&self.practice_name)).then_some(site)
    }

    /// Returns the fullest wording of those that take the fewest parts. A name with letters that
    /// text messages lack would cost two more parts, and is left out.
    fn text_message(&self, facts: &Facts) -> String {
        let (long, short) = (long_date(facts.start), short_date(facts.start));
        let name = facts.name.as_deref();
        [
            self.text_line(name, facts, &long),
            self.text_line(name, facts, &short),
            self.text_line(None, facts, &long),
            self.text_line(None, facts, &short),
        ]
        .into_iter()
        .min_by_key(|text| sms_parts(text))
        .unwrap_or_default()
    }

    fn text_line(&self, name: Option<&str>, facts: &Facts, date: &str) -> String {
        let opening = match name {
            Some(name) => format!("{name}, a reminder of"),
            None => "A reminder of".to_owned(),
        };
        let site = facts.site.as_ref().map(|site| format!(" at {site}"));
        format!(
            "{opening} {what} with {practice} on {date}{time}{site}. {cancel}",
            what = facts.what(),
            practice = self.practice_name,
            time = self.time(facts),
            site = site.unwrap_or_default(),
            cancel = self.cancel_text,
        )
    }

    /// Returns the time as it follows the date.
    fn time(&self, facts: &Facts) -> String {
        let time = self.times(facts);
        match self.shown {
            TimeShown::Exact => format!(" at {time}"),
            _ if time.is_empty() => time,
            _ => format!(" {time}"),
        }
    }

    /// Returns the times with the precision to be shown, in English.
    fn times(&self, facts: &Facts) -> String {
        let shown = facts.times().map(|time| shown_time(time, self.shown));
        let mut shown = distinct(shown);
        match shown.pop() {
            Some(last) if !shown.is_empty() => format!("{} and {last}", shown.join(", ")),
            Some(only) => only,
            None => String::new(),
        }
    }

    fn email(&self, facts: &Facts) -> String {
        let greeting = match &facts.name {
            Some(name) => format!("Hello {name},"),
            None => "Hello,".to_owned(),
        };
        let site = facts.site.as_ref().map(|site| format!("\n{site}"));
        format!(
            "{greeting}\n\nThis is a reminder of {what} with {practice}.\n\n\
             {date} {year}{time}{site}\n\n{cancel}\n",
            what = facts.what(),
            practice = self.practice_name,
            date = long_date(facts.start),
            year = facts.start.year(),
            time = self.time(facts),
            site = site.unwrap_or_default(),
            cancel = self.cancel_text,
        )
    }
}

/// The facts that a message contains.
struct Facts {
    name: Option<String>,
    shared: bool,
    start: DateTime,
    /// The times of the other appointments of the day.
    later: Vec<Time>,
    site: Option<String>,
}

impl Facts {
    /// Returns "your appointment", "an appointment" for a shared contact, or their number.
    fn what(&self) -> String {
        match (self.later.len() + 1, self.shared) {
            (1, false) => "your appointment".to_owned(),
            (1, true) => "an appointment".to_owned(),
            (count, false) => format!("your {count} appointments"),
            (count, true) => format!("{count} appointments"),
        }
    }

    /// Returns the time of each appointment.
    fn times(&self) -> impl Iterator<Item = Time> {
        std::iter::once(self.start.time()).chain(self.later.iter().copied())
    }
}

/// Returns texts without those that are there already.
fn distinct(texts: impl Iterator<Item = String>) -> Vec<String> {
    let mut distinct = Vec::new();
    for text in texts {
        if !distinct.contains(&text) {
            distinct.push(text);
        }
    }
    distinct
}

/// Returns the calling name, or else the first of the first names; `None` if the field holds
/// anything but a name.
fn first_name(patient: &Patient) -> Option<String> {
    let name = patient.name.expose();
    let field = [&name.calling_name, &name.first_names]
        .into_iter()
        .flatten()
        .find(|field| !field.expose().trim().is_empty())?;
    let first = field.expose().split_whitespace().next()?;
    let first = plain_punctuation(first);
    let is_name = first.chars().all(|c| c.is_alphabetic() || "'-".contains(c))
        && first.chars().filter(|c| c.is_alphabetic()).count() > 1
        && first.chars().count() <= LONGEST_FIRST_NAME;
    is_name.then_some(first)
}

/// Returns a name without white space, in lower case.
fn letters(name: &str) -> String {
    let visible = name.chars().filter(|c| !c.is_whitespace());
    visible.flat_map(char::to_lowercase).collect()
}

/// Returns a text as one line; `None` if it is blank or too long.
fn one_line(text: &str) -> Option<String> {
    let visible: String = plain_punctuation(text)
        .chars()
        .filter(|c| c.is_whitespace() || !c.is_control())
        .collect();
    let line = visible.split_whitespace().collect::<Vec<_>>().join(" ");
    (!line.is_empty() && line.chars().count() <= LONGEST_LINE).then_some(line)
}

fn long_date(start: DateTime) -> String {
    let (weekday, month) = names(start);
    format!("{weekday} {} {month}", start.day())
}

fn short_date(start: DateTime) -> String {
    let (weekday, month) = names(start);
    let short = |name: &'static str| name.get(..3).unwrap_or(name);
    format!("{} {} {}", short(weekday), start.day(), short(month))
}

fn names(start: DateTime) -> (&'static str, &'static str) {
    const MONTHS: [&str; 12] = [
        "January",
        "February",
        "March",
        "April",
        "May",
        "June",
        "July",
        "August",
        "September",
        "October",
        "November",
        "December",
    ];
    let weekday = match start.weekday() {
        Weekday::Monday => "Monday",
        Weekday::Tuesday => "Tuesday",
        Weekday::Wednesday => "Wednesday",
        Weekday::Thursday => "Thursday",
        Weekday::Friday => "Friday",
        Weekday::Saturday => "Saturday",
        Weekday::Sunday => "Sunday",
    };
    let month = usize::from(start.month().unsigned_abs()).saturating_sub(1);
    (weekday, MONTHS.get(month).copied().unwrap_or_default())
}

/// Returns a time with the precision to be shown, in English; empty if only the day is.
fn shown_time(time: Time, shown: TimeShown) -> String {
    match shown {
        TimeShown::TwoHours => {
            let (from, until) = two_hours(time);
            format!(
                "between {} and {}",
                uk::clock_time(from),
                uk::clock_time(until)
            )
        }
        TimeShown::HalfDay if time.hour() < AFTERNOON => "in the morning".to_owned(),
        TimeShown::HalfDay => "in the afternoon".to_owned(),
        TimeShown::Day => String::new(),
        _ => uk::clock_time(time),
    }
}

/// Returns a time in figures, for languages without built-in words.
fn figures(time: Time, shown: TimeShown) -> String {
    let written = |time: Time| time.strftime("%H:%M").to_string();
    let noon = Time::constant(AFTERNOON, 0, 0, 0);
    match shown {
        TimeShown::TwoHours => {
            let (from, until) = two_hours(time);
            format!("{}-{}", written(from), written(until))
        }
        TimeShown::HalfDay if time < noon => format!("08:00-{}", written(noon)),
        TimeShown::HalfDay => format!("{}-18:30", written(noon)),
        TimeShown::Day => String::new(),
        _ => written(time),
    }
}

/// Returns the two hours that begin with the full hour of a time.
fn two_hours(time: Time) -> (Time, Time) {
    let from = Time::constant(time.hour(), 0, 0, 0);
    (from, from.saturating_add(SignedDuration::from_hours(2)))
}

fn sms_parts(text: &str) -> usize {
    TextRules::NETWORKS.sms(text).parts
}

/// Writes typographic punctuation, which word processors put into names of practices, in
/// characters that a text message has. Letters are left alone: they are people's names.
fn plain_punctuation(text: &str) -> String {
    text.chars()
        .map(|c| match c {
            '\u{2018}' | '\u{2019}' | '`' | '\u{b4}' => '\'',
            '\u{201c}' | '\u{201d}' => '"',
            '\u{2010}'..='\u{2015}' => '-',
            '\u{a0}' | '\u{202f}' => ' ',
            c => c,
        })
        .collect()
}
