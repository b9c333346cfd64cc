//! Everything that a process says.

use std::collections::{BTreeMap, BTreeSet};
use std::error::Error;
use std::fmt::{self, Debug};
use std::io::{self, Write};
use std::panic;
use std::sync::{Mutex, MutexGuard, OnceLock, PoisonError};

use tracing_subscriber::fmt::MakeWriter;

use crate::Net;

/// How something got out.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
#[non_exhaustive]
pub enum Channel {
    /// A line of the log, of any level and any crate.
    Log,
    /// The message of a panic.
    Panic,
    /// What a test showed: an error's text and causes, a value's `Debug`, a report.
    Shown,
}

/// Everything that this process says, from the first call of [`everything`](Self::everything) on,
/// in whichever thread and test.
#[derive(Debug, Default)]
pub struct Overheard {
    log: Mutex<Vec<u8>>,
    panics: Mutex<String>,
    shown: Mutex<String>,
}

static OVERHEARD: OnceLock<Overheard> = OnceLock::new();

impl Overheard {
    /// Listens to everything. The first call puts an ear to the log and to panics; where the
    /// program has a log of its own already, that one is left alone and the log is not heard: see
    /// [`hears_the_log`](Self::hears_the_log).
    pub fn everything() -> &'static Self {
        OVERHEARD.get_or_init(|| {
            let subscriber = tracing_subscriber::fmt()
                .with_max_level(tracing::Level::TRACE)
                .with_ansi(false)
                .with_writer(Ear)
                .finish();
            drop(tracing::subscriber::set_global_default(subscriber));
            let before = panic::take_hook();
            panic::set_hook(Box::new(move |info| {
                if let Some(overheard) = OVERHEARD.get() {
                    locked(&overheard.panics).push_str(&format!("{info}\n"));
                }
                before(info);
            }));
            Self::default()
        })
    }

    /// Whether the log is heard: says something, and listens.
    pub fn hears_the_log(&self) -> bool {
        let before = locked(&self.log).len();
        tracing::trace!("is anybody listening?");
        locked(&self.log).len() > before
    }

    /// Takes in a value as `Debug` prints it, in a line and in full.
    pub fn shown(&self, value: &dyn Debug) {
        let text = format!("{value:?}\n{value:#?}\n");
        locked(&self.shown).push_str(&text);
    }

    /// Takes in an error and its causes, as they are displayed and as `Debug` prints them.
    pub fn shown_error(&self, error: &dyn Error) {
        let mut text = String::new();
        let mut next = Some(error);
        while let Some(error) = next {
            text.push_str(&format!("{error}\n{error:?}\n{error:#?}\n"));
            next = error.source();
        }
        locked(&self.shown).push_str(&text);
    }

    /// Takes in a text that was made for people or for storage.
    pub fn shown_text(&self, text: &str) {
        locked(&self.shown).push_str(text);
    }

    /// What came through a channel so far.
    pub fn heard(&self, channel: Channel) -> String {
        self.heard_since(&Mark::default(), channel)
    }

    fn heard_since(&self, mark: &Mark, channel: Channel) -> String {
        let after = |text: &[u8], from: usize| {
            String::from_utf8_lossy(text.get(from..).unwrap_or_default()).into_owned()
        };
        match channel {
            Channel::Log => after(&locked(&self.log), mark.log),
            Channel::Panic => after(locked(&self.panics).as_bytes(), mark.panics),
            Channel::Shown => after(locked(&self.shown).as_bytes(), mark.shown),
        }
    }

    /// How much was heard so far.
    pub(crate) fn mark(&self) -> Mark {
        Mark {
            log: locked(&self.log).len(),
            panics: locked(&self.panics).len(),
            shown: locked(&self.shown).len(),
        }
    }

    /// The words that got out, by channel.
    pub fn leaks(&self, net: &Net) -> BTreeMap<Channel, BTreeSet<String>> {
        self.leaks_since(&Mark::default(), net)
    }

    fn leaks_since(&self, mark: &Mark, net: &Net) -> BTreeMap<Channel, BTreeSet<String>> {
        let channels = [Channel::Log, Channel::Panic, Channel::Shown].into_iter();
        channels
            .map(|channel| {
                let caught = net.caught(&self.heard_since(mark, channel)).into_iter();
                (channel, caught.map(str::to_owned).collect())
            })
            .filter(|(_, caught): &(_, BTreeSet<_>)| !caught.is_empty())
            .collect()
    }

    /// Fails where anything got out.
    ///
    /// # Errors
    /// Where something got out: [`Leak`] says what, and through which channel.
    pub fn must_not_hold(&self, net: &Net) -> Result<(), Leak> {
        self.must_not_hold_since(&Mark::default(), net)
    }

    pub(crate) fn must_not_hold_since(&self, mark: &Mark, net: &Net) -> Result<(), Leak> {
        let leaks = self.leaks_since(mark, net);
        if leaks.is_empty() {
            Ok(())
        } else {
            Err(Leak(leaks))
        }
    }
}

/// A moment, by what had been heard of each channel until then.
#[derive(Debug, Default)]
pub(crate) struct Mark {
    log: usize,
    panics: usize,
    shown: usize,
}

/// What got out, by channel.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Leak(BTreeMap<Channel, BTreeSet<String>>);

impl fmt::Display for Leak {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "these got out: {:?}", self.0)
    }
}

impl Error for Leak {}

fn locked<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

/// Hears the log.
struct Ear;

impl Write for Ear {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        if let Some(overheard) = OVERHEARD.get() {
            locked(&overheard.log).extend_from_slice(bytes);
        }
        Ok(bytes.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

impl<'a> MakeWriter<'a> for Ear {
    type Writer = Self;

    fn make_writer(&'a self) -> Self {
        Self
    }
}
