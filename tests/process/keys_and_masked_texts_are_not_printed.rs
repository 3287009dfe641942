//! A process prints neither keys nor the text that a mask has replaced.

use std::borrow::Cow;

use axum::http::StatusCode;
use axum::response::IntoResponse;
use tracing_genai::Telemetry;

use crate::collector::Collector;
use crate::folder::Folder;
use crate::program::{answer, run, stderr};
use crate::tls::{Fault, TlsServer};

/// A program with a mask that hides one word and fails at another.
pub fn masks() {
    let _telemetry = Telemetry::builder()
        .with_mask(|_, text| {
            assert!(!text.to_lowercase().contains("unmaskable"), "on purpose");
            match text.contains("WHAT") {
                true => text.replace("WHAT", "<hidden>").into(),
                false => Cow::Borrowed(text),
            }
        })
        .init()
        .unwrap();
    answer("what");
    answer("unmaskable");
    answer("unmaskable");
}

#[test]
fn a_mask_that_fails_is_reported_once_and_the_terminal_shows_masked_texts() {
    let printed = stderr(&run("masks", &[("TRACING_GENAI_CONSOLE", "content")]));
    assert!(
        printed.contains("<hidden>") && !printed.contains("WHAT"),
        "{printed}"
    );
    assert!(printed.contains("<masked: the mask failed>"), "{printed}");
    assert!(!printed.contains("UNMASKABLE"), "{printed}");
    let warnings = printed
        .lines()
        .filter(|line| line.starts_with("tracing-genai: a mask has panicked: "));
    assert_eq!(warnings.count(), 1, "{printed}");
}

#[test]
fn keys_that_a_backend_repeats_are_not_printed() {
    let (public, secret) = (
        "pk-lf-8a4c6e1d-2f9b-4b7d-8e35-6c0d9f2a7b13",
        "sk-lf-5d1f9b3e-7c2a-4e8d-9f60-3b7a1c5e2d48",
    );
    for status in [401, 400, 503] {
        let backend = Collector::with(move |_, request| {
            let sent = request.header("authorization").unwrap();
            let body = format!("no project for {public} and {secret}, sent as {sent}");
            (StatusCode::from_u16(status).unwrap(), body).into_response()
        });
        let output = run(
            "answers",
            &[
                ("LANGFUSE_PUBLIC_KEY", public),
                ("LANGFUSE_SECRET_KEY", secret),
                ("LANGFUSE_BASE_URL", &backend.url),
                ("LANGFUSE_DEBUG", "true"),
                ("OTEL_RESOURCE_ATTRIBUTES", &format!("token={secret}")),
                ("TRACING_GENAI_RETRY_BUDGET", "0"),
            ],
        );
        let printed = stderr(&output);
        assert!(
            printed.contains("no project for pk-lf-<redacted>"),
            "{printed}"
        );
        assert!(printed.contains("token=sk-lf-<redacted>"), "{printed}");
        let sent = backend.requests()[0].header("authorization").unwrap()[6..].to_owned();
        for key in [public, secret, &sent] {
            assert!(!printed.contains(key), "{key}: {printed}");
        }
    }
}

/// On systems whose certificates are files.
#[cfg(target_os = "linux")]
#[test]
fn a_certificate_of_ones_own_is_trusted_if_a_file_names_it() {
    let backend = TlsServer::start(Fault::SelfSigned);
    let folder = Folder::new();
    std::fs::create_dir_all(&*folder).unwrap();
    let file = folder.join("certificate.pem");
    std::fs::write(&file, &backend.authority).unwrap();
    let variables = |trusted: Option<&str>| {
        let mut variables = vec![
            ("OTEL_EXPORTER_OTLP_ENDPOINT", backend.url.as_str()),
            ("TRACING_GENAI_RETRY_BUDGET", "0"),
        ];
        variables.extend(trusted.map(|file| ("SSL_CERT_FILE", file)));
        stderr(&run("answers", &variables))
    };
    let refused = variables(None);
    assert!(refused.contains("SSL_CERT_FILE"), "{refused}");
    assert_eq!(backend.requests(), 0);
    let trusted = variables(Some(file.to_str().unwrap()));
    assert!(!trusted.contains("tracing-genai:"), "{trusted}");
    assert_eq!(backend.requests(), 1);
}
