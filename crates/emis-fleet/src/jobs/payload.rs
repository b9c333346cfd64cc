//! The payload of a job, as it is stored.

use emis_types::OdsCode;
use serde::{Deserialize, Serialize};
use uuid::Uuid;

use super::kind::JobKind;

/// The version of the payloads that this release writes, and the newest that it reads.
const VERSION: u32 = 1;
/// The key of a job that belongs to no practice.
const PRODUCT: &str = "product";

/// A piece of recurring work: its kind, and the practice that it is for.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Job {
    pub(super) kind: JobKind,
    /// `None` for work of the whole product.
    pub(super) practice: Option<OdsCode>,
    /// The ID under which the enqueueing and every run of the job are traced.
    pub(super) trace: String,
}

/// Unknown fields are left to later releases.
#[derive(Debug, Serialize, Deserialize)]
struct Stored {
    version: u32,
    kind: String,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    ods: Option<OdsCode>,
    #[serde(default)]
    trace: String,
}

/// The version alone, which every release writes.
#[derive(Deserialize)]
struct Version {
    version: u32,
}

/// The reason why a payload can't be run.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum PayloadFault {
    /// It is not a payload at all, or not of this queue.
    Unreadable,
    /// A later release wrote it.
    NewerVersion,
}

impl PayloadFault {
    pub(super) const fn code(self) -> &'static str {
        match self {
            Self::Unreadable => "unreadable",
            Self::NewerVersion => "newer-version",
        }
    }
}

/// Returns the key of the jobs of a practice, or of the product.
pub(super) fn key_of(practice: Option<&OdsCode>) -> &str {
    practice.map_or(PRODUCT, OdsCode::as_str)
}

impl Job {
    pub(super) fn new(kind: JobKind, practice: Option<OdsCode>) -> Self {
        let trace = Uuid::new_v4().simple().to_string();
        Self {
            kind,
            practice,
            trace,
        }
    }

    /// Returns the key under which a queue holds one job at most.
    pub(super) fn key(&self) -> &str {
        key_of(self.practice.as_ref())
    }

    pub(super) fn to_json(&self) -> String {
        let stored = Stored {
            version: VERSION,
            kind: self.kind.code().to_owned(),
            ods: self.practice.clone(),
            trace: self.trace.clone(),
        };
        // Numbers and texts always serialise.
        serde_json::to_string(&stored).unwrap_or_default()
    }

    /// Reads the payload of a job in the queue of `kind`.
    pub(super) fn read(kind: JobKind, bytes: &[u8]) -> Result<Self, PayloadFault> {
        let unreadable = |_| PayloadFault::Unreadable;
        let version: Version = serde_json::from_slice(bytes).map_err(unreadable)?;
        match version.version {
            VERSION => {}
            0 => return Err(PayloadFault::Unreadable),
            _ => return Err(PayloadFault::NewerVersion),
        }
        let stored: Stored = serde_json::from_slice(bytes).map_err(unreadable)?;
        let of_queue = stored.kind == kind.code() && stored.ods.is_some() == kind.is_per_practice();
        if !of_queue {
            return Err(PayloadFault::Unreadable);
        }
        Ok(Self {
            kind,
            practice: stored.ods,
            trace: stored.trace,
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn payloads_round_trip() {
        for kind in JobKind::ALL {
            let practice = kind.is_per_practice().then(|| "A20047".parse().unwrap());
            let job = Job::new(kind, practice);
            assert_eq!(Job::read(kind, job.to_json().as_bytes()), Ok(job));
        }
    }

    #[test]
    fn what_is_no_payload_is_a_fault() {
        use PayloadFault::{NewerVersion, Unreadable};
        for (payload, fault) in [
            ("", Unreadable),
            ("\u{1}", Unreadable),
            ("{}", Unreadable),
            (
                r#"{"version":0,"kind":"reminders","ods":"A20047"}"#,
                Unreadable,
            ),
            (r#"{"version":1,"kind":"reminders"}"#, Unreadable),
            (
                r#"{"version":1,"kind":"reminders","ods":"no code"}"#,
                Unreadable,
            ),
            (
                r#"{"version":1,"kind":"bookings","ods":"A20047"}"#,
                Unreadable,
            ),
            (r#"{"version":2,"work":["new"]}"#, NewerVersion),
        ] {
            let read = Job::read(JobKind::Reminders, payload.as_bytes());
            assert_eq!(read, Err(fault), "{payload}");
        }
    }

    #[test]
    fn fields_of_a_later_release_are_left_alone() {
        let payload = br#"{"version":1,"kind":"reminders","ods":"A20047","trace":"t","hint":1}"#;
        let job = Job::read(JobKind::Reminders, payload).unwrap();
        assert_eq!((job.key(), job.trace.as_str()), ("A20047", "t"));
    }
}
