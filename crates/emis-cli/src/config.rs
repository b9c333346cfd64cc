//! The configuration file, and the environment that overrides it.

use std::env;
use std::fs;
use std::io::ErrorKind;
use std::path::{Path, PathBuf};

use emis_partner::Environment;
use emis_partner::credentials::ClientCredentials;
use emis_partner::diagnostics::Product;
use emis_partner::settings::BankHolidays;
use serde::Deserialize;

use crate::arguments::Arguments;
use crate::error::CliError;
use crate::store::is_postgres;

/// The configuration. No secret stands in it: the client secret and the sealing keys are in files
/// of their own, or the former in the environment.
///
/// ```toml
/// store = "practices.db"                 # or postgres://…
/// jobs = "jobs.db"                       # or postgres://…; by default beside the store
/// sealing_keys = "sealing.keys"
/// bank_holidays = "bank-holidays.json"   # of GOV.UK; the standing rules decide without it
///
/// [product]
/// name = "Patchs"
/// username = "patchs"
///
/// [emis]
/// api_url = "https://api.example.com/partner"
/// identity_url = "https://identity.example.com/tenant/"
/// application_id = "the-party-key"
/// client_id = "your-client-id"
/// client_secret_file = "client.secret"   # EMIS_CLIENT_SECRET holds the secret itself
/// ```
#[derive(Debug, Default, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Config {
    store: Option<String>,
    jobs: Option<String>,
    sealing_keys: Option<PathBuf>,
    bank_holidays: Option<PathBuf>,
    product: Option<ProductConfig>,
    emis: Option<EmisConfig>,
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct ProductConfig {
    name: String,
    username: String,
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct EmisConfig {
    api_url: String,
    identity_url: String,
    application_id: String,
    client_id: String,
    client_secret_file: Option<PathBuf>,
}

impl Config {
    /// Reads the file, which the arguments override. One that is absent is empty: the arguments may
    /// be enough.
    pub(crate) fn read(arguments: &Arguments) -> Result<Self, CliError> {
        let file = &arguments.config;
        let mut config = match fs::read_to_string(file) {
            Ok(text) => Self::parse(&text)
                .map_err(|reason| CliError::new(format!("{}: {reason}", file.display())))?,
            Err(error) if error.kind() == ErrorKind::NotFound => Self::default(),
            Err(error) => return Err(CliError::file(file, &error)),
        };
        config.store = arguments.store.clone().or(config.store);
        config.jobs = arguments.jobs.clone().or(config.jobs);
        config.sealing_keys = arguments.keys.clone().or(config.sealing_keys);
        config.bank_holidays = arguments.bank_holidays.clone().or(config.bank_holidays);
        Ok(config)
    }

    /// Returns the configuration of simulated practices, for which no file is read.
    pub(crate) fn simulated(arguments: &Arguments) -> Self {
        Self {
            bank_holidays: arguments.bank_holidays.clone(),
            ..Self::default()
        }
    }

    /// Reads the list of bank holidays, if one is named.
    pub(crate) fn bank_holidays(&self) -> Result<Option<BankHolidays>, CliError> {
        let Some(file) = &self.bank_holidays else {
            return Ok(None);
        };
        let list = fs::read_to_string(file).map_err(|error| CliError::file(file, &error))?;
        let list =
            BankHolidays::from_gov_uk(&list).map_err(|error| CliError::file(file, &error))?;
        Ok(Some(list))
    }

    /// The text of the file is in no error: a database's URL may hold a password.
    fn parse(text: &str) -> Result<Self, String> {
        toml::from_str(text).map_err(|error: toml::de::Error| match error.span() {
            Some(span) => {
                let before = text.get(..span.start).unwrap_or_default();
                format!(
                    "line {}: {}",
                    before.lines().count().max(1),
                    error.message()
                )
            }
            None => error.message().to_owned(),
        })
    }

    /// Returns the path or the URL of the store.
    pub(crate) fn store(&self) -> Result<&str, CliError> {
        let store = self.store.as_deref();
        store.ok_or_else(|| CliError::new("no store: name it with --store or in the configuration"))
    }

    /// Returns the path or the URL of the jobs: the database of the store, or a file beside it.
    pub(crate) fn jobs(&self) -> Result<String, CliError> {
        match &self.jobs {
            Some(jobs) => Ok(jobs.clone()),
            None if is_postgres(self.store()?) => Ok(self.store()?.to_owned()),
            None => Ok(format!("{}.jobs", self.store()?)),
        }
    }

    /// Returns the file of the sealing keys.
    pub(crate) fn sealing_keys(&self) -> Result<&Path, CliError> {
        self.sealing_keys.as_deref().ok_or_else(|| {
            CliError::new("no sealing keys: name their file with --keys or as `sealing_keys` in the configuration")
        })
    }

    pub(crate) fn product(&self) -> Result<Product, CliError> {
        let product = self.product.as_ref();
        let product = product.ok_or_else(|| CliError::new("no [product] in the configuration"))?;
        Ok(Product::new(&product.name, &product.username)?)
    }

    /// Returns EMIS's addresses, with the client secret from the environment or its file.
    pub(crate) fn environment(&self) -> Result<Environment, CliError> {
        let emis = self.emis.as_ref();
        let emis = emis.ok_or_else(|| CliError::new("no [emis] in the configuration"))?;
        let secret = match (env::var("EMIS_CLIENT_SECRET"), &emis.client_secret_file) {
            (Ok(secret), _) => secret,
            (Err(_), Some(file)) => {
                let secret =
                    fs::read_to_string(file).map_err(|error| CliError::file(file, &error))?;
                secret.trim_end_matches(['\r', '\n']).to_owned()
            }
            (Err(_), None) => {
                let reason =
                    "no client secret: set `emis.client_secret_file`, or EMIS_CLIENT_SECRET";
                return Err(CliError::new(reason));
            }
        };
        Ok(Environment {
            api_url: emis.api_url.parse()?,
            identity_url: emis.identity_url.parse()?,
            application_id: emis.application_id.parse()?,
            client: ClientCredentials::new(&emis.client_id, secret.into()),
        })
    }
}
