//! A backend over TLS whose certificate nobody but itself has signed.

use std::net::TcpListener;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::thread;

use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio_rustls::TlsAcceptor;
use tokio_rustls::rustls::ServerConfig;
use tokio_rustls::rustls::pki_types::PrivatePkcs8KeyDer;

/// A running backend; it stays for as long as the process.
pub struct SelfSigned {
    pub url: String,
    /// The certificate, for those who want to trust it.
    #[allow(dead_code, reason = "not every test binary does")]
    pub certificate: String,
    requests: Arc<AtomicUsize>,
}

impl SelfSigned {
    pub fn start() -> Self {
        let certified = rcgen::generate_simple_self_signed(["127.0.0.1".to_owned()]).unwrap();
        let key = PrivatePkcs8KeyDer::from(certified.signing_key.serialize_der());
        let config = ServerConfig::builder()
            .with_no_client_auth()
            .with_single_cert(vec![certified.cert.der().clone()], key.into())
            .unwrap();
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let url = format!("https://{}", listener.local_addr().unwrap());
        let requests = Arc::<AtomicUsize>::default();
        let counted = Arc::clone(&requests);
        thread::spawn(move || serve(listener, TlsAcceptor::from(Arc::new(config)), &counted));
        Self {
            url,
            certificate: certified.cert.pem(),
            requests,
        }
    }

    /// How many requests have come so far.
    pub fn requests(&self) -> usize {
        self.requests.load(Ordering::Relaxed)
    }
}

fn serve(listener: TcpListener, acceptor: TlsAcceptor, requests: &AtomicUsize) {
    let runtime = tokio::runtime::Builder::new_current_thread()
        .enable_all()
        .build()
        .unwrap();
    runtime.block_on(async move {
        listener.set_nonblocking(true).unwrap();
        let listener = tokio::net::TcpListener::from_std(listener).unwrap();
        loop {
            let (stream, _) = listener.accept().await.unwrap();
            // Who does not trust the certificate leaves.
            let Ok(mut stream) = acceptor.accept(stream).await else {
                continue;
            };
            let mut part = [0; 65_536];
            if stream.read(&mut part).await.is_ok_and(|count| count > 0) {
                requests.fetch_add(1, Ordering::Relaxed);
                let answer = b"HTTP/1.1 200 OK\r\ncontent-length: 0\r\nconnection: close\r\n\r\n";
                let _ = stream.write_all(answer).await;
                let _ = stream.shutdown().await;
            }
        }
    });
}
