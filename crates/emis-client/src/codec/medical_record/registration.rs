//! Registrations, whole.

use crate::codec::fields::fields;
use crate::codec::values::AnyText;
use crate::model::medical_record::{
    CustomField, PatientRegistration, RegistrationChange, RegistrationPeriod, RegistrationStatus,
    StatusEntry,
};

// What every message has of a patient is read by `codec::patients`: the names and numbers, the
// date of birth, and whether they are alive.
fields!(PatientRegistration, with ident {
    "sex" => sex,
    "previousNames" => previous_names,
    "address" => address,
    "homeTelephone" => home_telephone,
    "workTelephone" => work_telephone,
    "organisationNACS" => organisation,
    "registeredGpID" => registered_gp,
    "usualGpID" => usual_gp,
    "tradingHaID" => trading_authority,
    "walkingQuarters" => walking_quarters,
    "dispensing" => dispensing,
    "ruralMileage" => rural_mileage,
    "difficultQuarters" => difficult_quarters,
    "residentialInstitute" => residential_institute,
    "blockedSpecial" => blocked_special,
    "recordsAt" => records_at,
    "hospitalNumbers" => hospital_numbers,
    // Whatever stands there, the patient died: `codec::patients` sees to that.
    "dateOfDeath" => date_of_death as AnyText,
    "dateAdded" => added,
    "oldNhsNumber" => old_nhs_number,
    "homeAddress" => home_address,
    "homeGP" => home_gp,
    "homeGPCode" => home_gp_code,
    "chiNumber" => chi_number,
    "footpathMiles" => footpath_miles,
    "waterMiles" => water_miles,
    "serviceType" => service_type,
    "serviceNumber" => service_number,
    "customRegistrationFields" => custom_fields,
    "groNumber" => gro_number,
    "upciNumber" => upci_number,
    "maritalStatus" => marital_status,
    "medicationReviewDate" => medication_review,
    "exemptionExpiry" => exemption_expires,
    "screenMessage" => screen_message,
    "reminderSent" => reminder_sent,
    "ethnicCode" => ethnic_code,
    "prisonNumber" => prison_number,
    "previousPrisonNumbers" => previous_prison_numbers,
    "prisonDoctorGP" => prison_gp,
    "socialSecurityNumber" => social_security_number,
    "policyId" => policy,
    "archived" => archived,
    "scn" => scn,
});

fields!(CustomField {
    "fieldName" => name,
    "fieldValue" => value,
});

fields!(RegistrationChange {
    "fieldName" => field,
    "fieldValue" => old_value,
    "dateChanged" => changed,
    "userID" => user,
});

fields!(RegistrationStatus {
    "currentStatus" => current,
    "statusHistoryList" => history,
    "registrationHistoryList" => periods,
});

fields!(StatusEntry, with ident {
    "code" => code,
    "statusDate" => since,
    "patientType" => patient_type,
    "practiceRegistered" => practice_registered,
    "haRegistered" => authority_registered,
});

fields!(RegistrationPeriod {
    "dateRegistered" => registered,
    "dateDeregistered" => deregistered,
    "patientType" => patient_type,
});
