//! Sessions: in memory, at most 2,000, by an injected clock.
//!
//! The `tower-sessions` crate measures time by the machine's clock and brings the crate `time`, which
//! this workspace refuses.

use std::collections::HashMap;
use std::fmt;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use emis_partner::booking::{FreeSlot, LinkToken};
use emis_partner::jiff::civil::Date;
use emis_partner::jiff::{SignedDuration, Timestamp};
use emis_partner::types::{Clock, OdsCode, Sensitive};
use emis_partner::uuid::Uuid;
use http::{HeaderMap, HeaderValue, header};
use subtle::ConstantTimeEq;

use crate::staff::Staff;

/// The time after which an unused session ends.
const IDLE: SignedDuration = SignedDuration::from_mins(20);
/// The time after which every session ends.
const LIFETIME: SignedDuration = SignedDuration::from_hours(10);
const MOST_SESSIONS: usize = 2_000;

/// A patient who has followed a link and proved who they are.
#[derive(Debug, Clone)]
pub(crate) struct PatientVisit {
    pub(crate) practice: OdsCode,
    pub(crate) token: LinkToken,
    pub(crate) date_of_birth: Sensitive<Date>,
    /// The link invites to book; otherwise it manages an appointment.
    pub(crate) books: bool,
}

/// The outcome of the last form, for the page after it.
#[derive(Debug, Clone)]
pub(crate) struct Note {
    pub(crate) kind: NoteKind,
    pub(crate) text: String,
    pub(crate) alternatives: Vec<FreeSlot>,
}

/// The kind of an outcome.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum NoteKind {
    Done,
    NotDone,
    /// It is not known yet.
    Unknown,
}

impl Note {
    pub(crate) fn new(kind: NoteKind, text: impl Into<String>) -> Self {
        Self {
            kind,
            text: text.into(),
            alternatives: Vec::new(),
        }
    }
}

/// All sessions.
#[derive(Debug, Clone)]
pub(crate) struct Sessions {
    entries: Arc<Mutex<HashMap<String, Entry>>>,
    clock: Arc<dyn Clock>,
    https: bool,
}

#[derive(Debug, Clone)]
struct Entry {
    csrf: String,
    staff: Option<Staff>,
    visit: Option<PatientVisit>,
    note: Option<Note>,
    begun: Timestamp,
    used: Timestamp,
}

impl Entry {
    fn new(now: Timestamp) -> Self {
        Self {
            csrf: secret(),
            staff: None,
            visit: None,
            note: None,
            begun: now,
            used: now,
        }
    }

    fn is_over(&self, now: Timestamp) -> bool {
        now.duration_since(self.used) >= IDLE || now.duration_since(self.begun) >= LIFETIME
    }
}

impl Sessions {
    pub(crate) fn new(clock: Arc<dyn Clock>, https: bool) -> Self {
        Self {
            entries: Arc::default(),
            clock,
            https,
        }
    }

    /// Returns the session that a request's cookie names, or one that begins when it is first used.
    pub(crate) fn of(&self, headers: &HeaderMap) -> Session {
        let now = self.clock.now();
        let id = self.cookie(headers).filter(|id| {
            let mut entries = self.entries();
            match entries.get_mut(id) {
                Some(entry) if !entry.is_over(now) => {
                    entry.used = now;
                    true
                }
                Some(_) => {
                    entries.remove(id);
                    false
                }
                None => false,
            }
        });
        Session(Arc::new(Handle {
            sessions: self.clone(),
            state: Mutex::new(State { id, issued: false }),
        }))
    }

    /// The prefix binds the cookie to this host and to https.
    fn cookie_name(&self) -> &'static str {
        if self.https {
            "__Host-session"
        } else {
            "session"
        }
    }

    fn cookie(&self, headers: &HeaderMap) -> Option<String> {
        let cookies = headers.get_all(header::COOKIE).into_iter();
        let cookies = cookies.filter_map(|value| value.to_str().ok());
        let mut pairs = cookies.flat_map(|value| value.split(';')).map(str::trim);
        let value =
            pairs.find_map(|pair| pair.strip_prefix(self.cookie_name())?.strip_prefix('='))?;
        Some(value.to_owned())
    }

    fn entries(&self) -> MutexGuard<'_, HashMap<String, Entry>> {
        self.entries.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn begin(&self) -> String {
        let (id, now) = (secret(), self.clock.now());
        let mut entries = self.entries();
        if entries.len() >= MOST_SESSIONS {
            entries.retain(|_, entry| !entry.is_over(now));
        }
        if entries.len() >= MOST_SESSIONS {
            // Visitors who have not signed in make room first.
            let known = |entry: &Entry| entry.staff.is_some() || entry.visit.is_some();
            let oldest = entries
                .iter()
                .min_by_key(|(_, entry)| (known(entry), entry.used));
            if let Some(oldest) = oldest.map(|(id, _)| id.clone()) {
                entries.remove(&oldest);
            }
        }
        entries.insert(id.clone(), Entry::new(now));
        id
    }
}

/// Returns 244 random bits.
fn secret() -> String {
    format!("{}{}", Uuid::new_v4().simple(), Uuid::new_v4().simple())
}

/// The session of a request.
#[derive(Clone)]
pub(crate) struct Session(Arc<Handle>);

struct Handle {
    sessions: Sessions,
    state: Mutex<State>,
}

struct State {
    id: Option<String>,
    /// The browser must be told the ID.
    issued: bool,
}

impl fmt::Debug for Session {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Session")
    }
}

impl Session {
    /// Returns the token that every form carries.
    pub(crate) fn csrf(&self) -> String {
        self.with(|entry| entry.csrf.clone())
    }

    pub(crate) fn is_csrf(&self, token: &str) -> bool {
        self.read(|entry| bool::from(entry.csrf.as_bytes().ct_eq(token.as_bytes())))
            .unwrap_or(false)
    }

    pub(crate) fn staff(&self) -> Option<Staff> {
        self.read(|entry| entry.staff.clone()).flatten()
    }

    /// Signs a member of staff in, under a new ID.
    pub(crate) fn sign_in(&self, staff: Staff) {
        self.renew(|entry| entry.staff = Some(staff));
    }

    pub(crate) fn visit(&self) -> Option<PatientVisit> {
        self.read(|entry| entry.visit.clone()).flatten()
    }

    /// Begins a patient's visit, under a new ID.
    pub(crate) fn begin_visit(&self, visit: PatientVisit) {
        self.renew(|entry| entry.visit = Some(visit));
    }

    /// Ends the session.
    pub(crate) fn end(&self) {
        let mut state = self.state();
        if let Some(id) = state.id.take() {
            self.0.sessions.entries().remove(&id);
        }
        state.issued = true;
    }

    pub(crate) fn set_note(&self, note: Option<Note>) {
        self.with(|entry| entry.note = note);
    }

    pub(crate) fn note(&self) -> Option<Note> {
        self.read(|entry| entry.note.clone()).flatten()
    }

    /// Returns the last outcome once.
    pub(crate) fn take_note(&self) -> Option<Note> {
        self.read(|entry| entry.note.take()).flatten()
    }

    /// Returns the cookie to set, if the ID has changed.
    pub(crate) fn cookie(&self) -> Option<HeaderValue> {
        let state = self.state();
        let sessions = &self.0.sessions;
        let (name, secure) = (
            sessions.cookie_name(),
            if sessions.https { "; Secure" } else { "" },
        );
        let (id, ends) = match &state.id {
            _ if !state.issued => return None,
            Some(id) => (id.as_str(), ""),
            None => ("", "; Max-Age=0"),
        };
        // `Lax`, as patients follow links from their messages.
        let cookie = format!("{name}={id}; Path=/; HttpOnly; SameSite=Lax{secure}{ends}");
        HeaderValue::from_str(&cookie).ok()
    }

    /// Replaces the ID: one that an attacker planted is worth nothing afterwards.
    fn renew(&self, change: impl FnOnce(&mut Entry)) {
        self.end();
        self.with(change);
    }

    fn with<T>(&self, change: impl FnOnce(&mut Entry) -> T) -> T {
        let mut state = self.state();
        let sessions = &self.0.sessions;
        let open = |id: &String| sessions.entries().contains_key(id);
        // One that was open may have made room for another a moment ago.
        let id = match state.id.take().filter(open) {
            Some(id) => id,
            None => {
                state.issued = true;
                sessions.begin()
            }
        };
        let mut entries = sessions.entries();
        let now = sessions.clock.now();
        let changed = change(entries.entry(id.clone()).or_insert_with(|| Entry::new(now)));
        state.id = Some(id);
        changed
    }

    fn read<T>(&self, read: impl FnOnce(&mut Entry) -> T) -> Option<T> {
        let id = self.state().id.clone()?;
        self.0.sessions.entries().get_mut(&id).map(read)
    }

    fn state(&self) -> MutexGuard<'_, State> {
        self.0.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}
