//! Self-booking against a reference model.

use std::cell::OnceCell;
use std::sync::Arc;

use emis_store::SqliteStore;

use crate::support::{Directory, booking_model};

thread_local! {
    /// The connections belong to the runtime of their thread.
    static STORE: OnceCell<SqliteStore> = const { OnceCell::new() };
}

#[test]
fn self_booking_keeps_its_promises() {
    let directory = Directory::new();
    let file = directory.file();
    drop(SqliteStore::open(&file).unwrap());
    let make = move |clock| {
        let store = STORE.with(|store| {
            store
                .get_or_init(|| SqliteStore::open(&file).unwrap())
                .clone()
        });
        let store = booking_model::shared(store.with_simulated_clock(Arc::new(clock)));
        Box::pin(std::future::ready(store)) as _
    };
    booking_model::check("SQLite", Box::new(make));
}
