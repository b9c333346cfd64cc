//! Messages of GP practices to their patients, and what comes back.
//!
//! A [`Message`] has a [kind](MessageKind), an addressee, a text and a [reference](MessageReference)
//! without personal data. A [`Notifier`] sends it. What the notifier can do, and when, is plain
//! data: its [`SenderCapabilities`], which planners take as input.
//!
//! Work for a person at the practice is a [`PracticeTask`]: a row in a [`TaskStore`] that stays
//! until it is acknowledged.
//!
//! | Subject | Items |
//! |---|---|
//! | messages | [`Message`], [`MessageBody`], [`MessageKind`], [`MessageReference`], [`Contact`] |
//! | senders | [`Notifier`], [`SenderCapabilities`], [`DeliveryRoute`], [`SendingHours`], [`Outbox`] |
//! | length and price of text messages | [`TextRules`], [`SmsText`] |
//! | the ledger | [`MessageStore`], [`MessageRecord`], [`MessageState`], [`DeliveryReceipt`] |
//! | senders behind features | [`senders`] |
//! | templates | [`MessageTemplate`], [`MessageFacts`], [`TemplateReport`] |
//! | sending once | [`Messenger`] |
//! | replies | [`ParsedReply`], [`decide`], [`CancellationTold`] |
//! | tasks for the practice | [`PracticeTask`], [`TaskKind`], [`TaskStore`] |

#![cfg_attr(docsrs, feature(doc_cfg))]

mod capabilities;
mod contact;
mod dates;
mod hours;
mod inbound;
mod kind;
mod ledger;
mod memory_messages;
mod memory_tasks;
mod message;
mod message_store;
mod messenger;
mod notifier;
mod notify_error;
mod outbox;
mod reference;
mod replies;
mod route;
pub mod senders;
mod sms_characters;
mod state;
mod task;
mod task_kind;
mod task_store;
mod templates;
mod text_rules;
mod topic;

pub use capabilities::{Addressing, BodyForm, RepeatSafety, SenderCapabilities};
pub use contact::Contact;
pub use hours::SendingHours;
pub use inbound::InboundText;
pub use kind::{MessageKind, MessageKindError};
pub use ledger::{
    AttemptOutcome, ContactDigest, ContactDigestError, DeliveryReceipt, LeaseOwner,
    LeaseOwnerError, MessageClaim, MessageEntry, MessageLease, MessageRecord, MessageTicket,
};
pub use memory_messages::MemoryMessageStore;
pub use memory_tasks::MemoryTaskStore;
pub use message::{Message, MessageBody};
pub use message_store::MessageStore;
pub use messenger::{DoubtReport, MessageFate, Messenger, SendOutcome};
pub use notifier::{Delivery, Notifier, NotifierFuture};
pub use notify_error::{NotifyError, NotifyErrorKind};
pub use outbox::Outbox;
pub use reference::{MessageReference, MessageReferenceError};
pub use replies::{
    CancellationResult, CancellationTold, ParsedReply, ReplyCode, ReplyCodeError, ReplyDecision,
    ReplyIntent, ReplyRules, ReplyTarget, ReplyTexts, decide, reply_targets, reply_texts,
};
pub use route::{DeliveryLeg, DeliveryMeans, DeliveryRoute, LegTime};
pub use state::{DeliveryFailure, MessageState, MessageStateError};
pub use task::{PracticeTask, TaskAcknowledgement, TaskId, TaskIdError, TaskSubject};
pub use task_kind::{TaskKind, TaskKindError};
pub use task_store::TaskStore;
pub use templates::{
    MessageFacts, MessageTemplate, PartPrice, PracticeFacts, ReminderTemplateCheck, TemplateError,
    TemplateErrorKind, TemplatePreview, TemplateProblem, TemplateReport, TypographyWarning,
};
pub use text_rules::{PartCounting, SmsEncoding, SmsText, TextRules};
pub use topic::MessageTopic;
