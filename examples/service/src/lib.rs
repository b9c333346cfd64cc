//! A web service that embeds `emis-partner`: pages for practices, for patients and for the support desk.
//!
//! `cargo run -p emis-service` starts it against simulated practices. `docs/embedding.md` walks through
//! the code. A test starts it in its own process:
//!
//! ```no_run
//! use emis_service::{Service, ServiceConfig};
//!
//! # async fn example() -> Result<(), emis_service::StartError> {
//! let service = Service::start(ServiceConfig::simulated()).await?;
//! println!("{}", service.url());
//! service.stop().await;
//! # Ok(())
//! # }
//! ```

mod app;
mod callbacks;
mod config;
mod config_file;
mod desk;
mod error;
mod metrics;
mod page;
mod patient;
mod practice;
mod printed;
mod product;
mod service;
mod simulation;
mod staff;
mod store;
mod web;
mod worker;

pub use config::{CallbackSecrets, EmisSource, RealEmis, ServiceConfig, StorePlace};
pub use config_file::ConfigFile;
pub use error::StartError;
pub use printed::{PrintedLink, PrintedSignIn};
pub use service::Service;
pub use staff::{Role, StaffAccount, hash_password};
