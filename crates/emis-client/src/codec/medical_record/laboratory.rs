//! Investigations and laboratory reports.

use emis_types::Sensitive;
use serde::Deserialize;
use serde::de::{Deserializer, Error as _};

use crate::codec::fields::fields;
use crate::codec::scalar::{self, Text};
use crate::codec::text_or::TextOr;
use crate::codec::values::{AnyText, FromWire};
use crate::model::medical_record::{
    Investigation, LabIdentifier, LabIdentities, LabIdentity, LabParty, LabRange, LabRequestor,
    OriginalMessage, PathologyInvestigation, PathologyReport, PathologySpecimen, PathologyTest,
    ServiceProvider,
};

fields!(Investigation, with ident {
    "displayTerm" => display_term,
    "dataSource" => data_source,
    "code" => code,
    "termID" => term,
    "abnormal" => abnormal,
    "dataType" => data_type as AnyText,
    "reportID" => report,
    "specimenID" => specimen,
    "specimenType" => specimen_type,
    "numberOfTests" => number_of_tests,
    "repInvNumber" => number_in_report,
    "userComment" => user_comment,
    "assignedDate" => assigned.written,
    "datePart" => assigned.part,
    "assignedTime" => time,
    "descriptiveText" => descriptive_text,
    "originalAuthor" => original_author,
    "authorID" => author,
    "policyID" => policy,
    "eventList" => events,
});

fields!(PathologyReport, with ident {
    "reportDataType" => data_type,
    "reportID" => report,
    "reportReceivedDateTime" => received,
    "reportIssueDateTime" => issued,
    "reportTextList" => text,
    "abnormal" => abnormal,
    "recordFileStatus" => filed,
    "consultationRef" => consultation,
    "box" => tray,
    "requestID" => request,
    "requestDateTime" => requested,
    "currentOwner" => current_owner,
    "identifiers" => identities,
    "originalRequestor" => requestor,
    // Spelt so by EMIS.
    "messageRecepient" => recipient,
    "serviceProvider" => service_provider,
    "originalMessageDetails" => original_message,
    "clinicalInformationList" => clinical_information,
    "viewedBy" => viewed_by as AnyText,
    "trueReportID" => true_report as AnyText,
    "specimenList" => specimens,
});

fields!(LabIdentities {
    "originalDetails" => original,
    "matchedDetails" => matched,
});

fields!(LabIdentity {
    "forename" => forename,
    "lastName" => last_name,
    "dateOfBirth" => date_of_birth,
    "nhs" => nhs_number,
    "address" => address,
    "sex" => sex,
    "labSubjectID" => patient,
    "patientID" => patient,
});

fields!(LabRequestor {
    "item" => party,
    "itemElementName" => kind,
});

fields!(LabParty, with ident {
    "item" => identifier,
    "itemElementName" => identifier_kind,
});

fields!(ServiceProvider {
    "department" => department,
    "organisation" => organisation,
    "person" => person,
});

fields!(OriginalMessage {
    "senderEDICode" => sender,
    "receiverEDICode" => receiver,
    "interChange" => interchange,
    "messageID" => message,
    "messageType" => format,
});

fields!(PathologySpecimen, with ident {
    "reportID" => report,
    "specimenID" => specimen,
    "specimenType" => kind,
    "fastingStatus" => fasting_status,
    "specimenVolume" => volume,
    "specimenUnits" => units,
    "collectionProcedure" => collection_procedure,
    // Spelt so by EMIS.
    "anotomicalOrigin" => anatomical_origin,
    "specimenTextList" => text,
    "sampleDateTime" => sampled,
    "collectionStartDate" => collection_began,
    "collectionEndDate" => collection_ended,
    "receivedByLabDateTime" => received,
    "ediInvestigationList" => investigations,
});

fields!(PathologyInvestigation, with ident {
    "displayTerm" => display_term,
    "dataSource" => data_source,
    "code" => code,
    "termID" => term,
    "abnormal" => abnormal,
    "dataType" => data_type as AnyText,
    "reportID" => report,
    "specimenID" => specimen,
    "specimenType" => specimen_type,
    "numberOfTests" => number_of_tests,
    "repInvNumber" => number_in_report,
    "userComment" => user_comment,
    "userCommentAppliedBy" => user_comment_by,
    "labSpecifiedCommentList" => lab_comments,
    "ediResultStatus" => result_status,
    "investigationPerformedDateTime" => performed,
    "filedCode" => filed_code,
    "invContainsStandAloneTest" => standalone,
    "pathologyEventList" => tests,
});

fields!(PathologyTest, with ident {
    "reportID" => report,
    "specimenID" => specimen,
    "displayTerm" => display_term,
    "code" => code,
    "termID" => term,
    "numericValue" => numeric_value,
    "textValue" => text_value,
    "abnormalIndicator" => abnormal_indicator,
    "ediResultStatus" => result_status,
    "labSpecifiedCommentList" => lab_comments,
    "rangeInformationList" => ranges,
    "filedCode" => filed_code,
    "testNumber" => number,
});

fields!(LabRange {
    "minRange" => minimum,
    "maxRange" => maximum,
    "rangeFTXList" => comments,
    "rangeQualifier" => qualifier,
});

/// A comment, of which EMIS makes an object.
#[derive(Deserialize, Default)]
#[serde(default)]
struct CommentWire {
    ftx: Text,
}

impl FromWire for Vec<Sensitive<String>> {
    fn from_wire<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let comments = Option::<Vec<Option<CommentWire>>>::deserialize(deserializer)?;
        let comments = comments.into_iter().flatten().flatten();
        Ok(comments
            .filter_map(|comment| comment.ftx.0.map(Sensitive::new))
            .collect())
    }
}

#[derive(Deserialize, Default)]
#[serde(default, rename_all = "camelCase")]
struct NationalCodeWire {
    code_scheme: Text,
    code: Text,
}

impl FromWire for Option<LabIdentifier> {
    fn from_wire<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        match TextOr::<NationalCodeWire>::deserialize(deserializer)? {
            TextOr::Text(text) => Ok(text.map(LabIdentifier::Text)),
            TextOr::Object(code) => Ok(Some(LabIdentifier::NationalCode {
                scheme: code.code_scheme.0,
                code: code.code.0,
            })),
            TextOr::List => Err(D::Error::custom(scalar::OTHER_FORM)),
        }
    }
}
