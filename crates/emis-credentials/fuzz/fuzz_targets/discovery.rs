//! Any bytes as a discovery document.
#![no_main]

use emis_credentials::fuzzing;
use url::Url;

libfuzzer_sys::fuzz_target!(|input: &[u8]| {
    let issuer: Url = "https://identity.example.com/tenant/".parse().unwrap();
    match fuzzing::discovery_document(&issuer, input) {
        Ok(endpoint) => {
            assert_eq!(endpoint.scheme(), "https");
            assert_eq!(endpoint.host_str(), issuer.host_str());
            assert!(endpoint.username().is_empty() && endpoint.password().is_none());
        }
        Err(error) => {
            let text = format!("{} {error:?}", error.report());
            if let Ok(input) = std::str::from_utf8(input)
                && input.len() > 40
            {
                assert!(!text.contains(input), "{text}");
            }
        }
    }
});
