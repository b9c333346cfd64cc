//! Reads of date ranges that are longer than EMIS serves in one call.

use std::collections::HashMap;
use std::hash::Hash;

use futures_util::{StreamExt as _, TryStreamExt as _, stream};

use crate::client::Client;
use crate::codec::{FieldError, Message};
use crate::error::ClientError;
use crate::model::{DateRange, Listing};
use crate::operation::Operation;
use crate::transport::message::Request;

/// The maximum number of windows of one call that are read concurrently.
const AT_ONCE: usize = 3;

/// The longest range in days: ten years. A longer one is a mistake that would keep the practice's
/// EMIS busy.
const MOST_DAYS: i32 = 3_660;

impl Client {
    /// Reads the records of a date range: in one call if EMIS serves it in one, otherwise in
    /// adjacent windows, joined in the order of their days.
    ///
    /// A record that several windows contain, because it was moved in between, is returned once, by
    /// its key. The whole fails if one window fails.
    pub(crate) async fn listing_of_days<T, K: Hash + Eq>(
        &self,
        range: DateRange,
        request: Request,
        decode: impl Fn(&Message) -> Result<Listing<T>, FieldError>,
        key: impl Fn(&T) -> K,
    ) -> Result<Listing<T>, ClientError> {
        let windows = windows(request.operation(), range)?;
        if let [window] = *windows.as_slice() {
            return self.call(self.with_days(request, window), decode).await;
        }
        let deadline = self.deadline();
        let reads = windows.into_iter().map(|window| {
            let request = self.with_days(request.clone(), window);
            self.call_by(deadline, request, &decode)
        });
        let listings = stream::iter(reads).buffered(AT_ONCE).try_collect().await?;
        Ok(join(listings, key))
    }

    /// Adds the parameters of a range that EMIS serves in one call.
    pub(crate) fn with_days(&self, request: Request, range: DateRange) -> Request {
        let dates = self.dates();
        request
            .with("startDate", dates.write(range.start()))
            .with("endDate", dates.write(range.end()))
    }
}

/// Cuts a range into windows that the operation serves.
fn windows(operation: Operation, range: DateRange) -> Result<Vec<DateRange>, ClientError> {
    range.check(operation)?;
    let Some(most) = operation.spec().max_days else {
        return Ok(vec![range]);
    };
    if range.days() > MOST_DAYS {
        return Err(
            ClientError::invalid_request("the date range is longer than ten years")
                .with_operation(operation),
        );
    }
    Ok(range.windows(most).collect())
}

fn join<T, K: Hash + Eq>(listings: Vec<Listing<T>>, key: impl Fn(&T) -> K) -> Listing<T> {
    let mut joined = Listing::default();
    let mut first_seen_in = HashMap::new();
    let mut records = 0;
    for (window, mut listing) in listings.into_iter().enumerate() {
        let before = records;
        records += listing.items.len() + listing.skipped.len();
        listing
            .items
            .retain(|item| *first_seen_in.entry(key(item)).or_insert(window) == window);
        for record in &mut listing.skipped {
            record.index += before;
        }
        joined.items.append(&mut listing.items);
        joined.skipped.append(&mut listing.skipped);
        joined.repaired_characters += listing.repaired_characters;
    }
    joined
}
