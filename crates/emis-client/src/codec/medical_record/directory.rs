//! The people and places that records refer to.

use crate::codec::choices::{YesFirst, YesOrNo};
use crate::codec::fields::fields;
use crate::model::medical_record::{Application, LocationType, Person, PersonCategory, Role};
use crate::model::{LinkCode, Location};

fields!(Person, with ident {
    "mnemonic" => mnemonic,
    "pcsUser" => is_user,
    "activeEMISUser" => active,
    "activeUser" => active,
    "title" => name.title,
    "firstNames" => name.first_names,
    "lastName" => name.surname,
    "category" => category,
    "nationalCode" => national_code,
    "prescriptionCode" => prescription_code,
    "gmcCode" => gmc_code,
    "ukccCode" => ukcc_code,
    "scripts" => prescribes as YesFirst<YesOrNo>,
    "consulter" => consults,
    "contractStart" => contract_start,
    "contractEnd" => contract_end,
    "doctor" => doctor as YesFirst<YesOrNo>,
    "locum" => locum as YesFirst<YesOrNo>,
    "registrar" => registrar as YesFirst<YesOrNo>,
    "maternity" => maternity,
    "childSurveillance" => child_surveillance as YesFirst<YesOrNo>,
    "contraceptive" => contraceptive as YesFirst<YesOrNo>,
    "twentyFourHour" => twenty_four_hour as YesFirst<YesOrNo>,
    "minorSurgery" => minor_surgery as YesFirst<YesOrNo>,
    // Spelt so by EMIS.
    "resonsibleHA" => responsible_authority,
    "trainer" => trainer,
    "contractualRelationship" => relationship,
    "address" => address,
    "telephone1" => telephone_1,
    "telephone2" => telephone_2,
    "fax" => fax,
    "email" => email,
    "role" => role,
});

fields!(PersonCategory, with ident {
    "mnemonic" => mnemonic,
    "description" => description,
    "purpose" => purpose,
});

fields!(Role, with ident {
    "application" => application,
    "team" => team,
    "location" => location,
});

fields!(Application, with ident {
    "applicationMnemonic" => mnemonic,
    "applicationName" => name,
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

fields!(LocationType, with ident {
    "description" => description,
});
