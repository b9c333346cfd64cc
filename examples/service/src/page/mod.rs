//! The frame of every page, and its components.

mod components;
mod frame;

pub(crate) use components::{
    Choices, Field, Problems, error_summary, form, form_of, note, problems_of, when,
};
pub(crate) use frame::{Frame, page};
