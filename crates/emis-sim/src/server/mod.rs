//! The HTTP server.

mod body;
mod control;
mod ending;
mod handler;

use std::sync::Arc;

use hyper::server::conn::http1;
use hyper::service::service_fn;
use hyper_util::rt::TokioIo;
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::oneshot;
use tokio::task::JoinSet;

use crate::world::World;

/// Accepts connections until it is stopped or this future is dropped, and then closes all of them.
pub(crate) async fn serve(
    listener: TcpListener,
    world: Arc<World>,
    mut stop: oneshot::Receiver<()>,
) {
    let mut connections = JoinSet::new();
    loop {
        tokio::select! {
            // A dropped sender means that the simulator was dropped.
            _ = &mut stop => break,
            Some(_) = connections.join_next(), if !connections.is_empty() => {}
            accepted = listener.accept() => {
                // A connection that closed before it was accepted is ignored.
                if let Ok((stream, _)) = accepted
                    && !world.faults.hangs_up()
                {
                    connections.spawn(serve_connection(stream, Arc::clone(&world)));
                }
            }
        }
    }
    connections.shutdown().await;
}

async fn serve_connection(stream: TcpStream, world: Arc<World>) {
    let service = service_fn(move |request| handler::handle(Arc::clone(&world), request));
    // An error is a caller that hung up, or a connection that a fault dropped.
    let _ = http1::Builder::new()
        .serve_connection(TokioIo::new(stream), service)
        .await;
}
