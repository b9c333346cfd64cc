//! Pseudorandom numbers, equal in every run.

#[derive(Debug, Clone)]
pub(super) struct Dice(u64);

impl Dice {
    pub(super) fn of(seed: u64) -> Self {
        let mut dice = Self(seed.wrapping_mul(0x9e37_79b9_7f4a_7c15) ^ 0xa5a5);
        for _ in 0..4 {
            dice.throw(2);
        }
        dice
    }

    pub(super) fn throw(&mut self, sides: u64) -> u64 {
        self.0 = self
            .0
            .wrapping_mul(6_364_136_223_846_793_005)
            .wrapping_add(1);
        (self.0 >> 33) % sides
    }

    /// Returns a number of 0 to `sides - 1` to calculate with.
    pub(super) fn number(&mut self, sides: u64) -> i64 {
        i64::try_from(self.throw(sides)).unwrap()
    }

    pub(super) fn one_in(&mut self, sides: u64) -> bool {
        self.throw(sides) == 0
    }
}
