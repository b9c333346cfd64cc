//! Self-booking against a reference model.

use std::cell::RefCell;
use std::sync::Arc;

use emis_store::PostgresStore;
use emis_test_support::bookings::ModelStores;
use emis_types::ManualClock;

use crate::support::booking_model;
use crate::support::postgres::{options, schema, url};

thread_local! {
    /// The connections belong to the runtime of their thread.
    static STORE: RefCell<Option<PostgresStore>> = const { RefCell::new(None) };
}

#[test]
fn self_booking_keeps_its_promises() {
    let Some(url) = url() else {
        return;
    };
    let schema = schema();
    let make = move |clock| {
        let schema = schema.clone();
        Box::pin(async move { store(url, &schema, clock).await }) as _
    };
    booking_model::check("PostgreSQL", Box::new(make));
}

async fn store(url: &str, schema: &str, clock: ManualClock) -> ModelStores {
    let found = STORE.with_borrow(Clone::clone);
    let store = match found {
        Some(store) => store,
        None => {
            let store = PostgresStore::connect(options(url, schema)).await.unwrap();
            STORE.set(Some(store.clone()));
            store
        }
    };
    booking_model::shared(store.with_simulated_clock(Arc::new(clock)))
}
