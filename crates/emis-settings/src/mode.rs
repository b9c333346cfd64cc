//! Modes of appointments.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// The way in which a patient is seen, which the practice sets for each slot type: EMIS does not
/// tell it.
#[derive(
    Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize, JsonSchema,
)]
#[serde(rename_all = "snake_case")]
#[non_exhaustive]
pub enum AppointmentMode {
    /// The patient comes to the practice.
    FaceToFace,
    /// The practice calls the patient.
    Telephone,
    /// The patient joins a video call.
    Video,
    /// A member of staff visits the patient at home.
    Visit,
}

impl AppointmentMode {
    /// Every mode.
    pub const ALL: &'static [Self] = &[Self::FaceToFace, Self::Telephone, Self::Video, Self::Visit];

    /// Returns the mode in words for the patient, such as "by telephone".
    ///
    /// # Examples
    /// ```
    /// use emis_settings::AppointmentMode;
    /// assert_eq!(AppointmentMode::Telephone.words(), "by telephone");
    /// ```
    pub const fn words(self) -> &'static str {
        match self {
            Self::FaceToFace => "in person",
            Self::Telephone => "by telephone",
            Self::Video => "by video call",
            Self::Visit => "at home",
        }
    }
}
