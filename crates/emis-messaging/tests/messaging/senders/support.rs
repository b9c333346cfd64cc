//! Senders with their doubles.

use std::sync::Arc;
use std::time::Duration;

use emis_messaging::senders::testing::contract::SenderHarness;
use emis_messaging::senders::testing::{GovUkNotifyDouble, NhsNotifyDouble, SenderFault};
use emis_messaging::senders::{
    GovUkNotify, GovUkNotifyBuilder, GovUkNotifyService, NhsNotify, NhsNotifyBuilder, NhsNotifyKey,
    NhsRoutingPlan,
};
use emis_messaging::{Contact, Message, MessageBody, MessageKind, MessageReference, Notifier};
use emis_settings::Channel;
use emis_test_support::LeakGuard;
use emis_types::{ManualClock, OdsCode};
use uuid::Uuid;

/// Long enough for a call on a busy machine; what it ends never answers.
const TIMEOUT: Duration = Duration::from_secs(5);

pub(super) fn clock() -> Arc<ManualClock> {
    Arc::new(ManualClock::new("2026-06-01T08:00:00Z".parse().unwrap()))
}

pub(super) fn practice() -> OdsCode {
    "A20047".parse().unwrap()
}

pub(super) fn text(to: &str, text: &str) -> Message {
    Message::new(
        practice(),
        MessageKind::Reminder,
        Contact::Sms(to.parse().unwrap()),
        MessageBody::text(text),
        MessageReference::random(),
    )
}

pub(super) fn email(to: &str, subject: &str, text: &str) -> Message {
    Message::new(
        practice(),
        MessageKind::Reminder,
        Contact::Email(to.parse().unwrap()),
        MessageBody::email(subject, text),
        MessageReference::random(),
    )
}

pub(super) fn to_patient(channel: Channel, body: MessageBody) -> Message {
    Message::to_patient(
        practice(),
        MessageKind::Reminder,
        "999 000 0018".parse().unwrap(),
        channel,
        body,
        MessageReference::random(),
    )
}

/// Fails the test if a contact, a text, a token or a key was logged, or printed in a panic.
pub(super) fn guard() -> LeakGuard {
    LeakGuard::for_words([
        "900123",
        "999 000 0018",
        "9990000018",
        "invented.patient@example.com",
        "Invented words for one patient",
        "invented-token-",
        "invented-nhs-api-key",
        "7a3c0000-0000-4000-8000-000000000005",
    ])
}

pub(super) struct GovUk {
    _guard: LeakGuard,
    pub(super) double: GovUkNotifyDouble,
    pub(super) sender: Arc<GovUkNotify>,
    pub(super) clock: Arc<ManualClock>,
}

/// Returns a service of the double, with the templates that it has.
pub(super) fn service(double: &GovUkNotifyDouble, id: Uuid) -> GovUkNotifyService {
    GovUkNotifyService::new(double.api_key(id).parse().unwrap())
        .sms_template(double.template_id(id, "sms").unwrap())
        .email_template(double.template_id(id, "email").unwrap())
}

impl GovUk {
    pub(super) async fn start() -> Self {
        Self::with(|builder, double| builder.service(service(double, double.service_id()))).await
    }

    pub(super) async fn with(
        set_up: impl FnOnce(GovUkNotifyBuilder, &GovUkNotifyDouble) -> GovUkNotifyBuilder,
    ) -> Self {
        let (guard, clock) = (guard(), clock());
        let double = GovUkNotifyDouble::start(clock.clone()).await.unwrap();
        let builder = GovUkNotify::builder(clock.clone())
            .base_url(double.base_url())
            .timeout(TIMEOUT);
        let sender = Arc::new(set_up(builder, &double).build().unwrap());
        Self {
            _guard: guard,
            double,
            sender,
            clock,
        }
    }
}

impl SenderHarness for GovUk {
    fn sender(&self) -> &dyn Notifier {
        &*self.sender
    }

    fn fail_next(&self, fault: SenderFault) -> bool {
        let known = fault != SenderFault::TooEarly;
        if known {
            self.double.fail_next(fault);
        }
        known
    }

    fn taken(&self) -> Vec<(String, String)> {
        let messages = self.double.messages().into_iter();
        messages
            .map(|it| (it.reference.unwrap(), it.body.into_exposed()))
            .collect()
    }
}

pub(super) struct Nhs {
    _guard: LeakGuard,
    pub(super) double: NhsNotifyDouble,
    pub(super) sender: Arc<NhsNotify>,
    pub(super) clock: Arc<ManualClock>,
}

impl Nhs {
    pub(super) async fn start() -> Self {
        Self::with(|builder| builder.plan(Channel::Sms, NhsRoutingPlan::sms())).await
    }

    pub(super) async fn with(set_up: impl FnOnce(NhsNotifyBuilder) -> NhsNotifyBuilder) -> Self {
        let (guard, clock) = (guard(), clock());
        let double = NhsNotifyDouble::start(clock.clone()).await.unwrap();
        let key = NhsNotifyKey::new(
            double.api_key().to_owned().into(),
            double.key_id(),
            &double.private_key_pem().into(),
        );
        let builder = NhsNotify::builder(clock.clone(), key.unwrap())
            .host(double.host())
            .timeout(TIMEOUT);
        let sender = Arc::new(set_up(builder).build().unwrap());
        Self {
            _guard: guard,
            double,
            sender,
            clock,
        }
    }
}

impl SenderHarness for Nhs {
    fn sender(&self) -> &dyn Notifier {
        &*self.sender
    }

    fn fail_next(&self, fault: SenderFault) -> bool {
        let known = fault != SenderFault::DailyLimit;
        if known {
            self.double.fail_next(fault);
        }
        known
    }

    fn taken(&self) -> Vec<(String, String)> {
        let messages = self.double.messages().into_iter();
        messages
            .map(|it| {
                (
                    it.reference,
                    it.personalisation["sms_body"].expose().clone(),
                )
            })
            .collect()
    }
}

/// Checks that a message is not sent after its time, by a clock that says 8:00 UTC on 1 June 2026.
pub(super) async fn is_punctual(harness: &impl SenderHarness, message: Message) {
    let at = |text: &str| text.parse().unwrap();
    let late = message.clone().not_after(at("2026-06-01T07:59:59Z"));
    let error = harness.sender().send(&late).await.unwrap_err();
    assert!(error.kind().is_not_sent());
    assert!(harness.taken().is_empty());
    let timely = message.not_after(at("2026-06-01T08:00:00Z"));
    harness.sender().send(&timely).await.unwrap();
    assert_eq!(harness.taken().len(), 1);
}
