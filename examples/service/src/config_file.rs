//! The configuration file, and the environment that overrides it.

use std::env;
use std::fs;
use std::net::SocketAddr;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::Duration;

use emis_messaging::senders::{GovUkNotify, GovUkNotifyService};
use emis_partner::Environment;
use emis_partner::credentials::{ClientCredentials, FileKeySource, KeySource};
use emis_partner::diagnostics::Product;
use emis_partner::secrecy::SecretString;
use emis_partner::types::SystemClock;
use emis_partner::url::Url;
use emis_partner::uuid::Uuid;
use serde::Deserialize;

use crate::config::{CallbackSecrets, EmisSource, RealEmis, ServiceConfig, StorePlace};
use crate::error::StartError;
use crate::staff::StaffAccount;

/// The configuration of a service for real practices. No secret stands in it: each is in a file of its
/// own.
///
/// `EMIS_SERVICE_LISTEN`, `EMIS_SERVICE_PUBLIC_URL`, `EMIS_SERVICE_STORE` and
/// `EMIS_SERVICE_SEALING_KEYS` override its first fields, and `EMIS_CLIENT_SECRET` the file of the
/// client secret.
///
/// ```toml
/// listen = "127.0.0.1:8080"
/// public_url = "https://appointments.example.com"
/// store = "practices.db"                  # or postgres://…, with the feature `postgres`
/// sealing_keys = "sealing.keys"           # `emis keys new` makes it
/// metrics_token_file = "metrics.token"
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
/// client_secret_file = "client.secret"
///
/// [govuk_notify]
/// api_key_file = "notify.key"
/// sms_template = "6f3b52d0-7c1e-4d0a-9a56-1f0e8f0d64c2"
/// email_template = "740e5834-3a29-46b4-9a6f-16142fde533a"
/// callback_token_file = "notify-callback.token"
///
/// [nhs_notify_callbacks]                  # optional
/// application_id = "your-nhs-application"
/// api_key_file = "nhs-notify.key"
///
/// [[staff]]
/// name = "j.smith"
/// role = "practice"                       # or "desk", "admin"
/// practice = "A20047"
/// password_hash = "$argon2id$…"           # `emis-service --hash-password` makes it
/// ```
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ConfigFile {
    listen: Option<SocketAddr>,
    public_url: Option<Url>,
    store: Option<String>,
    sealing_keys: Option<PathBuf>,
    metrics_token_file: Option<PathBuf>,
    product: ProductSection,
    emis: EmisSection,
    govuk_notify: GovUkNotifySection,
    nhs_notify_callbacks: Option<NhsNotifySection>,
    #[serde(default)]
    staff: Vec<StaffAccount>,
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct ProductSection {
    name: String,
    username: String,
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct EmisSection {
    api_url: Url,
    identity_url: Url,
    application_id: String,
    client_id: String,
    client_secret_file: Option<PathBuf>,
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct GovUkNotifySection {
    api_key_file: PathBuf,
    sms_template: Uuid,
    email_template: Option<Uuid>,
    callback_token_file: Option<PathBuf>,
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct NhsNotifySection {
    application_id: String,
    api_key_file: PathBuf,
}

impl ConfigFile {
    /// Reads the file and the environment, and checks everything that can be checked without a
    /// connection: what `--check` does.
    ///
    /// # Errors
    /// If the file, a value or a file that it names is unusable.
    pub fn load(file: &Path) -> Result<ServiceConfig, StartError> {
        let text = fs::read_to_string(file).map_err(|error| StartError::file(file, &error))?;
        let config = Self::parse(&text)
            .map_err(|reason| StartError::new(format!("{}: {reason}", file.display())))?;
        config.into_options()
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

    fn into_options(self) -> Result<ServiceConfig, StartError> {
        let mut options = ServiceConfig::simulated();
        if let Some(listen) = self.listen {
            options.listen = listen;
        }
        if let Ok(listen) = env::var("EMIS_SERVICE_LISTEN") {
            options.listen = listen.parse()?;
        }
        options.public_url = self.public_url.clone();
        if let Ok(url) = env::var("EMIS_SERVICE_PUBLIC_URL") {
            options.public_url = Some(url.parse()?);
        }
        let store = env::var("EMIS_SERVICE_STORE")
            .ok()
            .or_else(|| self.store.clone());
        let store = store.ok_or_else(|| StartError::new("`store` is missing"))?;
        options.store = if store.starts_with("postgres://") || store.starts_with("postgresql://") {
            StorePlace::Postgres(store.into())
        } else {
            StorePlace::File(store.into())
        };
        options.worker_pause = Some(Duration::from_secs(60));
        options.metrics_token = self
            .metrics_token_file
            .as_deref()
            .map(read_secret)
            .transpose()?;
        options.callbacks = self.callbacks()?;
        let links = options
            .public_url
            .as_ref()
            .filter(|url| url.scheme() == "https");
        let links = links.map(|url| format!("{}/a/{{token}}", url.as_str().trim_end_matches('/')));
        options.emis = EmisSource::Real(Box::new(RealEmis {
            product: Product::new(&self.product.name, &self.product.username)?,
            environment: self.environment()?,
            sealing_keys: self.sealing_keys()?,
            links_at: links.map(|pattern| pattern.parse()).transpose()?,
            notifier: Arc::new(self.notifier()?),
            staff: self.checked_staff()?,
        }));
        Ok(options)
    }

    fn environment(&self) -> Result<Environment, StartError> {
        let secret = match (
            env::var("EMIS_CLIENT_SECRET"),
            &self.emis.client_secret_file,
        ) {
            (Ok(secret), _) => secret.into(),
            (Err(_), Some(file)) => read_secret(file)?,
            (Err(_), None) => return Err(StartError::new("`emis.client_secret_file` is missing")),
        };
        Ok(Environment {
            api_url: self.emis.api_url.clone(),
            identity_url: self.emis.identity_url.clone(),
            application_id: self.emis.application_id.parse()?,
            client: ClientCredentials::new(&self.emis.client_id, secret),
        })
    }

    fn sealing_keys(&self) -> Result<FileKeySource, StartError> {
        let named = env::var_os("EMIS_SERVICE_SEALING_KEYS").map(PathBuf::from);
        let file = named.or_else(|| self.sealing_keys.clone());
        let file = file.ok_or_else(|| StartError::new("`sealing_keys` is missing"))?;
        let keys = FileKeySource::new(file);
        keys.load()?;
        Ok(keys)
    }

    fn notifier(&self) -> Result<GovUkNotify, StartError> {
        use emis_partner::secrecy::ExposeSecret;
        let section = &self.govuk_notify;
        let key = read_secret(&section.api_key_file)?
            .expose_secret()
            .parse()?;
        let mut service = GovUkNotifyService::new(key).sms_template(section.sms_template);
        if let Some(template) = section.email_template {
            service = service.email_template(template);
        }
        Ok(GovUkNotify::builder(Arc::new(SystemClock))
            .service(service)
            .build()?)
    }

    fn callbacks(&self) -> Result<CallbackSecrets, StartError> {
        let govuk = self.govuk_notify.callback_token_file.as_deref();
        let nhs = self.nhs_notify_callbacks.as_ref();
        let nhs = nhs.map(|it| {
            Ok::<_, StartError>((it.application_id.clone(), read_secret(&it.api_key_file)?))
        });
        Ok(CallbackSecrets {
            govuk_notify: govuk.map(read_secret).transpose()?,
            nhs_notify: nhs.transpose()?,
        })
    }

    fn checked_staff(&self) -> Result<Vec<StaffAccount>, StartError> {
        for account in &self.staff {
            account.check()?;
        }
        Ok(self.staff.clone())
    }
}

/// Reads a secret from its file, without the line end.
fn read_secret(file: &Path) -> Result<SecretString, StartError> {
    let text = fs::read_to_string(file).map_err(|error| StartError::file(file, &error))?;
    let secret = text.trim_end_matches(['\r', '\n']);
    if secret.is_empty() {
        return Err(StartError::new(format!(
            "{}: the file is empty",
            file.display()
        )));
    }
    Ok(secret.to_owned().into())
}
