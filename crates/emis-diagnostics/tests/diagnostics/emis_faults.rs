//! Faults of EMIS itself, which affect every practice of a simulator.

#![allow(clippy::unwrap_used, reason = "a helper that fails fails its test")]

use emis_diagnostics::Cause;
use emis_sim::Sim;
use jiff::SignedDuration;

use crate::story::SCOPES;

/// A fault of EMIS: its cause, and the way in which the simulator begins it.
pub(crate) type EmisFault = (Cause, fn(&Sim));

/// The faults of EMIS that stand.
#[derive(Default)]
pub(crate) struct EmisFaults(Vec<EmisFault>);

impl EmisFaults {
    pub(crate) fn begin(&mut self, sim: &Sim, (cause, begin): EmisFault) {
        begin(sim);
        self.0.push((cause, begin));
    }

    pub(crate) fn causes(&self) -> impl Iterator<Item = Cause> {
        self.0.iter().map(|(cause, _)| *cause)
    }

    /// Ends the faults with such a cause. The others stand.
    pub(crate) fn end(&mut self, sim: &Sim, ends: impl Fn(Cause) -> bool) {
        if !self.causes().any(&ends) {
            return;
        }
        self.0.retain(|(cause, _)| !ends(*cause));
        sim.faults().clear();
        sim.api().set_reachable(true);
        sim.api().set_application_id_ok(true);
        sim.identity().set_reachable(true);
        sim.identity().hold_scopes(&SCOPES).unwrap();
        sim.identity().set_clock_skew(SignedDuration::ZERO);
        for (_, begin) in &self.0 {
            begin(sim);
        }
    }
}
