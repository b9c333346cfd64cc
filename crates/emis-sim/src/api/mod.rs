//! The Partner API: who may call, then the operations themselves.

mod matching;
mod reads;
mod records;
mod writes;

use emis_types::uk;
use http::StatusCode;

use crate::assumptions::{
    Refusal, STATUS_OF_A_BOOKING, STATUS_OF_ARRIVED, STATUSES_OF_SENT_IN, WireState,
};
use crate::filing::Format;
use crate::identity::Bearer;
use crate::model::{Model, WriteRefusal};
use crate::operation::Operation;
use crate::server::{Answer, BadParameter, Request};
use crate::wire::{Message, Version};
use crate::world::{World, lock, read, write};

/// A refusal, and what it says beyond its table entry.
#[derive(Debug)]
pub(crate) struct Refused {
    refusal: Refusal,
    diagnostics: Option<String>,
}

impl Refused {
    fn new(refusal: Refusal, diagnostics: &str) -> Self {
        Self {
            refusal,
            diagnostics: Some(diagnostics.to_owned()),
        }
    }

    fn bad_request(diagnostics: &str) -> Self {
        Self::new(Refusal::BadRequest, diagnostics)
    }

    fn not_found(diagnostics: &str) -> Self {
        Self::new(Refusal::NotFound, diagnostics)
    }
}

impl From<Refusal> for Refused {
    fn from(refusal: Refusal) -> Self {
        Self {
            refusal,
            diagnostics: None,
        }
    }
}

impl From<WriteRefusal> for Refused {
    fn from(refusal: WriteRefusal) -> Self {
        Self::new(refusal.into(), &refusal.to_string())
    }
}

impl From<BadParameter> for Refused {
    fn from(BadParameter(what): BadParameter) -> Self {
        Self {
            refusal: Refusal::BadRequest,
            diagnostics: Some(what),
        }
    }
}

/// A message, or none for an operation that answers 204.
type Outcome = Result<Option<Message>, Refused>;

/// Answers one call.
pub(crate) fn answer(world: &World, request: &Request) -> Answer {
    if request.operation == Operation::GetHealth {
        return Answer::empty(StatusCode::OK);
    }
    if request.encoding().is_none() {
        return Answer::refusal(&world.ids, Refusal::UnsupportedMediaType, None);
    }
    let outcome = admit(world, request).and_then(|bearer| perform(world, request, &bearer));
    match outcome {
        Ok(Some(message)) => Answer::message(StatusCode::OK, message),
        Ok(None) => Answer::empty(StatusCode::NO_CONTENT),
        Err(refused) => Answer::refusal(&world.ids, refused.refusal, refused.diagnostics),
    }
}

/// Token, party key, EMAS Manager, scope: in that order.
fn admit(world: &World, request: &Request) -> Result<Bearer, Refused> {
    let bearer = request.bearer.clone().ok_or(Refusal::Unauthorised)?;
    let key = request
        .header("applicationId")
        .ok_or_else(|| Refused::bad_request("applicationId is missing"))?;
    let kept_out = if world.knows_application(key) {
        lock(&bearer.practice.emas).obstacle(request.operation)
    } else {
        Some(WireState::ApplicationUnknown)
    };
    let lacking = || {
        let scope = request.operation.scope()?;
        (!bearer.may(scope)).then_some(WireState::ScopeMissing)
    };
    match kept_out.or_else(lacking) {
        Some(state) => Err(Refusal::Kept(state).into()),
        None => Ok(bearer),
    }
}

/// A write holds the practice until its answer is made, so that it and what it reads back are one
/// step. Reads go on beside one another.
fn perform(world: &World, request: &Request, bearer: &Bearer) -> Outcome {
    if request.operation.is_write() {
        change(world, request, &mut write(&bearer.practice.model))
    } else {
        let user_exists = lock(&bearer.practice.emas).state.user_exists;
        look(world, request, &read(&bearer.practice.model), user_exists)
    }
}

fn look(world: &World, request: &Request, model: &Model, user_exists: bool) -> Outcome {
    let query = &request.query;
    let clock = world.clock.as_ref();
    let now = || uk::now(clock);
    let booked = |statuses: &[_], version| reads::booked(model, query, clock, statuses, version);
    match request.operation {
        Operation::GetOrganisation => {
            let answer = reads::organisation(model, user_exists, Version::First);
            Ok(Some(answer))
        }
        Operation::GetOrganisationV2 => {
            let answer = reads::organisation(model, user_exists, Version::Second);
            Ok(Some(answer))
        }
        Operation::GetUserById => reads::user(model, query, user_exists),
        Operation::GetAppointmentConfiguration => reads::configuration(model, query),
        Operation::GetAppointmentSessions => reads::sessions(model, query),
        Operation::GetSlotsForSession => reads::slots(model, query, Version::First),
        Operation::GetSlotsForSessionV2 => reads::slots(model, query, Version::Second),
        Operation::GetBookedPatients => booked(&[STATUS_OF_A_BOOKING], Version::First),
        Operation::GetBookedPatientsV2 => booked(&[STATUS_OF_A_BOOKING], Version::Second),
        Operation::GetArrivedPatients => booked(&[STATUS_OF_ARRIVED], Version::First),
        Operation::GetSentInPatients => booked(&STATUSES_OF_SENT_IN, Version::First),
        Operation::GetPatientAppointments => reads::appointments(model, query, Version::First),
        Operation::GetPatientAppointmentsV2 => reads::appointments(model, query, Version::Second),
        Operation::GetPatientDemographics => reads::demographics(model, query),
        Operation::GetMatchedPatients => matching::matched(model, query),
        Operation::GetChangedPatients => matching::changed(model, query),
        Operation::GetChangedPatientsMR => matching::changed_records(model, query),
        Operation::GetPatientSearches => matching::searched(model, query),
        Operation::GetPatientSequence => matching::sequence(model, query),
        Operation::GetMedicalRecord => records::whole(model, query, now().datetime()),
        Operation::GetCodedRecord => records::coded(model, query),
        Operation::GetEvents => records::events(model, query, now().date()),
        Operation::GetMedicationIssues => records::issues(model, query, now().date()),
        Operation::GetConsultation => records::consultation(model, query),
        Operation::GetAttachments | Operation::GetAttachmentsV2 => {
            records::attachments(model, query)
        }
        Operation::GetBase64AttachmentData => records::file(model, query, Version::First),
        Operation::GetBase64AttachmentDataV2 => records::file(model, query, Version::Second),
        _ => Err(Refusal::ServerError.into()),
    }
}

fn change(world: &World, request: &Request, model: &mut Model) -> Outcome {
    let query = &request.query;
    let now = world.clock.now();
    let today = || uk::today(world.clock.as_ref());
    match request.operation {
        Operation::BookAppointment => writes::book(model, query, now),
        Operation::CancelAppointment => writes::cancel(model, query, now),
        Operation::SetAppointmentStatus => writes::set_status_of_anybody(model, query),
        Operation::SetAppointmentStatusEx => writes::set_status(model, query, now),
        Operation::SetSlotType => writes::set_type(model, query),
        Operation::SetSlotNotes => writes::set_notes(model, query),
        Operation::AddSlotComment => writes::comment(model, query),
        Operation::UpdateAttachment => records::update_attachment(model, query, today()),
        Operation::UpdateConsultationVisibility => records::set_visibility(model, query, today()),
        Operation::FileRecord => {
            let format = Format::of(request.header("content-type"));
            let message = format
                .ok_or(Refusal::UnsupportedMediaType)?
                .read(request.body())?;
            records::file_record(model, query, &message, today())
        }
        _ => Err(Refusal::ServerError.into()),
    }
}
