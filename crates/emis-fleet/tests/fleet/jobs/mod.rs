//! Jobs over simulated practices, on both engines.

#![allow(
    clippy::expect_used,
    clippy::unwrap_used,
    clippy::panic,
    clippy::indexing_slicing,
    reason = "a helper that fails fails its test"
)]

mod faults;
mod kinds;
#[cfg(feature = "postgres")]
#[path = "../../../../emis-store/tests/store/support/postgres.rs"]
#[allow(dead_code, reason = "the tests of the store use all of it")]
mod postgres;
mod workers;
mod world;

#[cfg(feature = "postgres")]
use not_run::not_run;

#[cfg(feature = "postgres")]
mod not_run {
    /// Prints what was not tested, past the test harness.
    pub(super) fn not_run(what: &str) {
        use std::io::Write;
        let _ = writeln!(std::io::stderr(), "\nNOT RUN: {what}");
    }
}

/// Runs each of the tests of a module on SQLite and on PostgreSQL.
macro_rules! on_both_engines {
    ($($test:ident),* $(,)?) => {
        mod sqlite {
            $(
                #[tokio::test(flavor = "multi_thread", worker_threads = 2)]
                async fn $test() {
                    super::$test($crate::jobs::world::Queues::sqlite().await).await;
                }
            )*
        }

        #[cfg(feature = "postgres")]
        mod postgres {
            $(
                #[tokio::test(flavor = "multi_thread", worker_threads = 2)]
                async fn $test() {
                    let Some(queues) = $crate::jobs::world::Queues::postgres().await else {
                        return;
                    };
                    super::$test(queues).await;
                }
            )*
        }
    };
}
use on_both_engines;
