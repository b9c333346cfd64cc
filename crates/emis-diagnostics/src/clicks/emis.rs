//! Steps in EMIS: its users, and EMAS Manager.

use super::steps;
use crate::labels as l;

/// The menus to the partner API list, and from there.
macro_rules! partner_api {
    ($($button:expr)?) => {
        &[l::EMIS_BALL, l::SYSTEM_TOOLS, l::EMAS_MANAGER, l::PARTNER_API $(, $button)?]
    };
}

const USER: &[&str] = &[l::USER_DETAILS];
const PARTNER_API: &[&str] = partner_api!();
const EDIT_USERS: &[&str] = partner_api!(l::EDIT_USERS);
const LOGIN_ACCESS: &[&str] = partner_api!(l::LOGIN_ACCESS);

// EMIS's users, and what needs no menu.
steps! {
    Emis &[];
    LOOK_FOR_OLD_USER:
        "Search EMIS's users for one that {product} has been given before." =>
        "There is none. One that is there is used again, or left alone until {product} says that \
         it may go: deleting it breaks what works with it.",
        else SetUpTwice;
    ADD_USER: [Button l::ADD_USER],
        "Add a new user to EMIS with the username '{username}' and a random password." =>
        "EMIS lists the user '{username}'.";
    NOTE_PASSWORD:
        "Write the username and the password down: both are needed again below." =>
        "You have them at hand.";
    OPEN_USER: [ListItem "{username}"],
        "Open the details of the user '{username}' in EMIS." =>
        "The details are shown.",
        else UserWithoutAccess;
    LOG_OUT_AND_IN: [Button l::LOG_OUT],
        "Have the user log out of EMIS and log back in." =>
        "The changes take effect at the new log-in, not before.";
}

// The details of a user.
steps! {
    Emis USER;
    CHOOSE_ROLE: [ListItem l::CLINICAL_PRACTITIONER],
        "For the user's RBAC role select 'Clinical Practitioner Access Role'." =>
        "The role stands beside '{username}'.";
    TICK_DEFAULT: [TickBox l::DEFAULT],
        "Make sure that 'Default' is ticked for that role." =>
        "'Default' shows a tick.";
    LOOK_AT_USER:
        "Look for a contract end date that has passed, for an account that is locked, and for a \
         password that has expired or must be changed at the next log-in." =>
        "What you find is the cause.";
    LOOK_AT_ROLE: [Text l::CLINICAL_PRACTITIONER],
        "Look at the user's RBAC role." =>
        "'Clinical Practitioner Access Role' is there, with 'Default' ticked. If it is not, this is \
         the cause.";
    NEW_EMIS_PASSWORD: [Field l::PASSWORD],
        "Give the user a new password in EMIS." =>
        "EMIS takes the password, and it is not marked as expired.";
    UNTICK_MUST_CHANGE: [ClearTickBox l::MUST_CHANGE_PASSWORD],
        "Untick 'must change password', so that nobody has to log in as '{username}' first." =>
        "The box has no tick.";
    CLEAR_CONTRACT_END: [ClearField l::CONTRACT_END_DATE],
        "Clear the contract end date: the user '{username}' is to have none." =>
        "The field is empty and the user is active.";
    UNLOCK: [Button l::UNLOCK],
        "Unlock the user." =>
        "The user is not marked as locked.";
}

// EMAS Manager: the list of partner applications.
steps! {
    Emis PARTNER_API;
    OPEN_PARTNER_API: [Tab l::PARTNER_API],
        "Open EMAS Manager and go to the Partner API tab, at the bottom left of the screen." =>
        "The partner API list stands down the left-hand side.",
        else EmasManagerHidden;
    SELECT_PRODUCT: [ListItem "{product}"],
        "Select {product} from the partner API list down the left-hand side." =>
        "{product} is selected. Active applications have a green tick to their left.",
        else ProductNotListed;
    LOOK_FOR_OLD_NAME: [ListItem l::FORMER_NAME],
        "Look through the whole list for a former or legal name of {product}, which its people \
         can tell you, and select that." =>
        "The name is in the list. Take it for {product} in every other step.";
    LOOK_FOR_GREEN_TICK: [Text "{product}"],
        "Find {product} in the partner API list down the left-hand side and look to its left." =>
        "Without a green tick it is deactivated, and this is the cause. With one, some of its \
         calls can still be deactivated: carry on all the same.",
        else ProductNotListed;
    DEACTIVATE: [Button l::DEACTIVATE_APPLICATION],
        "Select 'Deactivate Application' at the top left." =>
        "The green tick beside {product} goes.";
    ACTIVATE: [Button l::ACTIVATE_APPLICATION],
        "Then select 'Activate Application' at the top left." =>
        "The green tick beside {product} is there, and every call is active again.";
    CLICK_CROSS: [Button l::CROSS],
        "Click the 'cross' to deactivate the integration." =>
        "{product} has no green tick.";
    CLICK_TICK: [Button l::TICK],
        "Then click the green 'tick' to reactivate it." =>
        "{product} has a green tick to its left.";
    OPEN_EDIT_USERS: [Button l::EDIT_USERS],
        "Click 'Edit Users' and find '{username}' in the box that pops up." =>
        "The box lists '{username}'.";
    OPEN_LOGIN_ACCESS: [Button l::LOGIN_ACCESS],
        "Select 'Login Access' along the top and scroll down to '{username}'." =>
        "The row of '{username}' has the boxes 'Auto Login' and 'Allow Login'.",
        else UserWithoutAccess;
}

// Edit Users: the Partner API password.
steps! {
    Emis EDIT_USERS;
    LOOK_FOR_USER: [Text "{username}"],
        "Look whether '{username}' is listed and ticked, and whether it is listed twice." =>
        "Listed once and ticked, it has access to {product}. Not listed or not ticked, it has \
         none. Listed twice, both must be ticked.";
    TICK_USER: [TickBox "{username}"],
        "Tick '{username}'; if it is not listed, add the user to EMIS first." =>
        "'{username}' shows a tick.";
    TICK_BOTH_USERS: [TickBox l::BOTH],
        "Tick '{username}' in both places where it is listed." =>
        "Both entries show a tick.",
        else UserWithoutAccess;
    SET_PARTNER_PASSWORD: [Field "{username}"],
        "Give '{username}' the same password as its user in EMIS has. This is its Partner API \
         password, and the one that {product} must know." =>
        "'OK' can be clicked.",
        else PasswordTooSimple;
    STRONGER_PASSWORD: [Field "{username}"],
        "Type a stronger password: 12 characters or more, with upper and lower case letters, a \
         digit and a symbol." =>
        "'OK' can be clicked.";
    OK_EDIT_USERS: [Button l::OK],
        "Click 'OK'." =>
        "The box closes without a complaint.";
}

// Login Access: the two tick boxes.
steps! {
    Emis LOGIN_ACCESS;
    LOOK_AT_LOGIN_ACCESS: [Text "{username}"],
        "Look at the two boxes of '{username}'." =>
        "Both are ticked. If one is not, this is the cause.";
    TICK_AUTO_LOGIN: [TickBox l::AUTO_LOGIN],
        "Tick 'Auto Login'." =>
        "'Auto Login' shows a tick in the row of '{username}'.";
    TICK_ALLOW_LOGIN: [TickBox l::ALLOW_LOGIN],
        "Tick 'Allow Login'." =>
        "'Allow Login' shows a tick in the row of '{username}'.";
    TICK_BOTH_LOGINS: [TickBox l::BOTH],
        "Tick 'Auto Login' and 'Allow Login' in both rows of '{username}'." =>
        "All four boxes show a tick.";
    OK_LOGIN_ACCESS: [Button l::OK],
        "Click 'OK'." =>
        "The box closes.";
}
