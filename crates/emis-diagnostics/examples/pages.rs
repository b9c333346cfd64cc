//! Writes the report of every cause and every guide as HTML pages, in English and in Welsh:
//!
//! ```text
//! cargo run -p emis-diagnostics --example pages -- target/pages
//! ```

use std::error::Error;
use std::path::PathBuf;

use emis_diagnostics::{Cause, Language, Product, Report, guides};
use emis_types::OdsCode;

fn main() -> Result<(), Box<dyn Error>> {
    let directory = std::env::args_os().nth(1).ok_or("name a directory")?;
    let directory = PathBuf::from(directory);
    std::fs::create_dir_all(&directory)?;
    let practice: OdsCode = "A20047".parse()?;
    let at = "2026-06-02T09:00:00Z".parse()?;
    for language in [Language::English, Language::Welsh] {
        let product = Product::new("Patchs", "patchs")?
            .with_settings_url("https://patchs.example/practices/{ods_code}/emis")?
            .in_language(language);
        for &cause in Cause::ALL {
            let report = Report::of_cause(cause, practice.clone(), &product, at);
            let name = format!("{}-{}.html", cause.code(), language.tag());
            std::fs::write(directory.join(name), report.html())?;
        }
        for (number, guide) in guides::all(&product).iter().enumerate() {
            let name = format!("guide-{number}-{}.html", language.tag());
            std::fs::write(directory.join(name), guide.html())?;
        }
    }
    Ok(())
}
