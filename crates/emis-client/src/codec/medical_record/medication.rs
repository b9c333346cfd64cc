//! Medication.

use emis_types::Sensitive;
use serde::Deserialize;
use serde::de::{Deserializer, Error as _};

use crate::codec::fields::{Object, fields};
use crate::codec::scalar;
use crate::codec::text_or::TextOr;
use crate::codec::values::FromWire;
use crate::model::Code;
use crate::model::medical_record::{
    ControlledDrug, Drug, DrugDelivery, Issue, Medication, MedicationLink, Mixture,
    MixtureConstituent,
};

fields!(Medication, with ident {
    "authorisedUserID" => authorised_by,
    "originalAuthor" => original_author,
    "assignedDate" => assigned,
    "dateLastIssue" => last_issued,
    "issueMethod" => issue_method,
    "dateRxExpire" => expires,
    "doseAbbreviation" => dose_abbreviation,
    "dosage" => dosage,
    "quantity" => quantity,
    "quantityUnits" => quantity_units,
    "quantityRepresentation" => quantity_text,
    "duration" => duration,
    "mixtureIndicator" => is_mixture,
    "drug" => drug as Object<DrugWire>,
    "prescriptionType" => prescription_type,
    "drugSource" => drug_source,
    "rxReviewDate" => review,
    "pharmacyText" => pharmacy_text,
    "rxText" => prescription_text,
    "authorisedIssue" => authorised_issues,
    "issueCount" => issue_count,
    "status" => status,
    "advice" => advice,
    "template" => template,
    "templateComponent" => template_component,
    "templateInstance" => template_instance,
    "drugDelivery" => delivery,
    "controlledDrug" => controlled,
    "problemLinkList" => problem_links,
    "serviceType" => service_type,
    "dispensingInterval" => dispensing_interval,
    "repeatIssueCount" => repeat_issues,
    "repeatInterval" => repeat_interval,
    "etpIssue" => electronic,
    "contraceptiveIssue" => contraceptive,
    "policyId" => policy,
});

fields!(Issue, with medication {
    "estimatedCost" => estimated_cost,
    "comment" => comment,
    "issuerID" => issuer,
    "dateTimePrint" => printed,
    "dateTimeDispense" => dispensed,
    "dispenserID" => dispenser,
    "batchNumber" => batch,
    "medicationLink" => course,
});

fields!(MedicationLink {
    "guid" => guid,
    "preparationID" => preparation,
    "systemDate" => at,
});

fields!(DrugDelivery {
    "doseQuantity" => dose_quantity,
    "doseUnits" => dose_units,
    "frequency" => frequency,
    "frequencyUnits" => frequency_units,
    "dailyDose" => daily_dose,
    "dailyDoseUnits" => daily_dose_units,
});

fields!(ControlledDrug {
    "dduBatch" => batch,
    "dduPrinted" => printed,
    "dduCollect" => collect,
    "dduNextDate" => next_date,
    "dduReduceBy" => reduce_by,
    "dduAfter" => after,
    "dduUntil" => until,
    "dduNextDose" => next_dose,
    "dduOffset" => offset,
    "dduClWorker" => worker,
    "dduPickUp" => pick_up,
    "dduDoseAbbrev" => dose_abbreviation,
});

fields!(Mixture {
    "localMixture" => local,
    "mixtureName" => name,
    "constituents" => constituents,
});

fields!(MixtureConstituent {
    "preparationID" => preparation,
    "strengthQuantity" => strength,
});

#[derive(Default)]
struct DrugWire {
    item: Option<Drug>,
}

fields!(DrugWire {
    "item" => item,
});

impl From<Object<DrugWire>> for Option<Drug> {
    fn from(drug: Object<DrugWire>) -> Self {
        drug.0?.item
    }
}

/// A drug, which the document leaves untyped: a preparation's code or a mixture.
/// They have no key in common.
#[derive(Default)]
struct DrugItem {
    code: Code,
    mixture: Mixture,
}

fields!(DrugItem, with code, with mixture {});

impl FromWire for Option<Drug> {
    fn from_wire<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let item = match TextOr::<Object<Box<DrugItem>>>::deserialize(deserializer)? {
            TextOr::Text(text) => DrugItem {
                code: Code {
                    value: text.map(Sensitive::new),
                    ..Code::default()
                },
                ..DrugItem::default()
            },
            TextOr::Object(Object(item)) => *item.unwrap_or_default(),
            TextOr::List => return Err(D::Error::custom(scalar::OTHER_FORM)),
        };
        Ok(if item.mixture != Mixture::default() {
            Some(Drug::Mixture(item.mixture))
        } else if item.code != Code::default() {
            Some(Drug::Preparation(item.code))
        } else {
            None
        })
    }
}
