//! Everything a command works with: the store, the product and, where asked for, the simulator.

use std::sync::Arc;

use emis_fleet::jobs::JobEngine;
use emis_partner::audit::{Actor, Provenance};
use emis_partner::client::{Limits, RetryPolicy};
use emis_partner::credentials::{FileKeySource, IdentityRing, KeySource};
use emis_partner::messaging::Outbox;
use emis_partner::settings::{BankHolidays, SettingsProblem};
use emis_partner::types::{Clock, OdsCode, SystemClock};
use emis_partner::{Builder, EmisPartner, Environment, Practice};

use crate::arguments::Arguments;
use crate::config::Config;
use crate::error::CliError;
use crate::simulation::{self, Simulation};
use crate::store::{Store, open_jobs, with_store};

/// The configured or simulated product.
#[derive(Debug)]
pub(crate) struct Workspace {
    pub(crate) store: Store,
    pub(crate) json: bool,
    pub(crate) by: Provenance,
    /// Problems of simulated settings that the product refused.
    pub(crate) refused: Vec<SettingsProblem>,
    config: Config,
    bank_holidays: Option<BankHolidays>,
    simulation: Option<Simulation>,
}

impl Workspace {
    pub(crate) async fn open(arguments: &Arguments) -> Result<Self, CliError> {
        let by = match &arguments.by {
            Some(person) => Actor::user(person)?,
            None => Actor::system("emis")?,
        };
        let simulated = arguments.simulate.is_some() || arguments.scenario.is_some();
        let (config, store, simulation) = if simulated {
            let practices = arguments.simulate.unwrap_or(1);
            let simulation = Simulation::start(practices, arguments.scenario.as_deref()).await?;
            let store = Store::in_memory(simulation.clock())?;
            (Config::simulated(arguments), store, Some(simulation))
        } else {
            let config = Config::read(arguments)?;
            let store = Store::open(config.store()?).await?;
            (config, store, None)
        };
        let mut workspace = Self {
            store,
            json: arguments.json,
            by: Provenance::of(by),
            refused: Vec::new(),
            bank_holidays: config.bank_holidays()?,
            config,
            simulation,
        };
        if let Some(simulation) = &workspace.simulation {
            workspace.refused = simulation.set_up(&workspace.partner()?).await?;
        }
        Ok(workspace)
    }

    pub(crate) fn simulation(&self) -> Option<&Simulation> {
        self.simulation.as_ref()
    }

    /// Opens the jobs that the configuration names.
    pub(crate) async fn jobs(&self) -> Result<JobEngine, CliError> {
        open_jobs(&self.config.jobs()?).await
    }

    /// Returns the clock: the machine's, or that of the simulator.
    pub(crate) fn clock(&self) -> Arc<dyn Clock> {
        match &self.simulation {
            Some(simulation) => simulation.clock(),
            None => Arc::new(SystemClock),
        }
    }

    /// Returns the sealing keys.
    pub(crate) fn keys(&self) -> Result<IdentityRing, CliError> {
        Ok(match &self.simulation {
            Some(simulation) => simulation.key().load()?,
            None => FileKeySource::new(self.config.sealing_keys()?).load()?,
        })
    }

    /// Puts the product together.
    pub(crate) fn partner(&self) -> Result<EmisPartner, CliError> {
        let builder = match &self.simulation {
            Some(simulation) => {
                let builder = self.builder(simulation.environment()?, simulation.key())?;
                // A look at the commands should be quick: no retries, and no limits, which spare EMIS.
                let limits = Limits::new(64, 10_000);
                builder
                    .client_options(move |client| client.retry(RetryPolicy::never()).limits(limits))
                    .process_limits(limits)
                    .clock(simulation.clock())
            }
            None => {
                let keys = FileKeySource::new(self.config.sealing_keys()?);
                self.builder(self.config.environment()?, keys)?
            }
        };
        let partner = builder.build()?;
        if let Some(bank_holidays) = &self.bank_holidays {
            partner.set_bank_holidays(bank_holidays.clone());
        }
        Ok(partner)
    }

    /// Returns the practice; the only simulated one if none is named.
    pub(crate) fn practice(&self, named: Option<OdsCode>) -> Result<Practice, CliError> {
        let ods_code = match (named, &self.simulation) {
            (Some(named), _) => named,
            (None, Some(simulation)) => simulation.first_practice()?,
            (None, None) => {
                return Err(CliError::new(
                    "name a practice by its ODS code, or use --all",
                ));
            }
        };
        Ok(self.partner()?.practice(ods_code))
    }

    fn builder(
        &self,
        environment: Environment,
        keys: impl KeySource + 'static,
    ) -> Result<Builder, CliError> {
        let product = match &self.simulation {
            Some(_) => simulation::product()?,
            None => self.config.product()?,
        };
        // No command sends messages; those of simulated practices are kept.
        let outbox = Arc::new(Outbox::new());
        Ok(with_store!(&self.store, store => {
            EmisPartner::builder(product, environment, keys, Arc::clone(store), outbox)
        }))
    }
}
