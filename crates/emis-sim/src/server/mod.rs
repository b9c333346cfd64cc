//! HTTP: connections come in, answers (or silences) go out.

mod answer;
mod body;
mod control;
mod encoding;
mod exchange;
pub(crate) mod guard;
mod query;
mod trouble;

use std::sync::Arc;

use hyper::server::conn::http1;
use hyper::service::service_fn;
use hyper_util::rt::TokioIo;
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::oneshot;
use tokio::task::JoinSet;

pub(crate) use answer::Answer;
pub(crate) use encoding::Encoding;
pub(crate) use exchange::Request;
pub(crate) use query::{BadParameter, Query};

use crate::world::World;

/// Takes connections until told to stop, or until this future is dropped; either way every
/// connection ends with it.
pub(crate) async fn serve(
    listener: TcpListener,
    world: Arc<World>,
    mut stop: oneshot::Receiver<()>,
) {
    let mut connections = JoinSet::new();
    loop {
        tokio::select! {
            // A sender that is gone means that nobody holds the simulator any more.
            _ = &mut stop => break,
            Some(_) = connections.join_next(), if !connections.is_empty() => {}
            accepted = listener.accept() => {
                // A connection that is gone before it was taken concerns nobody.
                if let Ok((stream, _)) = accepted
                    && !world.faults.hangs_up()
                {
                    connections.spawn(converse(stream, Arc::clone(&world)));
                }
            }
        }
    }
    connections.shutdown().await;
}

async fn converse(stream: TcpStream, world: Arc<World>) {
    let service = service_fn(move |request| exchange::exchange(Arc::clone(&world), request));
    // An error here is a caller that hung up, or a connection that was dropped on purpose.
    let _ = http1::Builder::new()
        .serve_connection(TokioIo::new(stream), service)
        .await;
}
