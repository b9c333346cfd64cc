//! The log, the panics and the recorded values of a test process.

use std::collections::{BTreeMap, BTreeSet};
use std::error::Error;
use std::fmt::{self, Debug};
use std::io::{self, Write};
use std::panic;
use std::sync::{Mutex, MutexGuard, OnceLock, PoisonError};

use tracing_subscriber::fmt::MakeWriter;

use crate::LeakNet;

/// A way by which text leaves the process.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
#[non_exhaustive]
pub enum OutputChannel {
    /// Log lines of every level and crate.
    Log,
    /// Panic messages.
    Panic,
    /// Texts that a test recorded: an error with its causes, a value's `Debug` output, a report.
    Recorded,
}

/// The output of this process since the first call of [`global`](Self::global), from all threads and
/// tests.
#[derive(Debug, Default)]
pub struct CapturedOutput {
    log: Mutex<Vec<u8>>,
    panics: Mutex<String>,
    recorded: Mutex<String>,
}

static CAPTURED: OnceLock<CapturedOutput> = OnceLock::new();

impl CapturedOutput {
    /// Returns the output of the process. The first call installs a log subscriber and a panic hook.
    /// If the program has a log subscriber already, that one stays and the log is not captured: see
    /// [`captures_log`](Self::captures_log).
    pub fn global() -> &'static Self {
        CAPTURED.get_or_init(|| {
            let subscriber = tracing_subscriber::fmt()
                .with_max_level(tracing::Level::TRACE)
                .with_ansi(false)
                .with_writer(LogWriter)
                .finish();
            drop(tracing::subscriber::set_global_default(subscriber));
            let before = panic::take_hook();
            panic::set_hook(Box::new(move |info| {
                if let Some(output) = CAPTURED.get() {
                    locked(&output.panics).push_str(&format!("{info}\n"));
                }
                before(info);
            }));
            Self::default()
        })
    }

    /// Returns `true` if log lines are captured, which it tries with one.
    pub fn captures_log(&self) -> bool {
        let before = locked(&self.log).len();
        tracing::trace!("captured?");
        locked(&self.log).len() > before
    }

    /// Records a value's `Debug` output, compact and pretty.
    pub fn record_debug(&self, value: &dyn Debug) {
        let text = format!("{value:?}\n{value:#?}\n");
        locked(&self.recorded).push_str(&text);
    }

    /// Records the `Display` and `Debug` output of an error and of its causes.
    pub fn record_error(&self, error: &dyn Error) {
        let mut text = String::new();
        let mut next = Some(error);
        while let Some(error) = next {
            text.push_str(&format!("{error}\n{error:?}\n{error:#?}\n"));
            next = error.source();
        }
        locked(&self.recorded).push_str(&text);
    }

    /// Records a text that is shown to people or stored.
    pub fn record_text(&self, text: &str) {
        locked(&self.recorded).push_str(text);
    }

    /// Returns the text of a channel so far.
    pub fn text(&self, channel: OutputChannel) -> String {
        self.text_since(&Mark::default(), channel)
    }

    fn text_since(&self, mark: &Mark, channel: OutputChannel) -> String {
        let after = |text: &[u8], from: usize| {
            String::from_utf8_lossy(text.get(from..).unwrap_or_default()).into_owned()
        };
        match channel {
            OutputChannel::Log => after(&locked(&self.log), mark.log),
            OutputChannel::Panic => after(locked(&self.panics).as_bytes(), mark.panics),
            OutputChannel::Recorded => after(locked(&self.recorded).as_bytes(), mark.recorded),
        }
    }

    /// Returns the present length of each channel.
    pub(crate) fn mark(&self) -> Mark {
        Mark {
            log: locked(&self.log).len(),
            panics: locked(&self.panics).len(),
            recorded: locked(&self.recorded).len(),
        }
    }

    /// Returns the words that leaked, by channel.
    pub fn leaks(&self, net: &LeakNet) -> BTreeMap<OutputChannel, BTreeSet<String>> {
        self.leaks_since(&Mark::default(), net)
    }

    fn leaks_since(&self, mark: &Mark, net: &LeakNet) -> BTreeMap<OutputChannel, BTreeSet<String>> {
        let channels = [
            OutputChannel::Log,
            OutputChannel::Panic,
            OutputChannel::Recorded,
        ]
        .into_iter();
        channels
            .map(|channel| {
                let found = net.find_in(&self.text_since(mark, channel)).into_iter();
                (channel, found.map(str::to_owned).collect())
            })
            .filter(|(_, found): &(_, BTreeSet<_>)| !found.is_empty())
            .collect()
    }

    /// Checks that none of the words leaked.
    ///
    /// # Errors
    ///
    /// If one did: [`LeakError`] names the words and the channels.
    pub fn check(&self, net: &LeakNet) -> Result<(), LeakError> {
        self.check_since(&Mark::default(), net)
    }

    pub(crate) fn check_since(&self, mark: &Mark, net: &LeakNet) -> Result<(), LeakError> {
        let leaks = self.leaks_since(mark, net);
        if leaks.is_empty() {
            Ok(())
        } else {
            Err(LeakError(leaks))
        }
    }
}

/// The length of each channel at one moment.
#[derive(Debug, Default)]
pub(crate) struct Mark {
    log: usize,
    panics: usize,
    recorded: usize,
}

/// Words that leaked, by channel.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct LeakError(BTreeMap<OutputChannel, BTreeSet<String>>);

impl fmt::Display for LeakError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "words leaked: {:?}", self.0)
    }
}

impl Error for LeakError {}

fn locked<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

/// Writes log lines to the captured output.
struct LogWriter;

impl Write for LogWriter {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        if let Some(output) = CAPTURED.get() {
            locked(&output.log).extend_from_slice(bytes);
        }
        Ok(bytes.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

impl<'a> MakeWriter<'a> for LogWriter {
    type Writer = Self;

    fn make_writer(&'a self) -> Self {
        Self
    }
}
