//! Access rules: the one place that decides which pages a person may see.

use axum::extract::{FromRequestParts, Path, Request, State};
use axum::middleware::Next;
use axum::response::{IntoResponse, Response};
use emis_partner::Practice;
use emis_partner::types::OdsCode;
use http::request::Parts;
use std::collections::HashMap;

use super::failure::Failure;
use super::session::Session;
use crate::app::App;
use crate::staff::Staff;

/// A member of staff at a practice that they may see.
#[derive(Debug, Clone)]
pub(crate) struct AtPractice {
    pub(crate) practice: Practice,
    pub(crate) staff: Staff,
    pub(crate) session: Session,
}

/// A member of staff at the desk.
#[derive(Debug, Clone)]
pub(crate) struct AtDesk {
    pub(crate) staff: Staff,
    pub(crate) session: Session,
}

/// Lets staff in to the pages of `/practices/{ods}` that they may see. To all others there is no such
/// practice.
pub(super) async fn practice(
    State(app): State<App>,
    session: Session,
    Path(path): Path<HashMap<String, String>>,
    mut request: Request,
    next: Next,
) -> Response {
    let Some(staff) = session.staff() else {
        return Failure::SignIn.into_response();
    };
    let ods_code = path.get("ods").and_then(|ods| ods.parse::<OdsCode>().ok());
    let Some(ods_code) = ods_code.filter(|ods_code| staff.may_see(ods_code)) else {
        return Failure::NotFound.into_response();
    };
    let practice = app.partner.practice(ods_code);
    request.extensions_mut().insert(AtPractice {
        practice,
        staff,
        session,
    });
    next.run(request).await
}

/// Lets staff of the desk in to the pages of `/desk`.
pub(super) async fn desk(session: Session, mut request: Request, next: Next) -> Response {
    let Some(staff) = session.staff() else {
        return Failure::SignIn.into_response();
    };
    if !staff.may_use_desk() {
        return Failure::NotFound.into_response();
    }
    request.extensions_mut().insert(AtDesk { staff, session });
    next.run(request).await
}

macro_rules! from_extension {
    ($name:ident) => {
        impl<S: Send + Sync> FromRequestParts<S> for $name {
            type Rejection = Failure;

            async fn from_request_parts(parts: &mut Parts, _: &S) -> Result<Self, Failure> {
                // A route outside the guarded routers has none.
                parts
                    .extensions
                    .get::<Self>()
                    .cloned()
                    .ok_or(Failure::NotFound)
            }
        }
    };
}

from_extension!(AtPractice);
from_extension!(AtDesk);
