//! A backend over TLS whose certificate no client should accept.

use std::net::TcpListener;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::thread;

use rcgen::{BasicConstraints, CertificateParams, CertifiedIssuer, IsCa, KeyPair, date_time_ymd};
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio_rustls::TlsAcceptor;
use tokio_rustls::rustls::ServerConfig;
use tokio_rustls::rustls::pki_types::PrivatePkcs8KeyDer;

/// What is wrong with a certificate.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Fault {
    SelfSigned,
    /// It is for `langfuse.example`.
    OtherName,
    Expired,
}

/// A running backend. It lives as long as the process.
pub struct TlsServer {
    pub url: String,
    /// The certificate that a client would have to trust.
    #[allow(dead_code, reason = "one of the test binaries trusts nobody")]
    pub authority: String,
    requests: Arc<AtomicUsize>,
}

impl TlsServer {
    pub fn start(fault: Fault) -> Self {
        Self::answering(fault, "")
    }

    /// A backend that gives every request this answer.
    pub fn answering(fault: Fault, body: &'static str) -> Self {
        let mut authority = CertificateParams::default();
        authority.is_ca = IsCa::Ca(BasicConstraints::Unconstrained);
        let authority =
            CertifiedIssuer::self_signed(authority, KeyPair::generate().unwrap()).unwrap();
        let name = match fault {
            Fault::OtherName => "langfuse.example",
            _ => "127.0.0.1",
        };
        let mut params = CertificateParams::new([name.to_owned()]).unwrap();
        if fault == Fault::Expired {
            params.not_before = date_time_ymd(2020, 1, 1);
            params.not_after = date_time_ymd(2021, 1, 1);
        }
        let key = KeyPair::generate().unwrap();
        let (certificate, authority) = match fault {
            Fault::SelfSigned => {
                let certificate = params.self_signed(&key).unwrap();
                let authority = certificate.pem();
                (certificate, authority)
            }
            _ => (params.signed_by(&key, &authority).unwrap(), authority.pem()),
        };
        let private = PrivatePkcs8KeyDer::from(key.serialize_der());
        let config = ServerConfig::builder()
            .with_no_client_auth()
            .with_single_cert(vec![certificate.der().clone()], private.into())
            .unwrap();
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let url = format!("https://{}", listener.local_addr().unwrap());
        let requests = Arc::<AtomicUsize>::default();
        let counted = Arc::clone(&requests);
        let acceptor = TlsAcceptor::from(Arc::new(config));
        thread::spawn(move || serve(listener, acceptor, body, &counted));
        Self {
            url,
            authority,
            requests,
        }
    }

    /// How many requests have come so far.
    pub fn requests(&self) -> usize {
        self.requests.load(Ordering::Relaxed)
    }
}

fn serve(listener: TcpListener, acceptor: TlsAcceptor, body: &str, requests: &AtomicUsize) {
    let runtime = tokio::runtime::Builder::new_current_thread()
        .enable_all()
        .build()
        .unwrap();
    runtime.block_on(async move {
        listener.set_nonblocking(true).unwrap();
        let listener = tokio::net::TcpListener::from_std(listener).unwrap();
        loop {
            let (stream, _) = listener.accept().await.unwrap();
            // Whoever does not trust the certificate leaves.
            let Ok(mut stream) = acceptor.accept(stream).await else {
                continue;
            };
            let mut part = [0; 65_536];
            if stream.read(&mut part).await.is_ok_and(|count| count > 0) {
                requests.fetch_add(1, Ordering::Relaxed);
                let head = "HTTP/1.1 200 OK\r\nconnection: close\r\ncontent-length";
                let answer = format!("{head}: {}\r\n\r\n{body}", body.len());
                let _ = stream.write_all(answer.as_bytes()).await;
                let _ = stream.shutdown().await;
            }
        }
    });
}
