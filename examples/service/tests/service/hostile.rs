//! Hostile names from EMIS, on every page. The service is started from a configuration file, against a
//! proxy that puts a script in place of the names that EMIS has.

use std::error::Error;
use std::fs;
use std::path::PathBuf;
use std::sync::Arc;

use axum::Router;
use axum::body::Bytes;
use axum::extract::{Request, State};
use axum::response::{IntoResponse, Response};
use emis_partner::booking::{InvitationBatch, InviteOutcome, LinkAllowance};
use emis_partner::credentials::SealingIdentity;
use emis_partner::jiff::civil::date;
use emis_partner::secrecy::ExposeSecret;
use emis_partner::settings::BookingSettings;
use emis_partner::types::{ManualClock, PatientNumber};
use emis_partner::uuid::Uuid;
use emis_service::{ConfigFile, Service, hash_password};
use emis_sim::Sim;
use http::StatusCode;

use crate::access::PAGES;
use crate::browser::{Browser, TestResult};

const HOSTILE: &str = "<script>alert(1)</script>";
const ESCAPED: &str = "&lt;script&gt;alert(1)&lt;/script&gt;";

/// The names that EMIS has.
struct Proxy {
    upstream: String,
    names: Vec<String>,
    client: reqwest::Client,
}

async fn forward(State(proxy): State<Arc<Proxy>>, request: Request) -> Response {
    match pass(&proxy, request).await {
        Ok(response) => response,
        Err(_) => StatusCode::BAD_GATEWAY.into_response(),
    }
}

async fn pass(proxy: &Proxy, request: Request) -> Result<Response, Box<dyn Error + Send + Sync>> {
    let (head, body) = request.into_parts();
    let body = axum::body::to_bytes(body, 1_000_000).await?;
    let url = format!("{}{}", proxy.upstream, head.uri);
    let mut headers = head.headers;
    headers.remove("host");
    let sent = proxy
        .client
        .request(head.method, url)
        .headers(headers)
        .body(body);
    let answer = sent.send().await?;
    let (status, mut headers) = (answer.status(), answer.headers().clone());
    let kind = headers
        .get("content-type")
        .and_then(|it| it.to_str().ok())
        .unwrap_or_default();
    let name = if kind.contains("xml") {
        ESCAPED
    } else {
        HOSTILE
    };
    let mut text = answer.text().await?;
    for known in &proxy.names {
        text = text.replace(known.as_str(), name);
    }
    headers.remove("content-length");
    headers.remove("transfer-encoding");
    Ok((status, headers, Bytes::from(text)).into_response())
}

async fn proxy(sim: &Sim) -> TestResult<String> {
    let emis = sim.practice();
    let mut names: Vec<String> = emis.slot_types().into_iter().map(|it| it.display).collect();
    names.extend(emis.sites().into_iter().map(|it| it.name));
    let surnames = emis.staff().into_iter();
    names.extend(surnames.filter_map(|it| Some(it.name.rsplit_once(' ')?.1.to_owned())));
    // The longest first: one name may be part of another.
    names.sort_by_key(|name| std::cmp::Reverse(name.len()));
    let upstream = sim.api_url().trim_end_matches("/partner").to_owned();
    let client = reqwest::Client::new();
    let proxy = Arc::new(Proxy {
        upstream,
        names,
        client,
    });
    let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await?;
    let address = listener.local_addr()?;
    let router = Router::new().fallback(forward).with_state(proxy);
    tokio::spawn(axum::serve(listener, router).into_future());
    Ok(format!("http://{address}/partner"))
}

/// A folder that is removed at the end.
struct Folder(PathBuf);

impl Folder {
    fn new() -> TestResult<Self> {
        let path = std::env::temp_dir().join(format!("emis-service-{}", Uuid::new_v4()));
        fs::create_dir(&path)?;
        Ok(Self(path))
    }

    fn write(&self, name: &str, text: &str) -> TestResult<String> {
        let path = self.0.join(name);
        fs::write(&path, text)?;
        #[cfg(unix)]
        {
            use std::os::unix::fs::PermissionsExt;
            fs::set_permissions(&path, fs::Permissions::from_mode(0o600))?;
        }
        Ok(path.display().to_string())
    }
}

impl Drop for Folder {
    fn drop(&mut self) {
        let _ = fs::remove_dir_all(&self.0);
    }
}

/// Writes a configuration for this EMIS, and returns its file.
fn configuration(folder: &Folder, sim: &Sim, api_url: &str) -> TestResult<PathBuf> {
    let hash = hash_password(&"invented-password".into()).map_err(|error| error.to_string())?;
    let identity = SealingIdentity::generate().expose_secret();
    let keys = folder.write("sealing.keys", identity.expose_secret())?;
    let secret = folder.write("client.secret", sim.client_secret())?;
    let key = "team-8b3c54a2-6f3d-4d0c-9a56-1f0e8f0d64c2-9b3c54a2-6f3d-4d0c-9a56-1f0e8f0d64c3";
    let notify = folder.write("notify.key", key)?;
    let store = folder.0.join("practices.db").display().to_string();
    let (identity, application) = (sim.identity_url(), sim.application_id());
    let (client, ods) = (sim.client_id(), sim.practice().ods().to_owned());
    let text = format!(
        r#"
        listen = "127.0.0.1:0"
        store = "{store}"
        sealing_keys = "{keys}"
        [product]
        name = "Patchs"
        username = "patchs"
        [emis]
        api_url = "{api_url}"
        identity_url = "{identity}"
        application_id = "{application}"
        client_id = "{client}"
        client_secret_file = "{secret}"
        [govuk_notify]
        api_key_file = "{notify}"
        sms_template = "6f3b52d0-7c1e-4d0a-9a56-1f0e8f0d64c2"
        [[staff]]
        name = "smith"
        role = "practice"
        practice = "{ods}"
        password_hash = "{hash}"
        [[staff]]
        name = "helper"
        role = "desk"
        password_hash = "{hash}"
        "#
    );
    Ok(folder.write("service.toml", &text)?.into())
}

async fn sign_in(service: &Service, name: &str) -> TestResult<Browser> {
    let mut browser = Browser::of(service)?;
    let page = browser.get("/sign-in").await?;
    let typed = [("name", name), ("password", "invented-password")];
    let page = browser.submit(&page, "/sign-in", &typed).await?;
    assert_eq!(page.status, StatusCode::OK, "{}", page.path);
    Ok(browser)
}

#[tokio::test]
async fn hostile_names_from_emis_are_text_on_every_page() -> TestResult {
    let clock = ManualClock::at_uk(date(2026, 6, 2).at(10, 0, 0, 0));
    let sim = Sim::builder()
        .clock(Arc::new(clock.clone()))
        .start()
        .await?;
    let (folder, emis) = (Folder::new()?, sim.practice());
    let file = configuration(&folder, &sim, &proxy(&sim).await?)?;
    let mut config = ConfigFile::load(&file).map_err(|error| error.to_string())?;
    config.clock = Arc::new(clock);
    config.worker_pause = None;
    let service = Service::start(config)
        .await
        .map_err(|error| error.to_string())?;

    let practice = service.partner().practice(emis.ods().parse()?);
    let (settings, password) = (practice.settings(), emis.password());
    settings
        .update_connection(emis.cdb(), emis.username(), password.into())
        .await?;
    let mut booking = BookingSettings::default();
    let types = emis
        .slot_types()
        .into_iter()
        .find(|it| it.display == "GP Routine");
    booking
        .slot_types
        .insert(types.ok_or("no GP Routine")?.id.to_string().parse()?);
    let holder = emis
        .staff()
        .into_iter()
        .find(|it| it.holds_sessions)
        .ok_or("no staff")?;
    booking.booked_by = Some(holder.guid.to_string().parse()?);
    booking.enabled = true;
    booking.max_future_per_patient = 10;
    settings.set_booking(booking).await?;
    settings.set_name(Some(HOSTILE)).await?;

    let mut manager = sign_in(&service, "smith").await?;
    let mut desk = sign_in(&service, "helper").await?;
    let root = format!("/practices/{}", emis.ods());
    let mut shown = Vec::new();
    for page in PAGES.iter().filter(|page| **page != "/messages") {
        shown.push(manager.get(&format!("{root}{page}")).await?);
    }
    let page = manager.get(&format!("{root}/diagnosis")).await?;
    shown.push(
        manager
            .submit(&page, &format!("{root}/diagnosis"), &[])
            .await?,
    );
    let page = desk.get("/desk").await?;
    shown.push(desk.submit(&page, "/desk/check", &[]).await?);
    shown.push(desk.get(&format!("/desk/practices/{}", emis.ods())).await?);

    let patient = emis.patient_who_can_book().ok_or("no patient")?;
    let number = PatientNumber::new(patient.patient_number.into())?;
    let batch = InvitationBatch::new([number], LinkAllowance::any());
    let InviteOutcome::Invited(links) = practice.booking().invite(&batch).await? else {
        return Err("no patient is invited".into());
    };
    let path = format!("/a/{}", links.first().ok_or("no link")?.token.expose());
    let mut browser = Browser::of(&service)?;
    let page = browser.get(&path).await?;
    let born = patient.dob.strftime("%-d %-m %Y").to_string();
    let parts: Vec<_> = ["day", "month", "year"]
        .into_iter()
        .zip(born.split(' '))
        .collect();
    let slots = browser.submit(&page, &path, &parts).await?;
    slots.expect("Choose an appointment")?;
    let first = slots.choices("slot").into_iter().next().ok_or("no slot")?;
    let confirm = browser
        .submit(&slots, "/appointment/confirm", &[("slot", &first)])
        .await?;
    let booked = browser.submit(&confirm, "/appointment/book", &[]).await?;
    booked.expect("Your appointment is booked for")?;
    shown.extend([page, slots, confirm, booked]);

    let hostile = shown.iter().filter(|page| page.has(ESCAPED)).count();
    assert!(hostile >= 6, "the names are shown on {hostile} pages");
    for page in &shown {
        assert_eq!(page.status, StatusCode::OK, "{}", page.path);
        assert!(!page.has("<script"), "{}", page.path);
    }
    service.stop().await;
    Ok(())
}

#[tokio::test]
async fn a_configuration_that_is_wrong_is_refused_without_its_secrets() -> TestResult {
    let sim = Sim::start().await?;
    let folder = Folder::new()?;
    let file = configuration(&folder, &sim, sim.api_url())?;
    let good = fs::read_to_string(&file)?;
    for (from, to, says) in [
        ("role = \"desk\"", "role = \"cleaner\"", "unknown variant"),
        (
            "role = \"desk\"",
            "role = \"practice\"",
            "needs the ODS code",
        ),
        ("sealing.keys", "no.keys", "no.keys"),
        (
            "username = \"patchs\"",
            "user = \"patchs\"",
            "unknown field",
        ),
        ("$argon2id", "$plain", "not an Argon2 hash"),
    ] {
        let text = good.replace(from, to);
        assert_ne!(text, good, "{from}");
        fs::write(&file, text)?;
        let error = ConfigFile::load(&file).err().ok_or(to)?.to_string();
        assert!(error.contains(says), "{error}");
        assert!(!error.contains("invented-password") && !error.contains(sim.client_secret()));
    }
    Ok(())
}
