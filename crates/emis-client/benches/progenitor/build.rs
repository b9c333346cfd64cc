//! Has progenitor generate the types of EMIS's document, which is not part of this repository.
//!
//! Progenitor refuses three things in it: an authorisation without URLs, OPTIONS operations, and a
//! body in two encodings. Only `GetBookedPatientsV2` is left of the paths, and all of the schemas.

use std::{env, fs, path::Path};

use progenitor_impl::Generator;
use serde_json::{Value, json};

const PATH: &str = "/api/v1/appointments/GetBookedPatientsV2";

fn main() -> Result<(), Box<dyn std::error::Error>> {
    println!("cargo::rerun-if-env-changed=EMIS_PARTNER_OPENAPI");
    let document = env::var("EMIS_PARTNER_OPENAPI")?;
    println!("cargo::rerun-if-changed={document}");
    let mut document: Value = serde_json::from_str(&fs::read_to_string(document)?)?;
    let mut get = document["paths"][PATH]["get"].take();
    // Progenitor takes one encoding of an answer, and one type of failures.
    get["responses"] = json!({ "200": get["responses"]["200"] });
    if let Some(encodings) = get["responses"]["200"]["content"].as_object_mut() {
        encodings.retain(|encoding, _| encoding == "application/json");
    }
    document["paths"] = json!({ PATH: { "get": get } });
    document["components"]["securitySchemes"] = json!({});
    let mut generator = Generator::default();
    generator.generate_tokens(&serde_json::from_value(document)?)?;
    let types = generator.get_type_space().to_stream();
    let out = Path::new(&env::var("OUT_DIR")?).join("types.rs");
    fs::write(out, types.to_string())?;
    Ok(())
}
