//! One simulated practice.

use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex, RwLock};

use emis_types::{Clock, uk};
use jiff::Timestamp;
use rand::rngs::StdRng;
use rand::{RngExt, SeedableRng};

use super::credentials::{ern, password};
use super::emas::EmasRecord;
use super::reception::{MOST_STEPS, Reception};
use crate::model::{self, Model, Plan, ReceptionAction, generate, guid};
use crate::sync::{lock, write};

/// A practice: its records and its EMAS Manager settings.
pub(crate) struct PracticeState {
    pub(crate) ods: String,
    pub(crate) cdb: String,
    pub(crate) name: String,
    pub(crate) username: String,
    /// The Partner API password that the product received at set-up.
    pub(crate) handed_over: String,
    /// CDB number and ODS code of the organisation that this one has merged into.
    merged_into: Mutex<Option<(String, String)>>,
    /// EMIS leaves the practice's codes out of its answers.
    pub(crate) unnamed: AtomicBool,
    pub(crate) org_ern: String,
    pub(crate) user_ern: String,
    pub(crate) role_ern: String,
    pub(crate) clock: Arc<dyn Clock>,
    pub(crate) emas: Mutex<EmasRecord>,
    pub(crate) model: RwLock<Model>,
    reception: Mutex<Reception>,
}

opaque_debug!(PracticeState { cdb });

/// The EMIS user that practices are asked to create for the partner's product.
pub(crate) const USERNAME: &str = "patchs";

impl PracticeState {
    /// Draws a practice. Indexes start at 0.
    pub(crate) fn draw(seed: u64, index: u32, patients: usize, clock: Arc<dyn Clock>) -> Self {
        let mut rng = StdRng::seed_from_u64(seed.wrapping_mul(1_000).wrapping_add(index.into()));
        // The first is NHS England's test practice; codes in Z9 are not assigned.
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
                now: uk::now(&clock).datetime(),
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
            unnamed: AtomicBool::new(false),
            model: RwLock::new(model),
            reception: Mutex::new(reception),
        }
    }

    /// Replaces the codes that were drawn.
    pub(crate) fn set_codes(&mut self, cdb: &str, ods: &str) {
        cdb.clone_into(&mut self.cdb);
        ods.clone_into(&mut self.ods);
        ods.clone_into(&mut write(&self.model).organisation.ods);
    }

    /// Makes EMIS answer as another organisation.
    pub(crate) fn merge_into(&self, cdb: &str, ods: &str) {
        ods.clone_into(&mut write(&self.model).organisation.ods);
        *lock(&self.merged_into) = Some((cdb.to_owned(), ods.to_owned()));
    }

    pub(crate) fn set_named(&self, named: bool) {
        let ods = if named { self.codes().1 } else { String::new() };
        write(&self.model).organisation.ods = ods;
        self.unnamed.store(!named, Ordering::SeqCst);
    }

    /// Returns the present CDB number and ODS code.
    pub(crate) fn codes(&self) -> (String, String) {
        lock(&self.merged_into)
            .clone()
            .unwrap_or_else(|| (self.cdb.clone(), self.ods.clone()))
    }

    /// Changes the password under Edit Users without the product's knowledge.
    pub(crate) fn change_password_unknown_to_the_product(&self) {
        lock(&self.emas).password = self.handed_over.chars().rev().chain(['1']).collect();
    }

    /// Performs the work that is due for this number of receptionists.
    pub(crate) fn catch_up(&self, receptionists: u32, now: Timestamp) {
        if receptionists == 0 {
            return;
        }
        let due = lock(&self.reception).take_due(now);
        self.work(due.saturating_mul(receptionists.into()).min(MOST_STEPS));
    }

    /// Takes steps at reception and returns the actions taken.
    pub(crate) fn work(&self, steps: u64) -> Vec<ReceptionAction> {
        let now = uk::now(&self.clock).datetime();
        let mut reception = lock(&self.reception);
        (0..steps)
            // The lock is released after each step, so that calls are served in between.
            .filter_map(|_| model::work(&mut reception.rng, &mut write(&self.model), now))
            .collect()
    }
}
