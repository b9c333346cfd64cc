//! Self-booking against a simulated practice, over real HTTP.

mod booking;
mod cancelling;
mod search;
mod trouble;
mod world;
