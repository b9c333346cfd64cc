//! The list of bank holidays that the configuration names.

use std::sync::Arc;

use emis_partner::jiff::ToSpan;
use emis_partner::jiff::civil::date;
use emis_partner::settings::BankHolidays;
use emis_partner::types::ManualClock;
use emis_sim::Sim;
use serde_json::json;

use super::{Directory, complaint, emis, emis_with, printed};

/// A product whose practice reminds one working day before, at 10:00 on Tuesday 2 June 2026.
struct Product {
    directory: Directory,
    practice: String,
    /// Runs while the commands do.
    _sim: Sim,
    _runtime: tokio::runtime::Runtime,
}

impl Product {
    fn new() -> Self {
        let clock = ManualClock::at_uk(date(2026, 6, 2).at(10, 0, 0, 0));
        let runtime = tokio::runtime::Runtime::new().unwrap();
        let sim = Sim::builder().clock(Arc::new(clock)).patients(200).start();
        let sim = runtime.block_on(sim).unwrap();
        let at_emis = sim.practice();
        let directory = Directory::new();
        std::fs::write(directory.file("secret"), sim.client_secret()).unwrap();
        let product = Self {
            practice: at_emis.ods().to_string(),
            directory,
            _sim: sim,
            _runtime: runtime,
        };
        product.configure("");
        printed(&emis(&["keys", "new", &product.directory.file("keys")]));
        let practice = product.practice.as_str();
        let cdb = at_emis.cdb().to_string();
        product.run(&["settings", "organisation-id", practice, &cdb]);
        let password = at_emis.password();
        let api_user = ["settings", "api-user", practice, at_emis.username()];
        printed(&emis_with(&product.arguments(&api_user), &password));
        let settings = product.run(&["settings", "export", practice]);
        let mut settings: toml::Table = settings.parse().unwrap();
        settings["reminders"]["offsets"] =
            toml::Value::try_from([json!({"working_days": 1})]).unwrap();
        let file = product.directory.file("settings.toml");
        std::fs::write(&file, settings.to_string()).unwrap();
        product.run(&["settings", "import", practice, &file]);
        product
    }

    /// Writes the configuration, with one line of a test.
    fn configure(&self, line: &str) {
        let sim = &self._sim;
        let file = |name| self.directory.file(name);
        let (store, keys, secret) = (file("practices.db"), file("keys"), file("secret"));
        let (api, identity) = (sim.api_url(), sim.identity_url());
        let (application, client) = (sim.application_id(), sim.client_id());
        let config = format!(
            r#"store = "{store}"
sealing_keys = "{keys}"
{line}
[product]
name = "Patchs"
username = "patchs"
[emis]
api_url = "{api}"
identity_url = "{identity}"
application_id = "{application}"
client_id = "{client}"
client_secret_file = "{secret}"
"#
        );
        std::fs::write(file("emis.toml"), config).unwrap();
    }

    fn arguments<'a>(&self, arguments: &[&'a str]) -> Vec<&'a str> {
        let config: &'a str = self.directory.file("emis.toml").leak();
        [&["--config", config], arguments].concat()
    }

    fn run(&self, arguments: &[&str]) -> String {
        printed(&emis(&self.arguments(arguments)))
    }

    /// Returns whether a message is due for Thursday's appointments. Each plan has a copy of the store:
    /// EMIS is not asked twice within some minutes.
    fn is_due_for_thursday(&self, arguments: &[&str]) -> bool {
        let store = self.directory.file("plan.db");
        std::fs::copy(self.directory.file("practices.db"), &store).unwrap();
        let at = "2026-06-02T10:00:00+01:00";
        let plan = [
            "--store",
            &store,
            "reminders",
            "plan",
            &self.practice,
            "--at",
            at,
        ];
        let plan = self.run(&[&plan, arguments].concat());
        std::fs::remove_file(&store).unwrap();
        assert!(plan.contains("messages due: "), "{plan}");
        let mut due = plan.lines().filter(|line| !line.starts_with("none: "));
        due.any(|line| line.contains("2026-06-04T"))
    }
}

/// GOV.UK's list of 2026, with one more day.
fn list(more: &str) -> String {
    let built_in = BankHolidays::default();
    let days = (0..365).map(|n: i32| date(2026, 1, 1).saturating_add(n.days()));
    let listed = days.filter(|day| {
        let on_weekday = day.weekday().to_monday_one_offset() < 6;
        on_weekday && built_in.contains(*day) || day.to_string() == more
    });
    let events: Vec<_> = listed
        .map(|day| json!({"title": "", "date": day.to_string()}))
        .collect();
    json!({"england-and-wales": {"events": events}}).to_string()
}

/// With a bank holiday on Wednesday, the working day before Thursday is Tuesday.
#[test]
fn a_list_of_bank_holidays_moves_the_reminders() {
    let product = Product::new();
    assert!(!product.is_due_for_thursday(&[]));

    let file = product.directory.file("bank-holidays.json");
    std::fs::write(&file, list("2026-06-03")).unwrap();
    assert!(product.is_due_for_thursday(&["--bank-holidays", &file]));
    product.configure(&format!("bank_holidays = \"{file}\""));
    assert!(product.is_due_for_thursday(&[]));
    // The argument overrides the configuration.
    let ordinary = product.directory.file("ordinary.json");
    std::fs::write(&ordinary, list("")).unwrap();
    assert!(!product.is_due_for_thursday(&["--bank-holidays", &ordinary]));
}

#[test]
fn a_list_of_bank_holidays_that_is_not_one_is_refused() {
    let directory = Directory::new();
    let file = directory.file("bank-holidays.json");
    let list = |text: &str| {
        std::fs::write(&file, text).unwrap();
        let arguments = ["practices", "--simulate", "--bank-holidays", &file];
        complaint(&emis(&arguments))
    };
    assert!(list("{}").contains("GOV.UK"));
    let truncated = r#"{"england-and-wales": {"events": [{"title": "", "date": "2026-01-01"}]}}"#;
    assert!(list(truncated).contains("not complete for 2026"));
    let missing = directory.file("missing.json");
    let arguments = ["practices", "--simulate", "--bank-holidays", &missing];
    assert!(complaint(&emis(&arguments)).contains("missing.json"));
}
