//! Redirects are not followed, and nothing is sent to a server whose certificate is not trusted.

use std::time::Duration;

use axum::http::StatusCode;
use axum::http::header::LOCATION;
use axum::response::IntoResponse;
use tracing_genai::{Destination, Telemetry};

use crate::support::collector::Collector;
use crate::support::repository::sources;
use crate::support::tls::{Fault, TlsServer};
use crate::support::wait::wait_until;
use crate::support::{SOON, builder, make_spans};

fn telemetry(destination: Destination) -> Telemetry {
    builder()
        .with_retry_budget(Duration::ZERO)
        .with_destination(destination)
        .build()
        .unwrap()
}

/// A backend that redirects every request.
fn redirecting(status: StatusCode, to: &Collector) -> Collector {
    let to = to.url.clone();
    Collector::with(move |_, request| {
        (status, [(LOCATION, format!("{to}{}", request.path))]).into_response()
    })
}

/// A Langfuse and another backend at this address, both with a key.
fn both(url: &str) -> [Destination; 2] {
    [
        Destination::langfuse("pk-lf-1", "sk-lf-geheim").with_base_url(url),
        Destination::otlp(url).with_header("authorization", "geheim"),
    ]
}

/// Sends a span that the backend refuses, and returns the report in detail.
fn refused(destination: Destination) -> (Telemetry, String) {
    let telemetry = telemetry(destination);
    make_spans(&telemetry, 1);
    let report = telemetry.shutdown(SOON);
    assert_eq!((report.exported(), report.dropped()), (0, 1), "{report}");
    (telemetry, format!("{report:?}"))
}

#[test]
fn a_redirect_of_an_export_is_not_followed() {
    for status in [301, 302, 303, 307, 308] {
        let elsewhere = Collector::start();
        let backend = redirecting(StatusCode::from_u16(status).unwrap(), &elsewhere);
        for destination in both(&backend.url) {
            let (_, report) = refused(destination);
            assert!(
                report.contains("a redirect: configure the address"),
                "{report}"
            );
        }
        assert_eq!(backend.requests().len(), 2, "{status}");
        assert_eq!(elsewhere.requests().len(), 0, "{status}");
    }
}

#[test]
fn a_redirect_of_the_look_up_is_not_followed() {
    let elsewhere = Collector::answering(StatusCode::OK, r#"{"data":[{"id":"stolen"}]}"#);
    let langfuse = redirecting(StatusCode::TEMPORARY_REDIRECT, &elsewhere);
    let keys = Destination::langfuse("pk-lf-1", "sk-lf-geheim").with_base_url(&langfuse.url);
    let telemetry = telemetry(keys);
    // Only after an answer is there a second request, so by then the first has been answered.
    wait_until(|| {
        assert_eq!(telemetry.trace_url("abc"), None);
        langfuse.look_ups().len() == 2
    });
    assert_eq!(elsewhere.requests().len(), 0);
}

#[test]
fn an_untrusted_certificate_is_refused_with_advice() {
    let backend = TlsServer::start(Fault::SelfSigned);
    for destination in both(&backend.url) {
        let (telemetry, report) = refused(destination);
        assert!(report.contains("invalid peer certificate"), "{report}");
        assert!(report.contains("SSL_CERT_FILE"), "{report}");
        assert_eq!(telemetry.trace_url("abc"), None);
    }
    assert_eq!(backend.requests(), 0);
}

#[test]
fn verification_cannot_be_switched_off() {
    for (name, source) in sources() {
        for word in ["danger_accept", "tls_danger", "dangerous()"] {
            assert!(!source.contains(word), "{name}: {word}");
        }
    }
}
