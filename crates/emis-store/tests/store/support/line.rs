//! A line to a server on this machine, to know when a process that was killed can't reach it any more.

use std::net::SocketAddr;
use std::sync::Arc;

use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _, copy_bidirectional};
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::watch;

/// Passes connections on to a server.
#[derive(Debug)]
pub(crate) struct Line {
    address: SocketAddr,
    /// The number of connections that are open.
    open: watch::Receiver<usize>,
}

impl Line {
    pub(crate) async fn to(server: SocketAddr) -> Self {
        let listener = TcpListener::bind(("127.0.0.1", 0)).await.unwrap();
        let address = listener.local_addr().unwrap();
        let (count, open) = watch::channel(0);
        let count = Arc::new(count);
        tokio::spawn(async move {
            while let Ok((mut from, _)) = listener.accept().await {
                let count = Arc::clone(&count);
                count.send_modify(|open| *open += 1);
                tokio::spawn(async move {
                    if let Ok(mut to) = TcpStream::connect(server).await {
                        let _ = copy_bidirectional(&mut from, &mut to).await;
                    }
                    count.send_modify(|open| *open -= 1);
                });
            }
        });
        Self { address, open }
    }

    pub(crate) fn url(&self) -> String {
        format!("http://{}/", self.address)
    }

    /// Waits until every connection is closed at both ends.
    pub(crate) async fn hung_up(&mut self) {
        // The connections that the dead process made are accepted before this one.
        let mut last = TcpStream::connect(self.address).await.unwrap();
        last.shutdown().await.unwrap();
        last.read_to_end(&mut Vec::new()).await.unwrap();
        self.open.wait_for(|open| *open == 0).await.unwrap();
    }
}
