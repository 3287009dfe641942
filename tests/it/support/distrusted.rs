//! Servers with a certificate that a client should not accept, made when they start.

use std::net::TcpListener;
use std::sync::Arc;
use std::thread;

use rcgen::{BasicConstraints, CertificateParams, CertifiedIssuer, IsCa, KeyPair, date_time_ymd};
use tokio_rustls::TlsAcceptor;
use tokio_rustls::rustls::ServerConfig;
use tokio_rustls::rustls::pki_types::PrivatePkcs8KeyDer;

/// What is wrong with a certificate.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Fault {
    /// Nobody but itself has signed it.
    #[allow(dead_code, reason = "not every test binary has one")]
    SelfSigned,
    /// It is for `langfuse.example`.
    OtherName,
    Expired,
}

/// A server that shakes hands and says nothing more; it stays for as long as the process.
pub struct Distrusted {
    pub url: String,
    /// The certificate of who has signed its own.
    #[allow(dead_code, reason = "not every test binary trusts anybody")]
    pub authority: String,
}

impl Distrusted {
    pub fn start(fault: Fault) -> Self {
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
        let certificate = match fault {
            Fault::SelfSigned => params.self_signed(&key).unwrap(),
            _ => params.signed_by(&key, &authority).unwrap(),
        };
        let private = PrivatePkcs8KeyDer::from(key.serialize_der());
        let config = ServerConfig::builder()
            .with_no_client_auth()
            .with_single_cert(vec![certificate.der().clone()], private.into())
            .unwrap();
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let url = format!("https://{}", listener.local_addr().unwrap());
        thread::spawn(move || serve(listener, &TlsAcceptor::from(Arc::new(config))));
        Self {
            url,
            authority: authority.pem(),
        }
    }
}

fn serve(listener: TcpListener, acceptor: &TlsAcceptor) {
    let runtime = tokio::runtime::Builder::new_current_thread()
        .enable_all()
        .build()
        .unwrap();
    runtime.block_on(async {
        listener.set_nonblocking(true).unwrap();
        let listener = tokio::net::TcpListener::from_std(listener).unwrap();
        while let Ok((stream, _)) = listener.accept().await {
            let _refused = acceptor.accept(stream).await;
        }
    });
}
