//! Steps in the product's settings, by the product's support team, and with EMIS.

use super::steps;
use crate::labels as l;

const SETTINGS: &[&str] = &[l::FEATURE_SETTINGS];

// The product's settings.
steps! {
    Product SETTINGS;
    ENTER_ORGANISATION_ID: [Field l::EMIS_ORGANISATION_ID],
        "In {product}'s feature settings enter that number as the EMIS organisation ID." =>
        "The field holds digits only.";
    UPDATE_ORGANISATION_ID: [Button l::UPDATE_EMIS_ORGANISATION_ID],
        "Select 'Update EMIS Organisation ID'." =>
        "{product} says that the organisation ID is saved.";
    COMPARE_USERNAME: [Text l::EMIS_API_USER],
        "In {product}'s feature settings compare the username under 'EMIS API User' with the one \
         in EMIS, letter for letter." =>
        "Both are the same. If they are not, the wrong user is the cause.";
    ENTER_API_USER: [Field l::EMIS_API_USER],
        "In {product}'s feature settings enter the username and password of an EMIS user: one \
         that exists already, or the Partner API user that you have set up, here '{username}'. \
         The password is the Partner API password, from EMAS Manager, 'Edit Users'." =>
        "Both fields are filled in.";
    UPDATE_API_USER: [Button l::UPDATE_EMIS_API_USER_DETAILS],
        "Then select 'Update EMIS API user details'." =>
        "{product} says that the details are saved.";
    CORRECT_SETTINGS: [Button l::SAVE],
        "In {product}'s feature settings correct each setting named above and save." =>
        "{product} saves without a complaint.";
    CHOOSE_AGAIN: [ListItem l::CHOICES],
        "In {product}'s feature settings remove what is named above and choose again from the \
         lists, which come from EMIS." =>
        "Only slot types, sites and session holders that exist in EMIS are chosen.";
    READ_LISTS_AGAIN: [Button l::UPDATE_LISTS],
        "In {product}'s feature settings have the lists of slot types, sites and staff read from \
         EMIS again." =>
        "The slot type is in the list. It need not have been booked before.";
    SIGN_IN: [Button l::SIGN_IN],
        "Open {product} from EMIS, or select 'Sign in to EMIS', and sign in." =>
        "{product} says that you are signed in.";
    CHECK_AGAIN: [Button l::CHECK_AGAIN],
        "Select 'Check again', so that {product} tries the EMIS API user once more." =>
        "{product} says that EMIS is connected.";
}

// At the practice, outside EMAS Manager.
steps! {
    Emis &[];
    READ_CDB_NUMBER: [Text l::EMIS_CDB_NUMBER],
        "Read the EMIS CDB Number in your practice's EMIS organisation details. It is also the \
         organisation ID at the top of the EMIS window." =>
        "It is made of digits only. A letter and digits, such as A20047, is the ODS code, not this \
         number.";
    ASK_ADMINISTRATOR:
        "Ask the system administrator of your organisation (in EMIS: B0062 Local System \
         Administration) to carry the steps out, or to give you that right." =>
        "EMAS Manager is in the menu under System Tools.";
    CHANGE_CONTACT:
        "Correct the patient's mobile number and email in EMIS, under registration." =>
        "The next reminder goes to the new number.";
    ACTIVATE_AGREEMENT:
        "Look in EMIS for a data-sharing agreement of {product} that waits to be activated, and \
         activate it." =>
        "The agreement is shown as active.";
}

// What is asked of the people who run the product.
steps! {
    Product &[];
    ASK_PRODUCT:
        "Ask the people who run {product} under which name EMIS lists it, and whether EMIS has \
         enabled it for your organisation." =>
        "You have the name.";
}

// For the people who run the product.
steps! {
    Operations &[];
    CHECK_OUTSIDE_EMIS:
        "Check whether EMIS works for the practice's staff, and whether other practices of \
         {product} have the same trouble." =>
        "Where others have it too, the practice has nothing to put right.";
    CHECK_NAMES: [Field l::NAME_SERVERS],
        "On {product}'s server look up the host named above: the API's, or the identity service's. \
         Where it is not found, mend the server's name resolution." =>
        "The look-up gives an address.";
    CHECK_FIREWALL: [Field l::NETWORK],
        "Check that outgoing firewall rules, and a proxy where there is one, let {product}'s \
         servers connect to that host, port 443." =>
        "A plain HTTPS request from the same server is answered.";
    CHECK_CERTIFICATES: [Field l::CERTIFICATES],
        "Look at the certificate that the host shows to {product}'s server. Where a proxy of your \
         own network issued it, add that network's root certificate; where none does, renew the \
         server's certificate store and check its clock." =>
        "The certificate is trusted and in date.";
    CHECK_ADDRESSES: [Field l::ADDRESSES],
        "Compare the base URL of the API and the issuer of the identity service with those that \
         EMIS gave at onboarding; both must be https." =>
        "They are the same.";
    CHECK_APPLICATION_ID: [Field l::APPLICATION_ID],
        "Compare the application ID (party key) that {product} sends with the one that EMIS's \
         assurance lead gave, for this environment." =>
        "They are the same.";
    CHECK_CLIENT: [Field l::CLIENT],
        "Compare the client id and renew the client secret of {product} in its configuration." =>
        "The identity service issues a token.";
    CHECK_SCOPES: [Field l::SCOPES],
        "Compare the scopes that {product} asks for with those that EMIS has granted, and ask \
         EMIS for the missing ones." =>
        "A new token's authorizations hold them all.";
    CHECK_SERVER_CLOCK: [Field l::SERVER_CLOCK],
        "Compare the clock of {product}'s server with the true time, and set it where it is wrong." =>
        "They differ by less than a minute. If they already did, it is EMIS's clock that is wrong.";
    CHECK_REQUESTS:
        "Compare the request with EMIS's document: dates as dd/MM/yyyy, at most 90 days, JSON." =>
        "The same call is answered with 200.";
    CHECK_PROXY: [Field l::PROXY],
        "Look for a proxy or a web filter between {product}'s server and EMIS that answers in \
         EMIS's place, and for a notice of changes to EMIS's API." =>
        "EMIS itself answers, in JSON or XML.";
    CHECK_DATABASE: [Field l::DATABASE],
        "Check that {product} reaches its database, and that the file or server takes writes." =>
        "The practice's settings can be read and saved.";
    CHECK_SEALING_KEY:
        "Check that {product} holds the identity to which the practice's password was sealed, and \
         that the record was not copied from another practice." =>
        "The stored password opens.";
    STOP_OLD_PRACTICE: [Button l::STOP_OLD_PRACTICE],
        "Cancel every message that is planned under the old ODS code from the closing date on, and \
         stop self-booking under it." =>
        "Nothing more is sent or booked for the closed practice.";
    MOVE_PRACTICE: [Field l::ODS_CODE],
        "Keep the practice's settings under its new ODS code." =>
        "{product} shows the practice under its new ODS code.";
    PLAN_CUT_OVER:
        "Agree the day of the change with the practice, and pause reminders and self-booking from \
         the last extract until the connection is healthy again." =>
        "Nothing is sent or booked meanwhile.";
    SLOW_DOWN:
        "Lower the number of calls that {product} makes and keep the pause that EMIS asks for." =>
        "Calls are answered again.";
    CHECK_WORKER:
        "Look whether the job that sends reminders and settles bookings runs, and read its last \
         log." =>
        "It ran within the last quarter of an hour, without an error.";
    SETTLE_BY_HAND:
        "For each case named above look into EMIS's appointment book, or ask the practice to, and \
         settle it by hand." =>
        "{product} lists nothing that waits.";
    CHECK_CONTACT_SOURCE:
        "Find out where {product} took the number from, and when: EMIS at the moment of sending, \
         the NHS Personal Demographics Service, or an older copy." =>
        "It is the number in EMIS now. If it is not, the copy was old.";
    WAIT_AND_RUN_AGAIN: [Button l::WAIT],
        "Wait a quarter of an hour and run this diagnosis again." =>
        "EMIS answers. Nothing at the practice has to be changed.";
    SAY_WHICH_USER_STAYS:
        "Tell the practice which of the users {product} holds the password of; the other is \
         deleted only when reminders have gone out with that one." =>
        "One user of {product} is left.";
}

// For EMIS.
steps! {
    EmisSupport &[];
    ASK_EMIS: [Button l::ASK_EMIS],
        "Ask EMIS support, quoting what was seen above, with the message ids where there are any." =>
        "EMIS says what it has found.";
}
