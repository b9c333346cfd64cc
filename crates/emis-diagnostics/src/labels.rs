//! The words on the screens, letter for letter, in one place: a step that names a button must
//! name the one the reader sees.

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
/// The button that opens the list of users and what they may do without being asked.
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
/// The button that keeps the changes of a box.
pub const OK: &str = "OK";
/// The RBAC role of the API user.
pub const CLINICAL_PRACTITIONER: &str = "Clinical Practitioner Access Role";
/// The tick box beside the RBAC role.
pub const DEFAULT: &str = "Default";

/// The product's page on which a practice enters its EMIS settings.
pub const FEATURE_SETTINGS: &str = "Feature settings";
/// The product's first EMIS setting.
pub const EMIS_ORGANISATION_ID: &str = "EMIS Organisation ID";
/// What EMIS calls that number, under the practice's organisation details.
pub const EMIS_CDB_NUMBER: &str = "EMIS CDB Number";
/// The button that saves the organisation ID.
pub const UPDATE_EMIS_ORGANISATION_ID: &str = emis_settings::UPDATE_ORGANISATION_ID_LABEL;
/// The product's second EMIS setting.
pub const EMIS_API_USER: &str = "EMIS API User";
/// The button that saves the API user's name and password.
pub const UPDATE_EMIS_API_USER_DETAILS: &str = emis_settings::UPDATE_API_USER_LABEL;
