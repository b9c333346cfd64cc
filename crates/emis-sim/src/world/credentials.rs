//! Identifiers and passwords drawn from the seed.

use rand::RngExt;
use rand::rngs::StdRng;
use uuid::Uuid;

/// Returns an EMIS resource name.
pub(super) fn ern(kind: &str, id: Uuid) -> String {
    format!("ern:emis:idam:{kind}:{id}")
}

/// Draws a password with upper case, lower case and digits, without characters that look alike.
pub(super) fn password(rng: &mut StdRng, length: usize) -> String {
    const SETS: [&[u8]; 3] = [
        b"ABCDEFGHJKLMNPQRSTUVWXYZ",
        b"abcdefghijkmnopqrstuvwxyz",
        b"23456789",
    ];
    SETS.iter()
        .cycle()
        .take(length)
        .filter_map(|set| set.get(rng.random_range(0..set.len())))
        .map(|byte| char::from(*byte))
        .collect()
}
