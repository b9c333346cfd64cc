//! A simulated person who carries out the steps click by click: in EMAS Manager, among EMIS's users,
//! in the product's settings, on the product's servers, and at EMIS.
//!
//! It knows the screens and not the causes. A step that names a missing button or omits an "OK"
//! fails the test or leaves the fault in place.

#![allow(
    clippy::unwrap_used,
    clippy::panic,
    reason = "a helper that fails fails its test"
)]

use emis_credentials::release_password;
use emis_diagnostics::{Cause, Control, Finding, Place, Step, labels as l};
use emis_settings::{BookingSettings, PracticeSettings, Selection, SettingsProblem};
use emis_sim::{EditUsers, LoginAccess};

use crate::story::Story;

const PARTNER_API: [&str; 4] = [
    l::EMIS_BALL,
    l::SYSTEM_TOOLS,
    l::EMAS_MANAGER,
    l::PARTNER_API,
];

impl Story {
    /// Follows the steps of a finding. Returns the code to quote, if they say to stop and call.
    pub(crate) async fn carry_out(&mut self, finding: &Finding) -> Option<Cause> {
        self.follow(finding.cause, &finding.steps).await
    }

    /// Follows the steps of a cause that support has looked up by its code.
    pub(crate) async fn follow(&mut self, cause: Cause, steps: &[Step]) -> Option<Cause> {
        let mut operator = Operator::default();
        for step in steps {
            if let Some(branch) = step.branches.iter().find(|it| sees(self, &it.seen)) {
                if branch.stop.is_some() {
                    return branch.stop;
                }
                self.do_instead(&branch.action);
            }
            operator.act(self, cause, step).await;
        }
        None
    }

    /// Does what a branch says.
    fn do_instead(&self, action: &str) {
        let emas = self.practice().emas();
        match action {
            "Tick it." => emas.edit_users().tick_user(true).ok().unwrap(),
            // The steps that follow do it.
            "Go straight to 'Activate Application'." => {}
            _ => panic!("unknown action: {action}"),
        }
    }

    /// Users of several practices may have one name, and a simulator tells them by the password.
    fn new_password(&self) -> String {
        format!("Fresh-Password-{}", self.practice().cdb())
    }
}

/// The open dialogs, and the input that is not confirmed yet.
#[derive(Default)]
struct Operator {
    product_selected: bool,
    edit_users: Option<EditUsers>,
    login_access: Option<LoginAccess>,
    user_open: bool,
    role_chosen: bool,
    cdb_number: Option<String>,
    partner_password: Option<String>,
    organisation_id: Option<String>,
    api_user: Option<(String, String)>,
}

impl Operator {
    async fn act(&mut self, story: &mut Story, cause: Cause, step: &Step) {
        let Some((control, label)) = step.control.zip(step.label.as_deref()) else {
            // A step to consider or to ask, with nothing to click.
            return;
        };
        let path: Vec<&str> = step.path.iter().map(String::as_str).collect();
        match step.place {
            Place::Emis => match path.split_at_checked(PARTNER_API.len()) {
                Some((menu, inside)) if menu == PARTNER_API => {
                    self.emas(story, step, inside, control, label);
                }
                _ => self.emis(story, &path, control, label),
            },
            Place::Product => {
                assert_eq!(path, [l::FEATURE_SETTINGS], "{step}");
                self.product(story, cause, control, label).await;
            }
            Place::Operations | Place::EmisSupport => others(story, cause, label),
            _ => panic!("unknown location of the step: {step}"),
        }
    }

    fn emas(&mut self, story: &Story, step: &Step, inside: &[&str], control: Control, label: &str) {
        let emas = story.practice().emas();
        let listed = emas.state().listed_as == story.product.name();
        match (inside, control, label) {
            ([], Control::Tab, l::PARTNER_API) => {}
            (_, Control::Text, _) => {}
            ([], Control::ListItem, name) if name == story.product.name() => {
                if listed {
                    self.product_selected = true;
                } else {
                    // Not listed: the step says where to look it up.
                    let cause = step.otherwise.unwrap();
                    assert_eq!(cause, Cause::ProductNotListed);
                    for step in cause.entry(&story.product).fix {
                        if let Some((control, label)) = step.control.zip(step.label.as_deref()) {
                            self.emas(story, &step, &[], control, label);
                        }
                    }
                }
            }
            ([], Control::ListItem, l::FORMER_NAME) => self.product_selected = true,
            _ => {
                assert!(self.product_selected, "nothing is selected: {step}");
                self.application(story, inside, control, label);
            }
        }
    }

    /// With the product selected in the list.
    fn application(&mut self, story: &Story, inside: &[&str], control: Control, label: &str) {
        let emas = story.practice().emas();
        match (inside, control) {
            ([], Control::Button) => match label {
                l::DEACTIVATE_APPLICATION | l::CROSS => emas.deactivate_application(),
                l::ACTIVATE_APPLICATION | l::TICK => emas.activate_application(),
                l::EDIT_USERS => self.edit_users = Some(emas.edit_users()),
                l::LOGIN_ACCESS => self.login_access = Some(emas.login_access()),
                _ => panic!("no such button: {label}"),
            },
            ([l::EDIT_USERS], control) => {
                let dialog = self.edit_users.take();
                let dialog = dialog.unwrap_or_else(|| emas.edit_users());
                self.edit_users = match (control, label) {
                    (Control::TickBox, l::BOTH) => {
                        assert!(
                            emas.state().duplicate.is_some(),
                            "the user is listed once only"
                        );
                        Some(dialog.tick_user(true).tick_duplicate(true))
                    }
                    (Control::TickBox, name) if is_user(story, name) => {
                        if !emas.state().user_exists {
                            emas.add_user();
                        }
                        Some(dialog.tick_user(true))
                    }
                    (Control::Field, name) if is_user(story, name) => {
                        let password = story.new_password();
                        self.partner_password = Some(password.clone());
                        Some(dialog.password(&password))
                    }
                    (Control::Button, l::OK) => {
                        dialog.ok().unwrap();
                        None
                    }
                    _ => panic!("Edit Users has no {control:?} {label}"),
                };
            }
            ([l::LOGIN_ACCESS], control) => {
                let dialog = self.login_access.take();
                let dialog = dialog.unwrap_or_else(|| emas.login_access());
                self.login_access = match (control, label) {
                    (Control::TickBox, l::ALLOW_LOGIN) => Some(dialog.allow_login(true)),
                    (Control::TickBox, l::AUTO_LOGIN) => Some(dialog.auto_login(true)),
                    (Control::TickBox, l::BOTH) => {
                        Some(dialog.allow_login(true).auto_login(true).duplicate(true))
                    }
                    (Control::Button, l::OK) => {
                        dialog.ok();
                        None
                    }
                    _ => panic!("Login Access has no {control:?} {label}"),
                };
            }
            _ => panic!("EMAS Manager has no {inside:?} {control:?} {label}"),
        }
    }

    /// Elsewhere in EMIS: its users and the organisation's details.
    fn emis(&mut self, story: &Story, path: &[&str], control: Control, label: &str) {
        let practice = story.practice();
        let emas = practice.emas();
        match (path, control, label) {
            ([], Control::Text, l::EMIS_CDB_NUMBER) => {
                self.cdb_number = Some(practice.codes_now().0);
            }
            ([], Control::Button, l::ADD_USER) => {
                emas.add_user();
                self.user_open = true;
            }
            ([], Control::Button, l::LOG_OUT) => emas.log_out_and_in(),
            ([], Control::ListItem, name) if is_user(story, name) => self.user_open = true,
            ([l::APPOINTMENT_BOOK], Control::Button, l::BUILD_SESSIONS) => {
                practice.staff_build_sessions();
            }
            ([l::APPOINTMENT_BOOK], Control::Button, l::RELEASE_SLOTS) => {
                practice.staff_embargo_all(false);
            }
            ([l::SLOT_TYPES], Control::TickBox, l::BOOKABLE_SLOT) => {
                for slot_type in practice.slot_types() {
                    practice.set_bookable(slot_type.id, true).unwrap();
                }
            }
            ([l::USER_DETAILS], _, _) => {
                assert!(self.user_open, "no user is open");
                match (control, label) {
                    (Control::Text, _) => {}
                    (Control::ListItem, l::CLINICAL_PRACTITIONER) => self.role_chosen = true,
                    (Control::TickBox, l::DEFAULT) => emas.set_rbac_role(self.role_chosen),
                    (Control::Field, l::PASSWORD) => {
                        emas.reset_emis_password(&story.new_password());
                    }
                    (Control::ClearTickBox, l::MUST_CHANGE_PASSWORD) => {
                        emas.set_must_change_password(false);
                    }
                    (Control::ClearField, l::CONTRACT_END_DATE) => emas.extend_contract(),
                    (Control::Button, l::UNLOCK) => emas.unlock_user(),
                    (Control::TickBox, l::PATIENT_BOOKING) => {
                        emas.set_may_book_for_patients(true);
                    }
                    _ => panic!("a user has no {control:?} {label}"),
                }
            }
            _ => panic!("EMIS has no {path:?} {control:?} {label}"),
        }
    }

    async fn product(&mut self, story: &mut Story, cause: Cause, control: Control, label: &str) {
        match (control, label) {
            (Control::Text, _) => {}
            (Control::Field, l::EMIS_ORGANISATION_ID) => {
                self.organisation_id = Some(self.cdb_number.clone().unwrap());
            }
            (Control::Button, l::UPDATE_EMIS_ORGANISATION_ID) => {
                let id = self.organisation_id.take().unwrap();
                let changed = story.settings.organisation_id().map(|it| it.as_str()) != Some(&*id);
                story.settings.update_organisation_id(&id).unwrap();
                if changed {
                    story.stored_password = None;
                }
            }
            (Control::Field, l::EMIS_API_USER) => {
                let username = story.practice().username().to_owned();
                // The password typed under Edit Users, or else the one that the practice noted.
                let known = self.partner_password.clone();
                let known = known.unwrap_or_else(|| story.practice().password());
                self.api_user = Some((username, known));
            }
            (Control::Button, l::UPDATE_EMIS_API_USER_DETAILS) => {
                let (username, password) = self.api_user.take().unwrap();
                if story.settings.seal_context().is_some() {
                    story.enter_user(&username, &password);
                    story.foreign_user = false;
                    let typed = |it: &SettingsProblem| it.path().starts_with("api_user");
                    story.refused_settings.retain(|it| !typed(it));
                }
            }
            (Control::ListItem, l::CHOICES) => {
                let mut reminders = story.settings.reminders().clone();
                reminders.slot_types = Selection::All;
                story.settings.set_reminders(reminders).unwrap();
                story
                    .settings
                    .set_booking(BookingSettings::default())
                    .unwrap();
            }
            (Control::Button, l::SAVE) => story.refused_settings.clear(),
            (Control::Button, l::SIGN_IN) => {
                story.sign_in().await;
                story.end_emis_faults(|it| it == Cause::SignInEnded);
            }
            (Control::Button, l::CHECK_AGAIN) => check_again(story, cause).await,
            _ => panic!("the product has no {control:?} {label}"),
        }
    }
}

/// Returns true if the screen shows this.
fn sees(story: &Story, seen: &str) -> bool {
    let emas = story.practice().emas().state();
    match seen {
        "Not in the list" => !emas.user_exists,
        "Listed but not ticked" => !emas.in_edit_users,
        "Listed twice" => emas.duplicate.is_some_and(|twin| !twin.in_edit_users),
        seen if seen.starts_with("No green tick next to") => !emas.application_active,
        "Another name is highlighted"
        | "No longer registered"
        | "The practice is closed this week"
        | "They are released later on purpose"
        | "Patients must not book this type" => false,
        _ => panic!("unknown sight: {seen}"),
    }
}

/// Returns true if EMIS lists a user of this name.
fn is_user(story: &Story, name: &str) -> bool {
    let practice = story.practice();
    name == practice.username() || (name == "APIUSER1" && practice.emas().state().shared_user)
}

/// Selects "Check again" under a cause, as the facade does.
pub(crate) async fn check_again(story: &Story, cause: Cause) {
    story.activity.put_right(cause);
    if let Some(fingerprint) = story.fingerprint().filter(|_| cause.concerns_user()) {
        let user_refused = story.activity.user_refused();
        let store = story.refused.as_ref();
        // An unavailable store releases nothing.
        let _ = release_password(store, &[fingerprint], user_refused, &story.clock).await;
    }
}

/// Steps of the product's support team and of EMIS support, who mend what they are asked about.
fn others(story: &mut Story, cause: Cause, label: &str) {
    let shared_sim = story.shared_sim();
    let sim = &shared_sim.sim;
    match label {
        l::NAME_SERVERS => {}
        l::FAILED_WORK => story.activity.put_right(Cause::WorkFails),
        l::DATABASE => story.refused.set_lost(false),
        l::CERTIFICATES => {
            let port = Some(shared_sim.middlebox);
            if story.api_url.port() == port {
                story.api_url = sim.api_url().parse().unwrap();
            }
            if story.identity_url.port() == port {
                story.identity_url = sim.identity_url().parse().unwrap();
            }
        }
        l::PROXY => story.end_emis_faults(|it| it == Cause::UnexpectedAnswer),
        l::NETWORK => story.end_emis_faults(|it| it == Cause::Unreachable),
        l::ADDRESSES => {
            story.api_url = sim.api_url().parse().unwrap();
            story.identity_url = sim.identity_url().parse().unwrap();
        }
        l::APPLICATION_ID => story.application_id = sim.application_id().to_owned(),
        l::CLIENT => story.client_secret = sim.client_secret().to_owned(),
        l::SCOPES => {
            story.scopes = Vec::new();
            story.end_emis_faults(|it| it == Cause::TokenRefused);
        }
        l::SERVER_CLOCK => story.correct_clock(),
        l::ODS_CODE => {
            let (_, ods) = story.practice().codes_now();
            let mut moved = PracticeSettings::new(ods.parse().unwrap());
            moved
                .set_reminders(story.settings.reminders().clone())
                .unwrap();
            story.settings = moved;
            story.stored_password = None;
        }
        l::STOP_OLD_PRACTICE => {}
        l::WAIT => {
            story.advance_clock(jiff::SignedDuration::from_mins(15));
            story.end_emis_faults(|it| {
                matches!(
                    it,
                    Cause::EmisFailed
                        | Cause::EmisSilent
                        | Cause::TooManyCalls
                        | Cause::PasswordBeingTried
                )
            });
        }
        l::ASK_EMIS => {
            if cause == Cause::PracticeNotConfirmed {
                story.practice().set_named(true);
            }
            story.end_emis_faults(|it| it == cause);
        }
        _ => panic!("unknown label: {label}"),
    }
}
