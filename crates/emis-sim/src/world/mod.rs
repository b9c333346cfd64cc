//! The state of a simulator, shared by the server and the handles.

mod application;
mod conditions;
mod consents;
mod credentials;
mod emas;
mod ids;
mod journal;
mod keys;
mod practice;
mod reception;
mod state;
mod tokens;

pub(crate) use application::Application;
pub(crate) use conditions::Conditions;
pub(crate) use consents::{ClientKind, Consent, ConsentError, Consents, RequestedScopes};
pub(crate) use emas::LISTED_AS;
pub use emas::{EmasState, UserTicks};
pub(crate) use ids::Ids;
pub(crate) use journal::Journal;
pub use journal::{CallEnd, RecordedCall};
pub(crate) use keys::Keys;
pub(crate) use practice::{PracticeState, USERNAME};
pub(crate) use state::World;
pub(crate) use tokens::{Bearer, LiveToken, Tokens};
