//! What every store promises, as tests to run against one's own.
//!
//! Each clause is an async function that takes an empty store and panics where a promise is
//! broken. [`store_contract!`](crate::store_contract) makes a test of each, for a store that
//! implements all the traits; for one that implements some, name the parts: the settings need the
//! opt-outs and the audit trail beside them, the others the audit trail.
//!
//! ```ignore
//! // In tests/contract.rs, with the feature `testing`, and `tokio` with `macros` and
//! // `rt-multi-thread`:
//! async fn fresh() -> Option<MyStore> {
//!     Some(MyStore::new())
//! }
//! emis_store::store_contract!(fresh);
//! // Or, of a store that keeps no bookings and no reminders:
//! // emis_store::store_contract!(fresh: settings, exclusions, trail);
//! ```
//!
//! A store gives each clause its own emptiness: `fresh` is called once for each. `None` skips a
//! clause, where the database is missing; say so loudly.

#![allow(
    clippy::unwrap_used,
    clippy::panic,
    clippy::indexing_slicing,
    clippy::missing_panics_doc,
    reason = "a clause that is broken fails its test"
)]

pub mod bookings;
pub mod exclusions;
pub mod last_calls;
pub mod refused;
pub mod reminders;
pub mod retention;
pub mod settings;
pub mod trail;

use std::sync::LazyLock;

use emis_audit::{Actor, Provenance};
use emis_types::OdsCode;
use jiff::Timestamp;

fn ods(code: &str) -> OdsCode {
    code.parse().unwrap()
}

/// So many seconds into an arbitrary day.
fn second(n: i64) -> Timestamp {
    Timestamp::from_second(1_780_000_000 + n).unwrap()
}

fn somebody() -> Provenance {
    Provenance::of(Actor::user("u-117").unwrap())
        .from("settings page")
        .unwrap()
}

/// The same, to lend.
fn them() -> &'static Provenance {
    static THEM: LazyLock<Provenance> = LazyLock::new(somebody);
    &THEM
}

/// Numbers that look random and are the same in every run.
struct Dice(u64);

impl Dice {
    fn throw(&mut self, sides: u64) -> u64 {
        // Knuth's linear congruential generator; the low bits are the poor ones.
        self.0 = self
            .0
            .wrapping_mul(6_364_136_223_846_793_005)
            .wrapping_add(1);
        (self.0 >> 33) % sides
    }

    fn one_of<T: Copy>(&mut self, items: &[T]) -> T {
        items[usize::try_from(self.throw(items.len() as u64)).unwrap()]
    }
}

/// Makes a test of every clause of the [contract](crate::contract), or of every clause of the parts
/// of it that are named.
#[macro_export]
macro_rules! store_contract {
    ($fresh:ident) => {
        $crate::store_contract!(
            $fresh: settings, bookings, reminders, refused, exclusions, last_calls, trail, retention
        );
    };
    ($fresh:ident: $($part:ident),+) => {
        $($crate::store_contract!(@$part $fresh);)+
    };
    (@settings $fresh:ident) => {
        $crate::store_contract! { @clauses $fresh settings:
            what_is_saved_is_loaded_at_the_next_version,
            practices_are_kept_apart_and_listed_in_order,
            who_saves_second_is_told_and_changes_nothing,
            versions_that_nobody_was_given_are_conflicts,
            of_many_who_save_the_same_version_exactly_one_succeeds,
            a_command_with_a_key_is_done_once,
            of_many_who_give_the_same_command_one_does_it,
            of_many_who_share_a_key_one_has_it,
            no_command_of_many_is_lost,
            the_second_of_two_editors_is_told_what_changed,
            a_refused_command_is_written_down,
            keys_are_forgotten_when_their_time_is_over,
            a_change_and_its_event_are_one,
            whatever_is_typed_is_kept_or_refused
        }
    };
    (@bookings $fresh:ident) => {
        $crate::store_contract! { @clauses $fresh bookings:
            a_booking_is_kept_as_it_was_begun,
            what_is_in_hand_stands_in_the_way_until_it_is_settled,
            of_two_who_settle_one_changes_the_record,
            every_state_comes_back_as_it_was_kept,
            the_unsettled_are_listed_oldest_first,
            a_cancellation_and_a_booking_of_one_slot_are_never_under_way_together,
            of_many_who_begin_the_same_slot_exactly_one_starts,
            of_a_cancellation_and_a_booking_at_once_one_begins,
            it_answers_as_the_ledger_in_memory_does,
            each_step_is_in_the_audit_trail
        }
    };
    (@reminders $fresh:ident) => {
        $crate::store_contract! { @clauses $fresh reminders:
            a_reminder_is_claimed_once_and_sent_once,
            every_part_of_the_key_but_the_channel_makes_another_reminder,
            a_reminder_of_another_distance_counts_from_the_moment_that_is_asked_for,
            of_many_who_claim_at_once_exactly_one_may_send,
            it_answers_as_the_ledger_in_memory_does,
            what_is_in_doubt_is_listed_until_it_is_settled,
            a_reminder_settled_by_hand_has_its_author,
            each_message_is_in_the_audit_trail
        }
    };
    (@refused $fresh:ident) => {
        $crate::store_contract! { @clauses $fresh refused:
            a_refusal_is_remembered_until_it_is_forgotten,
            the_audit_trail_holds_no_fingerprint,
            a_password_is_tried_by_one_at_a_time
        }
    };
    (@exclusions $fresh:ident) => {
        $crate::store_contract! { @clauses $fresh exclusions:
            a_patient_opts_out_and_in_again_and_all_of_it_is_kept,
            channels_and_the_exclusion_list_are_told_apart,
            of_many_who_exclude_at_once_one_does
        }
    };
    (@last_calls $fresh:ident) => {
        $crate::store_contract! { @clauses $fresh last_calls:
            the_later_moment_stays,
            practices_and_capabilities_are_kept_apart,
            of_many_who_note_at_once_the_latest_stays,
            the_last_verdict_on_each_operation_stays
        }
    };
    (@trail $fresh:ident) => {
        $crate::store_contract! { @clauses $fresh trail:
            a_chain_grows_and_verifies,
            chains_are_kept_apart,
            of_many_who_record_at_once_each_has_a_link_of_its_own,
            a_clock_that_goes_backwards_breaks_nothing,
            a_chain_is_exported_line_by_line,
            old_segments_go_and_the_rest_still_verifies,
            only_sealed_and_old_segments_go,
            a_noted_end_is_compared,
            what_is_noted_and_deleted_is_an_error,
            a_change_to_a_log_that_has_grown_is_not_made,
            a_patient_is_replaced_by_a_pseudonym
        }
    };
    (@retention $fresh:ident) => {
        $crate::store_contract! { @clauses $fresh retention:
            a_patient_is_erased,
            a_practice_is_off_boarded_when_nothing_is_open,
            records_expire
        }
    };
    (@clauses $fresh:ident $part:ident: $($clause:ident),+) => {
        mod $part {
            $(
                #[tokio::test(flavor = "multi_thread")]
                async fn $clause() {
                    if let Some(store) = super::$fresh().await {
                        $crate::contract::$part::$clause(&::std::sync::Arc::new(store)).await;
                    }
                }
            )+
        }
    };
}
