//! The families that many messages share: identifiers, codes, addresses.

use super::fields::fields;
use crate::model::{Address, Code, Ident, LinkCode, Location};

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

fields!(Location, with ident {
    "locationName" => name,
    "nationalCode" => ods_code,
    "locationTypeID" => location_type,
    "address" => address,
    "telephone1" => telephone_1,
    "telephone2" => telephone_2,
    "fax" => fax,
    "email" => email,
    "contact" => contact,
    "cypher" => cypher,
    "interchange" => interchange,
    "linkCode" => link_code,
    "seniorPartner" => senior_partner,
    "pcgCode" => pcg_code,
    "pctCode" => pct_code,
    "gpLinkCodeList" => link_codes,
});

fields!(LinkCode, with ident {
    "linkCode" => code,
});
