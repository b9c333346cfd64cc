//! The verdict on a week: what reached patients, against what should have.

use std::collections::{BTreeMap, BTreeSet};

use emis_reminders::{ReminderKey, ReminderStore};
use emis_settings::QuietHours;
use emis_types::uk;
use jiff::SignedDuration;
use jiff::civil::DateTime;

use super::network::Text;
use super::patients::{Person, Tracked, email, is_child, mobile};
use super::week::Week;

#[derive(Debug, Default, PartialEq, Eq)]
pub(super) struct Verdict {
    pub(super) told: usize,
    /// Told of an appointment that did not stand.
    pub(super) wrong: usize,
    pub(super) twice: usize,
    pub(super) forgotten: usize,
    /// Told in quiet hours.
    pub(super) quiet: usize,
    pub(super) dead: usize,
    pub(super) opted_out: usize,
    pub(super) under_age: usize,
    pub(super) last_words_wrong: usize,
    /// Claims that are left open.
    pub(super) open: usize,
}

impl Verdict {
    pub(super) fn add(&mut self, other: &Self) {
        self.told += other.told;
        self.wrong += other.wrong;
        self.twice += other.twice;
        self.forgotten += other.forgotten;
        self.quiet += other.quiet;
        self.dead += other.dead;
        self.opted_out += other.opted_out;
        self.under_age += other.under_age;
        self.last_words_wrong += other.last_words_wrong;
        self.open += other.open;
    }

    pub(super) fn is_clean(&self) -> bool {
        let told = self.told;
        *self
            == Self {
                told,
                ..Self::default()
            }
    }
}

/// The messages to one patient.
#[derive(Debug, Default)]
struct Messages<'a> {
    handed: Vec<&'a Text>,
    delivered: Vec<&'a Text>,
    lost: Vec<&'a Text>,
}

fn of_patients(texts: &[Text]) -> BTreeMap<&str, Vec<&Text>> {
    let mut told = BTreeMap::<_, Vec<_>>::new();
    for text in texts {
        told.entry(text.to.as_str()).or_default().push(text);
    }
    told
}

/// Takes the messages to a patient by every contact, in their order.
fn take<'a>(told: &mut BTreeMap<&str, Vec<&'a Text>>, patient: i64) -> Vec<&'a Text> {
    let mut texts = told.remove(mobile(patient).as_str()).unwrap_or_default();
    if let Some(email) = email(patient) {
        texts.extend(told.remove(email.as_str()).unwrap_or_default());
    }
    texts.sort_by_key(|text| text.at);
    texts
}

/// Returns whether a text tells a time.
fn tells(text: &Text, start: DateTime) -> bool {
    let day = start.strftime("%A %-d %B").to_string();
    let time = format!("at {}", uk::clock_time(start.time()));
    text.text.contains(&day) && text.text.contains(&time)
}

fn at(text: &Text) -> DateTime {
    uk::at(text.at).datetime()
}

impl Week {
    /// Compares what reached patients with what should have.
    pub(super) async fn verdict(&self) -> Verdict {
        let (handed, lost) = (self.sender.handed(), self.sender.lost());
        let delivered = self.sender.delivered();
        let mut verdict = Verdict {
            told: delivered.len(),
            ..Verdict::default()
        };
        let mut references = BTreeSet::new();
        let quiet = QuietHours::default();
        for one in &delivered {
            verdict.twice += usize::from(!references.insert(one.reference));
            verdict.quiet += usize::from(quiet.contains(at(one).time()));
        }
        let [mut told, mut handed, mut lost] =
            [&delivered, &handed, &lost].map(|it| of_patients(it));
        for (patient, person) in &self.people {
            let messages = Messages {
                handed: take(&mut handed, *patient),
                delivered: take(&mut told, *patient),
                lost: take(&mut lost, *patient),
            };
            self.judge(*patient, person, &messages, &mut verdict);
        }
        verdict.wrong += told.values().map(Vec::len).sum::<usize>();
        let practice = self.settings.ods_code();
        let mut open = self.store.open_claims(practice).await.unwrap();
        // What can't be asked about, and is not sent again, is open until its appointment has passed.
        open.retain(|claim| claim.keys.iter().any(|key| self.may_be_told(key)));
        verdict.open = open.len();
        verdict
    }

    /// Returns whether the appointment of a claim stands, and its patient may be written to.
    fn may_be_told(&self, key: &ReminderKey) -> bool {
        let person = self.people.get(&key.patient.get().into());
        let person = person.filter(|it| it.silent_from().is_none());
        let mut appointments = person.iter().flat_map(|it| &it.appointments);
        appointments.any(|it| it.start == key.start && it.ended_at.is_none())
    }

    fn judge(&self, patient: i64, person: &Person, messages: &Messages<'_>, verdict: &mut Verdict) {
        let texts = &messages.delivered;
        let since = |from: Option<DateTime>| {
            let from = from.unwrap_or(DateTime::MAX);
            texts.iter().filter(|text| from <= at(text)).count()
        };
        verdict.dead += since(person.died_at);
        verdict.opted_out += since(person.opted_out_at);
        if is_child(patient) {
            verdict.under_age += texts.len();
            return;
        }
        let stood = |text: &&&Text| person.appointments.iter().any(|it| stood_at(it, text));
        verdict.wrong += texts.len() - texts.iter().filter(stood).count();
        verdict.twice += told_twice(&person.appointments, messages);
        for it in &person.appointments {
            let until = it.ended_at.unwrap_or(DateTime::MAX);
            // Told, before or after it was moved away and back.
            let told = texts.iter().any(|text| tells(text, it.start));
            let due = self.had_time_to_tell(patient, person, it, until, messages);
            verdict.forgotten += usize::from(due && !told);
        }
        // The last message tells the final time, if it was due and there was time to tell it.
        if let Some(last) = person
            .appointments
            .last()
            .filter(|it| it.ended_at.is_none())
            && let Some(text) = texts.last()
            && self.had_time_to_tell(patient, person, last, DateTime::MAX, messages)
        {
            verdict.last_words_wrong += usize::from(!tells(text, last.start));
        }
    }

    /// Returns whether there was time to tell an appointment that stood until `until`.
    fn had_time_to_tell(
        &self,
        patient: i64,
        person: &Person,
        it: &Tracked,
        until: DateTime,
        messages: &Messages<'_>,
    ) -> bool {
        let due = it.start.saturating_sub(SignedDuration::from_hours(24));
        let mut from = due.max(it.booked_at);
        if let Some(lost) = messages.lost.iter().rfind(|text| tells(text, it.start)) {
            // Another contact is tried once that is known.
            let known = self
                .known_lost
                .iter()
                .find(|known| known.0 == lost.reference);
            let Some((_, known)) = known.filter(|_| email(patient).is_some()) else {
                return false;
            };
            from = from.max(*known);
        }
        let cut_off = it.start.saturating_sub(SignedDuration::from_mins(60));
        let silent = person.silent_from().unwrap_or(DateTime::MAX);
        let until = until.min(cut_off).min(silent).min(self.now());
        self.had_time(from, until)
    }

    /// Returns whether there were four good hours of sending in a span.
    fn had_time(&self, from: DateTime, until: DateTime) -> bool {
        let quiet = QuietHours::default();
        let mut good = 0;
        let mut time = from;
        while time < until {
            let mut outages = self.outages.iter();
            let out = outages.any(|(from, until)| *from <= time && time <= *until);
            good += i32::from(!out && !quiet.contains(time.time()));
            time = time.saturating_add(SignedDuration::from_mins(30));
        }
        good >= 8
    }
}

/// Returns whether a text tells an appointment that stood at that moment. Clocks go back by up to
/// twenty minutes.
fn stood_at(it: &Tracked, text: &Text) -> bool {
    let slack = SignedDuration::from_mins(25);
    tells(text, it.start)
        && it.booked_at <= at(text).saturating_add(slack)
        && it.ended_at.is_none_or(|ended| at(text) <= ended)
        && at(text) < it.start
}

/// Returns how often one start was told twice in a row, with no other handed over in between: that may
/// have been delivered, so the final time is told again.
fn told_twice(all: &[Tracked], messages: &Messages<'_>) -> usize {
    let twice = |pair: &&[&Text]| {
        let both = |start| tells(pair[0], start) && tells(pair[1], start);
        let Some(same) = all.iter().find(|it| both(it.start)) else {
            return false;
        };
        // Another slot at the same time is another appointment: it may be at another site.
        let other = |it: &Tracked| it.start == same.start && it.slot != same.slot;
        let between =
            |it: &&&Text| pair[0].at <= it.at && it.at <= pair[1].at && !tells(it, same.start);
        !all.iter().any(other) && !messages.handed.iter().any(|it| between(&it))
    };
    messages.delivered.windows(2).filter(twice).count()
}
