//! Hostile input is answered, and the next caller is served.

use proptest::prelude::*;
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::TcpStream;

use crate::common::{Caller, http, send, small};

fn authority(url: &str) -> &str {
    let rest = url.trim_start_matches("http://");
    rest.split('/').next().expect("authority")
}

/// The answer to raw bytes, until the simulator closes the connection.
async fn raw(url: &str, bytes: &[u8]) -> Vec<u8> {
    let mut stream = TcpStream::connect(authority(url)).await.expect("connected");
    // The server may close the connection before it has read everything.
    let _ = stream.write_all(bytes).await;
    let _ = stream.shutdown().await;
    let mut answer = Vec::new();
    let _ = stream.read_to_end(&mut answer).await;
    answer
}

#[tokio::test]
async fn unknown_paths_and_wrong_methods_are_refused() {
    let sim = small().start().await.expect("started");
    let caller = Caller::first(&sim).await;
    for path in [
        "/api/v1/appointments/bookappointment",
        "/api/v2/x",
        "/swagger",
        "/../..",
        "/api/v1/%00",
    ] {
        let (status, outcome) = caller.get(path, &[]).await.refusal();
        assert_eq!((status, outcome), (404, -1), "{path}");
    }
    let path = "/api/v1/appointments/AddSlotComment";
    assert_eq!(caller.get(path, &[]).await.refusal().0, 405);
    for method in ["POST", "PUT", "DELETE", "TRACE", "BREW"] {
        let method = method.parse().expect("a method");
        let answer = send(caller.request(method, path, &[])).await;
        assert_eq!(answer.refusal().0, 405);
    }
    let options = send(caller.request(reqwest::Method::OPTIONS, path, &[])).await;
    assert_eq!((options.status, options.text.as_str()), (204, ""));
    let elsewhere = send(http().get(format!("{}/nowhere", sim.identity_url()))).await;
    assert_eq!(elsewhere.status, 404);
    assert!(elsewhere.json()["error"].is_string());
}

#[tokio::test]
async fn health_needs_no_token() {
    let sim = small().start().await.expect("started");
    for path in ["", "/"] {
        let answer = send(http().get(format!("{}{path}", sim.api_url()))).await;
        assert_eq!(answer.status, 200, "{path:?}");
    }
}

#[tokio::test]
async fn answers_are_xml_or_json_as_accepted() {
    let sim = small().start().await.expect("started");
    let caller = Caller::first(&sim).await;
    let path = "/api/v1/organisation/GetOrganisationV2";
    let (xml, json) = ("application/xml", "application/json");
    for (accept, status, content_type) in [
        (xml, 200, xml),
        (json, 200, json),
        ("text/json", 200, json),
        ("text/html, application/xml;q=0.9", 200, xml),
        ("application/xml;q=0.1, application/json", 200, json),
        ("*/*", 200, xml),
        ("text/html", 415, xml),
        ("application/json;q=0", 415, xml),
    ] {
        let get = reqwest::Method::GET;
        let answer = send(caller.request_in(accept, get, path, &[])).await;
        assert_eq!(answer.status, status, "{accept}");
        let given = answer.content_type.as_deref().expect("a content type");
        assert_eq!(given, format!("{content_type}; charset=utf-8"), "{accept}");
        let root = if status == 200 {
            "<OrganisationInformationV2 "
        } else {
            "<ErrorResponse>"
        };
        if content_type == xml {
            assert!(answer.text.contains(root), "{accept}");
        } else {
            assert!(answer.json().is_object(), "{accept}");
        }
    }
    // Refusals are in the accepted encoding, as all answers.
    for (accept, begins) in [(xml, "<?xml"), (json, "{")] {
        let nowhere = caller.request_in(accept, reqwest::Method::GET, "/nowhere", &[]);
        let answer = send(nowhere).await;
        assert_eq!(answer.status, 404);
        assert!(answer.text.starts_with(begins), "{}", answer.text);
    }
}

#[tokio::test]
async fn a_body_is_read_up_to_a_mebibyte() {
    let sim = small().start().await.expect("started");
    let caller = Caller::first(&sim).await;
    let path = "/api/v1/appointments/AddSlotComment";
    let with = async |bytes: usize| {
        let request = caller.request(reqwest::Method::PATCH, path, &[]);
        send(request.body(vec![b'x'; bytes])).await.refusal().0
    };
    assert_eq!(
        with(1 << 20).await,
        400,
        "read, and the parameters are missing"
    );
    assert_eq!(with((1 << 20) + 1).await, 413);
}

#[tokio::test]
async fn malformed_authorisation_is_not_valid() {
    let sim = small().start().await.expect("started");
    let url = format!("{}/api/v1/organisation/GetOrganisationV2", sim.api_url());
    for value in [
        "",
        "Bearer",
        "Bearer ",
        "Basic Og==",
        "bearer a.b.c",
        "Bearer ....",
        "\u{e9}",
    ] {
        let request = http().get(&url).header("authorization", value.as_bytes());
        let request = request.header("accept", "application/json");
        assert_eq!(send(request).await.refusal().0, 401, "{value:?}");
    }
    for value in [
        "",
        "Basic",
        "Basic !!!",
        "Basic Og==",
        "Basic 4pyT",
        "Bearer x",
    ] {
        let request = http()
            .post(format!("{}/oauth2/token", sim.identity_url()))
            .header("authorization", value)
            .body("grant_type=client_credentials");
        assert_eq!(send(request).await.status, 401, "{value:?}");
    }
}

#[test]
fn any_bytes_leave_the_server_running() {
    let runtime = tokio::runtime::Runtime::new().expect("a runtime");
    let sim = runtime
        .block_on(small().patients(20).start())
        .expect("started");
    let caller = runtime.block_on(Caller::first(&sim));
    let target =
        "(/partner|/identity)(/api/v1/(appointments|patient|x)/[A-Za-z]{0,12})?[!-~]{0,20}";
    let line = (
        r"[A-Z]{1,6}",
        target,
        prop::collection::vec(any::<u8>(), 0..200),
    );
    proptest!(ProptestConfig::with_cases(64), |((method, target, rest) in line)| {
        runtime.block_on(async {
            let mut bytes = format!("{method} {target} HTTP/1.1\r\nhost: x\r\n").into_bytes();
            bytes.extend(rest);
            bytes.extend_from_slice(b"\r\n\r\n");
            raw(sim.api_url(), &bytes).await;
            prop_assert_eq!(caller.booked(0, 0).await.status, 200);
            Ok(())
        })?;
    });
}

#[test]
fn any_parameters_get_the_documented_error_body_or_an_answer() {
    let runtime = tokio::runtime::Runtime::new().expect("a runtime");
    let sim = runtime
        .block_on(small().patients(20).start())
        .expect("started");
    let caller = runtime.block_on(Caller::first(&sim));
    let paths = [
        "/api/v1/user/GetUserById",
        "/api/v1/appointments/GetAppointmentSessions",
        "/api/v1/appointments/GetBookedPatientsV2",
        "/api/v1/appointments/BookAppointment",
        "/api/v1/patientMatching/GetMatchedPatients",
    ];
    let names = [
        "userInRoleId",
        "startDate",
        "endDate",
        "slotType",
        "minutesBefore",
        "minutesWithin",
        "slotId",
        "patientNumber",
        "reason",
        "bookedBy",
        "matchedTerms",
    ];
    let value = prop_oneof![
        any::<String>(),
        any::<i64>().prop_map(|n| n.to_string()),
        r"[0-9/]{1,10}"
    ];
    let query = prop::collection::vec((prop::sample::select(names.to_vec()), value), 0..6);
    proptest!(ProptestConfig::with_cases(96), |(path in prop::sample::select(paths.to_vec()), query in query)| {
        let query: Vec<_> = query.iter().map(|(name, value)| (*name, value.as_str())).collect();
        let answer = runtime.block_on(caller.get(path, &query));
        if answer.status == 200 {
            prop_assert!(answer.json().is_object());
        } else {
            prop_assert!([400, 404, 409].contains(&answer.refusal().0));
        }
    });
}
