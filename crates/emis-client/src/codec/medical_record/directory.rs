//! The people and places that records refer to.

use super::places::{YesFirst, YesOrNo};
use crate::codec::fields::fields;
use crate::model::medical_record::{Application, LocationType, Person, PersonCategory, Role};

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

fields!(LocationType, with ident {
    "description" => description,
});
