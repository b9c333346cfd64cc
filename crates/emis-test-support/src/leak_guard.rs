//! A guard value for test fixtures.

use std::thread;

use crate::captured_output::Mark;
use crate::{CapturedOutput, LeakNet};

/// A guard that fails the test when it is dropped if one of its words was output since it was made,
/// in any thread and test of the process.
#[derive(Debug)]
#[must_use]
pub struct LeakGuard {
    output: &'static CapturedOutput,
    since: Mark,
    words: Vec<String>,
}

impl LeakGuard {
    /// Starts to watch for these words.
    pub fn for_words(words: impl IntoIterator<Item = impl Into<String>>) -> Self {
        let output = CapturedOutput::global();
        Self {
            output,
            since: output.mark(),
            words: words.into_iter().map(Into::into).collect(),
        }
    }

    /// Starts to watch for every secret of a connection to this simulator, and for its patients.
    #[cfg(feature = "sim")]
    pub fn for_sim(sim: &emis_sim::Sim) -> Self {
        Self::for_words(crate::sensitive_words(sim))
    }

    /// Returns the captured output, to which a test adds values and errors that must not leak.
    pub fn output(&self) -> &'static CapturedOutput {
        self.output
    }
}

impl Drop for LeakGuard {
    fn drop(&mut self) {
        // A failing test may print what its developer needs.
        if thread::panicking() {
            return;
        }
        let checked = LeakNet::new(self.words.drain(..))
            .map(|net| self.output.check_since(&self.since, &net));
        assert!(matches!(checked, Ok(Ok(()))), "{checked:?}");
    }
}
