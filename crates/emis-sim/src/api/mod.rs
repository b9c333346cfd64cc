//! The Partner API: access control and the operations.

mod matching;
mod outcome;
mod reads;
mod records;
mod writes;

use emis_types::uk;
use http::StatusCode;

use crate::assumptions::{
    Refusal, STATUS_OF_A_BOOKING, STATUS_OF_ARRIVED, STATUSES_OF_SENT_IN, WireState,
};
use crate::filing::Format;
use crate::model::Model;
use crate::operation::SimOperation;
use crate::protocol::{Answer, Request};
use crate::sync::{lock, read, write};
use crate::wire::Version;
use crate::world::{Bearer, World};
use outcome::{Outcome, Refused};

/// Answers a call.
pub(crate) fn answer(world: &World, request: &Request) -> Answer {
    if request.operation == SimOperation::GetHealth {
        return Answer::empty(StatusCode::OK);
    }
    if request.encoding().is_none() {
        return Answer::refusal(&world.ids, Refusal::UnsupportedMediaType, None);
    }
    let returns_notes = lock(&world.conditions).returns_notes;
    let outcome = admit(world, request).and_then(|bearer| perform(world, request, &bearer));
    match outcome {
        Ok(Some(message)) if returns_notes => Answer::message(StatusCode::OK, message),
        Ok(Some(message)) => Answer::message(StatusCode::OK, message.without_notes()),
        Ok(None) => Answer::empty(StatusCode::NO_CONTENT),
        Err(refused) => Answer::refusal(&world.ids, refused.refusal, refused.diagnostics),
    }
}

/// Checks token, party key, EMAS Manager's settings and scope, in this order.
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

/// Performs the operation. A write locks the practice until its answer is complete, so that the change
/// and the answer are one step. Reads are concurrent.
fn perform(world: &World, request: &Request, bearer: &Bearer) -> Outcome {
    if request.operation.is_write() {
        perform_write(world, request, &mut write(&bearer.practice.model))
    } else {
        let user_exists = lock(&bearer.practice.emas).state.user_exists;
        perform_read(world, request, &read(&bearer.practice.model), user_exists)
    }
}

fn perform_read(world: &World, request: &Request, model: &Model, user_exists: bool) -> Outcome {
    let query = &request.query;
    let clock = world.clock.as_ref();
    let now = || uk::now(clock);
    let booked = |statuses: &[_], version| reads::booked(model, query, clock, statuses, version);
    match request.operation {
        SimOperation::GetOrganisation => {
            let answer = reads::organisation(model, user_exists, Version::First);
            Ok(Some(answer))
        }
        SimOperation::GetOrganisationV2 => {
            let answer = reads::organisation(model, user_exists, Version::Second);
            Ok(Some(answer))
        }
        SimOperation::GetUserById => reads::user(model, query, user_exists),
        SimOperation::GetAppointmentConfiguration => reads::configuration(model, query),
        SimOperation::GetAppointmentSessions => reads::sessions(model, query),
        SimOperation::GetSlotsForSession => reads::slots(model, query, Version::First),
        SimOperation::GetSlotsForSessionV2 => reads::slots(model, query, Version::Second),
        SimOperation::GetBookedPatients => booked(&[STATUS_OF_A_BOOKING], Version::First),
        SimOperation::GetBookedPatientsV2 => booked(&[STATUS_OF_A_BOOKING], Version::Second),
        SimOperation::GetArrivedPatients => booked(&[STATUS_OF_ARRIVED], Version::First),
        SimOperation::GetSentInPatients => booked(&STATUSES_OF_SENT_IN, Version::First),
        SimOperation::GetPatientAppointments => reads::appointments(model, query, Version::First),
        SimOperation::GetPatientAppointmentsV2 => {
            reads::appointments(model, query, Version::Second)
        }
        SimOperation::GetPatientDemographics => reads::demographics(model, query),
        SimOperation::GetMatchedPatients => matching::matched(model, query),
        SimOperation::GetChangedPatients => matching::changed(model, query),
        SimOperation::GetChangedPatientsMR => matching::changed_records(model, query),
        SimOperation::GetPatientSearches => matching::searched(model, query),
        SimOperation::GetPatientSequence => matching::sequence(model, query),
        SimOperation::GetMedicalRecord => records::whole(model, query, now().datetime()),
        SimOperation::GetCodedRecord => records::coded(model, query),
        SimOperation::GetEvents => records::events(model, query, now().date()),
        SimOperation::GetMedicationIssues => records::issues(model, query, now().date()),
        SimOperation::GetConsultation => records::consultation(model, query),
        SimOperation::GetAttachments | SimOperation::GetAttachmentsV2 => {
            records::attachments(model, query)
        }
        SimOperation::GetBase64AttachmentData => records::file(model, query, Version::First),
        SimOperation::GetBase64AttachmentDataV2 => records::file(model, query, Version::Second),
        _ => Err(Refusal::ServerError.into()),
    }
}

fn perform_write(world: &World, request: &Request, model: &mut Model) -> Outcome {
    let query = &request.query;
    let now = world.clock.now();
    let today = || uk::today(world.clock.as_ref());
    match request.operation {
        SimOperation::BookAppointment => writes::book(model, query, now),
        SimOperation::CancelAppointment => writes::cancel(model, query, now),
        SimOperation::SetAppointmentStatus => writes::set_status_of_any(model, query),
        SimOperation::SetAppointmentStatusEx => writes::set_status(model, query, now),
        SimOperation::SetSlotType => writes::set_type(model, query),
        SimOperation::SetSlotNotes => writes::set_notes(model, query),
        SimOperation::AddSlotComment => writes::comment(model, query),
        SimOperation::UpdateAttachment => records::update_attachment(model, query, today()),
        SimOperation::UpdateConsultationVisibility => {
            records::set_visibility(model, query, today())
        }
        SimOperation::FileRecord => {
            let format = Format::of(request.header("content-type"));
            let message = format
                .ok_or(Refusal::UnsupportedMediaType)?
                .parse(&request.body)?;
            records::file_record(model, query, &message, today())
        }
        _ => Err(Refusal::ServerError.into()),
    }
}
