//! The words on the screens, exactly as shown. A step that names a button must use the word that
//! the reader sees.

/// The round EMIS button at the top left of EMIS Web, where its menus begin.
pub const EMIS_BALL: &str = "EMIS Ball";
/// The menu below the EMIS Ball.
pub const SYSTEM_TOOLS: &str = "System Tools";
/// The tool in which a practice manages its users and its partner applications.
pub const EMAS_MANAGER: &str = "EMAS Manager";
/// The tab of EMAS Manager at the bottom left of the screen.
pub const PARTNER_API: &str = "Partner API";
/// The button that opens the list of users and their Partner API passwords.
pub const EDIT_USERS: &str = "Edit Users";
/// The button that opens the list of users and their login rights.
pub const LOGIN_ACCESS: &str = "Login Access";
/// The first tick box under Login Access.
pub const AUTO_LOGIN: &str = "Auto Login";
/// The second tick box under Login Access.
pub const ALLOW_LOGIN: &str = "Allow Login";
/// The button at the top left that deactivates the selected application.
pub const DEACTIVATE_APPLICATION: &str = "Deactivate Application";
/// The button at the top left that activates the selected application.
pub const ACTIVATE_APPLICATION: &str = "Activate Application";
/// The icon that deactivates an application.
pub const CROSS: &str = "cross";
/// The green icon that activates an application.
pub const TICK: &str = "tick";
/// The button that keeps the changes of a dialog.
pub const OK: &str = "OK";
/// The RBAC role of the API user.
pub const CLINICAL_PRACTITIONER: &str = "Clinical Practitioner Access Role";
/// The tick box beside the RBAC role.
pub const DEFAULT: &str = "Default";

/// The product's page on which a practice enters its EMIS settings.
pub const FEATURE_SETTINGS: &str = "Feature settings";
/// The product's first EMIS setting.
pub const EMIS_ORGANISATION_ID: &str = "EMIS Organisation ID";
/// EMIS's name for that number, in the practice's organisation details.
pub const EMIS_CDB_NUMBER: &str = "EMIS CDB Number";
/// The button that saves the organisation ID.
pub const UPDATE_EMIS_ORGANISATION_ID: &str = emis_settings::UPDATE_ORGANISATION_ID_LABEL;
/// The product's second EMIS setting.
pub const EMIS_API_USER: &str = "EMIS API User";
/// The button that saves the API user's name and password.
pub const UPDATE_EMIS_API_USER_DETAILS: &str = emis_settings::UPDATE_API_USER_LABEL;

// The following stand for things of which no guide shows the words on the screen; these are ours.

/// The details of a user in EMIS.
pub const USER_DETAILS: &str = "EMIS user details";
/// The button that adds a user in EMIS.
pub const ADD_USER: &str = "add user";
/// A user's password in EMIS, which is not the Partner API password.
pub const PASSWORD: &str = "password";
/// The box that makes EMIS ask for a new password at the next login.
pub const MUST_CHANGE_PASSWORD: &str = "must change password";
/// The last day on which a user may log in.
pub const CONTRACT_END_DATE: &str = "contract end date";
/// The button that unlocks a user.
pub const UNLOCK: &str = "unlock";
/// The box of a slot type in EMIS that lets patients book it.
pub const BOOKABLE_SLOT: &str = "Bookable Slot";
/// The rights of a session holder that let the API user book for patients.
pub const PATIENT_BOOKING: &str = "Patient Facing Services Booking";
/// The appointment book in EMIS.
pub const APPOINTMENT_BOOK: &str = "EMIS appointment book";
/// The practice's slot types in EMIS.
pub const SLOT_TYPES: &str = "EMIS slot types";
/// The command that releases embargoed slots.
pub const RELEASE_SLOTS: &str = "release slots";
/// The command that builds sessions of a template.
pub const BUILD_SESSIONS: &str = "build sessions";
/// The button that logs out of EMIS.
pub const LOG_OUT: &str = "log out";
/// Both entries of a user who is listed twice.
pub const BOTH: &str = "both";
/// An earlier name under which EMIS lists a product.
pub const FORMER_NAME: &str = "former name";

/// The product's button for a practice that has put something right in EMIS.
pub const CHECK_AGAIN: &str = "Check again";
/// The product's button that saves the settings page.
pub const SAVE: &str = "save";
/// The product's button with which a member of staff signs in to EMIS.
pub const SIGN_IN: &str = "Sign in to EMIS";
/// The product's lists of slot types, sites and staff, from which the practice chooses.
pub const CHOICES: &str = "Slot types, sites and staff";
/// The product's button that reads those lists from EMIS again.
pub const UPDATE_LISTS: &str = "Update lists";

/// The product's own database.
pub const DATABASE: &str = "database";
/// The connection from the product's servers to EMIS.
pub const NETWORK: &str = "network";
/// Name resolution on the product's servers.
pub const NAME_SERVERS: &str = "name resolution";
/// The certificates that the product's servers trust.
pub const CERTIFICATES: &str = "certificate store";
/// A proxy between the product's servers and EMIS.
pub const PROXY: &str = "proxy";
/// The addresses of EMIS in the product's configuration.
pub const ADDRESSES: &str = "addresses";
/// The party key in the product's configuration.
pub const APPLICATION_ID: &str = "application ID";
/// The client ID and secret in the product's configuration.
pub const CLIENT: &str = "client secret";
/// The scopes in the product's configuration, and those that EMIS has granted.
pub const SCOPES: &str = "scopes";
/// The clock of the product's server.
pub const SERVER_CLOCK: &str = "server clock";
/// The ODS code under which the product keeps a practice.
pub const ODS_CODE: &str = "ODS code";
/// The command that stops all messages of a closed practice.
pub const STOP_OLD_PRACTICE: &str = "stop the closed practice";
/// Waiting.
pub const WAIT: &str = "wait";
/// EMIS's support team.
pub const ASK_EMIS: &str = "EMIS support";
/// The work whose last calls failed.
pub const FAILED_WORK: &str = "failed work";
