//! Any bytes as an answer in XML.
#![no_main]

mod answer;

libfuzzer_sys::fuzz_target!(|input: &[u8]| answer::decode(input, "application/xml"));
