//! NHS Notify: the NHS App, text messages and emails to patients by NHS number.

mod answer;
mod callbacks;
mod content;
mod key;
mod plan;
mod receipts;
mod sender;
mod token;
mod wire;

pub use answer::NhsNotifyRefusal;
pub use callbacks::{NhsNotifyCallbacks, NhsReceipt};
pub use key::NhsNotifyKey;
pub use plan::{NhsMessageField, NhsRoutingPlan};
pub use sender::{NhsNotify, NhsNotifyBuilder};
