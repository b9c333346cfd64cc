//! Coded entries: events, referrals, allergies, diary, alerts, notes, requests for tests.

use super::places::{OneOrZero, YesFirst};
use crate::codec::fields::fields;
use crate::codec::values::AnyText;
use crate::model::medical_record::{
    Alert, Allergy, Author, CareAim, CarePlan, DiaryEntry, Entry, Event, FormDestination, Link,
    Note, NumericValue, Problem, Qualifier, RecordedAppointment, RecordedSite, Referral, TestOrder,
    TestRequest, TestRequestHeader,
};

fields!(Entry, with ident {
    "assignedDate" => assigned.written,
    "datePart" => assigned.part,
    "assignedTime" => time,
    "sequence" => sequence,
    "authorID" => author,
    "originalAuthor" => original_author,
    "externalConsultant" => external_consultant,
    "displayTerm" => display_term,
    "descriptiveText" => descriptive_text,
    "dataSource" => data_source,
    "policyID" => policy,
    "code" => code,
    "termID" => term,
    "qualifierList" => qualifiers,
    "problem" => problem,
    "problemLinkList" => problem_links,
    "referralLinkList" => referral_links,
});

fields!(Author {
    "user" => user,
    "systemDate" => at,
});

fields!(Qualifier {
    "qualifierItemID" => item,
    "group" => group,
});

fields!(Link {
    "target" => target,
    "linkType1" => kind,
});

fields!(Problem {
    "problemStatus" => status,
    "groupingStatus" => grouping,
    "endDate" => ended.written,
    "endDatePart" => ended.part,
    "problemType1" => kind,
    "significance" => significance,
    "expectedDuration" => expected_duration,
    "parentProblem" => parent,
    "owner" => owner,
    "careAimList" => care_aims,
    "carePlanList" => care_plans,
});

fields!(CareAim {
    "pkId" => ident,
    "goal" => goal,
    "targetDate" => target,
    "expectedValue" => expected_value,
    "actualValue" => actual_value,
});

fields!(CarePlan {
    "pkId" => ident,
    "displayTerm" => display_term,
    "termId" => term,
    "notes" => notes,
    "templateId" => template,
    "interventionCategoryId" => intervention_category,
    "interventionTargetTermId" => intervention_target,
});

fields!(Event, with entry {
    "groupID" => group,
    "episodicity" => episodicity,
    "numericValue" => numeric_value,
    "textValue" => text_value as AnyText,
    "abnormal" => abnormal,
    "gms" => gms,
    "eventType1" => kind,
    "templateID" => template,
    "templateInstanceID" => template_instance,
    "templateComponentName" => template_component,
    "qualifiedTerm" => qualified_term,
    "qualifiedCode" => qualified_code,
});

fields!(NumericValue {
    "operator" => operator,
    "value" => value,
    "units" => units,
    "minRangeOperator" => minimum_operator,
    "maximumRangeOperator" => maximum_operator,
    "numericMinimum" => minimum,
    "numericMaximum" => maximum,
});

fields!(Referral, with entry {
    "consultant" => consultant,
    "provider" => provider,
    "speciality" => speciality,
    "requestType" => kind,
    "team" => team,
    "referralReason" => reason,
    "community" => community as YesFirst<OneOrZero>,
    "urgency" => urgency,
    "nhs" => funding,
    "transport" => transport,
    "referralRef" => reference,
    "sourceType" => source_type,
    "direction" => direction,
    "sourceLocation" => source_location,
    "datedReferral" => dated,
    "rejected" => rejected,
    "rejectionReason" => rejection_reason,
    "accepted" => accepted,
    "assessed" => assessed,
    "reasonTerm" => reason_term,
    "sourceDescription" => source_description,
    "sourceSpeciality" => source_speciality,
    "referralMode" => mode,
});

fields!(Allergy, with entry {
    "episodicity" => episodicity,
    "allergyType1" => kind,
    "codes" => to,
    "exclude" => except,
});

fields!(DiaryEntry, with entry {
    "templateID" => template,
    "templateInstanceID" => template_instance,
    "templateComponentName" => template_component,
    "durationTerm" => duration_term,
    "reminder" => reminder,
    "reminderType" => reminder_type,
    "locationTypeID" => location_type,
});

fields!(Alert, with entry {
    "book" => when_booking,
    // Spelt so by EMIS.
    "ariveSwap" => when_arriving,
});

fields!(Note, with ident {
    "assignedDate" => assigned,
    "time" => time,
    "urgency" => urgency,
    "ownerID" => owner,
    "authorID" => author,
    "actionBefore" => act_before,
    "noteCode" => code,
    "status" => status,
    "noteText" => text,
    "dataType" => data_type,
    "reportID" => report,
});

fields!(RecordedAppointment, with ident {
    "sessionHolder" => session_holder,
    "locationID" => location,
    "assignedDate" => assigned,
    "time" => time,
    "site" => site,
    "sessionID" => session,
    "reason" => reason,
    "duration" => duration,
    "rub" => routine_or_urgent,
});

fields!(RecordedSite {
    "id" => number,
    "name" => name,
});

fields!(TestRequestHeader, with ident {
    "requestor" => requestor,
    "consultationID" => consultation,
    "dateCreated" => created,
    "dateForTest" => wanted_on,
    "dateLastXRay" => last_x_ray,
    "status" => status as AnyText,
    "lastStatusDate" => status_on,
    "copyTo" => copy_to,
    "nhs" => funding,
    "priority" => priority,
    "innoculationRisk" => inoculation_risk,
    "fasted" => fasted,
    "lastMenstualPeriod" => last_menstrual_period,
    "clinicalInformation" => clinical_information,
    "pregnant" => pregnant,
    "ediOrderList" => orders,
});

fields!(TestOrder, with ident {
    "headerID" => header,
    "provider" => provider,
    "formDestination" => form_destination,
    "orderCategory" => category,
    "status" => status,
    "lastStatusDate" => status_on,
    "testRequestList" => tests,
});

fields!(FormDestination, with ident {
    "description" => description,
});

fields!(TestRequest, with entry {
    "reference" => reference,
    "requestHeaderID" => header,
    "specimenType" => specimen_type,
    "specimenTypeCode" => specimen_code,
    "collectionDate" => collected,
    "status" => status,
    "lastStatusDate" => status_on,
    "resultsRef" => results,
    "investigationRef" => investigations,
    "resultsDate" => results_on,
});
