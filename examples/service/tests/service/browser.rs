//! A browser without scripts: keeps the cookie, follows redirects and fills in forms.

use std::error::Error;
use std::sync::Arc;

use emis_partner::jiff::civil::date;
use emis_partner::types::ManualClock;
use emis_service::{Role, Service, ServiceConfig};
use http::{HeaderMap, Method, StatusCode, header};

pub(crate) type TestResult<T = ()> = Result<T, Box<dyn Error>>;

/// Starts a service for simulated practices on Tuesday 2 June 2026 at 10:00.
pub(crate) async fn start() -> TestResult<(Service, ManualClock)> {
    start_with(|_| {}).await
}

pub(crate) async fn start_with(
    change: impl FnOnce(&mut ServiceConfig),
) -> TestResult<(Service, ManualClock)> {
    let clock = ManualClock::at_uk(date(2026, 6, 2).at(10, 0, 0, 0));
    let mut config = ServiceConfig::simulated();
    config.clock = Arc::new(clock.clone());
    change(&mut config);
    let service = Service::start(config)
        .await
        .map_err(|error| error.to_string())?;
    Ok((service, clock))
}

/// A page as it was received.
#[derive(Debug)]
pub(crate) struct Received {
    pub(crate) status: StatusCode,
    pub(crate) path: String,
    pub(crate) headers: HeaderMap,
    pub(crate) body: String,
}

impl Received {
    pub(crate) fn has(&self, text: &str) -> bool {
        self.body.contains(text)
    }

    /// Fails with the page's text, so that a failure can be read.
    pub(crate) fn expect(&self, text: &str) -> TestResult {
        if self.has(text) {
            return Ok(());
        }
        let main = self.body.split("<main").nth(1).unwrap_or(&self.body);
        let main: String = main.chars().take(1_500).collect();
        Err(format!("{} {}: no '{text}' in {main}", self.status, self.path).into())
    }

    /// Returns the actions of all forms that are posted.
    pub(crate) fn actions(&self) -> Vec<&str> {
        let forms = self.body.split("<form").skip(1);
        let posted = forms.filter(|form| form.contains("method=\"post\""));
        posted
            .filter_map(|form| between(form, "action=\"", "\""))
            .collect()
    }

    /// Returns the fields of a form as a browser would send them untouched.
    pub(crate) fn fields(&self, action: &str) -> TestResult<Vec<(String, String)>> {
        let forms = self.body.split("<form").skip(1);
        let wanted = format!("action=\"{action}\"");
        let form = forms.map(|form| form.split("</form>").next().unwrap_or_default());
        let form = form.into_iter().find(|form| form.contains(&wanted));
        let form = form.ok_or_else(|| format!("{}: no form {action}", self.path))?;
        let mut fields = Vec::new();
        for input in form.split("<input").skip(1) {
            let input = input.split('>').next().unwrap_or_default();
            let chosen = input.contains(" checked");
            let choice = input.contains("type=\"checkbox\"") || input.contains("type=\"radio\"");
            let (name, value) = (
                between(input, "name=\"", "\""),
                between(input, "value=\"", "\""),
            );
            if let Some(name) = name.filter(|_| chosen || !choice) {
                fields.push((name.to_owned(), unescape(value.unwrap_or_default())));
            }
        }
        for area in form.split("<textarea").skip(1) {
            let (name, text) = (
                between(area, "name=\"", "\""),
                between(area, ">", "</textarea>"),
            );
            fields.push((
                name.unwrap_or_default().to_owned(),
                unescape(text.unwrap_or_default()),
            ));
        }
        Ok(fields)
    }

    /// Returns the values of a radio button or of tick boxes.
    pub(crate) fn choices(&self, name: &str) -> Vec<String> {
        let wanted = format!("name=\"{name}\"");
        let inputs = self.body.split("<input").skip(1);
        let inputs = inputs.map(|it| it.split('>').next().unwrap_or_default());
        let mine = inputs.filter(|it| it.contains(&wanted));
        mine.filter_map(|it| between(it, "value=\"", "\"").map(unescape))
            .collect()
    }
}

fn between<'a>(text: &'a str, start: &str, end: &str) -> Option<&'a str> {
    text.split_once(start)?.1.split(end).next()
}

fn unescape(text: &str) -> String {
    let text = text
        .replace("&lt;", "<")
        .replace("&gt;", ">")
        .replace("&quot;", "\"");
    text.replace("&amp;", "&")
}

/// A browser.
#[derive(Debug)]
pub(crate) struct Browser {
    client: reqwest::Client,
    root: String,
    pub(crate) cookie: Option<String>,
}

impl Browser {
    pub(crate) fn of(service: &Service) -> TestResult<Self> {
        let client = reqwest::Client::builder().redirect(reqwest::redirect::Policy::none());
        Ok(Self {
            client: client.build()?,
            root: format!("http://{}", service.local_address()),
            cookie: None,
        })
    }

    /// Returns the browser of staff who have signed in.
    pub(crate) async fn signed_in(service: &Service, name: &str) -> TestResult<Self> {
        let mut browser = Self::of(service)?;
        let mut sign_ins = service.sign_ins().iter();
        let staff = sign_ins
            .find(|it| it.name == name)
            .ok_or("no such sign-in")?;
        let page = browser.get("/sign-in").await?;
        let typed = [("name", name), ("password", staff.password.as_str())];
        let page = browser.submit(&page, "/sign-in", &typed).await?;
        assert_eq!(page.status, StatusCode::OK, "{}", page.path);
        Ok(browser)
    }

    /// Returns the browser of the first practice's manager, and its ODS code.
    pub(crate) async fn manager(service: &Service) -> TestResult<(Self, String)> {
        let mut sign_ins = service.sign_ins().iter();
        let staff = sign_ins
            .find(|it| it.role == Role::Practice)
            .ok_or("no sign-in")?;
        let ods = staff.practice.as_ref().ok_or("no practice")?.to_string();
        Ok((Self::signed_in(service, &staff.name).await?, ods))
    }

    pub(crate) async fn get(&mut self, path: &str) -> TestResult<Received> {
        let mut received = self.request(Method::GET, path, &[], "").await?;
        for _ in 0..5 {
            let Some(to) = received.headers.get(header::LOCATION) else {
                break;
            };
            let to = to.to_str()?.to_owned();
            assert!(
                to.starts_with('/') && !to.starts_with("//"),
                "leads elsewhere: {to}"
            );
            received = self.request(Method::GET, &to, &[], "").await?;
        }
        Ok(received)
    }

    /// Sends a form of a page, with some fields typed over, and follows the redirect.
    pub(crate) async fn submit(
        &mut self,
        page: &Received,
        action: &str,
        typed: &[(&str, &str)],
    ) -> TestResult<Received> {
        let mut fields = page.fields(action)?;
        fields.retain(|(name, _)| !typed.iter().any(|(over, _)| over == name));
        fields.extend(
            typed
                .iter()
                .map(|(name, value)| (name.to_string(), value.to_string())),
        );
        self.post(action, &fields).await
    }

    pub(crate) async fn post(
        &mut self,
        path: &str,
        fields: &[(String, String)],
    ) -> TestResult<Received> {
        let body = encode(fields);
        let form = [("content-type", "application/x-www-form-urlencoded")];
        let received = self.request(Method::POST, path, &form, &body).await?;
        match received.headers.get(header::LOCATION) {
            Some(to) => {
                let to = to.to_str()?.to_owned();
                assert!(
                    to.starts_with('/') && !to.starts_with("//"),
                    "leads elsewhere: {to}"
                );
                self.get(&to).await
            }
            None => Ok(received),
        }
    }

    /// Sends one request and follows nothing.
    pub(crate) async fn request(
        &mut self,
        method: Method,
        path: &str,
        headers: &[(&str, &str)],
        body: &str,
    ) -> TestResult<Received> {
        let mut request = self.client.request(method, format!("{}{path}", self.root));
        if let Some(cookie) = &self.cookie {
            request = request.header(header::COOKIE, cookie);
        }
        for (name, value) in headers {
            request = request.header(*name, *value);
        }
        let response = request.body(body.to_owned()).send().await?;
        let (status, headers) = (response.status(), response.headers().clone());
        if let Some(set) = headers.get(header::SET_COOKIE) {
            let pair = set.to_str()?.split(';').next().unwrap_or_default();
            self.cookie = Some(pair.to_owned());
        }
        let body = response.text().await?;
        Ok(Received {
            status,
            path: path.to_owned(),
            headers,
            body,
        })
    }
}

pub(crate) fn encode(fields: &[(String, String)]) -> String {
    let mut form = emis_partner::url::form_urlencoded::Serializer::new(String::new());
    form.extend_pairs(fields);
    form.finish()
}
