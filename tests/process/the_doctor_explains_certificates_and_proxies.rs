//! The check-up explains problems with the certificates and proxies of the process.

use std::io::Write;
use std::net::TcpListener;

use tracing_genai::{Telemetry, doctor};

use crate::collector::Collector;
use crate::program::{run, stderr};
use crate::tls::{Fault, TlsServer};

pub fn program() {
    let diagnosis = doctor::examine(&Telemetry::builder());
    let printed = format!("{diagnosis}\n");
    std::io::stderr().write_all(printed.as_bytes()).unwrap();
    assert!(!diagnosis.is_healthy());
}

fn examined(url: &str, variable: (&str, &str)) -> String {
    let variables = [
        (
            "LANGFUSE_PUBLIC_KEY",
            "pk-lf-11111111-1111-4111-8111-11111111abcd",
        ),
        (
            "LANGFUSE_SECRET_KEY",
            "sk-lf-22222222-2222-4222-8222-22222222cdef",
        ),
        ("LANGFUSE_BASE_URL", url),
        variable,
    ];
    let output = run("is examined", &variables);
    let printed = stderr(&output);
    assert!(output.status.success(), "{printed}");
    assert!(!printed.contains("22222222"), "{printed}");
    printed
}

#[test]
fn a_certificate_of_a_trusted_authority() {
    let file = std::env::temp_dir().join(format!("authority-{}.pem", std::process::id()));
    for (fault, part) in [
        (Fault::OtherName, "is not for the name `127.0.0.1`"),
        (Fault::Expired, "has expired"),
    ] {
        let server = TlsServer::start(fault);
        std::fs::write(&file, &server.authority).unwrap();
        let printed = examined(&server.url, ("SSL_CERT_FILE", file.to_str().unwrap()));
        assert!(printed.contains(part), "{printed}");
    }
    std::fs::remove_file(file).unwrap();
}

#[test]
fn a_proxy_that_is_not_there_or_lets_nothing_through() {
    // Nothing listens there any more.
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let proxy = format!("http://{}", listener.local_addr().unwrap());
    drop(listener);
    let printed = examined("http://langfuse.example", ("HTTP_PROXY", &proxy));
    let through = format!("http://langfuse.example (through the proxy {proxy} of HTTP_PROXY)");
    assert!(printed.contains(&through), "{printed}");

    let proxy = Collector::answering(axum::http::StatusCode::FORBIDDEN, "");
    let with_password = proxy.url.replace("http://", "http://user:22222222@");
    let printed = examined("https://langfuse.example", ("https_proxy", &with_password));
    assert!(printed.contains("because the proxy refuses"), "{printed}");
    assert!(
        printed.contains("name langfuse.example in NO_PROXY"),
        "{printed}"
    );
    assert!(printed.contains("…@127.0.0.1"), "{printed}");
}
