//! The practices of one product.

use emis_partner::{EmisPartner, Error};

use crate::options::FleetOptions;
use crate::report::FleetReport;
use crate::sweep::{FleetProgress, sweep};

/// All practices of a product.
///
/// # Examples
/// ```
/// use std::future::pending;
///
/// use emis_fleet::{Fleet, FleetReport};
/// use emis_partner::{EmisPartner, Error};
///
/// async fn tonight(partner: EmisPartner) -> Result<FleetReport, Error> {
///     Fleet::new(partner).diagnose(|_| {}, pending()).await
/// }
/// ```
#[derive(Debug, Clone)]
pub struct Fleet {
    partner: EmisPartner,
    options: FleetOptions,
}

impl Fleet {
    /// Creates a fleet of the practices that have settings, with [`FleetOptions::new`].
    pub fn new(partner: EmisPartner) -> Self {
        Self {
            partner,
            options: FleetOptions::new(),
        }
    }

    /// Sets the concurrency and the time limits.
    #[must_use]
    pub fn options(mut self, options: FleetOptions) -> Self {
        self.options = options;
        self
    }

    /// Diagnoses every practice that has settings.
    ///
    /// Calls `progress` after each practice. Ends early, with what was found so far, when `stop`
    /// completes. Calls keep to the limits of the process and of each practice. The failure to
    /// diagnose one practice is part of the report.
    ///
    /// # Errors
    /// [`ErrorKind::Store`](emis_partner::ErrorKind::Store) if the practices can't be listed.
    pub async fn diagnose(
        &self,
        progress: impl FnMut(FleetProgress<'_>),
        stop: impl Future<Output = ()>,
    ) -> Result<FleetReport, Error> {
        let practices = self.partner.practices().await?;
        let codes = practices.iter().map(|practice| practice.ods_code().clone());
        let diagnose = |ods_code| async {
            let report = self.partner.practice(ods_code).diagnosis().run().await;
            report.map_err(|error| error.report())
        };
        let now = self.partner.clock().now();
        Ok(sweep(codes, self.options, now, diagnose, progress, stop).await)
    }
}
