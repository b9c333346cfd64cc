//! The store in memory keeps the contract.

async fn fresh() -> Option<emis_store::MemoryStore> {
    Some(emis_store::MemoryStore::new())
}

emis_store::store_contract!(fresh);
