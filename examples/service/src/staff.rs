//! The staff who sign in: their roles, their passwords, and the limit on guessing.

use std::collections::HashMap;
use std::fmt;
use std::sync::{Arc, Mutex, PoisonError};

use argon2::Argon2;
use argon2::password_hash::phc::PasswordHash;
use argon2::password_hash::{PasswordHasher, PasswordVerifier};
use emis_partner::audit::{Actor, Provenance};
use emis_partner::jiff::{SignedDuration, Timestamp};
use emis_partner::secrecy::{ExposeSecret, SecretString};
use emis_partner::types::{Clock, OdsCode};
use emis_partner::uuid::Uuid;
use serde::Deserialize;
use tokio::sync::Semaphore;

use crate::error::StartError;

/// The role of a member of staff.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "snake_case")]
#[non_exhaustive]
pub enum Role {
    /// Works at one practice, and sees its pages only.
    Practice,
    /// Works at the support desk: sees connections, and nothing about patients.
    Desk,
    /// Sees the pages of every practice and the desk.
    Admin,
}

/// An account of a member of staff.
#[derive(Clone, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct StaffAccount {
    name: String,
    role: Role,
    practice: Option<OdsCode>,
    password_hash: String,
}

impl fmt::Debug for StaffAccount {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("StaffAccount")
            .field("name", &self.name)
            .field("role", &self.role)
            .finish_non_exhaustive()
    }
}

impl StaffAccount {
    pub(crate) fn new(name: String, role: Role, practice: Option<OdsCode>, hash: String) -> Self {
        Self {
            name,
            role,
            practice,
            password_hash: hash,
        }
    }

    pub(crate) fn check(&self) -> Result<(), StartError> {
        let refuse =
            |reason: &str| Err(StartError::new(format!("staff '{}': {reason}", self.name)));
        let is_argon2id = self.password_hash.starts_with("$argon2id$");
        if !is_argon2id || PasswordHash::new(&self.password_hash).is_err() {
            return refuse("password_hash is not an Argon2 hash: make one with --hash-password");
        }
        match (self.role, &self.practice) {
            (Role::Practice, None) => refuse("role 'practice' needs the ODS code of its practice"),
            (Role::Desk | Role::Admin, Some(_)) => refuse("only role 'practice' has a practice"),
            _ if Actor::user(&self.name).is_err() => refuse("name can't stand in an audit log"),
            _ => Ok(()),
        }
    }
}

/// A member of staff who is signed in.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Staff {
    pub(crate) name: String,
    pub(crate) role: Role,
    pub(crate) practice: Option<OdsCode>,
}

impl Staff {
    /// Returns `true` if they may see this practice's pages. The one rule that keeps practices apart.
    pub(crate) fn may_see(&self, practice: &OdsCode) -> bool {
        match self.role {
            Role::Practice => self.practice.as_ref() == Some(practice),
            Role::Desk => false,
            Role::Admin => true,
        }
    }

    pub(crate) fn may_use_desk(&self) -> bool {
        matches!(self.role, Role::Desk | Role::Admin)
    }

    /// Returns the address of their first page.
    pub(crate) fn home(&self) -> String {
        match &self.practice {
            Some(practice) => format!("/practices/{practice}"),
            None => "/desk".to_owned(),
        }
    }

    /// Returns them as the author of a change, for the audit log.
    pub(crate) fn author(&self) -> Provenance {
        Actor::user(&self.name).map_or_else(|_| Provenance::unknown(), Provenance::of)
    }
}

/// Returns the Argon2id hash of a password, with a random salt.
///
/// # Errors
/// If the password can't be hashed, such as one that is too long.
pub fn hash_password(password: &SecretString) -> Result<String, StartError> {
    let salt = Uuid::new_v4();
    let hash = Argon2::default()
        .hash_password_with_salt(password.expose_secret().as_bytes(), salt.as_bytes())
        .map_err(|_| StartError::new("password can't be hashed"))?;
    Ok(hash.to_string())
}

/// The result of a sign-in.
#[derive(Debug, PartialEq, Eq)]
pub(crate) enum SignInResult {
    SignedIn(Staff),
    Refused,
    /// Too many wrong passwords for this name.
    Locked,
}

/// Checks names and passwords. A service with single sign-on (OpenID Connect) has its own check here
/// and hands the [`Staff`] that it found to [`Session::sign_in`](crate::web::Session::sign_in).
#[derive(Debug)]
pub(crate) struct StaffDirectory {
    accounts: Vec<StaffAccount>,
    /// Verified where no account has the name, so that the time tells nothing.
    decoy: String,
    failures: Mutex<HashMap<String, (u32, Timestamp)>>,
    /// Argon2 takes memory and a core.
    at_once: Semaphore,
    clock: Arc<dyn Clock>,
}

const MOST_FAILURES: u32 = 5;
const LOCKED_FOR: SignedDuration = SignedDuration::from_mins(5);
const MOST_NAMES: usize = 10_000;
const MOST_NAME_BYTES: usize = 200;

impl StaffDirectory {
    pub(crate) fn new(
        accounts: Vec<StaffAccount>,
        clock: Arc<dyn Clock>,
    ) -> Result<Self, StartError> {
        for account in &accounts {
            account.check()?;
        }
        Ok(Self {
            accounts,
            decoy: hash_password(&Uuid::new_v4().to_string().into())?,
            failures: Mutex::default(),
            at_once: Semaphore::new(2),
            clock,
        })
    }

    pub(crate) async fn sign_in(&self, name: &str, password: SecretString) -> SignInResult {
        if name.len() > MOST_NAME_BYTES {
            return SignInResult::Refused;
        }
        // Counted before the check: guesses at once count each.
        if !self.count_attempt(name) {
            return SignInResult::Locked;
        }
        let account = self.accounts.iter().find(|account| account.name == name);
        let hash = account.map_or(&self.decoy, |account| &account.password_hash);
        let Ok(_permit) = self.at_once.acquire().await else {
            return SignInResult::Refused;
        };
        let hash = hash.clone();
        let verify = move || {
            let parsed = PasswordHash::new(&hash);
            let password = password.expose_secret().as_bytes();
            parsed.is_ok_and(|hash| Argon2::default().verify_password(password, &hash).is_ok())
        };
        let right = tokio::task::spawn_blocking(verify).await.unwrap_or(false);
        match account.filter(|_| right) {
            Some(account) => {
                self.failures().remove(name);
                SignInResult::SignedIn(Staff {
                    name: account.name.clone(),
                    role: account.role,
                    practice: account.practice.clone(),
                })
            }
            None => SignInResult::Refused,
        }
    }

    /// Returns `false` if this name may not be tried now.
    fn count_attempt(&self, name: &str) -> bool {
        let now = self.clock.now();
        let mut failures = self.failures();
        let recent = |since: Timestamp| now.duration_since(since) < LOCKED_FOR;
        if failures.len() >= MOST_NAMES && !failures.contains_key(name) {
            // Each name took a hash to try: who makes room for one more guess has paid for it.
            let oldest = failures.iter().min_by_key(|(_, (_, since))| *since);
            if let Some(oldest) = oldest.map(|(name, _)| name.clone()) {
                failures.remove(&oldest);
            }
        }
        let entry = failures.entry(name.to_owned()).or_insert((0, now));
        if !recent(entry.1) {
            *entry = (0, now);
        }
        if entry.0 >= MOST_FAILURES {
            return false;
        }
        *entry = (entry.0 + 1, now);
        true
    }

    fn failures(&self) -> std::sync::MutexGuard<'_, HashMap<String, (u32, Timestamp)>> {
        self.failures.lock().unwrap_or_else(PoisonError::into_inner)
    }
}
