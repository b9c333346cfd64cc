//! Puts the product together: the facade over a store, an EMIS and a sender.

use std::sync::Arc;

use emis_partner::client::RetryPolicy;
use emis_partner::credentials::SealingIdentity;
use emis_partner::diagnostics::Product;
use emis_partner::messaging::{Notifier, Outbox};
use emis_partner::types::Clock;
use emis_partner::{Builder, EmisPartner};

use crate::config::RealEmis;
use crate::error::StartError;
use crate::simulation::Simulation;
use crate::store::Store;

/// Returns the product that the simulator's practices know.
pub(crate) fn simulated_product() -> Result<Product, StartError> {
    Ok(Product::new("Patchs", "patchs")?)
}

/// Returns the facade over simulated practices. Patients' links lead to this machine.
pub(crate) fn simulated(
    simulation: &Simulation,
    store: &Store,
    outbox: &Arc<Outbox>,
    clock: Arc<dyn Clock>,
) -> Result<EmisPartner, StartError> {
    let notifier = Arc::clone(outbox) as Arc<dyn Notifier>;
    let (product, environment) = (simulated_product()?, simulation.environment()?);
    let builder = match store {
        Store::Sqlite(store) => {
            let (key, store) = (SealingIdentity::generate(), Arc::clone(store));
            EmisPartner::builder(product, environment, key, store, notifier)
        }
        #[cfg(feature = "postgres")]
        Store::Postgres(store) => {
            let (key, store) = (SealingIdentity::generate(), Arc::clone(store));
            EmisPartner::builder(product, environment, key, store, notifier)
        }
    };
    let builder = builder.links_at("https://localhost/a/{token}".parse()?);
    // A look at a broken practice should be quick.
    let builder = builder.client_options(|client| client.retry(RetryPolicy::never()));
    Ok(builder.clock(clock).build()?)
}

/// Returns the facade over EMIS.
pub(crate) fn real(
    emis: &RealEmis,
    store: &Store,
    clock: Arc<dyn Clock>,
) -> Result<EmisPartner, StartError> {
    let (product, environment) = (emis.product.clone(), emis.environment.clone());
    let (keys, notifier) = (emis.sealing_keys.clone(), Arc::clone(&emis.notifier));
    let builder: Builder = match store {
        Store::Sqlite(store) => {
            EmisPartner::builder(product, environment, keys, Arc::clone(store), notifier)
        }
        #[cfg(feature = "postgres")]
        Store::Postgres(store) => {
            EmisPartner::builder(product, environment, keys, Arc::clone(store), notifier)
        }
    };
    let builder = match &emis.links_at {
        Some(pattern) => builder.links_at(pattern.clone()),
        None => builder,
    };
    Ok(builder.clock(clock).build()?)
}
