//! Problems with Langfuse itself, and with what may stand in front of it or in its place.

use super::*;
use crate::support::builder;
use crate::support::net::{Silent, unused_address};
use crate::support::tls::{Fault, TlsServer};
use tracing_genai::Destination;

const UNKNOWN: &str =
    r#"{"message":"Invalid credentials. Confirm that you've configured the correct host."}"#;

#[test]
fn a_healthy_set_up_has_a_link_to_its_trace() {
    let collector = Collector::with(|_, request| healthy(request));
    let diagnosis = langfuse_at(&collector.url);
    assert!(diagnosis.is_healthy(), "{diagnosis}");
    let spans = collector.all_requests()[1].spans();
    let trace = &spans[0].trace_id;
    let url = format!("{}/project/project-1/traces/{trace}", collector.url);
    let destination = &diagnosis.destinations[0];
    assert_eq!(destination.trace_url.as_deref(), Some(url.as_str()));
    let sentence = diagnosis.to_string();
    for part in [
        format!("{} answers", collector.url),
        "the clocks agree".to_owned(),
        "the keys belong to the project `tutor` (project-1)".to_owned(),
        url,
        "everything works".to_owned(),
    ] {
        assert!(sentence.contains(&part), "{part} in {sentence}");
    }
    assert_eq!(collector.all_requests().len(), 2);
    let output = spans[0].text("langfuse.observation.output");
    assert_eq!(output, Some("This one has."));
}

#[test]
fn unknown_keys() {
    let collector = Collector::with(|_, _| json(StatusCode::UNAUTHORIZED, UNKNOWN));
    let (kind, sentence) = problem(&langfuse_at(&collector.url));
    assert_eq!(kind, ProblemKind::Credentials);
    assert!(sentence.contains("does not know the keys"), "{sentence}");
    assert!(
        sentence.contains("LANGFUSE_BASE_URL is wrong"),
        "{sentence}"
    );
    assert_eq!(collector.all_requests().len(), 1, "nobody else was asked");
}

#[test]
fn keys_that_were_damaged() {
    let collector = Collector::with(|_, _| json(StatusCode::UNAUTHORIZED, UNKNOWN));
    let quoted = format!("\"{SECRET}\"");
    let broken = format!("{PUBLIC}\n");
    for (public, secret, fault) in [
        (
            PUBLIC,
            quoted.as_str(),
            "LANGFUSE_SECRET_KEY has a quotation mark in it",
        ),
        (
            &broken,
            SECRET,
            "LANGFUSE_PUBLIC_KEY has a blank or a line break in it",
        ),
        (
            PUBLIC,
            &SECRET[..40],
            "LANGFUSE_SECRET_KEY is 40 characters long in place of 42",
        ),
        (
            PUBLIC,
            "my-secret-22222222",
            "LANGFUSE_SECRET_KEY does not begin with sk-lf-",
        ),
    ] {
        let destination = Destination::langfuse(public, secret).with_base_url(&collector.url);
        let diagnosis = examine(&builder().with_destination(destination));
        let (kind, sentence) = problem(&diagnosis);
        assert_eq!(kind, ProblemKind::DamagedKey);
        assert!(sentence.contains(fault), "{sentence}");
    }
}

#[test]
fn keys_of_an_organisation() {
    let body = r#"{"message":"Access denied"}"#;
    let collector = Collector::with(move |_, _| json(StatusCode::FORBIDDEN, body));
    let (kind, sentence) = problem(&langfuse_at(&collector.url));
    assert_eq!(kind, ProblemKind::Credentials);
    assert!(
        sentence.contains("not those of an organisation"),
        "{sentence}"
    );
}

#[test]
fn a_page_in_place_of_the_api() {
    let collector = Collector::with(|_, _| page());
    let (kind, sentence) = problem(&langfuse_at(&collector.url));
    assert_eq!(kind, ProblemKind::NotTheBackend);
    assert!(
        sentence.contains("a web page, not with Langfuse's API"),
        "{sentence}"
    );
    assert!(sentence.contains("proxy or a login"), "{sentence}");
}

#[test]
fn a_proxy_that_wants_a_password_of_its_own() {
    let collector = Collector::with(|_, _| {
        let mut page = page();
        *page.status_mut() = StatusCode::UNAUTHORIZED;
        page
    });
    let (kind, sentence) = problem(&langfuse_at(&collector.url));
    assert_eq!(kind, ProblemKind::NotTheBackend);
    assert!(
        sentence.contains("let requests below /api/public pass"),
        "{sentence}"
    );
}

#[test]
fn redirects_to_the_right_address_and_to_a_login() {
    let collector = Collector::with(|_, request| {
        redirect(format!("https://langfuse.example/lf{}", request.path))
    });
    let (kind, sentence) = problem(&langfuse_at(&collector.url));
    assert_eq!(kind, ProblemKind::NotTheBackend);
    let advice = "set LANGFUSE_BASE_URL=https://langfuse.example/lf.";
    assert!(sentence.ends_with(advice), "{sentence}");

    let login = "https://login.example/?token=22222222";
    let collector = Collector::with(move |_, _| redirect(login.to_owned()));
    let (_, sentence) = problem(&langfuse_at(&collector.url));
    assert!(
        sentence.contains("a redirect to https://login.example/,"),
        "{sentence}"
    );
}

#[test]
fn a_path_that_is_missing_or_superfluous() {
    let collector = Collector::with(|_, _| json(StatusCode::NOT_FOUND, "{}"));
    let (kind, sentence) = problem(&langfuse_at(&collector.url));
    assert_eq!(kind, ProblemKind::Path);
    assert!(sentence.contains("serves it under a path"), "{sentence}");

    let (_, sentence) = problem(&langfuse_at(&format!("{}/lf/", collector.url)));
    assert!(
        sentence.contains("correct the path /lf in LANGFUSE_BASE_URL"),
        "{sentence}"
    );

    let collector = Collector::with(|_, request| healthy(request));
    let (_, sentence) = problem(&langfuse_at(&format!("{}/project/abc", collector.url)));
    let advice = format!("set LANGFUSE_BASE_URL={}.", collector.url);
    assert!(sentence.ends_with(&advice), "{sentence}");
}

#[test]
fn nothing_there() {
    let place = format!("http://{}", unused_address());
    let (kind, sentence) = problem(&langfuse_at(&place));
    assert_eq!(kind, ProblemKind::Refused);
    assert!(
        sentence.starts_with(&format!("Nothing listens at {place}: ")),
        "{sentence}"
    );

    let (kind, sentence) = problem(&langfuse_at("http://langfuse.invalid"));
    assert_eq!(kind, ProblemKind::UnknownHost);
    assert!(
        sentence.starts_with("The name `langfuse.invalid` is not known"),
        "{sentence}"
    );
}

#[test]
fn no_answer() {
    let silent = Silent::start();
    let (kind, sentence) = problem(&langfuse_at(&silent.url));
    assert_eq!(kind, ProblemKind::TimedOut);
    assert!(
        sentence.contains("did not answer within 500ms"),
        "{sentence}"
    );
}

#[test]
fn untrusted_certificates() {
    for (fault, part) in [
        (Fault::SelfSigned, "self-signed"),
        (
            Fault::OtherName,
            "not signed by anybody whom this machine trusts",
        ),
        (Fault::Expired, "has expired"),
    ] {
        let (kind, sentence) = problem(&langfuse_at(&TlsServer::start(fault).url));
        assert_eq!(kind, ProblemKind::Certificate, "{sentence}");
        assert!(sentence.contains(part), "{sentence}");
    }
}

#[test]
fn the_wrong_scheme() {
    let collector = Collector::with(|_, request| healthy(request));
    let (kind, sentence) = problem(&langfuse_at(&collector.url.replace("http:", "https:")));
    assert_eq!(kind, ProblemKind::Encryption);
    assert!(
        sentence.contains("`http://` in place of `https://`"),
        "{sentence}"
    );

    let url = TlsServer::start(Fault::SelfSigned)
        .url
        .replace("https:", "http:");
    let (kind, sentence) = problem(&langfuse_at(&url));
    assert_eq!(kind, ProblemKind::Encryption);
    assert!(sentence.contains("scheme"), "{sentence}");

    let answer = "Client sent an HTTP request to an HTTPS server.\n";
    let collector = Collector::with(move |_, _| (StatusCode::BAD_REQUEST, answer).into_response());
    let (kind, sentence) = problem(&langfuse_at(&collector.url));
    assert_eq!(kind, ProblemKind::Encryption);
    assert!(
        sentence.contains("`https://` in place of `http://`"),
        "{sentence}"
    );
}

#[test]
fn clocks_that_differ() {
    for (date, part) in [
        ("Wed, 01 Jan 2020 00:00:00 GMT", "minutes ahead of that of"),
        ("Thu, 01 Jan 2120 00:00:00 GMT", "minutes behind that of"),
    ] {
        let collector = Collector::with(move |_, request| {
            let mut response = healthy(request);
            response.headers_mut().insert(DATE, date.parse().unwrap());
            response
        });
        let (kind, sentence) = problem(&langfuse_at(&collector.url));
        assert_eq!(kind, ProblemKind::Clock);
        assert!(sentence.contains(part), "{sentence}");
    }
}

#[test]
fn a_backend_that_is_down_or_repeats_what_it_was_sent() {
    for (status, part) in [
        (StatusCode::BAD_GATEWAY, "not the backend behind it"),
        (StatusCode::INTERNAL_SERVER_ERROR, "look at its log"),
        (StatusCode::TOO_MANY_REQUESTS, "too many requests"),
    ] {
        let collector = Collector::with(move |_, request| {
            let sent = request.header("authorization").unwrap_or_default();
            (status, format!("{sent} {PUBLIC} {SECRET}")).into_response()
        });
        let (kind, sentence) = problem(&langfuse_at(&collector.url));
        assert_eq!(kind, ProblemKind::Unavailable);
        assert!(
            sentence.contains(part) && sentence.contains("(secret)"),
            "{sentence}"
        );
    }
}

#[test]
fn a_trace_that_is_not_taken() {
    let collector = Collector::with(|_, request| match request.path.as_str() {
        "/api/public/otel/v1/traces" => json(
            StatusCode::FORBIDDEN,
            r#"{"message":"Ingestion suspended: Usage threshold exceeded."}"#,
        ),
        _ => healthy(request),
    });
    let diagnosis = langfuse_at(&collector.url);
    let (_, sentence) = problem(&diagnosis);
    assert!(sentence.contains("did not take a trace"), "{sentence}");
    assert!(sentence.contains("Usage threshold exceeded"), "{sentence}");
    assert_eq!(diagnosis.destinations[0].trace_url, None);
}
