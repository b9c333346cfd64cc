//! The families that many messages share: identifiers, codes, addresses.

use super::fields::fields;
use crate::model::{Address, Code, Ident};

fields!(Ident {
    "dbid" => dbid,
    "refID" => ref_id,
    "guid" => guid,
    "fileStatus" => file_status,
    "oldGUID" => old_guid,
});

fields!(Code {
    "value" => value,
    "scheme" => scheme,
    "term" => term,
    "oldCode" => old_code,
    "mapCode" => map_code,
    "mapScheme" => map_scheme,
    "interventionTarget" => intervention_target,
});

fields!(Address, with ident {
    "houseNameFlat" => house_name_flat,
    "street" => street,
    "village" => village,
    "town" => town,
    "county" => county,
    "postCode" => postcode,
});
