//! The words that ship with the library, in English and Welsh, in the content style of the NHS.
//!
//! A message says as little as possible: the practice, the time, the place, and how to cancel. No
//! clinician, no slot type, no reason and no notes: other people may read it.

use emis_settings::{Channel, Language};

use super::template::MessageTemplate;
use crate::kind::MessageKind;

struct Words {
    subject: &'static str,
    text: &'static str,
}

const ENGLISH_END: &str = "{% if code %} To cancel by text, reply {{ cancel_word }} \
     {{ code }}.{% endif %}{% if link %} Or see {{ link }}{% endif %}";
const WELSH_END: &str = "{% if code %} I ganslo drwy neges, atebwch {{ cancel_word }} \
     {{ code }}.{% endif %}{% if link %} Neu ewch i {{ link }}{% endif %}";

fn english(kind: MessageKind) -> Option<Words> {
    let (subject, text) = match kind {
        MessageKind::Reminder => (
            "Appointment reminder",
            "{% if name %}{{ name }}, a{% else %}A{% endif %} reminder of {{ appointment }} with \
             {{ practice }} on {{ when }}{% if site %} at {{ site }}{% endif %}. {{ cancel }}",
        ),
        MessageKind::BookingConfirmed => (
            "Your appointment is booked",
            "{% if shared %}An{% else %}Your{% endif %} appointment with {{ practice }} is booked \
             for {{ when }}{% if site %} at {{ site }}{% endif %}. {{ cancel }}",
        ),
        MessageKind::BookingMoved => (
            "Your appointment has moved",
            "{% if shared %}An{% else %}Your{% endif %} appointment with {{ practice }} has moved\
             {% if old_when %} from {{ old_when }}{% endif %} to {{ when }}{% if site %} at {{ site }}{% endif %}. {{ cancel }}",
        ),
        MessageKind::BookingCancelled => (
            "Your appointment is cancelled",
            "{% if shared %}An{% else %}Your{% endif %} appointment with {{ practice }} on \
             {{ when }} is cancelled.",
        ),
        MessageKind::BookingFailed => (
            "Your appointment is not booked",
            "We could not book {{ appointment }} with {{ practice }} on {{ when }}.\
             {% if link %} To choose another time, see {{ link }}{% else %} Call the practice to \
             choose another time.{% endif %}",
        ),
        MessageKind::MoveFailed => (
            "Your appointment has not moved",
            "We could not move {{ appointment }} with {{ practice }}. It is still booked for \
             {{ when }}. Call the practice if you cannot attend.",
        ),
        MessageKind::BothBooked => (
            "You have two appointments",
            "{% if shared %}A{% else %}Your{% endif %} new appointment with {{ practice }} is booked \
             for {{ when }}, but we could not cancel the earlier one. Both stand. Call the practice \
             to cancel one.",
        ),
        MessageKind::BookingLost => (
            "Your appointment is no longer booked",
            "We could not move {{ appointment }} with {{ practice }}, and the one on {{ when }} is no \
             longer booked. Call the practice.",
        ),
        MessageKind::BookingUnresolved => (
            "Your appointment may not be booked",
            "We do not know if {{ appointment }} with {{ practice }} on {{ when }} is booked. The \
             practice will check. Call them if you need to know sooner.",
        ),
        MessageKind::CancellationFailed => (
            "Your appointment is not cancelled",
            "We could not cancel {{ appointment }} with {{ practice }} on {{ when }}. It still \
             stands. Call the practice.",
        ),
        MessageKind::Invitation => (
            "Book an appointment",
            "{{ practice }} invites you to book an appointment: {{ link }}",
        ),
        _ => return None,
    };
    Some(Words { subject, text })
}

fn welsh(kind: MessageKind) -> Option<Words> {
    let (subject, text) = match kind {
        MessageKind::Reminder => (
            "Nodyn atgoffa am apwyntiad",
            "{% if name %}{{ name }}, e{% else %}E{% endif %}ich atgoffa o\
             {% if not shared %}'ch{% endif %}{% if count > 1 %} {{ count }}{% endif %} apwyntiad \
             gyda {{ practice }} {{ when }}{% if site %} yn {{ site }}{% endif %}. {{ cancel }}",
        ),
        MessageKind::BookingConfirmed => (
            "Mae eich apwyntiad wedi'i drefnu",
            "Mae {% if not shared %}eich {% endif %}apwyntiad gyda {{ practice }} wedi'i drefnu \
             {{ when }}{% if site %} yn {{ site }}{% endif %}. {{ cancel }}",
        ),
        MessageKind::BookingMoved => (
            "Mae eich apwyntiad wedi symud",
            "Mae {% if not shared %}eich {% endif %}apwyntiad gyda {{ practice }} wedi symud\
             {% if old_when %} o {{ old_when }}{% endif %} i {{ when }}{% if site %} yn {{ site }}{% endif %}. {{ cancel }}",
        ),
        MessageKind::BookingCancelled => (
            "Mae eich apwyntiad wedi'i ganslo",
            "Mae {% if not shared %}eich {% endif %}apwyntiad gyda {{ practice }} {{ when }} \
             wedi'i ganslo.",
        ),
        MessageKind::BookingFailed => (
            "Nid yw eich apwyntiad wedi'i drefnu",
            "Nid oeddem yn gallu trefnu {% if not shared %}eich {% endif %}apwyntiad gyda \
             {{ practice }} {{ when }}.{% if link %} I ddewis amser arall, ewch i {{ link }}\
             {% else %} Ffoniwch y feddygfa i ddewis amser arall.{% endif %}",
        ),
        MessageKind::MoveFailed => (
            "Nid yw eich apwyntiad wedi symud",
            "Nid oeddem yn gallu symud {% if not shared %}eich {% endif %}apwyntiad gyda \
             {{ practice }}. Mae'n dal i sefyll {{ when }}. Ffoniwch y feddygfa os na allwch ddod.",
        ),
        MessageKind::BothBooked => (
            "Mae gennych ddau apwyntiad",
            "Mae {% if not shared %}eich {% endif %}apwyntiad newydd gyda {{ practice }} wedi'i \
             drefnu {{ when }}, ond nid oeddem yn gallu canslo'r un cynharach. Mae'r ddau yn sefyll. \
             Ffoniwch y feddygfa i ganslo un.",
        ),
        MessageKind::BookingLost => (
            "Nid yw eich apwyntiad wedi'i drefnu mwyach",
            "Nid oeddem yn gallu symud {% if not shared %}eich {% endif %}apwyntiad gyda \
             {{ practice }}, ac nid yw'r un {{ when }} wedi'i drefnu mwyach. Ffoniwch y feddygfa.",
        ),
        MessageKind::BookingUnresolved => (
            "Efallai nad yw eich apwyntiad wedi'i drefnu",
            "Nid ydym yn gwybod a yw {% if not shared %}eich {% endif %}apwyntiad gyda \
             {{ practice }} {{ when }} wedi'i drefnu. Bydd y feddygfa yn edrych. Ffoniwch nhw os \
             oes angen gwybod ynghynt.",
        ),
        MessageKind::CancellationFailed => (
            "Nid yw eich apwyntiad wedi'i ganslo",
            "Nid oeddem yn gallu canslo {% if not shared %}eich {% endif %}apwyntiad gyda \
             {{ practice }} {{ when }}. Mae'n dal i sefyll. Ffoniwch y feddygfa.",
        ),
        MessageKind::Invitation => (
            "Trefnu apwyntiad",
            "Mae {{ practice }} yn eich gwahodd i drefnu apwyntiad: {{ link }}",
        ),
        _ => return None,
    };
    Some(Words { subject, text })
}

impl MessageTemplate {
    /// Returns the shipped words of a kind of message, in English or Welsh; `None` in another
    /// language, and of replies, whose words are [`ReplyTexts`](crate::ReplyTexts).
    pub fn shipped(kind: MessageKind, channel: Channel, language: &Language) -> Option<Self> {
        let is_welsh = language.as_str() == "cy";
        let words = match language {
            language if language.is_english() => english(kind)?,
            _ if is_welsh => welsh(kind)?,
            _ => return None,
        };
        let asks_for_cancel = matches!(
            kind,
            MessageKind::Reminder | MessageKind::BookingConfirmed | MessageKind::BookingMoved
        );
        let end = match (asks_for_cancel, is_welsh) {
            (false, _) => "",
            (true, false) => ENGLISH_END,
            (true, true) => WELSH_END,
        };
        let text = format!("{}{end}", words.text);
        let template = Self::new(kind, channel, language.clone(), text);
        Some(match channel {
            Channel::Email => {
                let mut mail = template.with_subject(words.subject);
                let hello = if is_welsh { "Helo" } else { "Hello" };
                mail.body = format!(
                    "{hello}{{% if name %}} {{{{ name }}}}{{% endif %}},\n\n{}\n",
                    mail.body
                        .replace(
                            "{% if name %}{{ name }}, a{% else %}A{% endif %} reminder",
                            "A reminder"
                        )
                        .replace(
                            "{% if name %}{{ name }}, e{% else %}E{% endif %}ich",
                            "Eich"
                        )
                );
                mail
            }
            _ => template,
        })
    }
}
