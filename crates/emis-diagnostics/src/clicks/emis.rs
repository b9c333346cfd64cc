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

// EMIS's users, and steps without a menu.
steps! {
    Emis &[];
    LOOK_FOR_OLD_USER:
        "Search the users in EMIS for one that {product} has used before." =>
        "There is none. If there is one, use it again, or ask {product} support before you delete \
         it.",
        else SetUpTwice;
    ADD_USER: [Button l::ADD_USER],
        "Add a new user to EMIS with the username '{username}' and a random password." =>
        "EMIS lists the user '{username}'.";
    NOTE_PASSWORD:
        "Write down the username and the password. You need both again below." =>
        "You have them to hand.";
    OPEN_USER: [ListItem "{username}"],
        "Open the details of the user '{username}' in EMIS." =>
        "You see the details.",
        else UserWithoutAccess;
    LOG_OUT_AND_IN: [Button l::LOG_OUT],
        "Log out of EMIS and log back in." =>
        "The change now works.";
}

// The details of a user.
steps! {
    Emis USER;
    CHOOSE_ROLE: [ListItem l::CLINICAL_PRACTITIONER],
        "For the user's RBAC role, select 'Clinical Practitioner Access Role'." =>
        "You see the role next to '{username}'.";
    TICK_DEFAULT: [TickBox l::DEFAULT],
        "Tick 'Default' for that role." =>
        "'Default' shows a tick.";
    LOOK_AT_USER:
        "Look for a contract end date in the past, a lock, and a password that has expired or must \
         be changed." =>
        "What you find is the cause.";
    LOOK_AT_ROLE: [Text l::CLINICAL_PRACTITIONER],
        "Look at the user's RBAC role." =>
        "You see 'Clinical Practitioner Access Role', with 'Default' ticked. If not, this is the \
         cause.";
    NEW_EMIS_PASSWORD: [Field l::PASSWORD],
        "Give the user a new password in EMIS." =>
        "EMIS accepts the password.";
    UNTICK_MUST_CHANGE: [ClearTickBox l::MUST_CHANGE_PASSWORD],
        "Untick 'must change password'." =>
        "The box has no tick.";
    CLEAR_CONTRACT_END: [ClearField l::CONTRACT_END_DATE],
        "Clear the contract end date of '{username}'." =>
        "The field is empty and the user is active.";
    UNLOCK: [Button l::UNLOCK],
        "Unlock the user." =>
        "The user is no longer locked.";
}

// EMAS Manager: the list of partner applications.
steps! {
    Emis PARTNER_API;
    OPEN_PARTNER_API: [Tab l::PARTNER_API],
        "Open EMAS Manager and select the Partner API tab, at the bottom left of the screen." =>
        "You see the partner API list on the left.",
        else EmasManagerHidden;
    SELECT_PRODUCT: [ListItem "{product}"],
        "Select {product} in the partner API list on the left." =>
        "{product} is highlighted. Active applications have a green tick to their left.",
        else ProductNotListed;
    LOOK_FOR_OLD_NAME: [ListItem l::FORMER_NAME],
        "Look in the whole list for an earlier name of {product}. Select it." =>
        "You see the name. Use it instead of {product} in every other step.";
    LOOK_FOR_GREEN_TICK: [Text "{product}"],
        "Find {product} in the partner API list and look to its left." =>
        "No green tick: it is switched off, and this is the cause. Green tick: some of its calls \
         may still be switched off. Carry on.",
        else ProductNotListed;
    DEACTIVATE: [Button l::DEACTIVATE_APPLICATION],
        "Select 'Deactivate Application' at the top left." =>
        "The green tick next to {product} goes.";
    ACTIVATE: [Button l::ACTIVATE_APPLICATION],
        "Select 'Activate Application' at the top left." =>
        "The green tick next to {product} is back.";
    CLICK_CROSS: [Button l::CROSS],
        "Select the 'cross' to switch {product} off." =>
        "{product} has no green tick.";
    CLICK_TICK: [Button l::TICK],
        "Select the green 'tick' to switch it on again." =>
        "{product} has a green tick to its left.";
    OPEN_EDIT_USERS: [Button l::EDIT_USERS],
        "Select 'Edit Users' and find '{username}'." =>
        "You see '{username}' in the list.";
    OPEN_LOGIN_ACCESS: [Button l::LOGIN_ACCESS],
        "Select 'Login Access' at the top and scroll down to '{username}'." =>
        "The row of '{username}' has the boxes 'Auto Login' and 'Allow Login'.",
        else UserWithoutAccess;
}

// Edit Users: the Partner API password.
steps! {
    Emis EDIT_USERS;
    LOOK_FOR_USER: [Text "{username}"],
        "Look at '{username}' in the list." =>
        "It is there once, with a tick. If not, it has no access to {product}. If it is there \
         twice, both need a tick.";
    TICK_USER: [TickBox "{username}"],
        "Tick '{username}'. If it is not in the list, add the user to EMIS first." =>
        "'{username}' shows a tick.";
    TICK_BOTH_USERS: [TickBox l::BOTH],
        "Tick both entries of '{username}'." =>
        "Both entries show a tick.",
        else UserWithoutAccess;
    SET_PARTNER_PASSWORD: [Field "{username}"],
        "Type a new password of 12 or more characters next to '{username}'. Setting up a new user? \
         Type the password that you wrote down." =>
        "You can select 'OK'.",
        else PasswordTooSimple;
    STRONGER_PASSWORD: [Field "{username}"],
        "Type a longer password: 12 or more characters, with upper and lower case letters, a digit \
         and a symbol." =>
        "You can select 'OK'.";
    OK_EDIT_USERS: [Button l::OK],
        "Select 'OK'." =>
        "The box closes.";
}

// Login Access: the two tick boxes.
steps! {
    Emis LOGIN_ACCESS;
    LOOK_AT_LOGIN_ACCESS: [Text "{username}"],
        "Look at the two boxes of '{username}'." =>
        "Both have a tick. If not, this is the cause.";
    TICK_AUTO_LOGIN: [TickBox l::AUTO_LOGIN],
        "Tick 'Auto Login'." =>
        "'Auto Login' of '{username}' shows a tick.";
    TICK_ALLOW_LOGIN: [TickBox l::ALLOW_LOGIN],
        "Tick 'Allow Login'." =>
        "'Allow Login' of '{username}' shows a tick.";
    TICK_BOTH_LOGINS: [TickBox l::BOTH],
        "Tick 'Auto Login' and 'Allow Login' in both rows of '{username}'." =>
        "All four boxes show a tick.";
    OK_LOGIN_ACCESS: [Button l::OK],
        "Select 'OK' to keep the ticks." =>
        "The box closes.";
}
