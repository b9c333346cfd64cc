//! Fixtures that connect a client to a simulated practice.

#![allow(clippy::expect_used, reason = "a fixture that fails fails its test")]

use std::sync::Arc;

use emis_client::{Client, ClientBuilder, Limits};
use emis_credentials::{
    ApiUser, ClientCredentials, Grant, OpenIdTokenSource, OpenIdTokenSourceBuilder,
};
use emis_sim::{Sim, SimPractice};
use emis_types::ManualClock;

/// Returns the password grant of a practice's API user.
pub fn api_user_grant(practice: &SimPractice) -> Grant {
    let user = ApiUser::new(practice.username(), practice.password().into());
    Grant::Password(user.expect("the simulator's API user is valid"))
}

/// Returns a builder for a token source of the simulator's identity service.
pub fn token_source_builder(
    sim: &Sim,
    grant: Grant,
    clock: &ManualClock,
) -> OpenIdTokenSourceBuilder {
    let issuer = sim.identity_url().parse().expect("a URL");
    let client = ClientCredentials::new(sim.client_id(), sim.client_secret().to_owned().into());
    OpenIdTokenSource::builder(issuer, client, grant).clock(Arc::new(clock.clone()))
}

/// Returns a builder for a client of the simulator's API, with limits that do not slow a test down.
pub fn client_builder(
    sim: &Sim,
    tokens: OpenIdTokenSourceBuilder,
    clock: &ManualClock,
) -> ClientBuilder {
    Client::builder(
        sim.api_url().parse().expect("a URL"),
        sim.application_id().parse().expect("an application ID"),
        Arc::new(tokens.build().expect("a token source")),
    )
    .clock(Arc::new(clock.clone()))
    .limits(Limits::new(1_000, 1_000_000))
}
