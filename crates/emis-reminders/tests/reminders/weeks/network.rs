//! A sender that fails, lies about what it did and can be asked, and its network, which loses
//! messages and returns receipts late, repeated and in any order.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Mutex;

use emis_messaging::{
    Contact, Delivery, DeliveryFailure, DeliveryReceipt, Message, MessageReference, MessageState,
    Notifier, NotifierFuture, NotifyError, NotifyErrorKind, RepeatSafety, SenderCapabilities,
};
use emis_types::{Clock, ManualClock, OdsCode, uk};
use jiff::{SignedDuration, Timestamp};

use super::dice::Dice;

/// A fault of the sender that no reminder engine can make good.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum SenderFault {
    /// It delivers a message twice.
    Twice,
    /// It swallows a message and says that it was sent.
    Forgotten,
    /// It delivers a message in quiet hours.
    Quiet,
    /// It delivers the first messages to some patients once more, as the last word.
    LastWord,
    /// It delivers to a patient without an appointment.
    Wrong,
    /// It never says what became of a message.
    NeverAnswers,
}

/// A message that was handed over, or reached a patient.
#[derive(Debug, Clone)]
pub(super) struct Text {
    pub(super) at: Timestamp,
    /// The mobile number or email address.
    pub(super) to: String,
    pub(super) reference: MessageReference,
    pub(super) text: String,
}

/// A receipt under way: the message was lost on the network, or it arrived.
#[derive(Debug, Clone)]
pub(super) struct Receipt {
    pub(super) reference: MessageReference,
    pub(super) lost: bool,
    arrives: Timestamp,
}

impl Receipt {
    pub(super) fn told(&self) -> DeliveryReceipt {
        match self.lost {
            true => DeliveryReceipt::of_reference(self.reference, MessageState::Failed)
                .failed(DeliveryFailure::Unreached),
            false => DeliveryReceipt::of_reference(self.reference, MessageState::Delivered),
        }
    }
}

#[derive(Debug)]
pub(super) struct Network {
    capabilities: SenderCapabilities,
    clock: ManualClock,
    state: Mutex<State>,
}

#[derive(Debug)]
struct State {
    dice: Dice,
    /// One in so many messages meets each trouble.
    trouble: u64,
    down: bool,
    /// Everything that it was handed, accepted or not.
    handed: Vec<Text>,
    accepted: BTreeSet<MessageReference>,
    delivered: Vec<Text>,
    /// Accepted, and lost on the network.
    lost: Vec<Text>,
    receipts: Vec<Receipt>,
    planted: Option<SenderFault>,
}

impl Network {
    pub(super) fn new(
        repeat: RepeatSafety,
        clock: ManualClock,
        dice: Dice,
        planted: Option<SenderFault>,
    ) -> Self {
        let mut capabilities = SenderCapabilities::new("liar");
        capabilities.repeat = repeat;
        let state = State {
            dice,
            trouble: 12,
            down: false,
            handed: Vec::new(),
            accepted: BTreeSet::new(),
            delivered: Vec::new(),
            lost: Vec::new(),
            receipts: Vec::new(),
            planted,
        };
        Self {
            capabilities,
            clock,
            state: Mutex::new(state),
        }
    }

    pub(super) fn set_down(&self, down: bool) {
        self.state.lock().unwrap().down = down;
    }

    /// From now on it does what it says, and loses nothing.
    pub(super) fn mend(&self) {
        self.state.lock().unwrap().trouble = u64::MAX;
    }

    pub(super) fn handed(&self) -> Vec<Text> {
        self.state.lock().unwrap().handed.clone()
    }

    pub(super) fn lost(&self) -> Vec<Text> {
        self.state.lock().unwrap().lost.clone()
    }

    /// Returns what reached patients.
    pub(super) fn delivered(&self) -> Vec<Text> {
        let state = self.state.lock().unwrap();
        let mut delivered = state.delivered.clone();
        if state.planted == Some(SenderFault::LastWord) {
            let mut first = BTreeMap::new();
            for text in &state.delivered {
                let first = first.entry(&text.to).or_insert(text);
                if first.text != text.text {
                    let (at, reference) = (self.clock.now(), MessageReference::random());
                    let stale = Text {
                        at,
                        reference,
                        ..(*first).clone()
                    };
                    delivered.push(stale);
                }
            }
        }
        delivered
    }

    /// Takes the receipts that have arrived, in any order.
    pub(super) fn receipts(&self) -> Vec<Receipt> {
        let mut state = self.state.lock().unwrap();
        let now = self.clock.now();
        let (mut arrived, waiting): (Vec<_>, _) = std::mem::take(&mut state.receipts)
            .into_iter()
            .partition(|it: &Receipt| it.arrives <= now);
        state.receipts = waiting;
        for place in (1..arrived.len()).rev() {
            let other = usize::try_from(state.dice.throw(place as u64 + 1)).unwrap();
            arrived.swap(place, other);
        }
        arrived
    }

    /// Repeats a receipt that was not taken, an hour later.
    pub(super) fn repeat(&self, mut receipt: Receipt) {
        receipt.arrives += SignedDuration::from_hours(1);
        self.state.lock().unwrap().receipts.push(receipt);
    }

    /// Returns a message as it reaches a patient at this moment.
    fn written(&self, message: &Message) -> Text {
        let to = match message.contact().unwrap() {
            Contact::Sms(mobile) => mobile.expose().to_owned(),
            Contact::Email(email) => email.expose().to_owned(),
            _ => panic!("patients have mobiles and email addresses"),
        };
        Text {
            at: self.clock.now(),
            to,
            reference: message.reference(),
            text: message.body().expose_text().unwrap().to_owned(),
        }
    }

    fn accept(&self, message: &Message) {
        let mut state = self.state.lock().unwrap();
        let is_new = state.accepted.insert(message.reference());
        if !is_new && self.capabilities.repeat == RepeatSafety::Idempotent {
            return;
        }
        let mut text = self.written(message);
        let place = state.delivered.len();
        match (state.planted, place) {
            (Some(SenderFault::Twice), 5) => state.delivered.push(text.clone()),
            (Some(SenderFault::Forgotten), 5) => {
                state.planted = None;
                return;
            }
            (Some(SenderFault::Quiet), 5) => {
                let night = uk::at(text.at).date().at(20, 0, 0, 0);
                text.at = uk::zoned(night).timestamp();
            }
            (Some(SenderFault::Wrong), 5) => text.to = "+447700900998".to_owned(),
            _ => {}
        }
        // Telephones are switched off; emails arrive.
        let trouble = state.trouble;
        let lost = text.to.starts_with('+') && state.dice.one_in(trouble.saturating_mul(2));
        for _ in 0..1 + state.dice.throw(2) {
            let minutes = i64::try_from(state.dice.throw(300)).unwrap();
            let receipt = Receipt {
                reference: text.reference,
                lost,
                arrives: text.at + SignedDuration::from_mins(minutes),
            };
            state.receipts.push(receipt);
        }
        match lost {
            true => state.lost.push(text),
            false => state.delivered.push(text),
        }
    }
}

fn unknown() -> NotifyError {
    NotifyError::new(NotifyErrorKind::Unknown, "no answer came")
}

fn busy() -> NotifyError {
    NotifyError::new(NotifyErrorKind::Temporary, "it is busy")
}

impl Notifier for Network {
    fn capabilities(&self) -> &SenderCapabilities {
        &self.capabilities
    }

    fn send<'a>(&'a self, message: &'a Message) -> NotifierFuture<'a, Delivery> {
        Box::pin(async move {
            tokio::task::yield_now().await;
            let (down, trouble, mute) = {
                let mut state = self.state.lock().unwrap();
                state.handed.push(self.written(message));
                let sides = state.trouble;
                let mute = state.planted == Some(SenderFault::NeverAnswers);
                (state.down, state.dice.throw(sides), mute)
            };
            if mute {
                return Err(unknown());
            }
            if down {
                return Err(busy().of_sender());
            }
            match trouble {
                // Sent, and the answer is lost.
                0 => {
                    self.accept(message);
                    tokio::task::yield_now().await;
                    Err(unknown())
                }
                // Not sent, and no answer comes.
                1 => Err(unknown()),
                2 => Err(busy()),
                // Sent, and called not sent.
                3 => {
                    self.accept(message);
                    Err(busy())
                }
                _ => {
                    self.accept(message);
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
            if state.down || state.planted == Some(SenderFault::NeverAnswers) {
                return Err(busy());
            }
            Ok(state.accepted.contains(&reference).then(Delivery::new))
        })
    }
}
