//! A small HTTP server on this machine.

use std::convert::Infallible;
use std::net::SocketAddr;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use bytes::Bytes;
use http::{HeaderMap, Method, Response};
use http_body_util::{BodyExt as _, Full, Limited};
use hyper::body::Incoming;
use hyper::server::conn::http1;
use hyper::service::service_fn;
use hyper_util::rt::TokioIo;
use serde_json::Value;
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::oneshot;
use tokio::task::JoinSet;
use url::Url;

use super::fault::{SenderFault, SenderLie};

/// The largest request body that is read: NHS Notify takes 5.2 MB.
const MOST_BYTES: usize = 6 << 20;

/// A request.
#[derive(Debug)]
pub(super) struct Heard {
    pub(super) method: Method,
    pub(super) path: String,
    pub(super) query: Vec<(String, String)>,
    pub(super) headers: HeaderMap,
    pub(super) body: Bytes,
}

impl Heard {
    pub(super) fn header(&self, name: &str) -> Option<&str> {
        self.headers.get(name)?.to_str().ok()
    }

    pub(super) fn query(&self, name: &str) -> Option<&str> {
        let named = |(key, _): &&(String, String)| key == name;
        self.query
            .iter()
            .find(named)
            .map(|(_, value)| value.as_str())
    }

    /// Returns the token of an `Authorization: Bearer …` header.
    pub(super) fn bearer(&self) -> Option<&str> {
        self.header("authorization")?.strip_prefix("Bearer ")
    }
}

/// An answer.
#[derive(Debug)]
pub(super) struct Said {
    pub(super) status: u16,
    pub(super) headers: Vec<(&'static str, String)>,
    pub(super) body: Bytes,
}

impl Said {
    pub(super) fn new(status: u16, content_type: &str, body: impl Into<Bytes>) -> Self {
        Self {
            status,
            headers: vec![("content-type", content_type.to_owned())],
            body: body.into(),
        }
    }

    pub(super) fn json(status: u16, body: &Value) -> Self {
        Self::new(status, "application/json", body.to_string())
    }

    pub(super) fn with_header(mut self, name: &'static str, value: impl Into<String>) -> Self {
        self.headers.push((name, value.into()));
        self
    }

    /// Replaces the content of a true answer by a lie.
    fn lie(self, lie: SenderLie) -> Self {
        let body = match lie {
            SenderLie::Empty => Bytes::new(),
            SenderLie::WebPage => {
                return Self::new(self.status, "text/html", "<html><p>Maintenance</p></html>");
            }
            SenderLie::HalfJson => self.body.slice(..self.body.len() / 2),
            // The double answers to another reference by itself.
            SenderLie::OtherReference => self.body,
            SenderLie::EmptyJson => Bytes::from_static(b"{}"),
        };
        Self { body, ..self }
    }
}

/// The end of a request.
#[derive(Debug)]
pub(super) enum End {
    Answer(Said),
    HangUp,
    Stall,
}

impl End {
    /// Returns the end of a call with a fault. `done` is the true answer, `failed` the service's own
    /// error with a status.
    pub(super) fn of(
        fault: SenderFault,
        done: Said,
        failed: impl FnOnce(SenderFault) -> Said,
    ) -> Self {
        match fault {
            SenderFault::HangUp | SenderFault::HangUpAfterCommit => Self::HangUp,
            SenderFault::Stall | SenderFault::StallAfterCommit => Self::Stall,
            SenderFault::Lie(lie) | SenderFault::LieAfterCommit(lie) => Self::Answer(done.lie(lie)),
            SenderFault::Status(_)
            | SenderFault::StatusAfterCommit(_)
            | SenderFault::RateLimit
            | SenderFault::DailyLimit
            | SenderFault::TooEarly => Self::Answer(failed(fault)),
        }
    }
}

/// The service behind the server.
pub(super) trait Respond: Send + Sync + 'static {
    fn respond(&self, heard: &Heard) -> End;
}

/// A server that stops when it is dropped.
#[derive(Debug)]
pub(super) struct Server {
    address: SocketAddr,
    _stop: oneshot::Sender<()>,
}

impl Server {
    /// Listens on a free port of this machine.
    pub(super) async fn start(service: Arc<impl Respond>) -> std::io::Result<Self> {
        let listener = TcpListener::bind(("127.0.0.1", 0)).await?;
        let address = listener.local_addr()?;
        let (stop, stopped) = oneshot::channel();
        tokio::spawn(serve(listener, service, stopped));
        Ok(Self {
            address,
            _stop: stop,
        })
    }

    /// Returns `http://127.0.0.1:port/`.
    #[allow(clippy::unwrap_used, reason = "an address with a port is a URL")]
    pub(super) fn url(&self) -> Url {
        Url::parse(&format!("http://{}/", self.address)).unwrap()
    }
}

/// Accepts connections until the sender of `stopped` is dropped, and then closes all of them.
async fn serve<S: Respond>(
    listener: TcpListener,
    service: Arc<S>,
    mut stopped: oneshot::Receiver<()>,
) {
    let mut connections = JoinSet::new();
    loop {
        tokio::select! {
            _ = &mut stopped => break,
            Some(_) = connections.join_next(), if !connections.is_empty() => {}
            accepted = listener.accept() => {
                if let Ok((stream, _)) = accepted {
                    connections.spawn(connection(stream, Arc::clone(&service)));
                }
            }
        }
    }
    connections.shutdown().await;
}

async fn connection<S: Respond>(stream: TcpStream, service: Arc<S>) {
    let answer = service_fn(move |request| handle(Arc::clone(&service), request));
    // An error is a caller that hung up, or a fault that did.
    let _ = http1::Builder::new()
        .serve_connection(TokioIo::new(stream), answer)
        .await;
}

/// A fault closed the connection.
#[derive(Debug, thiserror::Error)]
#[error("a fault closed the connection")]
struct HungUp;

async fn handle<S: Respond>(
    service: Arc<S>,
    request: http::Request<Incoming>,
) -> Result<Response<Full<Bytes>>, HungUp> {
    let (head, body) = request.into_parts();
    let body = Limited::new(body, MOST_BYTES).collect().await;
    let query = head.uri.query().unwrap_or_default();
    let heard = Heard {
        method: head.method,
        path: head.uri.path().to_owned(),
        query: url::form_urlencoded::parse(query.as_bytes())
            .into_owned()
            .collect(),
        headers: head.headers,
        body: body.map_err(|_| HungUp)?.to_bytes(),
    };
    match service.respond(&heard) {
        End::Answer(said) => response(said).ok_or(HungUp),
        End::HangUp => Err(HungUp),
        End::Stall => Ok(std::future::pending::<Result<_, Infallible>>()
            .await
            .unwrap_or_default()),
    }
}

fn response(said: Said) -> Option<Response<Full<Bytes>>> {
    let mut response = Response::builder().status(said.status);
    for (name, value) in said.headers {
        response = response.header(name, value);
    }
    response.body(Full::new(said.body)).ok()
}

/// Locks a double's state. It is changed in single steps, so that a panic elsewhere leaves it whole.
pub(super) fn lock<T>(state: &Mutex<T>) -> MutexGuard<'_, T> {
    state.lock().unwrap_or_else(PoisonError::into_inner)
}
