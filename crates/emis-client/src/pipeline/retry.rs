//! The retry decision: one pure function of the effect of an operation and the result of an attempt.
//!
//! | result of the attempt              | read                        | write                |
//! |------------------------------------|-----------------------------|----------------------|
//! | 2xx                                | accept                      | accept               |
//! | no connection (provably not sent)  | retry, else `Unreachable`   | `Unreachable`        |
//! | request could not be built         | `InvalidRequest`            | `InvalidRequest`     |
//! | timeout or break after connecting  | retry, else `Interrupted`   | `Ambiguous`          |
//! | response too long                  | `Decode`                    | `Ambiguous`          |
//! | 1xx, 3xx                           | `Decode`                    | `Ambiguous`          |
//! | 401                                | new token once, else `Unauthenticated` | `Unauthenticated` |
//! | 403                                | `Forbidden`                 | `Forbidden`          |
//! | 404                                | `NotFound`                  | `NotFound`           |
//! | 408                                | retry, else `Interrupted`   | `Ambiguous`          |
//! | 409                                | `Conflict`                  | `Conflict`           |
//! | 429                                | retry, else `RateLimited`   | `RateLimited`        |
//! | other 4xx                          | `Rejected`                  | `Rejected`           |
//! | 5xx                                | retry, else `Server`        | `Ambiguous`          |
//! | anything else                      | `Decode`                    | `Ambiguous`          |
//!
//! A write is sent once: no row of the right column retries. Its kind says what the response
//! claims, and not that nothing happened: every row below the third is
//! [ambiguous](crate::ClientError::is_ambiguous) for a write.

use std::time::Duration;

use jiff::Timestamp;
use jiff::fmt::rfc2822;

use crate::error::ClientErrorKind;
use crate::operation::Effect;
use crate::transport::error::TransportErrorKind;

/// The upper limit of all durations, which keeps arithmetic on them in range.
pub(crate) const DAY: Duration = Duration::from_secs(24 * 60 * 60);

/// A policy for retrying reads. Writes are never retried.
///
/// The backoff after attempt *n* is drawn at random between a half and the whole of
/// `base_delay` · 2ⁿ⁻¹, limited by `max_delay`; a longer `Retry-After` from EMIS takes precedence.
/// There is no retry if the deadline of the call leaves no time for it.
///
/// The calls of a client share one budget of retries, so that retries do not keep an overloaded
/// EMIS down: each retry takes one from it, and each successful call returns a fifth of one.
///
/// The default is 3 attempts, with delays of 250 milliseconds to 5 seconds, and a budget of 20.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[non_exhaustive]
pub struct RetryPolicy {
    /// The maximum number of attempts, the first included; 0 counts as 1.
    pub max_attempts: u32,
    /// The longest delay after the first attempt.
    pub base_delay: Duration,
    /// The longest delay after any attempt, unless EMIS asks for longer.
    pub max_delay: Duration,
    /// The size of the budget of retries.
    pub budget: u32,
}

impl RetryPolicy {
    /// Creates a policy with a maximum number of attempts and two delays.
    pub const fn new(max_attempts: u32, base_delay: Duration, max_delay: Duration) -> Self {
        Self {
            max_attempts,
            base_delay,
            max_delay,
            budget: 20,
        }
    }

    /// Creates a policy of one attempt.
    pub const fn never() -> Self {
        Self::new(1, Duration::ZERO, Duration::ZERO)
    }

    /// Returns the delay after attempt number `attempt` (from 1); `draw` lies in 0.0..=1.0.
    pub(crate) fn delay(&self, attempt: u32, draw: f64) -> Duration {
        let doubled = 2u32.saturating_pow(attempt.saturating_sub(1));
        let longest = self.max_delay.min(DAY);
        let whole = self.base_delay.saturating_mul(doubled).min(longest);
        whole.mul_f64(0.5 + draw.clamp(0.0, 1.0) / 2.0)
    }
}

impl Default for RetryPolicy {
    fn default() -> Self {
        Self::new(3, Duration::from_millis(250), Duration::from_secs(5))
    }
}

/// The result of an attempt: an HTTP status, or the failure of the transport.
pub(crate) type AttemptResult = Result<u16, TransportErrorKind>;

/// The options that are left.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Chances {
    /// Attempts are left.
    pub(crate) another_attempt: bool,
    /// A new token may be requested, because none has been in this call.
    pub(crate) new_token: bool,
}

/// The decision after an attempt.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Decision {
    /// Decode the response.
    Accept,
    /// Retry at once with a new token.
    NewToken,
    /// Retry after a delay; fail with this kind if no time is left.
    Retry(ClientErrorKind),
    /// Fail with this kind.
    Fail(ClientErrorKind),
}

/// Decides what follows an attempt.
pub(crate) fn decide(effect: Effect, result: AttemptResult, chances: Chances) -> Decision {
    use TransportErrorKind as Failure;

    // A read may be retried; nothing claims anything about a write.
    let transient = |kind| match effect {
        Effect::Write => Decision::Fail(ClientErrorKind::Ambiguous),
        Effect::Read => retry_or_fail(chances, kind),
    };
    let not_understood = match effect {
        Effect::Write => Decision::Fail(ClientErrorKind::Ambiguous),
        Effect::Read => Decision::Fail(ClientErrorKind::Decode),
    };
    // A read may be retried; of a write the result has a kind of its own.
    let named = |kind| match effect {
        Effect::Write => Decision::Fail(kind),
        Effect::Read => retry_or_fail(chances, kind),
    };
    match result {
        Err(Failure::Unsendable) => Decision::Fail(ClientErrorKind::InvalidRequest),
        Err(Failure::Unreachable) => named(ClientErrorKind::Unreachable),
        Err(Failure::TimedOut | Failure::Interrupted) => transient(ClientErrorKind::Interrupted),
        Err(Failure::TooLarge) => not_understood,
        Ok(200..=299) => Decision::Accept,
        Ok(401) if effect == Effect::Read && chances.new_token => Decision::NewToken,
        Ok(401) => Decision::Fail(ClientErrorKind::Unauthenticated),
        Ok(403) => Decision::Fail(ClientErrorKind::Forbidden),
        Ok(404) => Decision::Fail(ClientErrorKind::NotFound),
        Ok(408) => transient(ClientErrorKind::Interrupted),
        Ok(409) => Decision::Fail(ClientErrorKind::Conflict),
        Ok(429) => named(ClientErrorKind::RateLimited),
        Ok(400..=499) => Decision::Fail(ClientErrorKind::Rejected),
        Ok(500..=599) => transient(ClientErrorKind::Server),
        Ok(_) => not_understood,
    }
}

fn retry_or_fail(chances: Chances, kind: ClientErrorKind) -> Decision {
    if chances.another_attempt {
        Decision::Retry(kind)
    } else {
        Decision::Fail(kind)
    }
}

/// Parses a `Retry-After` header: seconds or an HTTP date. A date in the past means zero.
pub(crate) fn parse_retry_after(value: &str, now: Timestamp) -> Option<Duration> {
    let value = value.trim();
    if !value.is_empty() && value.bytes().all(|byte| byte.is_ascii_digit()) {
        // A number out of range is longer than any deadline, as the largest one is.
        let seconds = value.parse().unwrap_or(u32::MAX);
        return Some(Duration::from_secs(seconds.into()));
    }
    let moment = rfc2822::parse(value).ok()?.timestamp();
    Some(Duration::try_from(moment.duration_since(now)).unwrap_or(Duration::ZERO))
}

#[cfg(test)]
mod tests {
    use super::*;

    const ALL_CHANCES: [Chances; 4] = [
        chances(true, true),
        chances(true, false),
        chances(false, true),
        chances(false, false),
    ];

    const fn chances(another_attempt: bool, new_token: bool) -> Chances {
        Chances {
            another_attempt,
            new_token,
        }
    }

    fn all_results() -> impl Iterator<Item = AttemptResult> {
        let failures = [
            TransportErrorKind::Unsendable,
            TransportErrorKind::Unreachable,
            TransportErrorKind::TimedOut,
            TransportErrorKind::Interrupted,
            TransportErrorKind::TooLarge,
        ];
        failures.into_iter().map(Err).chain((0..=u16::MAX).map(Ok))
    }

    /// The left column of the table, row by row: what becomes of it, and whether it is retried.
    fn expected(result: AttemptResult) -> (&'static str, Option<[ClientErrorKind; 2]>, bool) {
        use ClientErrorKind as Kind;
        use TransportErrorKind as Failure;
        match result {
            Ok(200..=299) => ("2xx", None, false),
            Err(Failure::Unreachable) => ("no connection", Some([Kind::Unreachable; 2]), true),
            Err(Failure::Unsendable) => ("no request", Some([Kind::InvalidRequest; 2]), false),
            Err(Failure::TimedOut | Failure::Interrupted) | Ok(408) => {
                ("broke", Some([Kind::Interrupted, Kind::Ambiguous]), true)
            }
            Ok(401) => ("401", Some([Kind::Unauthenticated; 2]), false),
            Ok(403) => ("403", Some([Kind::Forbidden; 2]), false),
            Ok(404) => ("404", Some([Kind::NotFound; 2]), false),
            Ok(409) => ("409", Some([Kind::Conflict; 2]), false),
            Ok(429) => ("429", Some([Kind::RateLimited; 2]), true),
            Ok(400..=499) => ("4xx", Some([Kind::Rejected; 2]), false),
            Ok(500..=599) => ("5xx", Some([Kind::Server, Kind::Ambiguous]), true),
            Ok(_) | Err(Failure::TooLarge) => (
                "not understood",
                Some([Kind::Decode, Kind::Ambiguous]),
                false,
            ),
        }
    }

    #[test]
    fn every_cell_of_the_table_holds() {
        for result in all_results() {
            let (row, kinds, retried) = expected(result);
            for chances in ALL_CHANCES {
                let read = decide(Effect::Read, result, chances);
                let write = decide(Effect::Write, result, chances);
                let (read_expected, write_expected) = match kinds {
                    None => (Decision::Accept, Decision::Accept),
                    Some(_) if result == Ok(401) && chances.new_token => (
                        Decision::NewToken,
                        Decision::Fail(ClientErrorKind::Unauthenticated),
                    ),
                    Some([of_read, of_write]) if retried && chances.another_attempt => {
                        (Decision::Retry(of_read), Decision::Fail(of_write))
                    }
                    Some([of_read, of_write]) => {
                        (Decision::Fail(of_read), Decision::Fail(of_write))
                    }
                };
                assert_eq!(read, read_expected, "{row}: {result:?} {chances:?}");
                assert_eq!(write, write_expected, "{row}: {result:?} {chances:?}");
            }
        }
    }

    #[test]
    fn a_write_is_never_sent_again() {
        for result in all_results() {
            for chances in ALL_CHANCES {
                let decision = decide(Effect::Write, result, chances);
                assert!(
                    matches!(decision, Decision::Accept | Decision::Fail(_)),
                    "{result:?} {chances:?}"
                );
            }
        }
    }

    #[test]
    fn waits_double_up_to_the_longest() {
        let policy = RetryPolicy::new(9, Duration::from_millis(100), Duration::from_secs(1));
        let whole: Vec<u128> = (1..=6).map(|n| policy.delay(n, 1.0).as_millis()).collect();
        assert_eq!(whole, [100, 200, 400, 800, 1000, 1000]);
        let half: Vec<u128> = (1..=6).map(|n| policy.delay(n, 0.0).as_millis()).collect();
        assert_eq!(half, [50, 100, 200, 400, 500, 500]);
        assert_eq!(policy.delay(u32::MAX, 1.0), Duration::from_secs(1));
        let endless = RetryPolicy::new(9, Duration::MAX, Duration::MAX);
        assert_eq!(endless.delay(1, 1.0), DAY);
    }

    #[test]
    fn retry_after_is_read_as_rfc_9110_has_it() {
        let now: Timestamp = "2026-06-02T09:00:00Z".parse().unwrap();
        for (value, seconds) in [
            ("0", Some(0)),
            (" 120 ", Some(120)),
            ("4294967295", Some(u64::from(u32::MAX))),
            ("Tue, 02 Jun 2026 09:00:30 GMT", Some(30)),
            ("Tue, 02 Jun 2026 08:59:30 GMT", Some(0)),
            ("-1", None),
            ("1.5", None),
            ("", None),
            ("soon", None),
        ] {
            let expected = seconds.map(Duration::from_secs);
            assert_eq!(parse_retry_after(value, now), expected, "{value:?}");
        }
    }
}
