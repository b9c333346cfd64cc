//! A week of reminders at a simulated practice on this machine:
//!
//! ```text
//! cargo run --example reminders_week
//! ```
//!
//! Reminders go out by a double of GOV.UK Notify. A text does not arrive and an email follows, a
//! reply cancels, reception moves one appointment and cancels another, and a patient opts out. Exits
//! with a non-zero status if a step fails.

#![allow(clippy::print_stdout, reason = "an example shows what it does")]

use std::error::Error;
use std::sync::Arc;

use emis_partner::client::Limits;
use emis_partner::credentials::{ClientCredentials, SealingIdentity};
use emis_partner::diagnostics::Product;
use emis_partner::messaging::ReplyRules;
use emis_partner::messaging::senders::testing::{GovUkNotifyDouble, GovUkNotifyMessage};
use emis_partner::messaging::senders::{GovUkNotify, GovUkNotifyCallbacks, GovUkNotifyService};
use emis_partner::reminders::{RemindedAppointment, RunReport, SentReminder};
use emis_partner::settings::{Channel, PatientAction, ReminderSettings};
use emis_partner::store::SqliteStore;
use emis_partner::types::ManualClock;
use emis_partner::{EmisPartner, Environment, Practice};
use emis_sim::{Sim, SimPractice, SlotFacts};
use jiff::civil::{Date, date};
use jiff::{SignedDuration, ToSpan};

type StepResult<T = ()> = Result<T, Box<dyn Error>>;

const TUESDAY: Date = date(2026, 6, 2);
const WEDNESDAY: Date = date(2026, 6, 3);
const THURSDAY: Date = date(2026, 6, 4);
const FRIDAY: Date = date(2026, 6, 5);

#[tokio::main]
async fn main() -> StepResult {
    let clock = ManualClock::at_uk(TUESDAY.at(10, 0, 0, 0));
    let sim = Sim::builder()
        .clock(Arc::new(clock.clone()))
        .start()
        .await?;
    let notify = GovUkNotifyDouble::start(Arc::new(clock.clone())).await?;
    let partner = product(&sim, &notify, &clock)?;
    let practice = partner.practice(sim.practice().ods().parse()?);
    let (settings, emis) = (practice.settings(), sim.practice());
    let (user, password) = (emis.username(), emis.password().into());
    settings.update_organisation_id(emis.cdb()).await?;
    settings.update_api_user(user, password).await?;
    let mut reminders = ReminderSettings::default(); // a day before, by text or else by email
    reminders.patient_may = PatientAction::Cancel;
    settings.set_reminders(reminders).await?;
    let week = Week {
        emis,
        callbacks: GovUkNotifyCallbacks::new(notify.callback_token().to_owned().into()),
        notify,
        partner,
        practice,
        clock,
    };
    let reminded = week.tuesday().await?;
    week.wednesday(&reminded).await?;
    week.thursday().await?;
    week.rest().await?;
    println!("\nThe end. EMIS and GOV.UK Notify were simulated: HTTP and tokens were not.");
    Ok(())
}

/// The practice, its product, and both services.
struct Week {
    emis: SimPractice,
    notify: GovUkNotifyDouble,
    callbacks: GovUkNotifyCallbacks,
    partner: EmisPartner,
    practice: Practice,
    clock: ManualClock,
}

/// A reminder by text, and the message as GOV.UK Notify has it.
type Text = (RemindedAppointment, GovUkNotifyMessage);

impl Week {
    /// Reminds of Wednesday. A text does not arrive, and a patient cancels by a reply.
    async fn tuesday(&self) -> StepResult<Vec<Text>> {
        heading("Tuesday, 17:00: Wednesday's patients are reminded");
        self.clock.set_uk(TUESDAY.at(17, 0, 0, 0));
        let run = self.run().await?;
        let texts = self.texts(&run);
        let [(lost, lost_text), (cancelled, text), ..] = &texts[..] else {
            return Err("too few texts".into());
        };
        println!("{} reminders are sent.", run.sent.len());
        println!("One of them: \"{}\"", lost_text.body.expose());

        heading("Receipts arrive: one text was not delivered");
        let patient = lost.patient.get();
        self.emis.set_email(patient, "patient@example.com")?;
        let failed = self.notify.settle(lost_text.id, "permanent-failure");
        let mut recorded = 0;
        for callback in failed.into_iter().chain(self.notify.settle_all()) {
            let receipt = self.callbacks.receipt(&callback.headers, &callback.body)?;
            recorded += usize::from(self.partner.record_receipt(&receipt).await?);
        }
        println!("{recorded} receipts are recorded.");
        self.clock.advance(SignedDuration::from_mins(15));
        let run = self.run().await?;
        let email = |it: &SentReminder| it.appointment == *lost && it.channel == Channel::Email;
        ensure(run.sent.iter().any(email), "an email follows")?;
        println!("The next run sends that patient an email instead.");

        heading("A patient cancels by a reply");
        let named = text.body.expose().split_once("reply CANCEL ");
        let code = named.and_then(|(_, code)| code.get(..4));
        let reply = format!("cancle {} sorry", code.ok_or("the text names no code")?);
        let answer = self.reply(text, &reply).await?;
        println!("The patient texts \"{reply}\" and is told: \"{answer}\"");
        let booked = self.emis.booking_of(cancelled.slot.get());
        ensure(booked.is_none(), "it is cancelled in EMIS")?;
        Ok(texts)
    }

    /// Reception moves an appointment that its patient was reminded of.
    async fn wednesday(&self, reminded: &[Text]) -> StepResult {
        heading("Wednesday, 9:00: reception moves an appointment to a later time");
        self.clock.set_uk(WEDNESDAY.at(9, 0, 0, 0));
        let noon = WEDNESDAY.at(12, 0, 0, 0);
        let afternoon = reminded.iter().find(|(it, _)| it.start > noon);
        let (from, old) = afternoon.ok_or("nobody comes in the afternoon")?;
        let to = self.slot(WEDNESDAY, |it| it.is_available() && it.start > from.start)?;
        self.emis.staff_cancel(from.slot.get())?;
        self.emis.staff_book(to.slot_id, from.patient.get())?;
        self.run().await?;
        println!("The patient was told: \"{}\"", old.body.expose());
        let messages = self.notify.messages();
        let new = messages.iter().rfind(|it| it.to == old.to);
        let new = new.map_or("", |it| it.body.expose());
        println!("The next run says: \"{new}\"");
        ensure(new != old.body.expose(), "the new time is told")
    }

    /// Reminds of Thursday; reception cancelled one. A patient opts out.
    async fn thursday(&self) -> StepResult {
        heading("Wednesday, 17:00: Thursday's patients are reminded");
        let cancelled = self.slot(THURSDAY, |it| it.patient.is_some())?.slot_id;
        self.emis.staff_cancel(cancelled)?;
        self.clock.set_uk(WEDNESDAY.at(17, 0, 0, 0));
        let run = self.run().await?;
        let mut slots = run.sent.iter().map(|it| it.appointment.slot.get());
        ensure(slots.all(|it| it != cancelled), "it is not reminded of")?;
        let count = run.sent.len();
        println!("{count} reminders are sent, none for the appointment that reception cancelled.");

        heading("A patient opts out");
        let texts = self.texts(&run);
        let (appointment, text) = texts.first().ok_or("nobody got a text")?;
        let answer = self.reply(text, "STOP").await?;
        println!("The patient texts \"STOP\" and is told: \"{answer}\"");
        let patient = appointment.patient.get();
        self.emis.set_email(patient, "")?;
        let free = self.slot(FRIDAY, SlotFacts::is_available)?.slot_id;
        self.emis.staff_book(free, patient)?;
        self.clock.set_uk(THURSDAY.at(17, 0, 0, 0));
        let run = self.run().await?;
        let mut left_out = run.suppressed.iter();
        let left_out = left_out.find(|it| it.appointment.slot.get() == free);
        let reason = left_out.ok_or("the patient is reminded")?.reason;
        println!("Of an appointment on Friday this patient is not reminded: {reason}.");
        Ok(())
    }

    /// Goes on to Monday, and prints the report of the last run.
    async fn rest(&self) -> StepResult {
        heading("From Friday to Monday");
        let mut last = None;
        for day in FRIDAY.series(1.day()).take(4) {
            self.clock.set_uk(day.at(17, 0, 0, 0));
            let sent = last.insert(self.run().await?).sent.len();
            println!("{}: {sent} reminders are sent.", day.strftime("%A"));
        }
        heading("The report of the last run");
        println!("{}", last.ok_or("there was no run")?);
        let doubts = self.practice.messages().in_doubt().await?.len();
        let tasks = self.practice.tasks().open().await?.len();
        println!("Messages in doubt: {doubts}. Tasks for the practice: {tasks}.");
        ensure((doubts, tasks) == (0, 0), "nothing is left open")
    }

    async fn run(&self) -> StepResult<RunReport> {
        let run = self.practice.reminders().send_due().await?;
        ensure(run.is_clean(), "the run has no failures")?;
        Ok(run)
    }

    /// Returns the reminders by text of a run that are the only message to their number.
    fn texts(&self, run: &RunReport) -> Vec<Text> {
        let messages = self.notify.messages();
        let texts = run.sent.iter().filter_map(|sent| {
            let reference = Some(sent.reference.to_string());
            let text = messages.iter().find(|it| it.reference == reference)?;
            let to_same = messages.iter().filter(|it| it.to == text.to).count();
            (text.kind == "sms" && to_same == 1).then(|| (sent.appointment, text.clone()))
        });
        texts.collect()
    }

    /// Replies to a text, and returns the answer.
    async fn reply(&self, to: &GovUkNotifyMessage, words: &str) -> StepResult<String> {
        let from = to.to.expose().trim_start_matches('+');
        let posted = self.notify.receive_text(from, words);
        let text = self.callbacks.inbound_text(&posted.headers, &posted.body)?;
        let text = text.ok_or("the text is not from a mobile")?;
        self.partner.receive_reply(&text).await?;
        Ok(self.last()?.body.expose().clone())
    }

    fn last(&self) -> StepResult<GovUkNotifyMessage> {
        Ok(self.notify.messages().pop().ok_or("nothing was sent")?)
    }

    fn slot(&self, day: Date, wanted: impl Fn(&SlotFacts) -> bool) -> StepResult<SlotFacts> {
        let found = self.emis.slots_on(day).into_iter().find(wanted);
        Ok(found.ok_or("there is no such slot")?)
    }
}

/// Builds the product with GOV.UK Notify as its sender, which takes replies.
fn product(sim: &Sim, notify: &GovUkNotifyDouble, clock: &ManualClock) -> StepResult<EmisPartner> {
    let environment = Environment {
        api_url: sim.api_url().parse()?,
        identity_url: sim.identity_url().parse()?,
        application_id: sim.application_id().parse()?,
        client: ClientCredentials::new(sim.client_id(), sim.client_secret().into()),
    };
    let clock = Arc::new(clock.clone());
    let template = |kind| notify.template_id(notify.service_id(), kind);
    let templates = template("sms").zip(template("email"));
    let (sms, email) = templates.ok_or("the double has no templates")?;
    let key = notify.api_key(notify.service_id()).parse()?;
    let service = GovUkNotifyService::new(key).sms_template(sms);
    let sender = GovUkNotify::builder(clock.clone()).base_url(notify.base_url());
    let sender = sender.service(service.email_template(email)).build()?;
    let partner = EmisPartner::builder(
        Product::new("Patchs", "patchs")?,
        environment,
        SealingIdentity::generate(),
        Arc::new(SqliteStore::in_memory()?.with_clock(clock.clone())),
        Arc::new(sender),
    );
    // The simulator needs none of the limits that spare EMIS.
    let limits = Limits::new(64, 10_000);
    let partner = partner
        .client_options(move |client| client.limits(limits))
        .process_limits(limits);
    Ok(partner
        .replies(ReplyRules::default())
        .clock(clock)
        .build()?)
}

fn heading(text: &str) {
    println!("\n── {text} ──");
}

fn ensure(holds: bool, what: &str) -> StepResult {
    holds
        .then_some(())
        .ok_or_else(|| format!("expected but not true: {what}").into())
}
