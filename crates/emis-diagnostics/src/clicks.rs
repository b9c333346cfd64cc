//! Every step there is, written once; guides and catalogue entries are made of these.

use crate::labels as l;
use crate::step::{Place, StepTemplate};

const PARTNER_API: &[&str] = &[
    l::EMIS_BALL,
    l::SYSTEM_TOOLS,
    l::EMAS_MANAGER,
    l::PARTNER_API,
];
const LOGIN_ACCESS: &[&str] = &[
    l::EMIS_BALL,
    l::SYSTEM_TOOLS,
    l::EMAS_MANAGER,
    l::PARTNER_API,
    l::LOGIN_ACCESS,
];
const EDIT_USERS: &[&str] = &[
    l::EMIS_BALL,
    l::SYSTEM_TOOLS,
    l::EMAS_MANAGER,
    l::PARTNER_API,
    l::EDIT_USERS,
];
const SETTINGS: &[&str] = &[l::FEATURE_SETTINGS];

macro_rules! steps {
    ($($name:ident: $place:ident, $path:expr, $label:expr, $action:literal => $expected:literal;)*) => {
        $(pub(crate) const $name: StepTemplate = StepTemplate {
            place: Place::$place,
            path: $path,
            action: $action,
            label: $label,
            expected: $expected,
        };)*
    };
}

// The user in EMIS.
steps! {
    ADD_USER: Emis, &[], None,
        "Add a new user to EMIS with the username '{username}' and a random password."
        => "EMIS lists the user '{username}'.";
    NOTE_PASSWORD: Emis, &[], None,
        "Write the username and the password down: both are needed again below."
        => "You have them at hand.";
    CHOOSE_ROLE: Emis, &[], Some(l::CLINICAL_PRACTITIONER),
        "For the user's RBAC role select 'Clinical Practitioner Access Role'."
        => "The role stands beside '{username}'.";
    TICK_DEFAULT: Emis, &[], Some(l::DEFAULT),
        "Make sure that 'Default' is ticked for that role."
        => "'Default' shows a tick.";
    CHECK_ROLE: Emis, &[], Some(l::CLINICAL_PRACTITIONER),
        "Open the user '{username}' in EMIS and check its RBAC role: 'Clinical Practitioner \
         Access Role', with 'Default' ticked."
        => "The role is there; add it if it is not, and log out and in again.";
    CHECK_CONTRACT_END: Emis, &[], None,
        "Open the user '{username}' in EMIS and look for a contract end date that has passed, a \
         locked account, or a password that must be changed at the next log-in; clear what you find."
        => "The user is active, has no contract end date, and need not change the password.";
}

// The list of partner applications.
steps! {
    OPEN_PARTNER_API: Emis, PARTNER_API, Some(l::PARTNER_API),
        "Open EMAS Manager and go to the Partner API tab, at the bottom left of the screen."
        => "The partner API list stands down the left-hand side.";
    SELECT_PRODUCT: Emis, PARTNER_API, Some("{product}"),
        "Select {product} from the partner API list down the left-hand side."
        => "{product} is selected. Active applications have a green tick to their left.";
    LOOK_FOR_GREEN_TICK: Emis, PARTNER_API, Some("{product}"),
        "Find {product} in the partner API list down the left-hand side and look to its left."
        => "Without a green tick it is deactivated, and this is the cause. With one, some of its \
            calls can still be deactivated: carry on all the same.";
    DEACTIVATE: Emis, PARTNER_API, Some(l::DEACTIVATE_APPLICATION),
        "Select 'Deactivate Application' at the top left."
        => "The green tick beside {product} goes.";
    ACTIVATE: Emis, PARTNER_API, Some(l::ACTIVATE_APPLICATION),
        "Then select 'Activate Application' at the top left."
        => "The green tick beside {product} is there, and every call is active again.";
    CLICK_CROSS: Emis, PARTNER_API, Some(l::CROSS),
        "Click the 'cross' to deactivate the integration."
        => "{product} has no green tick.";
    CLICK_TICK: Emis, PARTNER_API, Some(l::TICK),
        "Then click the green 'tick' to reactivate it."
        => "{product} has a green tick to its left.";
}

// Edit Users: the Partner API password.
steps! {
    OPEN_EDIT_USERS: Emis, PARTNER_API, Some(l::EDIT_USERS),
        "Click 'Edit Users' and find '{username}' in the box that pops up."
        => "The box lists '{username}'.";
    LOOK_FOR_USER: Emis, PARTNER_API, Some(l::EDIT_USERS),
        "Click 'Edit Users' and look whether '{username}' is listed and ticked. If it is listed \
         twice, look at both."
        => "Where it is listed and ticked, its Partner API password is the likelier cause; where \
            it is not, it has no access to {product}.";
    TICK_USER: Emis, EDIT_USERS, Some("{username}"),
        "Tick '{username}', in each place where it is listed; if it is not listed, add the user \
         to EMIS first."
        => "'{username}' shows a tick.";
    SET_PARTNER_PASSWORD: Emis, EDIT_USERS, Some("{username}"),
        "Give '{username}' the same password as its user in EMIS has. This is its Partner API \
         password, and the one that {product} must know."
        => "'OK' can be clicked. Where it stays grey, EMIS finds the password too simple.";
    OK_EDIT_USERS: Emis, EDIT_USERS, Some(l::OK),
        "Click 'OK'."
        => "The box closes without a complaint.";
}

// Login Access: the two tick boxes.
steps! {
    OPEN_LOGIN_ACCESS: Emis, PARTNER_API, Some(l::LOGIN_ACCESS),
        "Select 'Login Access' along the top and scroll down to '{username}'."
        => "The row of '{username}' has the boxes 'Auto Login' and 'Allow Login'.";
    TICK_AUTO_LOGIN: Emis, LOGIN_ACCESS, Some(l::AUTO_LOGIN),
        "Tick 'Auto Login'."
        => "'Auto Login' shows a tick in the row of '{username}'.";
    TICK_ALLOW_LOGIN: Emis, LOGIN_ACCESS, Some(l::ALLOW_LOGIN),
        "Tick 'Allow Login'."
        => "'Allow Login' shows a tick in the row of '{username}'.";
    OK_LOGIN_ACCESS: Emis, LOGIN_ACCESS, Some(l::OK),
        "Click 'OK'."
        => "The box closes.";
    LOG_OUT_AND_IN: Emis, &[], None,
        "Have the user log out of EMIS and log back in."
        => "The changes take effect at the new log-in, not before.";
}

// The product's settings.
steps! {
    READ_CDB_NUMBER: Emis, &[], Some(l::EMIS_CDB_NUMBER),
        "Read the EMIS CDB Number in your practice's EMIS organisation details."
        => "It is made of digits only. A letter and digits, such as A20047, is the ODS code, not \
            this number.";
    ENTER_ORGANISATION_ID: Product, SETTINGS, Some(l::EMIS_ORGANISATION_ID),
        "In {product}'s feature settings enter that number as the EMIS organisation ID."
        => "The field holds digits only.";
    UPDATE_ORGANISATION_ID: Product, SETTINGS, Some(l::UPDATE_EMIS_ORGANISATION_ID),
        "Select 'Update EMIS Organisation ID'."
        => "{product} says that the organisation ID is saved.";
    COMPARE_USERNAME: Product, SETTINGS, Some(l::EMIS_API_USER),
        "In {product}'s feature settings compare the username under 'EMIS API User' with the one \
         in EMIS, letter for letter."
        => "Both are the same. If they are not, the wrong user is the cause.";
    ENTER_API_USER: Product, SETTINGS, Some(l::EMIS_API_USER),
        "In {product}'s feature settings enter the username and password of an EMIS user: one \
         that exists already, or the Partner API user that you have set up, here '{username}'. \
         The password is the Partner API password, from EMAS Manager, 'Edit Users'."
        => "Both fields are filled in.";
    UPDATE_API_USER: Product, SETTINGS, Some(l::UPDATE_EMIS_API_USER_DETAILS),
        "Then select 'Update EMIS API user details'."
        => "{product} says that the details are saved.";
    CORRECT_SETTINGS: Product, SETTINGS, None,
        "In {product}'s feature settings correct each setting named above and save."
        => "{product} saves without a complaint.";
    CHOOSE_AGAIN: Product, SETTINGS, None,
        "In {product}'s feature settings remove what is named above and choose again from the \
         lists, which come from EMIS."
        => "Only slot types, sites and session holders that exist in EMIS are chosen.";
}

// For the people who run the product.
steps! {
    CHECK_OUTSIDE_EMIS: Product, &[], None,
        "Check whether EMIS works for the practice's staff, and whether other practices of \
         {product} have the same trouble."
        => "Where others have it too, the practice has nothing to put right.";
    CHECK_NETWORK: Product, &[], None,
        "Check name resolution, outgoing firewall rules and the certificate store of {product}'s \
         servers towards EMIS's hosts."
        => "A plain HTTPS request from the same server is answered.";
    CHECK_ADDRESSES: Product, &[], None,
        "Compare the base URL of the API and the issuer of the identity service with those that \
         EMIS gave at onboarding; both must be https."
        => "They are the same.";
    CHECK_APPLICATION_ID: Product, &[], None,
        "Compare the application ID (party key) that {product} sends with the one that EMIS's \
         assurance lead gave, for this environment."
        => "They are the same.";
    CHECK_CLIENT: Product, &[], None,
        "Compare the client id and renew the client secret of {product} in its configuration."
        => "The identity service issues a token.";
    CHECK_SCOPES: Product, &[], None,
        "Compare the scopes that {product} asks for with those that EMIS has granted, and ask \
         EMIS for the missing ones."
        => "A new token's authorizations hold them all.";
    CHECK_SERVER_CLOCK: Product, &[], None,
        "Compare the clock of {product}'s server with the true time."
        => "They differ by less than a minute.";
    CHECK_REQUESTS: Product, &[], None,
        "Compare the request with EMIS's document: dates as dd/MM/yyyy, at most 90 days, JSON."
        => "The same call is answered with 200.";
    CHECK_PROXY: Product, &[], None,
        "Look for a proxy or a web filter between {product}'s server and EMIS that answers in \
         EMIS's place, and for a notice of changes to EMIS's API."
        => "EMIS itself answers, in JSON.";
    CHECK_DATABASE: Product, &[], None,
        "Check that {product} reaches its database, and that the file or server takes writes."
        => "The practice's settings can be read and saved.";
    CHECK_SEALING_KEY: Product, &[], None,
        "Check that {product} holds the identity to which the practice's password was sealed, and \
         that the record was not copied from another practice."
        => "The stored password opens.";
    MOVE_PRACTICE: Product, &[], None,
        "Keep the practice's settings under its new ODS code, and stop everything that is planned \
         under the old one."
        => "Nothing more is sent or booked for the closed practice.";
    SLOW_DOWN: Product, &[], None,
        "Lower the number of calls that {product} makes and keep the pause that EMIS asks for."
        => "Calls are answered again.";
    WAIT_AND_RUN_AGAIN: Product, &[], None,
        "Wait a quarter of an hour and run this diagnosis again."
        => "EMIS answers. Nothing at the practice has to be changed.";
    ASK_EMIS: Product, &[], None,
        "Ask EMIS support, quoting the HTTP status, the outcome and the message id given above."
        => "EMIS can find the call by its message id.";
}
