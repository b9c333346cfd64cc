//! The types of `FileRecord`'s message: the medical record of EMIS Open.
//!
//! One line per type, with its members separated by spaces. A member is a text, or has a type after a
//! colon: `bool`, `int` (32 bits), `num`, `time` (ISO), `any`, literals `A|B|C`, of which JSON has the
//! index, another type, or a `[list]` of one. An exclamation mark means that JSON has a marker beside
//! the member. `..Base` includes the members of a base type. `[Unfiled]` is a list that partners may
//! not file: the types of its items are left out.

/// The type of the message.
pub(super) const ROOT: &str = "MedicalRecordType";

#[rustfmt::skip]
static TYPES: &[(&str, &str)] = &[
    ("AddressType", "..IdentType houseNameFlat street village town county postCode"),
    ("ApplicationType", "..IdentType applicationMnemonic applicationName"),
    ("AttachmentType",
     "..Coded title address version ddsIdentifier attachmentData provisional:bool! \
      pfsVisible:bool!"),
    ("AuthorType", "user:IdentType systemDate"),
    ("CareAimType", "pkId:IdentType goal targetDate:time! expectedValue actualValue"),
    ("CarePlanType",
     "pkId:IdentType displayTerm termId:StringCodeType notes templateId:IdentType \
      interventionCategoryId:IdentType interventionTargetTermId:StringCodeType"),
    ("Coded",
     "..IdentType assignedDate datePart:int! assignedTime sequence authorID:IdentType \
      originalAuthor:AuthorType externalConsultant displayTerm descriptiveText dataSource \
      policyID code:StringCodeType termID:StringCodeType qualifierList:[QualifierType] \
      problem:ProblemType problemLinkList:[LinkType] referralLinkList:[LinkType]"),
    ("ConsultationType",
     "..IdentType assignedDate datePart:int! userID:IdentType externalConsultant \
      locationID:IdentType locationTypeID:IdentType accompanyingHCPID:IdentType \
      consultationType1:int! duration travelTime appointmentSlotID dataSource policyID \
      originalAuthor:AuthorType elementList:[ElementListTypeConsultationElement] \
      pfsVisible:bool!"),
    ("ElementListTypeConsultationElement",
     "..IdentType displayOrder:int! problemSection:int! header:IntegerCodeType \
      item:IdentType"),
    ("EventType",
     "..Coded groupID episodicity:int! numericValue:NumericValueType textValue:any \
      abnormal gms eventType1:1|2|3|4|5|6|7|8|9|10|11|12|13|0|14! templateID \
      templateInstanceID templateComponentName qualifiedTerm qualifiedCode"),
    ("IdentType", "dbid refID guid fileStatus oldGUID"),
    ("IntegerCodeType",
     "value scheme term oldCode mapCode mapScheme interventionTarget:StringCodeType"),
    ("LinkType", "target:IdentType linkType1:0|1|2"),
    ("LocationType",
     "..IdentType locationName nationalCode locationTypeID:IdentType address:AddressType \
      telephone1 telephone2 fax email contact cypher interchange linkCode seniorPartner \
      pcgCode pctCode gpLinkCodeList:[LocationTypeGPLinkCode]"),
    ("LocationTypeGPLinkCode", "..IdentType linkCode"),
    ("MedicalRecordType",
     "registration:RegistrationType \
      registrationChangeHistory:[Unfiled] \
      miscellaneousData:MedicalRecordTypeMiscellaneousData eventList:[EventType] \
      consultationList:[ConsultationType] investigationList:[Unfiled] \
      referralList:[Unfiled] allergyList:[Unfiled] \
      medicationList:[Unfiled] issueList:[Unfiled] \
      attachmentList:[AttachmentType] diaryList:[Unfiled] alertList:[Unfiled] \
      registrationStatus:RegistrationStatusType \
      ediPathologyReportList:[Unfiled] \
      testRequestHeaderList:[Unfiled] noteList:[Unfiled] \
      appointmentList:[Unfiled] peopleList:[PersonType] \
      locationList:[LocationType] locationTypeList:[TypeOfLocationType] \
      originator:OriginatorType recipientID:IdentType \
      messageInformation:MedicalRecordTypeMessageInformation \
      policyList:[PolicyListTypePolicyType] patientID"),
    ("MedicalRecordTypeMessageInformation",
     "dateCreated timeCreated \
      messagePurpose:MedicalRecordTypeMessageInformationMessagePurpose \
      messagingError:MedicalRecordTypeMessageInformationMessagingError"),
    ("MedicalRecordTypeMessageInformationMessagePurpose", "item:any"),
    ("MedicalRecordTypeMessageInformationMessagingError", "errorString errornumber"),
    ("MedicalRecordTypeMiscellaneousData", "medicationMessage automaticWeekNumber"),
    ("NumericValueType",
     "operator value:num! units minRangeOperator maximumRangeOperator numericMinimum:num! \
      numericMaximum:num!"),
    ("OriginatorType",
     "system:OriginatorTypeSystem organisationType:IdentType organisation:IdentType"),
    ("OriginatorTypeSystem", "name version"),
    ("PersonCategoryType", "..IdentType mnemonic description purpose:UPDATE|REFERENCE!"),
    ("PersonType",
     "..IdentType mnemonic pcsUser activeEMISUser title firstNames lastName \
      category:PersonCategoryType nationalCode prescriptionCode gmcCode ukccCode \
      scripts:Y|N! consulter:Y|N|O|! contractStart contractEnd doctor:Y|N! locum:Y|N! \
      registrar:Y|N! maternity childSurveillance:Y|N! contraceptive:Y|N! \
      twentyFourHour:Y|N! minorSurgery:Y|N! resonsibleHA:IdentType trainer:IdentType \
      contractualRelationship:A|E|O|P! address:AddressType telephone1 telephone2 fax email \
      role:RoleType security1 security2"),
    ("PolicyListTypePolicyType", "dbid refId guid term fileStatus userList:[PersonType]"),
    ("ProblemType",
     "problemStatus:int! groupingStatus:int! endDate endDatePart:int! problemType1:int! \
      significance:int! expectedDuration parentProblem:IdentType owner:int! \
      careAimList:[CareAimType] carePlanList:[CarePlanType]"),
    ("QualifierType", "qualifierItemID:IntegerCodeType group:IntegerCodeType"),
    ("RegistrationHistoryType", "dateRegistered dateDeregistered patientType:IntegerCodeType"),
    ("RegistrationStatusType",
     "currentStatus:RegistrationStatusTypeCurrentStatus statusHistoryList:[StatusType] \
      registrationHistoryList:[RegistrationHistoryType]"),
    ("RegistrationStatusTypeCurrentStatus",
     "..IdentType code:IntegerCodeType statusDate patientType:IntegerCodeType \
      practiceRegistered haRegistered"),
    ("RegistrationType",
     "..IdentType dateOfBirth sex previousNames familyName callingName firstNames title \
      nhsNumber address:AddressType homeTelephone organisationNACS \
      registeredGpID:IdentType usualGpID:IdentType tradingHaID:IdentType walkingQuarters \
      dispensing ruralMileage difficultQuarters residentialInstitute blockedSpecial \
      recordsAt hospitalNumbers deductedDate dateOfDeath dead:1|0! dateAdded oldNhsNumber \
      workTelephone mobile email homeAddress:AddressType homeGP homeGPCode chiNumber \
      footpathMiles waterMiles serviceType serviceNumber \
      customRegistrationFields:[RegistrationTypeCustomRegistrationEntry] groNumber \
      upciNumber maritalStatus medicationReviewDate exemptionExpiry screenMessage \
      reminderSent ethnicCode prisonNumber previousPrisonNumbers prisonDoctorGP:IdentType \
      socialSecurityNumber policyId archived scn"),
    ("RegistrationTypeCustomRegistrationEntry", "fieldName fieldValue"),
    ("RoleType", "..IdentType application:ApplicationType team:IdentType location:IdentType"),
    ("StatusType", "..IdentType code:IntegerCodeType statusDate patientType:IntegerCodeType"),
    ("StringCodeType",
     "value \
      scheme:READ2|READ4|EMISCLINICAL|EMISDRUGGROUP|EMISCONSTITUENT|EMISDRUGNAME|EMISBOTH|EMISNONDRUGALLERGY|SNOMED! \
      term oldCode mapCode mapScheme"),
    ("TypeOfLocationType", "..IdentType description"),
];

/// Alternative elements for JSON's `item`: the type that contains it, the element, its type.
#[rustfmt::skip]
static ALTERNATIVES: &[(&str, &str, &str)] = &[
    ("ElementListTypeConsultationElement", "Event", "EventType"),
    ("ElementListTypeConsultationElement", "Attachment", "AttachmentType"),
    ("MedicalRecordTypeMessageInformationMessagePurpose", "Post", "any"),
    ("MedicalRecordTypeMessageInformationMessagePurpose", "Get", "any"),
];

/// A member of a type.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Member {
    /// Name in JSON.
    pub(super) key: &'static str,
    pub(super) kind: Kind,
    /// JSON has a marker beside it, such as `deadSpecified`.
    has_marker: bool,
}

/// The type of a member.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Kind {
    Text,
    Bool,
    Integer,
    Number,
    Time,
    Any,
    /// One of several literals, separated by `|`.
    Choice(&'static str),
    List(&'static str),
    Type(&'static str),
}

impl Kind {
    fn read(text: &'static str) -> Self {
        let list = text.strip_prefix('[').and_then(|of| of.strip_suffix(']'));
        match (list, text) {
            (Some(of), _) => Self::List(of),
            (_, "bool") => Self::Bool,
            (_, "int") => Self::Integer,
            (_, "num") => Self::Number,
            (_, "time") => Self::Time,
            (_, "any") => Self::Any,
            (_, literals) if literals.contains('|') => Self::Choice(literals),
            (_, of_type) => Self::Type(of_type),
        }
    }
}

/// Returns the member of a type with this name in JSON.
pub(super) fn member(of_type: &str, key: &str) -> Option<Member> {
    if let Some(found) = members(of_type).find(|member| member.key == key) {
        return Some(found);
    }
    let marked = key.strip_suffix("Specified")?;
    let marked = members(of_type).find(|member| member.key == marked && member.has_marker)?;
    Some(Member {
        kind: Kind::Bool,
        ..marked
    })
}

/// Returns the members of a type, those of its bases first.
pub(super) fn members(of_type: &str) -> Box<dyn Iterator<Item = Member>> {
    let found = TYPES.iter().find(|(name, _)| *name == of_type);
    let words = found.map(|(_, words)| *words).unwrap_or_default();
    Box::new(words.split_whitespace().flat_map(|word| {
        if let Some(base) = word.strip_prefix("..") {
            return members(base);
        }
        let (word, has_marker) = match word.strip_suffix('!') {
            Some(word) => (word, true),
            None => (word, false),
        };
        let (key, kind) = match word.split_once(':') {
            Some((key, kind)) => (key, Kind::read(kind)),
            None => (word, Kind::Text),
        };
        let member = Member {
            key,
            kind,
            has_marker,
        };
        Box::new(std::iter::once(member)) as Box<dyn Iterator<Item = Member>>
    }))
}

/// Returns the type of an element that stands for `item`.
pub(super) fn alternative(of_type: &str, element: &str) -> Option<Kind> {
    ALTERNATIVES
        .iter()
        .find(|(within, name, _)| *within == of_type && *name == element)
        .map(|(_, _, kind)| Kind::read(kind))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_type_that_is_used_is_defined() {
        for (name, _) in TYPES {
            assert!(members(name).next().is_some(), "{name}");
            for member in members(name) {
                if let Kind::Type(of) | Kind::List(of) = member.kind
                    && of != "Unfiled"
                {
                    assert!(members(of).next().is_some(), "{name}.{}: {of}", member.key);
                }
            }
        }
        for (within, name, kind) in ALTERNATIVES {
            assert!(
                members(within).any(|member| member.key == "item"),
                "{within} {name}"
            );
            if let Kind::Type(of) = Kind::read(kind) {
                assert!(members(of).next().is_some(), "{of}");
            }
        }
    }

    #[test]
    fn bases_and_markers_are_members() {
        let kind = |of_type, key| member(of_type, key).map(|member| member.kind);
        assert_eq!(kind("AttachmentType", "title"), Some(Kind::Text));
        assert_eq!(kind("AttachmentType", "dbid"), Some(Kind::Text));
        assert_eq!(kind("RegistrationType", "dead"), Some(Kind::Choice("1|0")));
        assert_eq!(kind("RegistrationType", "deadSpecified"), Some(Kind::Bool));
        assert_eq!(kind("RegistrationType", "sexSpecified"), None);
        assert_eq!(kind("Nothing", "dbid"), None);
    }
}
