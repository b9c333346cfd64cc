//! A practice with appointments tomorrow, its store and its outbox.

use std::sync::Arc;

use emis_messaging::Outbox;
use emis_reminders::{MemoryReminderStore, RunReport};
use emis_settings::PracticeSettings;
use jiff::SignedDuration;

use crate::emis::{PureEmis, settings};
use crate::support::{tuesday_at, wednesday_at};

/// A practice on Tuesday 2 June 2026 at 10:00.
pub(crate) struct Practice {
    pub(crate) emis: PureEmis,
    pub(crate) settings: PracticeSettings,
    pub(crate) store: Arc<MemoryReminderStore>,
    pub(crate) outbox: Arc<Outbox>,
}

impl Practice {
    pub(crate) fn new(change: impl FnOnce(&mut emis_settings::ReminderSettings)) -> Self {
        Self {
            emis: PureEmis::at(tuesday_at(10, 0)),
            settings: settings(change),
            store: Arc::default(),
            outbox: Arc::default(),
        }
    }

    /// With so many patients tomorrow from 9:00 on, one a minute.
    pub(crate) fn with_patients(count: i64) -> Self {
        let practice = Self::new(|_| ());
        for n in 0..count {
            let start = wednesday_at(9, 0).saturating_add(SignedDuration::from_secs(60 * (n % 55)));
            practice.emis.book(1_000 + n, n + 1, start);
        }
        practice
    }

    pub(crate) async fn run(&self) -> RunReport {
        let (store, outbox) = (self.store.clone(), self.outbox.clone());
        let reminders = self.emis.reminders(&self.settings, store, outbox);
        reminders.run().await.unwrap()
    }

    /// Runs every quarter of an hour for so many hours.
    pub(crate) async fn run_for(&self, hours: i64) {
        for _ in 0..hours * 4 {
            self.run().await;
            self.emis.clock.advance(SignedDuration::from_mins(15));
        }
    }

    pub(crate) fn texts(&self) -> Vec<String> {
        let messages = self.outbox.messages();
        let texts = messages.iter().map(|it| it.body().expose_text().unwrap());
        texts.map(str::to_owned).collect()
    }

    pub(crate) fn last_text(&self) -> String {
        self.texts().pop().unwrap()
    }
}
