//! The App accounts of a practice's patients.

use serde_json::{Value, json};

use super::super::server::Heard;
use super::error::Failure;

/// The practice with several pages of patients, and their number.
const MANY: (&str, u32) = ("T00001", 3);

/// Returns a page of App accounts.
pub(super) fn accounts(heard: &Heard) -> Result<Value, Failure> {
    let code = heard.query("ods-organisation-code").unwrap_or_default();
    let code = code.to_uppercase();
    if code.is_empty() {
        return Err(Failure::ods_code("Missing ODS Code"));
    }
    let (letters, digits) = code.split_at(code.find(|c| char::is_ascii_digit(&c)).unwrap_or(0));
    let is_code = (1..=3).contains(&letters.len())
        && letters.chars().all(|c| c.is_ascii_alphabetic())
        && (2..=5).contains(&digits.len())
        && digits.chars().all(|c| c.is_ascii_digit());
    if !is_code {
        return Err(Failure::ods_code("Invalid ODS Code"));
    }
    match code.as_str() {
        "T00429" => return Err(Failure::accounts_busy()),
        "T00502" => return Err(Failure::of_status(502)),
        _ => {}
    }
    let last = if code == MANY.0 { MANY.1 } else { 1 };
    let page = heard.query("page").unwrap_or("1").parse().unwrap_or(0);
    if page == 0 || page > last {
        return Err(Failure::not_found());
    }
    let uri = |page: u32| {
        let api = "https://api.service.nhs.uk/comms/channels/nhsapp/accounts";
        format!("{api}?ods-organisation-code={code}&page={page}")
    };
    let mut links = json!({ "self": uri(page), "last": uri(last) });
    if page < last {
        links["next"] = json!(uri(page + 1));
    }
    Ok(json!({
        "data": {
            "type": "NhsAppAccounts",
            "id": code,
            "attributes": {
                "accounts": [
                    { "nhsNumber": "9990000018", "notificationsEnabled": true },
                    { "nhsNumber": "9990000026", "notificationsEnabled": false },
                ]
            },
        },
        "links": links,
    }))
}
