//! Identifiers that come into being while the simulator runs, drawn from the seed: the same calls
//! in the same order are answered with the same ones.

use std::fmt;
use std::sync::{Arc, Mutex};

use rand::SeedableRng;
use rand::rngs::StdRng;
use uuid::Uuid;

use crate::model::guid;
use crate::world::lock;

/// Where new identifiers come from. Clones go on drawing from the same.
#[derive(Clone)]
pub(crate) struct Ids {
    luck: Arc<Mutex<StdRng>>,
}

impl fmt::Debug for Ids {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Ids").finish_non_exhaustive()
    }
}

impl Ids {
    pub(crate) fn new(seed: u64) -> Self {
        // Apart from what practices and faults are drawn from.
        let luck = StdRng::seed_from_u64(seed.rotate_left(32) ^ 0x1d5);
        Self {
            luck: Arc::new(Mutex::new(luck)),
        }
    }

    pub(crate) fn draw(&self) -> Uuid {
        guid(&mut lock(&self.luck))
    }
}
