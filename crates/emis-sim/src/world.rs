//! Everything behind the two URLs, shared by the server and by the handles.

use std::collections::{HashMap, HashSet};
use std::fmt;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError, RwLock, RwLockReadGuard, RwLockWriteGuard};

use emis_types::{Clock, ManualClock};
use rand::rngs::StdRng;
use rand::{RngExt, SeedableRng};
use uuid::Uuid;

use crate::conditions::Conditions;
use crate::emas::EmasRecord;
use crate::fault::Faults;
use crate::identity::{Consents, Keys, Tokens};
use crate::ids::Ids;
use crate::journal::Journal;
use crate::model::{Model, Plan, generate, guid};
use crate::reception::Reception;

/// Locks, and carries on after a panic elsewhere: every change is made in one step, so that
/// what a broken-off holder left behind is whole.
pub(crate) fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

/// Locks for reading, in the same way.
pub(crate) fn read<T>(lock: &RwLock<T>) -> RwLockReadGuard<'_, T> {
    lock.read().unwrap_or_else(PoisonError::into_inner)
}

/// Locks for writing, in the same way.
pub(crate) fn write<T>(lock: &RwLock<T>) -> RwLockWriteGuard<'_, T> {
    lock.write().unwrap_or_else(PoisonError::into_inner)
}

/// One simulated EMIS.
pub(crate) struct World {
    pub(crate) clock: Arc<dyn Clock>,
    /// The clock once more, if it can be set.
    pub(crate) hands: Option<ManualClock>,
    pub(crate) issuer: String,
    pub(crate) application: Application,
    pub(crate) practices: Vec<Arc<PracticeState>>,
    pub(crate) keys: Keys,
    pub(crate) consents: Consents,
    /// Where the product may be answered at, beside this machine.
    pub(crate) redirect_uris: Vec<String>,
    pub(crate) ids: Ids,
    pub(crate) tokens: Tokens,
    pub(crate) faults: Faults,
    pub(crate) journal: Journal,
    pub(crate) conditions: Mutex<Conditions>,
    /// How many receptionists each practice has at work.
    pub(crate) receptionists: u32,
    pub(crate) password_attempts: Mutex<HashMap<String, usize>>,
}

impl fmt::Debug for World {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("World").finish_non_exhaustive()
    }
}

impl World {
    /// Whether no code is used twice.
    pub(crate) fn tells_practices_apart(&self) -> bool {
        let mut seen = HashSet::new();
        self.practices
            .iter()
            .all(|practice| seen.insert(&practice.cdb) && seen.insert(&practice.ods))
    }
}

/// The partner's application as EMIS knows it.
pub(crate) struct Application {
    /// The party key.
    pub(crate) id: String,
    pub(crate) name: &'static str,
    pub(crate) ern: String,
    pub(crate) client_id: String,
    pub(crate) client_secret: String,
}

impl fmt::Debug for Application {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Application").finish_non_exhaustive()
    }
}

impl Application {
    pub(crate) fn draw(rng: &mut StdRng) -> Self {
        Self {
            id: guid(rng).to_string(),
            name: "Patchs",
            ern: ern("app", guid(rng)),
            client_id: guid(rng).to_string(),
            client_secret: password(rng, 40),
        }
    }
}

/// One practice: its records, and what EMAS Manager says.
pub(crate) struct PracticeState {
    pub(crate) ods: String,
    pub(crate) cdb: String,
    pub(crate) name: String,
    pub(crate) username: String,
    /// The Partner API password that the product was given when it was set up.
    pub(crate) handed_over: String,
    /// What EMIS calls the organisation since it has merged into another.
    merged_into: Mutex<Option<(String, String)>>,
    /// EMIS does not say which practice it is.
    pub(crate) nameless: AtomicBool,
    pub(crate) org_ern: String,
    pub(crate) user_ern: String,
    pub(crate) role_ern: String,
    pub(crate) clock: Arc<dyn Clock>,
    pub(crate) emas: Mutex<EmasRecord>,
    /// Read by many calls at a time, written by one.
    pub(crate) model: RwLock<Model>,
    pub(crate) reception: Mutex<Reception>,
}

impl fmt::Debug for PracticeState {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("PracticeState")
            .field("cdb", &self.cdb)
            .finish_non_exhaustive()
    }
}

/// The EMIS user that practices are asked to create for the partner's product.
pub(crate) const USERNAME: &str = "patchs";

impl PracticeState {
    /// Draws practice number `index`, counted from 0.
    pub(crate) fn draw(seed: u64, index: u32, patients: usize, clock: Arc<dyn Clock>) -> Self {
        let mut rng = StdRng::seed_from_u64(seed.wrapping_mul(1_000).wrapping_add(index.into()));
        // The first is NHS England's test practice; codes in Z9 are nobody's.
        let ods = match index {
            0 => "A20047".to_owned(),
            _ => format!("Z9{index:04}"),
        };
        let handed_over = password(&mut rng, 16);
        let [org, user, role] = [(); 3].map(|()| guid(&mut rng));
        let model = generate(
            &mut rng,
            &Plan {
                practice: index,
                ods: &ods,
                username: USERNAME,
                patients,
                now: emis_types::uk::now(&clock).datetime(),
            },
        );
        // Drawn last, so that the practice is the same with and without it.
        let emis_password = password(&mut rng, 12);
        let reception = Reception::new(rng.random(), clock.now());
        Self {
            ods,
            cdb: (50_002 + index).to_string(),
            name: model.organisation.name.clone(),
            username: USERNAME.to_owned(),
            org_ern: ern("org", org),
            user_ern: ern("user", user),
            role_ern: ern("role", role),
            clock,
            emas: Mutex::new(EmasRecord::new(handed_over.clone(), emis_password)),
            handed_over,
            merged_into: Mutex::default(),
            nameless: AtomicBool::new(false),
            model: RwLock::new(model),
            reception: Mutex::new(reception),
        }
    }

    /// Other codes than those that were drawn.
    pub(crate) fn call(&mut self, cdb: &str, ods: &str) {
        cdb.clone_into(&mut self.cdb);
        ods.clone_into(&mut self.ods);
        ods.clone_into(&mut write(&self.model).organisation.ods);
    }

    /// From here on EMIS answers as another organisation.
    pub(crate) fn merge_into(&self, cdb: &str, ods: &str) {
        ods.clone_into(&mut write(&self.model).organisation.ods);
        *lock(&self.merged_into) = Some((cdb.to_owned(), ods.to_owned()));
    }

    pub(crate) fn set_named(&self, named: bool) {
        let ods = if named { self.codes().1 } else { String::new() };
        write(&self.model).organisation.ods = ods;
        self.nameless.store(!named, Ordering::SeqCst);
    }

    /// CDB number and ODS code under which EMIS knows the organisation now.
    pub(crate) fn codes(&self) -> (String, String) {
        lock(&self.merged_into)
            .clone()
            .unwrap_or_else(|| (self.cdb.clone(), self.ods.clone()))
    }

    /// Somebody types another password under Edit Users and tells nobody.
    pub(crate) fn change_password_unknown_to_the_product(&self) {
        lock(&self.emas).password = self.handed_over.chars().rev().chain(['1']).collect();
    }
}

fn ern(kind: &str, id: Uuid) -> String {
    format!("ern:emis:idam:{kind}:{id}")
}

/// Random text that meets any password rule: upper, lower, digit, no look-alikes.
fn password(rng: &mut StdRng, length: usize) -> String {
    const SETS: [&[u8]; 3] = [
        b"ABCDEFGHJKLMNPQRSTUVWXYZ",
        b"abcdefghijkmnopqrstuvwxyz",
        b"23456789",
    ];
    SETS.iter()
        .cycle()
        .take(length)
        .filter_map(|set| set.get(rng.random_range(0..set.len())))
        .map(|byte| char::from(*byte))
        .collect()
}
