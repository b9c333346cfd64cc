//! The contract of every store, as tests to run against a store of your own.
//!
//! Each clause is an async function that takes an empty store and panics if the store breaks the
//! clause. [`store_contract!`](crate::store_contract) makes a test of each clause for a store that
//! implements all traits. For a store that implements some, name the parts: the settings need the
//! exclusions and the audit log as well, the other parts need the audit log.
//!
//! ```ignore
//! // In tests/contract.rs, with the feature `testing`, and `tokio` with `macros` and
//! // `rt-multi-thread`:
//! async fn fresh() -> Option<MyStore> {
//!     Some(MyStore::new())
//! }
//! emis_store::store_contract!(fresh);
//! // Or, of a store that keeps no bookings and no reminders:
//! // emis_store::store_contract!(fresh: settings, exclusions, audit);
//! ```
//!
//! `fresh` is called once for each clause and returns a store that is empty. It returns `None` to skip
//! the clause, for example because there is no database; print that it was skipped.

#![allow(
    clippy::unwrap_used,
    clippy::panic,
    clippy::indexing_slicing,
    clippy::missing_panics_doc,
    reason = "a clause that is broken fails its test"
)]

pub mod admissions;
pub mod audit;
pub mod bookings;
pub mod diagnoses;
pub mod exclusions;
pub mod invitations;
pub mod last_calls;
pub mod messages;
pub mod refused_passwords;
pub mod reminders;
pub mod retention;
pub mod settings;
pub mod tasks;

use std::sync::LazyLock;

use emis_audit::{Actor, Provenance};
use emis_types::OdsCode;
use jiff::Timestamp;

fn ods(code: &str) -> OdsCode {
    code.parse().unwrap()
}

/// Returns an arbitrary day at `n` seconds.
fn second(n: i64) -> Timestamp {
    Timestamp::from_second(1_780_000_000 + n).unwrap()
}

fn author() -> Provenance {
    Provenance::of(Actor::user("u-117").unwrap())
        .from("settings page")
        .unwrap()
}

/// Returns a borrowed author.
fn by_author() -> &'static Provenance {
    static AUTHOR: LazyLock<Provenance> = LazyLock::new(author);
    &AUTHOR
}

/// Pseudorandom numbers, equal in every run.
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

/// Makes a test of every clause of the [contract](crate::contract), or of the clauses of the named
/// parts.
#[macro_export]
macro_rules! store_contract {
    ($fresh:ident) => {
        $crate::store_contract!(
            $fresh: settings, bookings, invitations, admissions, reminders, refused_passwords,
            exclusions, last_calls, diagnoses, messages, tasks, audit, retention
        );
    };
    ($fresh:ident: $($part:ident),+) => {
        $($crate::store_contract!(@$part $fresh);)+
    };
    (@settings $fresh:ident) => {
        $crate::store_contract! { @clauses $fresh settings:
            saved_settings_are_loaded_at_the_next_version,
            practices_are_kept_apart_and_listed_in_order,
            a_stale_save_is_a_conflict_and_changes_nothing,
            a_version_that_was_never_returned_is_a_conflict,
            of_many_concurrent_saves_of_a_version_one_succeeds,
            a_command_with_a_key_is_done_once,
            a_command_repeated_concurrently_is_executed_once,
            of_concurrent_commands_under_one_key_one_is_executed,
            no_concurrent_command_is_lost,
            a_conflict_names_the_author_and_the_changed_fields,
            a_refused_command_is_in_the_audit_log,
            keys_are_forgotten_after_their_time,
            a_change_and_its_event_are_written_together,
            any_text_is_kept_whole_or_refused
        }
    };
    (@bookings $fresh:ident) => {
        $crate::store_contract! { @clauses $fresh bookings:
            a_booking_is_kept_as_it_was_begun,
            a_booking_in_flight_blocks_its_slot_and_patient_until_it_is_settled,
            a_change_is_compared_and_set,
            of_many_concurrent_changes_one_is_made,
            every_state_comes_back_as_it_was_kept,
            a_cancellation_and_a_booking_of_one_slot_are_never_in_flight_together,
            an_appointment_is_held_once,
            bookings_are_listed_oldest_first,
            a_notice_is_kept_until_it_is_acknowledged,
            a_move_begins_once_and_ends_once,
            of_many_concurrent_bookings_of_a_slot_one_begins,
            of_a_concurrent_cancellation_and_booking_one_begins,
            it_returns_what_the_store_in_memory_returns,
            each_step_is_in_the_audit_log
        }
    };
    (@invitations $fresh:ident) => {
        $crate::store_contract! { @clauses $fresh invitations:
            a_link_is_found_by_the_digest_of_its_token,
            of_many_concurrent_claims_of_an_invitation_one_succeeds,
            a_claim_replaces_a_rejected_one_only,
            of_concurrent_batches_no_more_are_open_than_stated,
            invitations_to_other_slots_do_not_count,
            a_link_is_released_by_a_booking_that_was_not_made,
            a_link_that_is_over_is_not_used,
            an_overdue_link_expires_once,
            the_history_of_a_link_is_kept_in_order
        }
    };
    (@admissions $fresh:ident) => {
        $crate::store_contract! { @clauses $fresh admissions:
            wrong_identities_are_slowed_and_locked,
            an_attempt_counts_against_every_subject,
            of_many_concurrent_attempts_no_more_are_allowed,
            a_proved_identity_is_forgotten_and_a_returned_one_not_counted,
            places_are_taken_within_the_limits,
            a_place_that_is_returned_is_taken_again,
            of_many_concurrent_bookings_no_more_get_a_place,
            locks_are_in_the_audit_log
        }
    };
    (@reminders $fresh:ident) => {
        $crate::store_contract! { @clauses $fresh reminders:
            a_reminder_is_claimed_once_and_sent_once,
            another_slot_patient_or_time_is_another_reminder,
            a_reminder_of_another_offset_counts_since_the_given_time,
            of_many_concurrent_claims_one_may_send,
            a_message_of_several_is_claimed_and_settled_as_one,
            a_lease_that_is_over_is_taken_over_once,
            messages_to_one_contact_keep_their_distance,
            a_refusal_is_of_the_contact,
            an_undelivered_message_is_refused,
            what_was_told_is_reopened,
            it_returns_what_the_store_in_memory_returns,
            a_claim_of_a_fast_clock_is_taken_over,
            open_claims_are_listed_until_they_are_settled,
            each_message_is_in_the_audit_log,
            polls_of_a_practice_keep_their_distance,
            the_planned_list_is_replaced,
            the_counts_of_days_add_up
        }
    };
    (@refused_passwords $fresh:ident) => {
        $crate::store_contract! { @clauses $fresh refused_passwords:
            a_refusal_is_remembered_until_it_is_forgotten,
            the_audit_log_holds_no_fingerprint,
            a_password_is_claimed_by_one_at_a_time
        }
    };
    (@exclusions $fresh:ident) => {
        $crate::store_contract! { @clauses $fresh exclusions:
            every_period_of_an_opt_out_is_kept,
            channels_and_the_exclusion_list_are_told_apart,
            of_many_concurrent_exclusions_one_begins
        }
    };
    (@last_calls $fresh:ident) => {
        $crate::store_contract! { @clauses $fresh last_calls:
            the_later_time_is_kept,
            practices_and_capabilities_are_kept_apart,
            of_many_concurrent_notes_the_latest_is_kept,
            the_last_verdict_on_each_operation_is_kept
        }
    };
    (@messages $fresh:ident) => {
        $crate::store_contract! { @clauses $fresh messages:
            a_message_is_claimed_once_and_sent_once,
            a_message_not_sent_may_be_claimed_again,
            a_lease_that_ended_leaves_doubt,
            a_lease_of_a_fast_clock_leaves_doubt,
            a_message_comes_back_as_it_was_told,
            receipts_in_any_order_never_go_back,
            a_receipt_settles_doubt,
            tasks_are_opened_with_what_decides_them,
            of_many_concurrent_claims_one_may_send,
            it_returns_what_the_store_in_memory_returns,
            each_step_is_in_the_audit_log
        }
    };
    (@tasks $fresh:ident) => {
        $crate::store_contract! { @clauses $fresh tasks:
            a_task_is_open_until_it_is_acknowledged,
            a_task_told_again_stays_as_it_was,
            every_kind_of_task_comes_back,
            an_acknowledgement_is_in_the_audit_log
        }
    };
    (@diagnoses $fresh:ident) => {
        $crate::store_contract! { @clauses $fresh diagnoses:
            diagnoses_with_one_result_are_one_record,
            the_latest_diagnoses_are_kept,
            concurrent_diagnoses_are_all_kept
        }
    };
    (@audit $fresh:ident) => {
        $crate::store_contract! { @clauses $fresh audit:
            a_log_grows_and_verifies,
            logs_are_kept_apart,
            concurrent_events_get_one_entry_each,
            a_clock_that_goes_backwards_breaks_nothing,
            a_log_is_exported_line_by_line,
            old_segments_are_deleted_and_the_rest_verifies,
            only_sealed_and_old_segments_are_deleted,
            a_noted_head_is_compared,
            a_noted_entry_that_is_not_covered_is_an_error,
            a_change_to_a_log_that_has_grown_is_not_made,
            a_patient_is_replaced_by_a_pseudonym
        }
    };
    (@retention $fresh:ident) => {
        $crate::store_contract! { @clauses $fresh retention:
            a_patient_is_erased,
            messages_and_tasks_of_a_patient_are_erased,
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
