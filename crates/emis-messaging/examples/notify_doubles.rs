//! The doubles of GOV.UK Notify and NHS Notify as a program, for other tools to call, and the senders
//! against any server: `.ci/senders` uses both.
//!
//! Prints one line of JSON with the addresses and invented secrets, and serves until its input ends. The
//! input line `drive GOVUK_URL NHS_HOST` sends messages to these addresses by the senders, and prints one
//! line with the number of calls that succeeded. With `mock` instead of `drive`, the servers there answer
//! with examples, which are no answers to these messages and must not be believed.

use std::error::Error;
use std::io::Write as _;
use std::sync::Arc;

use emis_messaging::senders::testing::{GovUkNotifyDouble, NhsNotifyDouble};
use emis_messaging::senders::{
    GovUkNotify, GovUkNotifyService, NhsNotify, NhsNotifyKey, NhsRoutingPlan,
};
use emis_messaging::{
    Contact, Delivery, Message, MessageBody, MessageKind, MessageReference, Notifier as _,
    NotifyError,
};
use emis_settings::Channel;
use emis_types::SystemClock;
use serde_json::json;
use tokio::io::{AsyncBufReadExt as _, BufReader, stdin};

type Outcome<T> = Result<T, Box<dyn Error>>;

#[tokio::main]
async fn main() -> Outcome<()> {
    let clock = Arc::new(SystemClock);
    let govuk = GovUkNotifyDouble::start(clock.clone()).await?;
    let nhs = NhsNotifyDouble::start(clock.clone()).await?;
    let sandbox = NhsNotifyDouble::start_sandbox(clock).await?;
    govuk.receive_text("447700900123", "CANCEL 7834");
    let service = govuk.service_id();
    let free_text = |kind| govuk.template_id(service, kind);
    let subject = |kind| (kind != "sms").then_some("Your appointment");
    let fixed = |kind| govuk.add_template(service, kind, subject(kind), "You have an appointment");
    let of_each = |id: &dyn Fn(&'static str) -> serde_json::Value| json!({ "sms": id("sms"), "email": id("email"), "letter": id("letter") });
    print(&json!({
        "govuk": govuk.base_url(),
        "api_key": govuk.api_key(service),
        "free_text": of_each(&|kind| json!(free_text(kind))),
        "fixed": of_each(&|kind| json!(fixed(kind))),
        "sender": govuk.sender_id(service),
        "nhs": nhs.host(),
        "sandbox": sandbox.host(),
    }))?;
    let mut lines = BufReader::new(stdin()).lines();
    while let Some(line) = lines.next_line().await? {
        let words: Vec<_> = line.split_whitespace().collect();
        if let [mode @ ("drive" | "mock"), govuk_url, nhs_host] = words.as_slice() {
            let is_mock = *mode == "mock";
            let line = match drive(&govuk, govuk_url, &nhs, nhs_host, is_mock).await {
                Ok(calls) => json!({ "succeeded": calls }),
                Err(error) => json!({ "failed": emis_types::report(error.as_ref()) }),
            };
            print(&line)?;
        }
    }
    Ok(())
}

fn print(line: &serde_json::Value) -> std::io::Result<()> {
    let mut out = std::io::stdout();
    writeln!(out, "{line}")?;
    out.flush()
}

/// Sends by every channel and plan, and returns the number of calls. Fails if one fails.
async fn drive(
    govuk: &GovUkNotifyDouble,
    govuk_url: &str,
    nhs: &NhsNotifyDouble,
    nhs_host: &str,
    is_mock: bool,
) -> Outcome<usize> {
    let mut calls = 0;
    let clock = Arc::new(SystemClock);
    let id = govuk.service_id();
    let templates = [govuk.template_id(id, "sms"), govuk.template_id(id, "email")];
    let [Some(sms), Some(email)] = templates else {
        return Err("the double has no templates".into());
    };
    let service = GovUkNotifyService::new(govuk.api_key(id).parse()?)
        .sms_template(sms)
        .email_template(email);
    let sender = GovUkNotify::builder(clock.clone())
        .service(service)
        .base_url(govuk_url.parse()?)
        .build()?;
    let practice = "A20047".parse()?;
    let contacts = [
        Contact::Sms("07700 900123".parse()?),
        Contact::Email("patient@example.com".parse()?),
    ];
    for contact in contacts {
        let body = MessageBody::email("Your appointment", "It is on Tuesday at 9:30am.");
        let reference = MessageReference::random();
        let kind = MessageKind::Reminder;
        let message = Message::new("A20047".parse()?, kind, contact, body, reference);
        check(sender.send(&message).await, is_mock)?;
        let found = sender.find(&practice, reference).await?;
        if found.is_some() == is_mock {
            return Err("the message, or one of another, is found by its reference".into());
        }
        calls += 2;
    }
    if !is_mock {
        sender.check_templates(&practice).await?;
        calls += 2;
    }

    for plan in [
        NhsRoutingPlan::app(),
        NhsRoutingPlan::email(),
        NhsRoutingPlan::sms(),
        NhsRoutingPlan::app_then_email_after_24_hours(),
        NhsRoutingPlan::app_then_email_after_4_hours(),
        NhsRoutingPlan::app_then_sms_after_24_hours(),
        NhsRoutingPlan::app_then_sms_after_4_hours(),
    ] {
        let pem = nhs.private_key_pem().into();
        let key = NhsNotifyKey::new(nhs.api_key().to_owned().into(), nhs.key_id(), &pem)?;
        let sender = NhsNotify::builder(clock.clone(), key)
            .host(nhs_host.parse()?)
            .token_url(nhs.host().join("oauth2/token")?)
            .plan(Channel::Sms, plan)
            .names_practice()
            .build()?;
        let message = Message::to_patient(
            "A20047".parse()?,
            MessageKind::Reminder,
            "999 000 0018".parse()?,
            Channel::Sms,
            MessageBody::email("Your appointment", "It is on Tuesday at 9:30am."),
            MessageReference::random(),
        );
        check(sender.send(&message).await, is_mock)?;
        // Sent again, it is the same message.
        check(sender.send(&message).await, is_mock)?;
        calls += 2;
    }
    Ok(calls)
}

/// Checks that a message was accepted; by a mock, that its answer was one but is not believed.
fn check(sent: Result<Delivery, NotifyError>, is_mock: bool) -> Outcome<()> {
    match sent {
        Ok(_) if !is_mock => Ok(()),
        Ok(_) => Err("the answer to another message is believed".into()),
        Err(error) if is_mock && error.to_string().contains("not one to this message") => Ok(()),
        Err(error) => Err(error.into()),
    }
}
