//! The steps of making a connection.

use std::error::Error;

/// The step of connecting that failed.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum ConnectStep {
    /// The host's name could not be resolved.
    NameResolution,
    /// The host was found but not connected to: refused, filtered, too slow.
    Connection,
    /// A connection was made and TLS failed on it: a certificate that is not trusted, or a proxy that
    /// answers in EMIS's place.
    Tls,
}

impl ConnectStep {
    /// Returns the step that failed, if the causes of a connection failure of reqwest name it.
    ///
    /// reqwest has no types for this, so its fixed words are searched; none of them is passed on.
    pub fn of(failure: &(dyn Error + 'static)) -> Option<Self> {
        let mut cause = failure.source();
        while let Some(error) = cause {
            let words = error.to_string();
            if words.contains("dns error") {
                return Some(Self::NameResolution);
            }
            if words.contains("tcp connect error") || words.contains("tcp bind") {
                return Some(Self::Connection);
            }
            if ["certificate", "tls", "handshake", "corrupt message"]
                .iter()
                .any(|word| words.to_ascii_lowercase().contains(word))
            {
                return Some(Self::Tls);
            }
            cause = error.source();
        }
        None
    }
}
