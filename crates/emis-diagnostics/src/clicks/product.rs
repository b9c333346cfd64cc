//! Steps in the product's settings, by the product's support team, and with EMIS.

use super::steps;
use crate::labels as l;

const SETTINGS: &[&str] = &[l::FEATURE_SETTINGS];

// The product's settings.
steps! {
    Product SETTINGS;
    ENTER_ORGANISATION_ID: [Field l::EMIS_ORGANISATION_ID],
        "Enter the EMIS CDB Number as the EMIS organisation ID." =>
        "The field holds digits only.";
    UPDATE_ORGANISATION_ID: [Button l::UPDATE_EMIS_ORGANISATION_ID],
        "Select 'Update EMIS Organisation ID'." =>
        "{product} says that it has saved the organisation ID.";
    TYPE_AGAIN: [Field l::EMIS_API_USER],
        "Type the username '{username}' and the password again. Leave no space before or after \
         them. Do not paste." =>
        "Both fields are filled in.";
    COMPARE_USERNAME: [Text l::EMIS_API_USER],
        "Compare the username under 'EMIS API User' with the one in EMIS, letter by letter." =>
        "Both are the same. If not, the username is the cause.";
    ENTER_API_USER: [Field l::EMIS_API_USER],
        "Enter the username '{username}' and the password that you typed under 'Edit Users'." =>
        "Both fields are filled in.";
    UPDATE_API_USER: [Button l::UPDATE_EMIS_API_USER_DETAILS],
        "Select 'Update EMIS API user details'." =>
        "{product} says that it has saved the details.";
    CORRECT_SETTINGS: [Button l::SAVE],
        "Correct each setting named above and save." =>
        "{product} saves the settings.";
    CHOOSE_AGAIN: [ListItem l::CHOICES],
        "Remove what is named above and choose again from the lists, which come from EMIS." =>
        "You have chosen only slot types, sites and session holders that are in EMIS.";
    READ_LISTS_AGAIN: [Button l::UPDATE_LISTS],
        "Ask {product} to read the lists of slot types, sites and staff from EMIS again." =>
        "You see the slot type in the list.";
    SIGN_IN: [Button l::SIGN_IN],
        "Open {product} from EMIS, or select 'Sign in to EMIS', and sign in." =>
        "{product} says that you are signed in.";
    CHECK_AGAIN: [Button l::CHECK_AGAIN],
        "Select 'Check again'." =>
        "{product} says that EMIS is connected.";
    PUT_RIGHT_SINCE: [Button l::CHECK_AGAIN],
        "Have you put this right since then? Select 'Check again' first." =>
        "{product} forgets the old failure and looks again.";
    STOP_AND_CALL:
        "If EMIS still does not accept the user, stop. Do not select 'Check again' any more: EMIS \
         can lock the user. Call {product} support and quote the code of this cause." =>
        "{product} support tells you what to do next.";
}

// At the practice, outside EMAS Manager.
steps! {
    Emis &[];
    READ_CDB_NUMBER: [Text l::EMIS_CDB_NUMBER],
        "Find the EMIS CDB Number in your practice's organisation details in EMIS. It is also at \
         the top of the EMIS window." =>
        "It has digits only. A letter and digits, such as A20047, is the ODS code: a different \
         number.";
    ASK_ADMINISTRATOR:
        "Ask a system administrator of your practice (in EMIS: B0062 Local System Administration) \
         to follow the steps, or to give you that right." =>
        "You see EMAS Manager in the menu under System Tools.";
    CHANGE_CONTACT:
        "Correct the patient's mobile number and email address in EMIS, under registration." =>
        "The next reminder goes to the new number.";
    ACTIVATE_AGREEMENT:
        "Look in EMIS for a data-sharing agreement of {product} and activate it." =>
        "EMIS shows the agreement as active.";
}

// Questions to the product's support team.
steps! {
    Product &[];
    ASK_PRODUCT:
        "Ask {product} support for its name in EMIS's list, and whether EMIS has enabled it for \
         your practice." =>
        "You have the name.";
}

// For the product's support team.
steps! {
    Operations &[];
    CHECK_OUTSIDE_EMIS:
        "Check whether EMIS works for the practice's staff, and whether other practices of \
         {product} have the same cause." =>
        "If others have it too, the practice has nothing to put right.";
    CHECK_NAMES: [Field l::NAME_SERVERS],
        "On {product}'s server, look up the host named above. If it is not found, repair the \
         server's name resolution." =>
        "The look-up returns an address.";
    CHECK_FIREWALL: [Field l::NETWORK],
        "Check that the firewall and the proxy let {product}'s servers connect to that host on port \
         443." =>
        "The host answers an HTTPS request from the same server.";
    CHECK_CERTIFICATES: [Field l::CERTIFICATES],
        "Look at the certificate that the host shows to {product}'s server. If a proxy of your own \
         network issued it, add the root certificate of the network. If not, renew the server's \
         certificate store and check its clock." =>
        "The certificate is trusted and in date.";
    CHECK_ADDRESSES: [Field l::ADDRESSES],
        "Compare the base URL of the API and the issuer of the identity service with those that \
         EMIS gave at onboarding. Both must be https." =>
        "They are the same.";
    CHECK_APPLICATION_ID: [Field l::APPLICATION_ID],
        "Compare the application ID (party key) of {product} with the one that EMIS's assurance \
         lead gave for this environment." =>
        "They are the same.";
    CHECK_CLIENT: [Field l::CLIENT],
        "Compare the client ID of {product} and renew its client secret." =>
        "The identity service issues a token.";
    CHECK_SCOPES: [Field l::SCOPES],
        "Compare the scopes that {product} requests with those that EMIS has granted. Ask EMIS for \
         the missing ones." =>
        "The authorizations of a new token hold them all.";
    CHECK_SERVER_CLOCK: [Field l::SERVER_CLOCK],
        "Compare the clock of {product}'s server with the true time. Set it if it is wrong." =>
        "They differ by less than a minute. If they already did, EMIS's clock is wrong.";
    CHECK_REQUESTS:
        "Compare the request with EMIS's document: dates as dd/MM/yyyy, at most 90 days, JSON." =>
        "EMIS answers the same call with 200.";
    CHECK_PROXY: [Field l::PROXY],
        "Look for a proxy or a web filter between {product}'s server and EMIS that answers instead \
         of EMIS, and for a notice of changes to EMIS's API." =>
        "EMIS itself answers, in JSON or XML.";
    CHECK_DATABASE: [Field l::DATABASE],
        "Check that {product} reaches its database and can write to it." =>
        "{product} can read and save the practice's settings.";
    CHECK_SEALING_KEY:
        "Check that {product} holds the key to which the practice's password was sealed, and that \
         the record was not copied from another practice." =>
        "The stored password opens.";
    STOP_OLD_PRACTICE: [Button l::STOP_OLD_PRACTICE],
        "Cancel all messages planned under the old ODS code from the closing date, and stop \
         self-booking under it." =>
        "Nothing more is sent or booked for the closed practice.";
    MOVE_PRACTICE: [Field l::ODS_CODE],
        "Move the practice's settings to its new ODS code." =>
        "{product} shows the practice under its new ODS code.";
    PLAN_CUT_OVER:
        "Agree the day of the change with the practice. Pause reminders and self-booking from the \
         last extract until the connection is healthy again." =>
        "Nothing is sent or booked during the change.";
    SLOW_DOWN:
        "Reduce the calls that {product} makes and keep to the pause that EMIS asks for." =>
        "EMIS answers calls again.";
    CHECK_WORKER:
        "Check that the job that sends reminders and settles bookings runs. Read its last log." =>
        "It ran in the last 15 minutes without an error.";
    COMPARE_PATIENTS:
        "Open 3 of the patients in EMIS. Compare each with the reason above." =>
        "The reason is true for all of them. If not, {product} reads a field wrongly.";
    ASK_WHICH_PRACTICE:
        "Ask the practice whether it has merged or moved. If it has not, the username and password \
         are those of another practice." =>
        "You know which of the two it is.";
    CHECK_FAILED_WORK: [Field l::FAILED_WORK],
        "Read the error of the last failed call in {product}'s log, and put right what it names." =>
        "The next call of that kind works.";
    SETTLE_BY_HAND:
        "Look up each case named above in EMIS's appointment book, or ask the practice to. Settle \
         it by hand." =>
        "{product} lists nothing that waits.";
    CHECK_CONTACT_SOURCE:
        "Find out where {product} got the number from, and when: EMIS at the time of sending, the \
         NHS Personal Demographics Service, or an older copy." =>
        "It is the number that is in EMIS now. If not, the copy was old.";
    WAIT_AND_RUN_AGAIN: [Button l::WAIT],
        "Wait 15 minutes and run this diagnosis again." =>
        "EMIS answers.";
    SAY_WHICH_USER_STAYS:
        "Tell the practice which of the two users {product} uses. The practice can delete the other \
         one when reminders have gone out." =>
        "EMIS lists one user of {product}.";
}

// For EMIS.
steps! {
    EmisSupport &[];
    ASK_EMIS: [Button l::ASK_EMIS],
        "Ask EMIS support. Quote the evidence above, with the message IDs." =>
        "EMIS support says what it has found.";
}
