//! Sentences that answer a reply, in English and Welsh.

use jiff::civil::DateTime;

use super::targets::ReplyTarget;
use crate::dates::{english_when, welsh_when};

/// The sentences that answer replies in one language. Short: each fits one text message unless it
/// lists appointments.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct ReplyTexts {
    welsh: bool,
}

/// Returns the sentences in English, or in Welsh.
pub const fn reply_texts(welsh: bool) -> ReplyTexts {
    ReplyTexts { welsh }
}

impl ReplyTexts {
    fn when(self, start: DateTime) -> String {
        if self.welsh {
            welsh_when(start)
        } else {
            english_when(start)
        }
    }

    /// Returns the question which appointment is meant.
    pub fn which(self, targets: &[ReplyTarget], cancel_word: &str) -> String {
        let mut text = if self.welsh {
            "Mae gennych fwy nag un apwyntiad. I ganslo, atebwch gyda".to_owned()
        } else {
            "You have more than one appointment. To cancel, reply with".to_owned()
        };
        for (n, target) in targets.iter().enumerate() {
            let (when, code) = (self.when(target.start), target.code);
            let (comma, on) = match (n, self.welsh) {
                (0, true) => ("", ""),
                (_, true) => (", neu", ""),
                (0, false) => ("", "for "),
                (_, false) => (", or", "for "),
            };
            text.push_str(&format!("{comma} {cancel_word} {code} ({on}{when})"));
        }
        text.push('.');
        text
    }

    /// Returns the confirmation of an opt-out.
    pub fn opted_out(self) -> &'static str {
        if self.welsh {
            "Ni fyddwch yn cael rhagor o negeseuon testun gan eich meddygfa. Mae eich apwyntiadau \
             yn sefyll."
        } else {
            "You will get no more texts from your GP practice. Your appointments still stand."
        }
    }

    /// Returns the confirmation of a cancellation.
    pub fn cancelled(self, start: DateTime) -> String {
        let when = self.when(start);
        if self.welsh {
            format!("Mae eich apwyntiad {when} wedi'i ganslo.")
        } else {
            format!("Your appointment on {when} is cancelled.")
        }
    }

    /// Returns the message that an appointment could not be cancelled, and stands.
    pub fn not_cancelled(self, start: DateTime) -> String {
        let when = self.when(start);
        if self.welsh {
            format!(
                "Nid oeddem yn gallu canslo eich apwyntiad {when}. Mae'n dal i sefyll. Ffoniwch \
                 eich meddygfa."
            )
        } else {
            format!(
                "We could not cancel your appointment on {when}. It still stands. Call your GP \
                 practice."
            )
        }
    }

    /// Returns the message that it is not known whether an appointment is cancelled.
    pub fn cancellation_in_doubt(self, start: DateTime) -> String {
        let when = self.when(start);
        if self.welsh {
            format!(
                "Nid ydym yn gwybod a yw eich apwyntiad {when} wedi'i ganslo. Bydd eich meddygfa \
                 yn edrych."
            )
        } else {
            format!(
                "We do not know yet if your appointment on {when} is cancelled. Your GP practice \
                 will check."
            )
        }
    }

    /// Returns the message that the practice was asked to cancel.
    pub fn requested(self) -> &'static str {
        if self.welsh {
            "Rydym wedi gofyn i'ch meddygfa ganslo eich apwyntiad. Mae'n sefyll nes iddynt \
             gadarnhau."
        } else {
            "We have asked your GP practice to cancel. Your appointment stands until they confirm."
        }
    }

    /// Returns the message that a reply was not understood and nothing was cancelled.
    pub fn not_understood(self) -> &'static str {
        if self.welsh {
            "Nid ydym yn deall eich neges. Nid oes dim wedi'i ganslo. Ffoniwch eich meddygfa os yw'n \
             frys."
        } else {
            "We did not understand your message and have cancelled nothing. Call your GP practice \
             if it is urgent."
        }
    }
}
