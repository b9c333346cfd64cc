//! Identifiers that are drawn from the seed while the simulator runs.

use std::sync::{Arc, Mutex};

use rand::SeedableRng;
use rand::rngs::StdRng;
use uuid::Uuid;

use crate::model::guid;
use crate::sync::lock;

/// A source of new identifiers. Clones draw from the same sequence.
#[derive(Clone)]
pub(crate) struct Ids {
    rng: Arc<Mutex<StdRng>>,
}

opaque_debug!(Ids);

impl Ids {
    pub(crate) fn new(seed: u64) -> Self {
        // Independent of the sequences for practices and faults.
        let rng = StdRng::seed_from_u64(seed.rotate_left(32) ^ 0x1d5);
        Self {
            rng: Arc::new(Mutex::new(rng)),
        }
    }

    pub(crate) fn draw(&self) -> Uuid {
        guid(&mut lock(&self.rng))
    }
}
