//! Tests of the service over HTTP, in its own process.

mod access;
mod attacks;
mod browser;
mod callbacks;
mod desk;
mod hostile;
mod operation;
mod patient;
mod practice;
mod sign_in;
