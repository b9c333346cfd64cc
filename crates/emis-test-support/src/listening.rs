//! A fixture that listens.

use std::thread;

use crate::overheard::Mark;
use crate::{Net, Overheard};

/// Listens from the moment at which it is made until it is dropped, and fails the test then if any
/// of its words got out meanwhile, in whichever thread and test of the process.
#[derive(Debug)]
#[must_use]
pub struct Listening {
    heard: &'static Overheard,
    from: Mark,
    words: Vec<String>,
}

impl Listening {
    /// Listens for these words.
    pub fn for_words(words: impl IntoIterator<Item = impl Into<String>>) -> Self {
        let heard = Overheard::everything();
        Self {
            heard,
            from: heard.mark(),
            words: words.into_iter().map(Into::into).collect(),
        }
    }

    /// Listens for every secret of a connection to this EMIS, and for its patients.
    #[cfg(feature = "sim")]
    pub fn at(sim: &emis_sim::Sim) -> Self {
        Self::for_words(crate::words_of(sim))
    }

    /// Where errors and values are shown that must hold nothing.
    pub fn heard(&self) -> &'static Overheard {
        self.heard
    }
}

impl Drop for Listening {
    fn drop(&mut self) {
        // What a failing test prints is for whoever mends it.
        if thread::panicking() {
            return;
        }
        let held = Net::new(self.words.drain(..))
            .map(|net| self.heard.must_not_hold_since(&self.from, &net));
        assert!(matches!(held, Ok(Ok(()))), "{held:?}");
    }
}
