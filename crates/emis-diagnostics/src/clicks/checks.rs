//! Steps that tell causes apart, with their duration in minutes: the quickest come first.

use super as c;
use crate::step::Confirmation;

macro_rules! checks {
    ($($name:ident: $minutes:literal [$($step:ident),* $(,)?];)*) => {
        $(pub(crate) const $name: Confirmation = Confirmation {
            minutes: $minutes,
            steps: &[$(&c::$step),*],
        };)*
    };
}

checks! {
    OTHERS_TOO: 1 [CHECK_OUTSIDE_EMIS];
    SERVER_CLOCK: 1 [CHECK_SERVER_CLOCK];
    USERNAME: 1 [COMPARE_USERNAME];
    ADDRESSES: 2 [CHECK_ADDRESSES];
    CDB_NUMBER: 2 [READ_CDB_NUMBER];
    GREEN_TICK: 2 [OPEN_PARTNER_API, LOOK_FOR_GREEN_TICK];
    LOGIN_ACCESS: 3 [OPEN_PARTNER_API, SELECT_PRODUCT, OPEN_LOGIN_ACCESS, LOOK_AT_LOGIN_ACCESS];
    EDIT_USERS: 4 [OPEN_PARTNER_API, SELECT_PRODUCT, OPEN_EDIT_USERS, LOOK_FOR_USER];
    USER_DETAILS: 5 [OPEN_USER, LOOK_AT_USER];
    PROXY: 5 [CHECK_PROXY];
    MERGER: 1 [ASK_WHICH_PRACTICE];
    ROLE: 5 [OPEN_USER, LOOK_AT_ROLE];
    OLD_USER: 6 [LOOK_FOR_OLD_USER];
    WORKER: 2 [CHECK_WORKER];
    CONTACT_SOURCE: 5 [CHECK_CONTACT_SOURCE];
}
