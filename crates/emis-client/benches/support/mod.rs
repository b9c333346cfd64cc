//! Shared by the benches: a practice's response to `GetBookedPatientsV2`, as EMIS would write it.

use std::fmt::Write as _;
use std::sync::{Arc, Mutex, PoisonError};

use async_trait::async_trait;
use emis_client::{
    Client, Limits, Request, Response, Transport, TransportError, TransportErrorKind as Kind,
};
use emis_credentials::{AccessToken, FixedToken};

pub(crate) type Failure = Box<dyn std::error::Error>;

/// The members of staff of the invented practice.
const STAFF: u32 = 60;

/// An answer of so many bookings, about 2.8 KB each: every property of the published document is
/// there, most of them null, and session holders are named by their place in the list at the end,
/// as EMIS's schema says.
pub(crate) fn booked_patients(bookings: u32) -> String {
    let mut json = String::with_capacity(64 * 1024 + 3_000 * bookings as usize);
    json.push_str(r#"{"bookedList":["#);
    for number in 0..bookings {
        if number > 0 {
            json.push(',');
        }
        booking(&mut json, number);
    }
    json.push_str(r#"],"sessionHolderList":["#);
    for number in 0..STAFF {
        if number > 0 {
            json.push(',');
        }
        holder(&mut json, number);
    }
    json.push_str(r#"],"time":"01/06/2026 08:00:00"}"#);
    json
}

fn booking(json: &mut String, number: u32) {
    json.push_str(r#"{"patient":"#);
    patient(json, number);
    json.push_str(r#","appointment":{"id":"#);
    ident(json, 700_000 + number, None);
    text(
        json,
        "appointmentSite",
        ["Main Surgery", "Branch Surgery"],
        number,
    );
    let name = [
        "Dr Exemplar (am)",
        "Nurse clinic",
        "Phlebotomy - fasting",
        "Duty doctor",
    ];
    text(json, "appointmentName", name, number / 7);
    let (day, slot) = (number / 400 % 28 + 1, number % 48);
    let (hour, minute) = (8 + slot / 5, slot % 5 * 12);
    put(
        json,
        format_args!(
            r#","date":"{day:02}/06/2026","time":"{hour:02}:{minute:02}","sessionHolder":"#
        ),
    );
    ident(json, 0, Some(900 + number % STAFF));
    json.push_str(r#","sessionUsersList":["#);
    ident(json, 0, Some(900 + number % STAFF));
    json.push_str(r#"],"sessionLocationsList":["#);
    ident(json, 1 + number % 2, Some(1));
    let (session, slot_type) = (31_000 + number / 12, 200 + number % 23);
    put(
        json,
        format_args!(
            r#"],"sessionId":{session},"slotType":{{"id":"{slot_type}","display":"GP Routine","description":"Routine appointment with a GP","bookable":true,"emisAccess":null}}}},"alert":0,"alertSpecified":true}}"#
        ),
    );
}

fn patient(json: &mut String, number: u32) {
    let dbid = 10_000 + number * 3;
    json.push('{');
    put(
        json,
        format_args!(
            r#""dbid":"{dbid}","refID":"{number}","guid":"{:08x}-0000-4000-8000-{number:012x}","fileStatus":null,"oldGUID":null"#,
            dbid.wrapping_mul(2_654_435_761)
        ),
    );
    let (day, month, year) = (number % 28 + 1, number % 12 + 1, 1930 + number % 90);
    put(
        json,
        format_args!(
            r#","dateOfBirth":"{day:02}/{month:02}/{year}","sex":"F","previousNames":null"#
        ),
    );
    let family = [
        "Testwell",
        "O'Sample",
        "Mock-Fixture",
        "Ünïtest",
        "Example",
        "Placeholder",
    ];
    text(json, "familyName", family, number / 5);
    let calling = ["Invented", "Fictiona", "Specimena", "Dummina"];
    text(json, "callingName", calling, number);
    text(
        json,
        "firstNames",
        ["Invented Mary", "Fictiona", "Specimena Jo", "Dummina"],
        number,
    );
    text(json, "title", ["Mrs", "Mr", "Dr", "Miss", "Ms"], number);
    put(
        json,
        format_args!(r#","nhsNumber":"{}","address":"#, nhs_number(number)),
    );
    address(json, number);
    put(
        json,
        format_args!(
            r#","homeTelephone":"01632 960{:03}","registeredGpID":"#,
            number % 1000
        ),
    );
    ident(json, 501, Some(900 + number % STAFF));
    json.push_str(r#","usualGpID":"#);
    ident(json, 502, Some(900 + number % STAFF));
    json.push_str(r#","tradingHaID":"#);
    ident(json, 77, Some(1));
    json.push_str(
        r#","walkingQuarters":"0","dispensing":"N","ruralMileage":"0","difficultQuarters":"N","residentialInstitute":null,"blockedSpecial":"N","recordsAt":"Main Surgery","hospitalNumbers":null,"deductedDate":null,"dateOfDeath":null,"dead":0,"deadSpecified":false,"dateAdded":"14/03/2011","oldNhsNumber":null,"workTelephone":null"#,
    );
    put(
        json,
        format_args!(
            r#","mobile":"07700 900{:03}","email":"patient.{number}@example.com","homeAddress":"#,
            number % 1000
        ),
    );
    address(json, number);
    json.push_str(
        r#","homeGP":null,"homeGPCode":null,"chiNumber":null,"footpathMiles":"0","waterMiles":"0","serviceType":null,"serviceNumber":null,"customRegistrationFields":[],"groNumber":null,"upciNumber":null,"maritalStatus":"Not recorded","medicationReviewDate":"30/11/2026","exemptionExpiry":null,"screenMessage":null,"reminderSent":null,"ethnicCode":"9i0..","prisonNumber":null,"previousPrisonNumbers":null,"prisonDoctorGP":null,"socialSecurityNumber":null}"#,
    );
}

fn address(json: &mut String, number: u32) {
    let house = number % 180 + 1;
    put(
        json,
        format_args!(
            r#"{{"dbid":"{}","refID":null,"guid":"{:08x}-1111-4000-8000-{number:012x}","fileStatus":null,"oldGUID":null,"houseNameFlat":"{house}","street":"Imaginary Terrace","village":"Nowhere-under-Test","town":"Sampleton","county":"Exampleshire","postCode":"ZZ99 3VZ"}}"#,
            40_000 + number,
            number.wrapping_mul(40_503)
        ),
    );
}

fn holder(json: &mut String, number: u32) {
    let dbid = 50 + number;
    put(
        json,
        format_args!(
            r#"{{"dbid":"{dbid}","refID":"{}","guid":"{dbid:08x}-2222-4000-8000-{number:012x}","fileStatus":null,"oldGUID":null,"mnemonic":"EX{number}","pcsUser":"N","activeEMISUser":"Y","title":"Dr","firstNames":"Ada","lastName":"Exemplar","category":{{"dbid":"4","refID":null,"guid":null,"fileStatus":null,"oldGUID":null,"mnemonic":"GP","description":"General Medical Practitioner","purpose":0,"purposeSpecified":false}},"nationalCode":null,"gmcCode":null,"scripts":0,"scriptsSpecified":true,"consulter":0,"consulterSpecified":true,"address":null,"telephone1":null,"email":null,"role":null,"security1":null,"security2":null,"waitingTime":"0"}}"#,
            900 + number
        ),
    );
}

fn ident(json: &mut String, dbid: u32, reference: Option<u32>) {
    json.push('{');
    match dbid {
        0 => json.push_str(r#""dbid":null"#),
        _ => put(json, format_args!(r#""dbid":"{dbid}""#)),
    }
    match reference {
        None => json.push_str(r#","refID":null"#),
        Some(reference) => put(json, format_args!(r#","refID":"{reference}""#)),
    }
    put(
        json,
        format_args!(
            r#","guid":"{dbid:08x}-3333-4000-8000-{dbid:012x}","fileStatus":null,"oldGUID":null}}"#
        ),
    );
}

/// A number from the range for tests; every number of ours has a check digit to go with it.
fn nhs_number(number: u32) -> String {
    (0..)
        .map(|step| format!("999{:06}", (number * 7 + step) % 1_000_000))
        .find_map(|nine| {
            let weighted: u32 = nine
                .chars()
                .zip((2..=10).rev())
                .filter_map(|(digit, weight)| Some(digit.to_digit(10)? * weight))
                .sum();
            match 11 - weighted % 11 {
                10 => None,
                check => Some(format!("{nine}{}", check % 11)),
            }
        })
        .unwrap_or_default()
}

fn text<const N: usize>(json: &mut String, name: &str, values: [&str; N], number: u32) {
    let value = values.get(number as usize % N).copied().unwrap_or_default();
    put(json, format_args!(r#","{name}":"{value}""#));
}

fn put(json: &mut String, text: std::fmt::Arguments<'_>) {
    // Writing to a string does not fail.
    let _ = json.write_fmt(text);
}

/// A transport that gives what is put into it, once.
#[derive(Debug, Default)]
pub(crate) struct Given(Mutex<Option<Response>>);

impl Given {
    pub(crate) fn put(&self, response: Response) {
        *self.0.lock().unwrap_or_else(PoisonError::into_inner) = Some(response);
    }
}

#[async_trait]
impl Transport for Given {
    async fn send(&self, _: &Request, _: Option<&AccessToken>) -> Result<Response, TransportError> {
        let given = self.0.lock().unwrap_or_else(PoisonError::into_inner).take();
        given.ok_or(TransportError::new(Kind::Interrupted, "nothing to give"))
    }
}

/// A client that is answered by a transport of ours.
pub(crate) fn client(transport: Arc<dyn Transport>) -> Result<Client, Failure> {
    let tokens = Arc::new(FixedToken::new("bench-bearer"));
    let builder = Client::builder(
        "http://127.0.0.1:9/partner".parse()?,
        "bench-application".parse()?,
        tokens,
    );
    // What is measured is the decoding, not the waiting for a turn.
    let limits = Limits::new(64, 1_000_000);
    Ok(builder.limits(limits).build_with_transport(transport))
}
