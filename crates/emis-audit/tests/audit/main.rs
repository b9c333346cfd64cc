//! The audit log as stores and products use it.

#![allow(
    clippy::unwrap_used,
    clippy::panic,
    clippy::indexing_slicing,
    reason = "a helper that fails fails its test"
)]

mod anchors;
mod memory;
mod retention;
mod tampering;
mod texts;

use emis_audit::{
    Actor, AuditEvent, AuditEventKind, AuditLogId, AuditStore as _, ChainBreakKind, ChainHead,
    Provenance, verify,
};
use jiff::Timestamp;

use memory::MemoryLogs;

fn log() -> AuditLogId {
    "A20047".parse().unwrap()
}

fn second(n: i64) -> Timestamp {
    Timestamp::from_second(1_780_000_000 + n).unwrap()
}

fn manager() -> Provenance {
    Provenance::of(Actor::user("u-117").unwrap())
}

fn event(at: i64) -> AuditEvent {
    let kind = AuditEventKind::new("test.happened");
    AuditEvent::new(kind, second(at), manager()).detail("patient", at % 3)
}

/// Records an event for each second, in the log of the practice.
async fn record(store: &MemoryLogs, seconds: impl IntoIterator<Item = i64>) -> ChainHead {
    for at in seconds {
        store.record(&log(), &event(at)).await.unwrap();
    }
    store.head(&log()).await.unwrap().unwrap()
}

/// Returns the first broken link of the log.
async fn first_break(store: &MemoryLogs, noted: &[ChainHead]) -> (u64, ChainBreakKind) {
    let error = verify(store, &log(), noted).await.unwrap_err();
    let broken = error.chain_break().unwrap();
    (broken.number, broken.kind)
}
