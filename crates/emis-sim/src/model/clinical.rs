//! Conditions, drugs and complaints. The codes are SNOMED's.

use super::record::Drug;

/// A long-term condition.
#[derive(Debug)]
pub(super) struct Condition {
    pub(super) code: &'static str,
    pub(super) term: &'static str,
    /// Minimum age in years.
    pub(super) from_age: i16,
    /// Share of the others who have it, in percent.
    pub(super) share: u32,
    /// Index of its treatment in [`DRUGS`].
    pub(super) drug: usize,
    /// Name of the practice's register, if there is one.
    pub(super) register: Option<&'static str>,
}

const fn condition(
    code: &'static str,
    term: &'static str,
    from_age: i16,
    share: u32,
    drug: usize,
    register: Option<&'static str>,
) -> Condition {
    Condition {
        code,
        term,
        from_age,
        share,
        drug,
        register,
    }
}

#[rustfmt::skip]
pub(super) const CONDITIONS: [Condition; 6] = [
    condition("38341003", "Hypertension", 40, 25, 0, Some("Hypertension register")),
    condition("195967001", "Asthma", 6, 10, 1, Some("Asthma register")),
    condition("44054006", "Type 2 diabetes mellitus", 40, 10, 2, Some("Diabetes register")),
    condition("40930008", "Hypothyroidism", 30, 5, 3, None),
    condition("35489007", "Depressive disorder", 18, 12, 4, Some("Depression register")),
    condition("43116000", "Eczema", 0, 8, 5, None),
];

const fn drug(
    preparation: i32,
    term: &'static str,
    dosage: &'static str,
    quantity: f32,
    units: &'static str,
) -> Drug {
    Drug {
        preparation,
        term,
        dosage,
        quantity,
        units,
        days: 28,
    }
}

#[rustfmt::skip]
pub(super) static DRUGS: [Drug; 6] = [
    drug(4001, "Ramipril 5mg capsules", "One To Be Taken Each Day", 28.0, "capsule"),
    drug(4002, "Salbutamol 100micrograms/dose inhaler CFC free", "One Or Two Puffs To Be Inhaled When Required", 200.0, "dose"),
    drug(4003, "Metformin 500mg tablets", "One To Be Taken Twice A Day", 56.0, "tablet"),
    drug(4004, "Levothyroxine sodium 50microgram tablets", "One To Be Taken Each Day", 28.0, "tablet"),
    drug(4005, "Sertraline 50mg tablets", "One To Be Taken Each Day", 28.0, "tablet"),
    drug(4006, "Emollient cream", "Apply When Required", 500.0, "gram"),
];

/// Complaints: code, term, the clinician's text.
pub(super) const COMPLAINTS: [(&str, &str, &str); 6] = [
    ("49727002", "Cough", "For a week, no fever. Chest clear."),
    ("25064002", "Headache", "Tension type. Advice given."),
    ("161891005", "Backache", "After gardening. No red flags."),
    ("84229001", "Fatigue", "Bloods requested."),
    ("271807003", "Rash", "Both forearms, itchy."),
    (
        "267102003",
        "Sore throat",
        "Viral. To come back if not better.",
    ),
];

pub(super) const SYSTOLIC: (&str, &str) = ("271649006", "Systolic blood pressure");
pub(super) const DIASTOLIC: (&str, &str) = ("271650006", "Diastolic blood pressure");
pub(super) const WEIGHT: (&str, &str) = ("27113001", "Body weight");
pub(super) const PENICILLIN: (&str, &str) = ("91936005", "Allergy to penicillin");
pub(super) const PHYSIOTHERAPY: (&str, &str) = ("308447003", "Referral to physiotherapist");
pub(super) const LETTER: (&str, &str) = ("823691000000103", "Clinical letter");
pub(super) const REVIEW: (&str, &str) = ("314530002", "Medication review done");
