//! Any bytes as an answer in JSON.
#![no_main]

mod answer;

libfuzzer_sys::fuzz_target!(|input: &[u8]| answer::decode(input, "application/json"));
