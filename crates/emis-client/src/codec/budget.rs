//! Limits of the memory that one answer may take.
//!
//! The empty object is two bytes on the wire and a thousand in memory. While an answer is
//! decoded, what its records take up is counted against a multiple of the answer's length; past
//! that the whole answer is refused. Texts need no count: they are never longer than the answer.
//! Decoding is synchronous, so the count is kept by the thread.

use std::cell::Cell;

use serde::de;

use super::field_error::{FieldError, TOO_LARGE, WHOLE};

/// The number of records that one answer may have: a month of a very large practice has a tenth.
const MAX_RECORDS: usize = 250_000;

/// The number of unreadable records that one answer may have. More are another message.
pub(super) const MAX_SKIPPED: usize = 1_000;

/// The number of items that a list within a record may have.
pub(super) const MAX_NESTED: usize = 1_000;

/// The memory that any answer may take, however short it is.
const MIN_BYTES: usize = 2 * 1024 * 1024;

#[derive(Debug, Clone, Copy)]
struct Left {
    bytes: usize,
    records: usize,
    /// True once something did not fit.
    is_spent: bool,
}

thread_local! {
    static LEFT: Cell<Option<Left>> = const { Cell::new(None) };
}

/// The budget of one answer, for as long as it is decoded.
#[derive(Debug)]
pub(super) struct Budget {
    before: Option<Left>,
}

impl Budget {
    /// Begins the budget of an answer of `wire_length` bytes.
    pub(super) fn of(wire_length: usize) -> Self {
        let left = Left {
            bytes: (wire_length / 2).saturating_mul(5).max(MIN_BYTES),
            records: MAX_RECORDS,
            is_spent: false,
        };
        Self {
            before: LEFT.replace(Some(left)),
        }
    }
}

impl Drop for Budget {
    fn drop(&mut self) {
        LEFT.set(self.before);
    }
}

/// Returns whether something did not fit into the budget at hand.
pub(super) fn is_spent() -> bool {
    LEFT.get().is_some_and(|left| left.is_spent)
}

/// Returns the error of an answer that does not fit.
pub(super) fn too_large() -> FieldError {
    FieldError::new(WHOLE, TOO_LARGE)
}

/// Counts `bytes` that stay allocated. Returns whether they fit.
fn spend(bytes: usize) -> bool {
    update(|left| left.bytes.checked_sub(bytes).map(|rest| left.bytes = rest))
}

/// Counts one record.
pub(super) fn record() -> Result<(), FieldError> {
    let fits = update(|left| left.records.checked_sub(1).map(|rest| left.records = rest));
    fits.then_some(()).ok_or_else(too_large)
}

fn update(take: impl FnOnce(&mut Left) -> Option<()>) -> bool {
    let Some(mut left) = LEFT.get() else {
        return true;
    };
    let fits = take(&mut left).is_some();
    left.is_spent |= !fits;
    LEFT.set(Some(left));
    fits
}

/// Counts a value that goes onto the heap.
pub(super) fn spend_in<E: de::Error>(bytes: usize) -> Result<(), E> {
    if spend(bytes) {
        Ok(())
    } else {
        Err(E::custom(TOO_LARGE))
    }
}

/// Adds capacity for `wanted` more items, or for fewer where no more fit: the old and the new
/// allocation exist side by side for a moment, and both have to fit. Returns whether one more
/// item fits.
pub(super) fn reserve<T>(items: &mut Vec<T>, wanted: usize) -> bool {
    let size = size_of::<T>().max(1);
    let held = items.capacity();
    let most = LEFT
        .get()
        .map_or(usize::MAX, |left| (left.bytes / size).saturating_sub(held));
    let more = wanted.min(most);
    if !spend(more.max(1).saturating_mul(size)) || more == 0 {
        return false;
    }
    items.reserve_exact(held - items.len() + more);
    true
}
