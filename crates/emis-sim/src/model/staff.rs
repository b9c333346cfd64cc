//! Members of staff.

use jiff::civil::Date;
use rand::RngExt;
use rand::rngs::StdRng;
use uuid::Uuid;

/// A member of staff.
#[derive(Debug, Clone)]
pub(crate) struct StaffMember {
    pub(crate) id: i32,
    pub(crate) guid: Uuid,
    pub(crate) mnemonic: String,
    pub(crate) title: &'static str,
    pub(crate) first_names: &'static str,
    pub(crate) last_name: &'static str,
    pub(crate) category: Category,
    pub(crate) contract_start: Date,
}

impl StaffMember {
    /// Returns a second user of the same name, as when a product is set up twice.
    pub(crate) fn twin(&self) -> Self {
        Self {
            id: self.id + 1,
            guid: uuid::Builder::from_u128(!self.guid.as_u128()).into_uuid(),
            ..self.clone()
        }
    }
}

/// The category of a member of staff.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Category {
    GeneralPractitioner,
    Nurse,
    HealthcareAssistant,
    Manager,
    Receptionist,
    /// The EMIS user of the partner's product.
    ApiUser,
}

impl Category {
    pub(crate) const fn id(self) -> i32 {
        match self {
            Self::GeneralPractitioner => 1,
            Self::Nurse => 2,
            Self::HealthcareAssistant => 3,
            Self::Manager => 4,
            Self::Receptionist => 5,
            Self::ApiUser => 6,
        }
    }

    pub(crate) const fn mnemonic(self) -> &'static str {
        match self {
            Self::GeneralPractitioner => "GMP",
            Self::Nurse => "NUR",
            Self::HealthcareAssistant => "HCA",
            Self::Manager => "MAN",
            Self::Receptionist => "REC",
            Self::ApiUser => "CPA",
        }
    }

    pub(crate) const fn description(self) -> &'static str {
        match self {
            Self::GeneralPractitioner => "General Medical Practitioner",
            Self::Nurse => "Practice Nurse",
            Self::HealthcareAssistant => "Healthcare Assistant",
            Self::Manager => "Practice Manager",
            Self::Receptionist => "Receptionist",
            Self::ApiUser => "Clinical Practitioner Access Role",
        }
    }

    pub(crate) const fn holds_sessions(self) -> bool {
        matches!(
            self,
            Self::GeneralPractitioner | Self::Nurse | Self::HealthcareAssistant
        )
    }

    pub(crate) const fn is_doctor(self) -> bool {
        matches!(self, Self::GeneralPractitioner)
    }
}

/// DBID of the partner's API user, in every practice.
pub(crate) const API_USER: i32 = 1900;

/// Returns the members of staff. Eight hold sessions.
pub(super) fn staff(rng: &mut StdRng, username: &str, opened: Date) -> Vec<StaffMember> {
    use Category::{
        ApiUser, GeneralPractitioner, HealthcareAssistant, Manager, Nurse, Receptionist,
    };
    let people: [(i32, &str, &str, &str, Category); 11] = [
        (1101, "Dr", "Imelda", "Thornquist", GeneralPractitioner),
        (1102, "Dr", "Rohan", "Quillfeather", GeneralPractitioner),
        (1103, "Dr", "Adaeze", "Marlowby", GeneralPractitioner),
        (1104, "Dr", "Fergus", "Ashgrovely", GeneralPractitioner),
        (1105, "Sister", "Beatrix", "Holmwick", Nurse),
        (1106, "Mr", "Tomasz", "Ferndale-Rook", Nurse),
        (1107, "Ms", "Nasreen", "Brightling", HealthcareAssistant),
        (1108, "Mrs", "Olwen", "Pennarth", HealthcareAssistant),
        (1201, "Mrs", "Gwendolyn", "Saltersby", Manager),
        (1202, "Mr", "Kofi", "Larkhampton", Receptionist),
        (API_USER, "", "Partner", "API User", ApiUser),
    ];
    people
        .into_iter()
        .map(
            |(id, title, first_names, last_name, category)| StaffMember {
                id,
                guid: guid(rng),
                mnemonic: match category {
                    ApiUser => username.to_owned(),
                    _ => initials(first_names, last_name),
                },
                title,
                first_names,
                last_name,
                category,
                contract_start: opened,
            },
        )
        .collect()
}

fn initials(first_names: &str, last_name: &str) -> String {
    first_names
        .chars()
        .take(1)
        .chain(last_name.chars().take(2))
        .flat_map(char::to_uppercase)
        .collect()
}

/// Draws a GUID.
pub(crate) fn guid(rng: &mut StdRng) -> Uuid {
    uuid::Builder::from_random_bytes(rng.random()).into_uuid()
}
