//! A week of a practice: reception, patients, workers and troubles.

use std::sync::Arc;

use emis_messaging::RepeatSafety;
use emis_reminders::{MemoryReminderStore, record_receipt};
use emis_settings::PracticeSettings;
use emis_types::{Clock, uk};
use jiff::SignedDuration;
use jiff::civil::{DateTime, date};

use super::Planted;
use super::dice::Dice;
use super::network::Network;
use super::patients::{self, AT_FIRST, People, RecordFault, Tracked};
use crate::emis::{PureEmis, settings};
use crate::support::messenger;

/// Mondays before weeks with a change of the clocks, Easter, Christmas, and plain ones.
const MONDAYS: [(i16, i8, i8); 6] = [
    (2026, 3, 23),
    (2026, 10, 19),
    (2026, 3, 30),
    (2026, 12, 21),
    (2026, 6, 1),
    (2026, 2, 2),
];

pub(super) struct Week {
    pub(super) emis: PureEmis,
    pub(super) settings: PracticeSettings,
    pub(super) store: Arc<MemoryReminderStore>,
    pub(super) sender: Arc<Network>,
    pub(super) people: People,
    /// The spans in which runs were not possible for an hour or more.
    pub(super) outages: Vec<(DateTime, DateTime)>,
    /// When it became known that a message was lost on the network.
    pub(super) known_lost: Vec<(emis_messaging::MessageReference, DateTime)>,
    dice: Dice,
    next_slot: i64,
    fault: Option<RecordFault>,
}

impl Week {
    pub(super) fn new(seed: u64, planted: Planted) -> Self {
        let dice = Dice::of(seed);
        let (year, month, day) = MONDAYS[usize::try_from(seed % 6).unwrap()];
        let emis = PureEmis::at(date(year, month, day).at(7, 0, 0, 0));
        let repeat = match planted {
            Planted::Nothing if seed.is_multiple_of(2) => RepeatSafety::Idempotent,
            _ => RepeatSafety::Searchable,
        };
        let (of_sender, fault) = match planted {
            Planted::Nothing => (None, None),
            Planted::Sender(fault) => (Some(fault), None),
            Planted::Record(fault) => (None, Some(fault)),
        };
        let sender = Network::new(repeat, emis.clock.clone(), dice.clone(), of_sender);
        Self {
            settings: settings(|reminders| reminders.least_minutes_between = 0),
            store: Arc::default(),
            sender: Arc::new(sender),
            people: patients::registered(&emis, fault),
            outages: Vec::new(),
            known_lost: Vec::new(),
            dice,
            next_slot: 1,
            fault,
            emis,
        }
    }

    pub(super) fn now(&self) -> DateTime {
        uk::now(&self.emis.clock).datetime()
    }

    /// Lives through a week.
    pub(super) async fn live(&mut self) {
        for patient in 1..=AT_FIRST {
            let ahead = 1 + self.dice.number(4);
            self.book(patient, ahead);
        }
        let end = self
            .now()
            .saturating_add(SignedDuration::from_hours(24 * 7));
        while self.now() < end {
            self.reception().await;
            match self.dice.throw(60) {
                0 => self.outage(true).await,
                1 => self.outage(false).await,
                2 => {
                    // The clock goes back, and forward again when it is corrected.
                    let minutes = self.dice.number(20);
                    self.emis.clock.advance(SignedDuration::from_mins(-minutes));
                    self.workers().await;
                    self.emis.clock.advance(SignedDuration::from_mins(minutes));
                }
                3 => {
                    let patient = self.someone();
                    self.emis.poison(patient, Some(500));
                    self.workers().await;
                    self.emis.poison(patient, None);
                }
                _ => self.workers().await,
            }
            self.emis.clock.advance(SignedDuration::from_mins(30));
        }
        // Nothing lies any more, and the last doubts are settled.
        self.sender.mend();
        for _ in 0..4 {
            self.emis.clock.advance(SignedDuration::from_mins(15));
            let (store, sender) = (self.store.clone(), self.sender.clone());
            let reminders = self.emis.reminders(&self.settings, store, sender);
            reminders.run().await.unwrap();
        }
    }

    fn someone(&mut self) -> i64 {
        1 + self.dice.number(2 * AT_FIRST as u64)
    }

    /// Books a patient at a time of surgery hours.
    fn book(&mut self, patient: i64, days_ahead: i64) {
        let day = SignedDuration::from_hours(24 * days_ahead);
        let day = self.now().date().saturating_add(day);
        let minutes = SignedDuration::from_mins(8 * 60 + 10 * self.dice.number(60));
        let start = day.at(0, 0, 0, 0).saturating_add(minutes);
        let slot = self.next_slot;
        self.next_slot += 1;
        self.book_into(slot, patient, start);
    }

    fn book_into(&mut self, slot: i64, patient: i64, start: DateTime) {
        self.emis.book(slot, patient, start);
        let booked_at = self.now();
        let person = self.people.entry(patient).or_default();
        person.appointments.push(Tracked {
            slot,
            start,
            booked_at,
            ended_at: None,
        });
    }

    /// Ends the appointment of a patient that is ahead. Returns whether there was one.
    fn end(&mut self, patient: i64) -> bool {
        let now = self.now();
        let Some(ahead) = self.people.get_mut(&patient).and_then(|it| it.ahead(now)) else {
            return false;
        };
        ahead.ended_at = Some(now);
        self.emis.cancel(ahead.slot);
        true
    }

    /// Some patients book, some move, some move back, some cancel; one dies or opts out.
    async fn reception(&mut self) {
        for _ in 0..self.dice.throw(3) {
            let patient = self.someone();
            match self.dice.throw(6) {
                0 | 1 => {
                    let now = self.now();
                    let person = self.people.entry(patient).or_default();
                    if person.ahead(now).is_none() {
                        let ahead = 1 + self.dice.number(4);
                        self.book(patient, ahead);
                    }
                }
                2 => {
                    self.end(patient);
                }
                3 => {
                    if self.end(patient) {
                        let ahead = 1 + self.dice.number(2);
                        self.book(patient, ahead);
                    }
                }
                _ => self.move_back(patient),
            }
        }
        if self.dice.one_in(80) {
            let patient = self.someone();
            let (emis, fault) = (self.emis.clone(), self.fault);
            let practice = self.settings.ods_code().clone();
            let person = self.people.entry(patient).or_default();
            match self.dice.one_in(2) {
                true => patients::die(&emis, patient, person, fault),
                false => patients::opt_out(&emis, &practice, patient, person, fault).await,
            }
        }
    }

    /// Moves an appointment back to where it was before.
    fn move_back(&mut self, patient: i64) {
        let before = self.people.get(&patient).and_then(|person| {
            let place = person.appointments.len().checked_sub(2)?;
            let before = person.appointments.get(place)?;
            Some((before.slot, before.start))
        });
        let ahead = self.now().saturating_add(SignedDuration::from_hours(2));
        if let Some((slot, start)) = before.filter(|before| before.1 > ahead)
            && self.end(patient)
        {
            self.book_into(slot, patient, start);
        }
    }

    /// Several workers run at once; one may be killed at any await point. Then receipts arrive.
    async fn workers(&mut self) {
        let workers = 1 + self.dice.throw(3);
        let mut running = Vec::new();
        for _ in 0..workers {
            let (store, sender) = (self.store.clone(), self.sender.clone());
            let reminders = self.emis.reminders(&self.settings, store, sender);
            let polls = match self.dice.one_in(4) {
                true => self.dice.throw(120),
                false => u64::MAX,
            };
            let run = async move { reminders.run().await.map(drop) };
            running.push(async move { killed_after(Box::pin(run), polls).await });
        }
        beside_each_other(running).await;
        self.receipts().await;
    }

    /// Records the receipts that have arrived. The sender repeats those that were of no use.
    async fn receipts(&mut self) {
        let (emis, sender) = (self.emis.clone(), self.sender.clone());
        let messenger = messenger(sender.clone(), &emis.ledger, &emis.clock);
        for receipt in sender.receipts() {
            let (reference, now) = (receipt.reference, emis.clock.now());
            let told = receipt.told();
            let recorded = record_receipt(&messenger, &*self.store, &told, now);
            let is_new = recorded.await.unwrap();
            let known = self.known_lost.iter().any(|it| it.0 == reference);
            match receipt.lost && !known {
                true if is_new => self.known_lost.push((reference, self.now())),
                true => sender.repeat(receipt),
                false => {}
            }
        }
    }

    /// EMIS or the sender is down for an hour or two.
    async fn outage(&mut self, of_emis: bool) {
        let from = self.now();
        match of_emis {
            true => self.emis.break_down(Some(503)),
            false => self.sender.set_down(true),
        }
        for _ in 0..2 + self.dice.throw(4) {
            self.workers().await;
            self.emis.clock.advance(SignedDuration::from_mins(30));
        }
        self.emis.break_down(None);
        self.sender.set_down(false);
        self.outages.push((from, self.now()));
    }
}

/// Polls a future at most so often and drops it: a crash at that await point.
async fn killed_after<F: Future + Unpin>(mut work: F, polls: u64) {
    let mut left = polls;
    std::future::poll_fn(|context| {
        if left == 0 {
            return std::task::Poll::Ready(());
        }
        left -= 1;
        std::pin::Pin::new(&mut work).poll(context).map(drop)
    })
    .await;
}

/// Runs futures beside each other, one step of each in turn.
async fn beside_each_other<F: Future<Output = ()>>(all: Vec<F>) {
    let mut running: Vec<_> = all.into_iter().map(Box::pin).collect();
    std::future::poll_fn(|context| {
        running.retain_mut(|one| one.as_mut().poll(context).is_pending());
        match running.is_empty() {
            true => std::task::Poll::Ready(()),
            false => std::task::Poll::Pending,
        }
    })
    .await;
}
