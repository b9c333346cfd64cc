//! Weeks of practices, simulated with faults against a model of what should have been sent.
//!
//! Each week has bookings, moves and cancellations by reception, several workers, crashes at any
//! await point, downtime of EMIS and of the sender, senders that lie about what they did, and clocks
//! that go back. Afterwards each invariant is checked from the sender's side: what reached patients,
//! and when. `EMIS_REMINDER_WEEKS` sets the number of weeks.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::{Arc, Mutex};

use emis_messaging::{
    Delivery, Message, MessageReference, Notifier, NotifierFuture, NotifyError, NotifyErrorKind,
    RepeatSafety, SenderCapabilities,
};
use emis_reminders::{MemoryReminderStore, ReminderStore};
use emis_settings::{PracticeSettings, QuietHours};
use emis_types::{Clock, ManualClock, OdsCode, uk};
use jiff::civil::{Date, DateTime, date};
use jiff::{SignedDuration, Timestamp};

use crate::emis::{PureEmis, settings};

/// Returns the number of weeks: `EMIS_REMINDER_WEEKS`, or a small one.
fn weeks() -> u64 {
    let weeks = std::env::var("EMIS_REMINDER_WEEKS").ok();
    weeks.and_then(|weeks| weeks.parse().ok()).unwrap_or(3)
}

/// Pseudorandom numbers, equal in every run.
#[derive(Debug, Clone)]
struct Dice(u64);

impl Dice {
    fn throw(&mut self, sides: u64) -> u64 {
        self.0 = self
            .0
            .wrapping_mul(6_364_136_223_846_793_005)
            .wrapping_add(1);
        (self.0 >> 33) % sides
    }

    fn one_in(&mut self, sides: u64) -> bool {
        self.throw(sides) == 0
    }
}

/// A fault that is planted into the checks' view of the world, to show that each can fail.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Planted {
    Nothing,
    /// The sender delivers a message twice.
    Twice,
    /// The sender swallows a message and says that it was sent.
    Forgotten,
    /// The sender delivers a message at night.
    Night,
    /// The sender delivers what it was handed earlier as the last word.
    LastWord,
    /// The sender delivers to a patient without an appointment.
    Wrong,
}

/// A message that reached a patient.
#[derive(Debug, Clone)]
struct Delivered {
    at: Timestamp,
    mobile: String,
    reference: MessageReference,
    text: String,
}

/// A sender that fails, lies about what it did, and can be asked.
#[derive(Debug)]
struct Liar {
    capabilities: SenderCapabilities,
    clock: ManualClock,
    state: Mutex<LiarState>,
}

#[derive(Debug)]
struct LiarState {
    dice: Dice,
    trouble: u64,
    down: bool,
    delivered: Vec<Delivered>,
    /// Everything that it was handed, delivered or not.
    handed: Vec<Delivered>,
    planted: Planted,
}

impl Liar {
    fn new(repeat: RepeatSafety, clock: ManualClock, dice: Dice, planted: Planted) -> Self {
        let mut capabilities = SenderCapabilities::new("liar");
        capabilities.repeat = repeat;
        let state = LiarState {
            dice,
            trouble: 12,
            down: false,
            delivered: Vec::new(),
            handed: Vec::new(),
            planted,
        };
        Self {
            capabilities,
            clock,
            state: Mutex::new(state),
        }
    }

    /// Returns a message as it reaches a patient at this moment.
    fn written(&self, message: &Message) -> Delivered {
        let mobile = match message.contact().unwrap() {
            emis_messaging::Contact::Sms(mobile) => mobile.expose().to_owned(),
            _ => panic!("patients have mobiles only"),
        };
        let text = message.body().expose_text().unwrap().to_owned();
        Delivered {
            at: self.clock.now(),
            mobile,
            reference: message.reference(),
            text,
        }
    }

    fn deliver(&self, message: &Message) {
        let mut state = self.state.lock().unwrap();
        let known = state
            .delivered
            .iter()
            .any(|it| it.reference == message.reference());
        if known && self.capabilities.repeat == RepeatSafety::Idempotent {
            return;
        }
        let mut delivered = self.written(message);
        let place = state.delivered.len();
        match (state.planted, place) {
            (Planted::Twice, 5) => state.delivered.push(delivered.clone()),
            (Planted::Forgotten, 5) => {
                state.planted = Planted::Nothing;
                return;
            }
            (Planted::Night, 5) => {
                let night = uk::at(delivered.at).date().at(23, 0, 0, 0);
                delivered.at = uk::zoned(night).timestamp();
            }
            (Planted::Wrong, 5) => delivered.mobile = "+447700900998".to_owned(),
            _ => {}
        }
        state.delivered.push(delivered);
    }
}

impl Notifier for Liar {
    fn capabilities(&self) -> &SenderCapabilities {
        &self.capabilities
    }

    fn send<'a>(&'a self, message: &'a Message) -> NotifierFuture<'a, Delivery> {
        Box::pin(async move {
            tokio::task::yield_now().await;
            let (down, lie) = {
                let mut state = self.state.lock().unwrap();
                state.handed.push(self.written(message));
                let trouble = state.trouble;
                (state.down, state.dice.throw(trouble))
            };
            if down {
                let kind = NotifyErrorKind::Temporary;
                return Err(NotifyError::new(kind, "it is down").of_sender());
            }
            let unknown = || Err(NotifyError::new(NotifyErrorKind::Unknown, "no answer came"));
            match lie {
                // Sent, and the answer is lost.
                0 => {
                    self.deliver(message);
                    tokio::task::yield_now().await;
                    unknown()
                }
                // Not sent, and no answer comes.
                1 => unknown(),
                2 => Err(NotifyError::new(NotifyErrorKind::Temporary, "it is busy")),
                // Sent, and called not sent.
                3 if self.capabilities.repeat != RepeatSafety::None => {
                    self.deliver(message);
                    Err(NotifyError::new(NotifyErrorKind::Temporary, "it is busy"))
                }
                _ => {
                    self.deliver(message);
                    tokio::task::yield_now().await;
                    Ok(Delivery::new())
                }
            }
        })
    }

    fn find<'a>(
        &'a self,
        _: &'a OdsCode,
        reference: MessageReference,
    ) -> NotifierFuture<'a, Option<Delivery>> {
        Box::pin(async move {
            tokio::task::yield_now().await;
            let state = self.state.lock().unwrap();
            if state.down {
                let kind = NotifyErrorKind::Temporary;
                return Err(NotifyError::new(kind, "it is down"));
            }
            let found = state.delivered.iter().any(|it| it.reference == reference);
            Ok(found.then(Delivery::new))
        })
    }
}

/// The verdict on one week.
#[derive(Debug, Default, PartialEq, Eq)]
struct Verdict {
    told: usize,
    wrong: usize,
    twice: usize,
    forgotten: usize,
    night: usize,
    last_words_wrong: usize,
    open: usize,
}

impl Verdict {
    fn add(&mut self, other: &Self) {
        self.told += other.told;
        self.wrong += other.wrong;
        self.twice += other.twice;
        self.forgotten += other.forgotten;
        self.night += other.night;
        self.last_words_wrong += other.last_words_wrong;
        self.open += other.open;
    }

    fn is_clean(&self) -> bool {
        self.wrong + self.twice + self.forgotten + self.night + self.last_words_wrong + self.open
            == 0
    }
}

/// An appointment as the model follows it.
#[derive(Debug, Clone)]
struct Tracked {
    slot: i64,
    start: DateTime,
    booked_at: DateTime,
    /// The time at which it ended, by a move or a cancellation.
    ended_at: Option<DateTime>,
}

struct Week {
    emis: PureEmis,
    settings: PracticeSettings,
    store: Arc<MemoryReminderStore>,
    sender: Arc<Liar>,
    dice: Dice,
    /// The appointments that each patient had, in the order in which they were made.
    of_patient: BTreeMap<i64, Vec<Tracked>>,
    next_slot: i64,
    /// The spans in which runs were not possible for an hour or more.
    outages: Vec<(DateTime, DateTime)>,
}

/// Mondays before weeks with a change of the clocks, Easter, Christmas, and plain ones.
const MONDAYS: [(i16, i8, i8); 6] = [
    (2026, 3, 23),
    (2026, 10, 19),
    (2026, 3, 30),
    (2026, 12, 21),
    (2026, 6, 1),
    (2026, 2, 2),
];

impl Week {
    fn new(seed: u64, planted: Planted) -> Self {
        let mut dice = Dice(seed.wrapping_mul(0x9e37_79b9_7f4a_7c15) ^ 0xa5a5);
        for _ in 0..4 {
            dice.throw(2);
        }
        let (year, month, day) = MONDAYS[usize::try_from(seed % 6).unwrap()];
        let monday = date(year, month, day);
        let emis = PureEmis::at(monday.at(7, 0, 0, 0));
        let repeat = match planted {
            Planted::Nothing if seed.is_multiple_of(2) => RepeatSafety::Idempotent,
            _ => RepeatSafety::Searchable,
        };
        let sender = Liar::new(repeat, emis.clock.clone(), dice.clone(), planted);
        Self {
            settings: settings(|reminders| reminders.least_minutes_between = 0),
            store: Arc::default(),
            sender: Arc::new(sender),
            dice,
            of_patient: BTreeMap::new(),
            next_slot: 1,
            outages: Vec::new(),
            emis,
        }
    }

    fn now(&self) -> DateTime {
        uk::now(&self.emis.clock).datetime()
    }

    /// Books a patient from tomorrow on, at a time of surgery hours.
    fn book(&mut self, patient: i64, days_ahead: i64) {
        let day: Date = self.now().date();
        let day = day.saturating_add(SignedDuration::from_hours(24 * days_ahead));
        let minute = 8 * 60 + 10 * i64::try_from(self.dice.throw(60)).unwrap();
        let start = day
            .at(0, 0, 0, 0)
            .saturating_add(SignedDuration::from_mins(minute));
        let slot = self.next_slot;
        self.next_slot += 1;
        self.book_into(slot, patient, start);
    }

    fn book_into(&mut self, slot: i64, patient: i64, start: DateTime) {
        self.emis.book(slot, patient, start);
        let booked_at = self.now();
        let tracked = Tracked {
            slot,
            start,
            booked_at,
            ended_at: None,
        };
        self.of_patient.entry(patient).or_default().push(tracked);
    }

    fn end(&mut self, patient: i64) -> Option<Tracked> {
        let now = self.now();
        let of_patient = self.of_patient.get_mut(&patient)?;
        let last = of_patient.last_mut()?;
        if last.ended_at.is_some() || last.start <= now {
            return None;
        }
        last.ended_at = Some(now);
        let ended = last.clone();
        self.emis.cancel(ended.slot);
        Some(ended)
    }

    /// Reception: some patients book, some move, some move back, some cancel.
    fn reception(&mut self) {
        for _ in 0..self.dice.throw(3) {
            let patient = 1 + i64::try_from(self.dice.throw(40)).unwrap();
            match self.dice.throw(6) {
                0 | 1 => {
                    let has_one = self.of_patient.get(&patient).is_some_and(|all| {
                        all.last()
                            .is_some_and(|it| it.ended_at.is_none() && it.start > self.now())
                    });
                    if !has_one {
                        let ahead = 1 + i64::try_from(self.dice.throw(4)).unwrap();
                        self.book(patient, ahead);
                    }
                }
                2 => drop(self.end(patient)),
                3 => {
                    if self.end(patient).is_some() {
                        let ahead = 1 + i64::try_from(self.dice.throw(2)).unwrap();
                        self.book(patient, ahead);
                    }
                }
                _ => {
                    // Back to where it was before.
                    let before = self.of_patient.get(&patient).and_then(|all| {
                        let place = all.len().checked_sub(2)?;
                        all.get(place).map(|it| (it.slot, it.start))
                    });
                    let ahead = self.now().saturating_add(SignedDuration::from_hours(2));
                    if let Some((slot, before)) = before.filter(|before| before.1 > ahead)
                        && self.end(patient).is_some()
                    {
                        self.book_into(slot, patient, before);
                    }
                }
            }
        }
    }

    /// Several workers run at once; one may be killed at any await point.
    async fn workers(&mut self) {
        let workers = 1 + self.dice.throw(3);
        let mut running = Vec::new();
        for _ in 0..workers {
            let reminders =
                self.emis
                    .reminders(&self.settings, self.store.clone(), self.sender.clone());
            let polls = match self.dice.one_in(4) {
                true => self.dice.throw(120),
                false => u64::MAX,
            };
            let run = async move { reminders.run().await.map(drop) };
            running.push(async move { killed_after(Box::pin(run), polls).await });
        }
        futures(running).await;
    }

    /// Lives through a week.
    async fn live(&mut self) {
        for patient in 1..=20 {
            let ahead = 1 + i64::try_from(self.dice.throw(4)).unwrap();
            self.book(patient, ahead);
        }
        let end = self
            .now()
            .saturating_add(SignedDuration::from_hours(24 * 7));
        while self.now() < end {
            self.reception();
            match self.dice.throw(60) {
                0 => self.outage(true).await,
                1 => self.outage(false).await,
                2 => {
                    // The clock goes back, and forward again when it is corrected.
                    let minutes = i64::try_from(self.dice.throw(20)).unwrap();
                    self.emis.clock.advance(SignedDuration::from_mins(-minutes));
                    self.workers().await;
                    self.emis.clock.advance(SignedDuration::from_mins(minutes));
                }
                3 => {
                    let patient = 1 + i64::try_from(self.dice.throw(40)).unwrap();
                    self.emis.poison(patient, Some(500));
                    self.workers().await;
                    self.emis.poison(patient, None);
                }
                _ => self.workers().await,
            }
            self.emis.clock.advance(SignedDuration::from_mins(30));
        }
        // Nothing lies any more, and the last doubts are settled.
        self.sender.state.lock().unwrap().trouble = u64::MAX;
        for _ in 0..4 {
            self.emis.clock.advance(SignedDuration::from_mins(15));
            let reminders =
                self.emis
                    .reminders(&self.settings, self.store.clone(), self.sender.clone());
            reminders.run().await.unwrap();
        }
    }

    /// EMIS or the sender is down for an hour or two.
    async fn outage(&mut self, of_emis: bool) {
        let from = self.now();
        if of_emis {
            self.emis.break_down(Some(503));
        } else {
            self.sender.state.lock().unwrap().down = true;
        }
        for _ in 0..2 + self.dice.throw(4) {
            self.workers().await;
            self.emis.clock.advance(SignedDuration::from_mins(30));
        }
        self.emis.break_down(None);
        self.sender.state.lock().unwrap().down = false;
        self.outages.push((from, self.now()));
    }

    /// Compares what reached patients with what should have.
    async fn verdict(&self, planted: Planted) -> Verdict {
        let mut delivered = self.sender.state.lock().unwrap().delivered.clone();
        let handed = self.sender.state.lock().unwrap().handed.clone();
        let mut verdict = Verdict {
            told: delivered.len(),
            ..Verdict::default()
        };
        if planted == Planted::LastWord {
            let moved = self.of_patient.iter().find(|(patient, all)| {
                let texts = delivered.iter().filter(|it| it.mobile == mobile(**patient));
                all.len() > 1 && texts.count() > 1
            });
            let patient = mobile(*moved.unwrap().0);
            let first = delivered
                .iter()
                .position(|it| it.mobile == patient)
                .unwrap();
            let mut stale = delivered[first].clone();
            stale.at = self.emis.clock.now();
            stale.reference = MessageReference::random();
            delivered.push(stale);
        }
        let mut references = BTreeSet::new();
        let quiet = QuietHours::default();
        for one in &delivered {
            verdict.twice += usize::from(!references.insert(one.reference));
            verdict.night += usize::from(quiet.contains(uk::at(one.at).time()));
        }
        let mut told: BTreeMap<String, Vec<&Delivered>> = BTreeMap::new();
        for one in &delivered {
            told.entry(one.mobile.clone()).or_default().push(one);
        }
        for (patient, all) in &self.of_patient {
            let texts = told.remove(&mobile(*patient)).unwrap_or_default();
            let handed = handed.iter().filter(|it| it.mobile == mobile(*patient));
            self.judge(all, &texts, &handed.collect::<Vec<_>>(), &mut verdict);
        }
        verdict.wrong += told.values().map(Vec::len).sum::<usize>();
        let practice = self.settings.ods_code();
        verdict.open = self.store.open_claims(practice).await.unwrap().len();
        verdict
    }

    fn judge(
        &self,
        all: &[Tracked],
        texts: &[&Delivered],
        handed: &[&Delivered],
        verdict: &mut Verdict,
    ) {
        let tells = |text: &Delivered, start: DateTime| {
            let (day, time) = (
                start.strftime("%A %-d %B").to_string(),
                uk::clock_time(start.time()),
            );
            text.text.contains(&day) && text.text.contains(&format!("at {time}."))
        };
        let at = |text: &Delivered| uk::at(text.at).datetime();
        for text in texts {
            // It tells an appointment that stood at that moment: reception acts between runs.
            let slack = SignedDuration::from_mins(25);
            let stood = all.iter().any(|it| {
                let ended = it.ended_at.is_none_or(|ended| at(text) <= ended);
                tells(text, it.start)
                    && it.booked_at <= at(text).saturating_add(slack)
                    && ended
                    && at(text) < it.start
            });
            verdict.wrong += usize::from(!stood);
        }
        // The same start is told twice in a row only if the sender was handed another one in between:
        // it may have been delivered, so the final time is told again.
        for pair in texts.windows(2) {
            let same = |start| tells(pair[0], start) && tells(pair[1], start);
            let Some(same) = all.iter().find(|it| same(it.start)) else {
                continue;
            };
            // Another slot at the same time is another appointment: it may be at another site.
            if all
                .iter()
                .any(|it| it.start == same.start && it.slot != same.slot)
            {
                continue;
            }
            let between = handed
                .iter()
                .any(|it| pair[0].at <= it.at && it.at <= pair[1].at && !tells(it, same.start));
            verdict.twice += usize::from(!between);
        }
        let now = self.now();
        for it in all {
            let due = it.start.saturating_sub(SignedDuration::from_hours(24));
            let due = due.max(it.booked_at);
            let last = it.start.saturating_sub(SignedDuration::from_mins(60));
            let until = it.ended_at.unwrap_or(last).min(last).min(now);
            if !self.had_time(due, until) {
                continue;
            }
            // Told, before or after it was moved away and back.
            let told = texts.iter().any(|text| tells(text, it.start));
            verdict.forgotten += usize::from(!told);
        }
        // The last message tells the final time, if it was due and there was time to tell it.
        let Some(last) = all.last().filter(|it| it.ended_at.is_none()) else {
            return;
        };
        let due = last.start.saturating_sub(SignedDuration::from_hours(24));
        let cut_off = last.start.saturating_sub(SignedDuration::from_mins(60));
        if self.had_time(due.max(last.booked_at), cut_off.min(now))
            && let Some(text) = texts.last()
        {
            verdict.last_words_wrong += usize::from(!tells(text, last.start));
        }
    }

    /// Returns whether there were three good hours of sending in a span.
    fn had_time(&self, from: DateTime, until: DateTime) -> bool {
        let quiet = QuietHours::default();
        let mut good = 0;
        let mut time = from;
        while time < until {
            let out = self
                .outages
                .iter()
                .any(|(from, until)| *from <= time && time <= *until);
            good += i32::from(!out && !quiet.contains(time.time()));
            time = time.saturating_add(SignedDuration::from_mins(30));
        }
        good >= 8
    }
}

fn mobile(patient: i64) -> String {
    format!("+447700900{:03}", patient % 1000)
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
async fn futures<F: Future<Output = ()>>(all: Vec<F>) {
    let mut running: Vec<_> = all.into_iter().map(Box::pin).collect();
    std::future::poll_fn(|context| {
        running.retain_mut(|one| one.as_mut().poll(context).is_pending());
        if running.is_empty() {
            std::task::Poll::Ready(())
        } else {
            std::task::Poll::Pending
        }
    })
    .await;
}

async fn week(seed: u64, planted: Planted) -> Verdict {
    let mut week = Week::new(seed, planted);
    week.live().await;
    week.verdict(planted).await
}

#[tokio::test(start_paused = true)]
async fn weeks_of_practices_go_as_the_model_says() {
    let mut sum = Verdict::default();
    let first = std::env::var("EMIS_REMINDER_SEED").ok();
    let first: u64 = first.and_then(|seed| seed.parse().ok()).unwrap_or(0);
    for seed in first..weeks() {
        let verdict = week(seed, Planted::Nothing).await;
        assert!(verdict.is_clean(), "seed {seed}: {verdict:?}");
        sum.add(&verdict);
    }
    assert!(sum.told > 0);
    #[allow(clippy::print_stdout, reason = "the figure of a long run")]
    {
        println!("{} practice-weeks: {sum:?}", weeks());
    }
}

/// Each check can fail.
#[tokio::test(start_paused = true)]
async fn planted_faults_are_found() {
    let found = async |planted| {
        let mut sum = Verdict::default();
        for seed in [4, 10] {
            sum.add(&week(seed, planted).await);
        }
        sum
    };
    assert!(found(Planted::Twice).await.twice > 0);
    assert!(found(Planted::Forgotten).await.forgotten > 0);
    assert!(found(Planted::Night).await.night > 0);
    assert!(found(Planted::LastWord).await.last_words_wrong > 0);
    assert!(found(Planted::Wrong).await.wrong > 0);
}
