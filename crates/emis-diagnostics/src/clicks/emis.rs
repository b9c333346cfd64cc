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
        "Log out of EMIS and log back in yourself. '{username}' does not log out." =>
        "The change now works.";
    CHECK_CONSENT:
        "Open the patient in EMIS. Look at the consent for text messages (SMS)." =>
        "If it says that the patient said no, this is the cause.";
    CHANGE_CONSENT:
        "Ask the patient. If they want text messages, change the consent to yes and save." =>
        "EMIS shows that the patient agrees to text messages.";
    COMPARE_PATIENT:
        "Open the patient in EMIS. Compare the name, date of birth, NHS number and mobile with what \
         the patient typed." =>
        "All are the same. If not, correct them in EMIS or tell the patient.",
        seen "No longer registered" act "Patients who have left cannot book. Stop here.";
    SEND_NEW_LINK:
        "Send the patient a new booking link. An old link ends after some time." =>
        "The patient can book.";
}

// The details of a user.
steps! {
    Emis USER;
    CHOOSE_ROLE: [ListItem "{role}"],
        "For the user's RBAC role, select '{role}'{or_roles}." =>
        "You see the role next to '{username}'.";
    TICK_DEFAULT: [TickBox l::DEFAULT],
        "Tick 'Default' for that role." =>
        "'Default' shows a tick.";
    LOOK_AT_USER:
        "Look for an end date of the contract, a lock, or a password that has run out or must be \
         changed." =>
        "What you find is the cause.";
    LOOK_AT_ROLE: [Text "{role}"],
        "Look at the user's RBAC role." =>
        "You see '{role}'{or_roles}, with 'Default' ticked. If not, this is the cause.";
    REMOVE_OTHER_ROLES: [Text "{role}"],
        "Remove any other role, such as 'Practice Manager' or one of single activities (B0360, \
         B0380, B0560, B0820)." =>
        "'{username}' has only '{role}'.";
    MAKE_SESSION_HOLDER: [TickBox l::PATIENT_BOOKING],
        "Make '{username}' a session holder. For 'Patient Facing Services Booking', choose all \
         appointments." =>
        "EMIS shows '{username}' as a session holder.";
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
        "Select {product}{or_former} in the partner API list on the left." =>
        "{product} is highlighted. Active applications have a green tick to their left.",
        else ProductNotListed,
        seen "Another name is highlighted" act "Select {product} again (EMIS-D55).";
    LOOK_FOR_OLD_NAME: [ListItem l::FORMER_NAME],
        "Look in the whole list for {former}. Select it." =>
        "You see the name. Use it instead of {product} in every other step.";
    LOOK_FOR_GREEN_TICK: [Text "{product}"],
        "Find {product} in the partner API list and look to its left." =>
        "No green tick: it is switched off, and this is the cause. Green tick: some of its calls \
         may still be switched off. Carry on.",
        else ProductNotListed;
    DEACTIVATE: [Button l::DEACTIVATE_APPLICATION],
        "Select 'Deactivate Application' at the top left." =>
        "The green tick next to {product} goes.",
        seen "No green tick next to {product}" act "Go straight to 'Activate Application'.";
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
    FIND_IN_EDIT_USERS: [Button l::EDIT_USERS],
        "Select 'Edit Users' and find '{username}'." =>
        "You see '{username}' in the list, once and ticked.",
        seen "Not in the list" stop UserWithoutAccess,
        seen "Listed but not ticked" act "Tick it.",
        seen "Listed twice" stop UserTwice;
    OPEN_LOGIN_ACCESS: [Button l::LOGIN_ACCESS],
        "Select 'Login Access' at the top and scroll down to '{username}'." =>
        "The row of '{username}' has the boxes 'Auto Login' and 'Allow Login'.",
        else UserWithoutAccess;
    FIND_IN_LOGIN_ACCESS: [Button l::LOGIN_ACCESS],
        "Select 'Login Access' at the top and scroll down to '{username}'." =>
        "The row of '{username}' has the boxes 'Auto Login' and 'Allow Login'.",
        seen "Not in the list" stop UserWithoutAccess,
        seen "Listed twice" stop UserTwice;
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
        "Type a new password next to '{username}', of 12 or more characters. Keep it for the next \
         step." =>
        "You can select 'OK'.",
        else PasswordTooSimple;
    SET_NOTED_PASSWORD: [Field "{username}"],
        "Type the password that you wrote down next to '{username}'." =>
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

// The appointment book.
steps! {
    Emis &[l::APPOINTMENT_BOOK];
    LOOK_AT_SESSIONS:
        "Look at the next week in the appointment book." =>
        "You see sessions. If there are none, this is the cause.",
        seen "The practice is closed this week" act "Nothing is wrong. Stop here.";
    BUILD_SESSIONS: [Button l::BUILD_SESSIONS],
        "Build the sessions for these days, as you do at other times." =>
        "You see the sessions in the appointment book.";
    LOOK_AT_EMBARGO:
        "Look at the slots that patients may book, and at the date on which they are released." =>
        "If all are embargoed, this is the cause.",
        seen "They are released later on purpose" act "Nothing is wrong. Stop here.";
    RELEASE_SLOTS: [Button l::RELEASE_SLOTS],
        "Release the slots, or change the embargo of the session to an earlier time." =>
        "Free slots are not embargoed.";
}

// The slot types.
steps! {
    Emis &[l::SLOT_TYPES];
    TICK_BOOKABLE: [TickBox l::BOOKABLE_SLOT],
        "Open the slot type named above and tick 'Bookable Slot'. Save." =>
        "'Bookable Slot' shows a tick.",
        seen "Patients must not book this type" act "Leave it, and remove it from the settings of {product}.";
}
