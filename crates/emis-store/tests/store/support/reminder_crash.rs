//! A process whose four workers are killed while they send reminders, and the checks afterwards.

use std::collections::BTreeSet;
use std::fmt;
use std::sync::Arc;

use emis_client::{BreakerPolicy, Client, Limits, RetryPolicy};
use emis_credentials::{FixedToken, OpenIdTokenSource, TokenSource};
use emis_messaging::senders::testing::GovUkNotifyDouble;
use emis_messaging::senders::{GovUkNotify, GovUkNotifyCallbacks, GovUkNotifyService};
use emis_messaging::{
    Delivery, DeliveryReceipt, Message, MessageReference, MessageState, MessageStore, Messenger,
    Notifier, NotifierFuture, SenderCapabilities, TaskStore,
};
use emis_reminders::{ReminderSettlement, ReminderStore, Reminders, RunReport, record_receipt};
use emis_settings::{ExclusionStore, PracticeSettings};
use emis_sim::{PatientKind, Sim, SimPractice};
use emis_test_support::{api_user_grant, token_source_builder};
use emis_types::{ManualClock, OdsCode, uk};
use jiff::SignedDuration;
use jiff::Timestamp;
use jiff::civil::{DateTime, date};
use serde::{Deserialize, Serialize};
use tokio::task::JoinSet;

use super::crash::killed;
use super::line::Line;

/// The variable that tells the child where the practice and the sender are.
const PRACTICE: &str = "EMIS_STORE_CRASH_PRACTICE";
const WORKERS: usize = 4;
/// The appointments of each day that are due a reminder.
const DUE: i16 = 12;
/// A mobile that every text to is refused after a while.
const REFUSES: &str = "07700 900002";

/// All that a process that sends reminders keeps.
pub(crate) trait Stores:
    ReminderStore + ExclusionStore + MessageStore + TaskStore + Clone + 'static
{
}

impl<S> Stores for S where
    S: ReminderStore + ExclusionStore + MessageStore + TaskStore + Clone + 'static
{
}

/// A practice and a sender, as a process that sends reminders knows them.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub(crate) struct Practice {
    api: String,
    application: String,
    token: String,
    pub(crate) ods: OdsCode,
    now: Timestamp,
    sender: String,
    key: String,
    templates: [String; 2],
}

impl Practice {
    /// Returns the practice that the parent process names.
    pub(crate) fn of_child() -> Self {
        serde_json::from_str(&std::env::var(PRACTICE).unwrap()).unwrap()
    }

    /// Returns the clock of the process.
    pub(crate) fn clock(&self) -> Arc<ManualClock> {
        Arc::new(ManualClock::new(self.now))
    }

    fn messenger<S: Stores>(&self, store: &S, sender: Arc<dyn Notifier>) -> Messenger {
        let (ledger, tasks) = (Arc::new(store.clone()), Arc::new(store.clone()));
        Messenger::new(sender, ledger, tasks, self.clock())
    }

    fn reminders<S: Stores>(&self, store: S, sender: Arc<dyn Notifier>) -> Reminders {
        let (api, application) = (self.api.parse().unwrap(), self.application.parse().unwrap());
        let token = Arc::new(FixedToken::new(self.token.clone()));
        let client = Client::builder(api, application, token)
            .limits(Limits::new(1_000, 1_000_000))
            .retry(RetryPolicy::never())
            .breaker(BreakerPolicy::never())
            .build()
            .unwrap();
        let mut settings = PracticeSettings::new(self.ods.clone());
        let mut reminders = settings.reminders().clone();
        reminders.least_minutes_between = 0;
        settings.set_reminders(reminders).unwrap();
        let (register, messenger) = (Arc::new(store.clone()), self.messenger(&store, sender));
        Reminders::new(
            client,
            &settings,
            register,
            Arc::new(store),
            messenger,
            self.clock(),
        )
        .least_between_polls(SignedDuration::ZERO)
    }

    fn sender(&self) -> Arc<GovUkNotify> {
        let [sms, email] = &self.templates;
        let service = GovUkNotifyService::new(self.key.parse().unwrap())
            .sms_template(sms.parse().unwrap())
            .email_template(email.parse().unwrap());
        let sender = GovUkNotify::builder(self.clock())
            .service(service)
            .base_url(self.sender.parse().unwrap());
        Arc::new(sender.build().unwrap())
    }
}

/// Sends what is due with four workers until the process is killed, and prints each message that it
/// hands over.
pub(crate) async fn work(store: impl Stores, practice: Practice) {
    let sender = Arc::new(Telling(practice.sender()));
    let mut workers = JoinSet::new();
    for _ in 0..WORKERS {
        let reminders = practice.reminders(store.clone(), sender.clone());
        workers.spawn(async move {
            loop {
                let report = reminders.run().await.unwrap();
                assert!(report.halted.is_none(), "{report}");
                println!("acknowledged run");
            }
        });
    }
    workers.join_all().await;
}

/// A sender that prints what it does.
#[derive(Debug)]
struct Telling(Arc<GovUkNotify>);

impl Notifier for Telling {
    fn capabilities(&self) -> &SenderCapabilities {
        self.0.capabilities()
    }

    fn send<'a>(&'a self, message: &'a Message) -> NotifierFuture<'a, Delivery> {
        Box::pin(async move {
            println!("acknowledged sending {}", message.reference());
            let sent = self.0.send(message).await;
            if sent.is_ok() {
                println!("acknowledged sent {}", message.reference());
            }
            sent
        })
    }

    fn find<'a>(
        &'a self,
        practice: &'a OdsCode,
        reference: MessageReference,
    ) -> NotifierFuture<'a, Option<Delivery>> {
        self.0.find(practice, reference)
    }
}

/// A practice and a sender that outlive the processes that send. Each round is a day.
pub(crate) struct Post {
    sim: Sim,
    practice: SimPractice,
    clock: ManualClock,
    tokens: OpenIdTokenSource,
    double: GovUkNotifyDouble,
    line: Line,
    /// The receipts that were not taken, as their messages were in doubt.
    waiting: Vec<DeliveryReceipt>,
    pub(crate) counts: KillCounts,
}

/// Counts of the reminders that were in flight when processes were killed.
#[derive(Debug, Clone, Copy, Default)]
pub(crate) struct KillCounts {
    due: usize,
    pub(crate) handed_over: usize,
    in_doubt: usize,
    undelivered: usize,
}

impl fmt::Display for KillCounts {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self {
            due,
            handed_over,
            in_doubt,
            undelivered,
        } = self;
        write!(
            f,
            "{due} reminders due and sent once, {handed_over} handed over before a kill, \
             {in_doubt} in doubt after it, {undelivered} not delivered and sent to another contact"
        )
    }
}

impl Post {
    pub(crate) async fn open() -> Self {
        let clock = ManualClock::at_uk(date(2026, 6, 2).at(10, 0, 0, 0));
        let shared = Arc::new(clock.clone());
        let sim = Sim::builder().patients(100).clock(shared.clone());
        let sim = sim.start().await.unwrap();
        let practice = sim.practice();
        for slot in practice.slots().iter().filter(|it| it.patient.is_some()) {
            practice.staff_cancel(slot.slot_id).unwrap();
        }
        let tokens = token_source_builder(&sim, api_user_grant(&practice), &clock);
        let double = GovUkNotifyDouble::start(shared).await.unwrap();
        Self {
            tokens: tokens.build().unwrap(),
            line: Line::to(double.base_url().socket_addrs(|| None).unwrap()[0]).await,
            sim,
            practice,
            clock,
            double,
            waiting: Vec::new(),
            counts: KillCounts::default(),
        }
    }

    /// Books the appointments of tomorrow, all of which are due a reminder now.
    fn book(&self) {
        let types = self.practice.slot_types();
        let routine = types.iter().find(|it| it.display == "GP Routine").unwrap();
        let tomorrow = self.now().date().tomorrow().unwrap().at(9, 0, 0, 0);
        let slots = self
            .practice
            .staff_open_session(tomorrow, 5, DUE, routine.id);
        let patients = self.practice.patients().into_iter();
        let patients = patients.filter(|it| it.kind == PatientKind::Regular);
        for (n, (slot, patient)) in slots.unwrap().into_iter().zip(patients).enumerate() {
            let number = patient.patient_number;
            let mobile = match n {
                0 => REFUSES.to_owned(),
                _ => format!("07700 900{:03}", 300 + n),
            };
            self.practice.set_mobile(number, &mobile).unwrap();
            let email = format!("patient.{n}@example.com");
            self.practice.set_email(number, &email).unwrap();
            self.practice.staff_book(slot, number).unwrap();
        }
    }

    fn now(&self) -> DateTime {
        uk::now(&self.clock).datetime()
    }

    async fn facts(&self) -> Practice {
        let service = self.double.service_id();
        let template = |kind| self.double.template_id(service, kind).unwrap().to_string();
        Practice {
            api: self.sim.api_url().to_owned(),
            application: self.sim.application_id().to_owned(),
            token: self.tokens.token().await.unwrap().expose().to_owned(),
            ods: self.practice.ods().parse().unwrap(),
            now: emis_types::Clock::now(&self.clock),
            sender: self.line.url(),
            key: self.double.api_key(service),
            templates: [template("sms"), template("email")],
        }
    }

    /// Runs this test program with the test `child` alone, kills it, and returns the references that
    /// it said were sent.
    pub(crate) async fn killed(
        &mut self,
        child: &str,
        store: &str,
        round: u32,
    ) -> BTreeSet<MessageReference> {
        self.book();
        let facts = serde_json::to_string(&self.facts().await).unwrap();
        let (child, store) = (child.to_owned(), store.to_owned());
        let lines = tokio::task::spawn_blocking(move || {
            killed(&child, &store, round, &[(PRACTICE, &facts)])
        });
        let lines = lines.await.unwrap();
        // What it wrote before it died reaches the sender, or never will.
        self.line.hung_up().await;
        let sent = lines.iter().filter_map(|line| line.strip_prefix("sent "));
        sent.filter_map(|reference| reference.parse().ok())
            .collect()
    }

    /// Returns a time at which the leases of the killed process are over.
    pub(crate) fn pass_time(&self) -> Arc<ManualClock> {
        self.clock.advance(SignedDuration::from_mins(11));
        Arc::new(self.clock.clone())
    }

    /// Recovers with four workers, while receipts arrive, and checks that each reminder that was due
    /// was sent once, and that no claim is left open.
    pub(crate) async fn check<S: Stores>(&mut self, store: S, said: &BTreeSet<MessageReference>) {
        let facts = self.facts().await;
        self.counts.in_doubt += store.open_claims(&facts.ods).await.unwrap().len();
        self.counts.handed_over += said.len();
        self.receive(&store, &facts).await;
        for workers in [WORKERS, 1] {
            let mut running = JoinSet::new();
            for _ in 0..workers {
                let reminders = facts.reminders(store.clone(), facts.sender());
                running.spawn(async move { reminders.run().await.unwrap() });
            }
            for report in running.join_all().await {
                assert_clean(&report);
            }
            self.receive(&store, &facts).await;
            assert_eq!(store.open_claims(&facts.ods).await.unwrap(), []);
            assert_eq!(store.open_messages(&facts.ods).await.unwrap(), []);
        }
        assert!(self.waiting.is_empty(), "{:?}", self.waiting);
        self.check_sent(&store, &facts.ods, said).await;
        // The day is over.
        let tomorrow = self.now().date().tomorrow().unwrap().at(10, 0, 0, 0);
        let until = uk::zoned(tomorrow).timestamp();
        let rest = until.duration_since(emis_types::Clock::now(&self.clock));
        self.clock.advance(rest);
    }

    /// Records the receipts of the sender, the last first. It repeats those of failures that were of
    /// no use.
    async fn receive<S: Stores>(&mut self, store: &S, practice: &Practice) {
        let callbacks = GovUkNotifyCallbacks::new(self.double.callback_token().to_owned().into());
        let messenger = practice.messenger(store, practice.sender());
        let new = self.double.settle_all().into_iter();
        let new = new.map(|it| callbacks.receipt(&it.headers, &it.body).unwrap());
        self.waiting.extend(new);
        for receipt in std::mem::take(&mut self.waiting).into_iter().rev() {
            let now = emis_types::Clock::now(&self.clock);
            let recorded = record_receipt(&messenger, store, &receipt, now).await;
            match (recorded.unwrap(), receipt.state == MessageState::Failed) {
                (true, true) => self.counts.undelivered += 1,
                (false, true) => self.waiting.push(receipt),
                (_, false) => {}
            }
        }
    }

    /// Compares what the store says of tomorrow's appointments with what the sender has.
    async fn check_sent<S: ReminderStore>(
        &mut self,
        store: &S,
        practice: &OdsCode,
        said: &BTreeSet<MessageReference>,
    ) {
        let (from, until) = (self.now(), DateTime::MAX);
        let entries = store.reminders(practice, from, until).await.unwrap();
        let mut all: Vec<MessageReference> = Vec::new();
        let day = self.clock_day();
        for message in self.double.messages() {
            if uk::at(message.created_at).date() == day {
                all.push(message.reference.unwrap().parse().unwrap());
            }
        }
        let once: BTreeSet<_> = all.iter().copied().collect();
        assert_eq!(once.len(), all.len(), "a message was sent twice");
        assert!(said.is_subset(&once), "a message that was sent is lost");
        let of = |outcome| {
            let with = entries.iter().filter(move |it| it.settled == Some(outcome));
            with.map(|it| it.reference).collect::<BTreeSet<_>>()
        };
        let (sent, refused) = (
            of(ReminderSettlement::Sent),
            of(ReminderSettlement::Refused),
        );
        assert_eq!(&sent | &refused, once);
        assert_eq!(entries.len(), all.len(), "{entries:?}");
        let due: BTreeSet<_> = entries.iter().map(|it| it.key.slot).collect();
        assert_eq!(due.len(), usize::try_from(DUE).unwrap());
        assert_eq!((sent.len(), refused.len()), (due.len(), 1));
        self.counts.due += due.len();
    }

    fn clock_day(&self) -> jiff::civil::Date {
        self.now().date()
    }
}

fn assert_clean(report: &RunReport) {
    assert!(report.halted.is_none(), "{report}");
    assert!(report.failed.is_empty(), "{report}");
    assert!(report.skipped_records.is_empty(), "{report}");
}
