//! A backend whose certificate is signed by an authority of one's own is reached once the authority is named.

use std::fs;

use tracing_genai::{Destination, TelemetryBuilder};

use crate::support::folder::Folder;
use crate::support::tls::{Fault, TlsServer};
use crate::support::wait::wait_for;
use crate::support::{SOON, builder, builder_in, langfuse_variables, make_spans};

fn exported(builder: TelemetryBuilder) -> u64 {
    let telemetry = builder.build().unwrap();
    make_spans(&telemetry, 1);
    telemetry.shutdown(SOON).exported()
}

#[test]
fn in_the_environment_and_in_code() {
    let server = TlsServer::start(Fault::SelfSigned);
    let folder = Folder::new();
    fs::create_dir(&*folder).unwrap();
    let file = folder.join("authority.pem");
    fs::write(&file, &server.authority).unwrap();
    for name in [
        "OTEL_EXPORTER_OTLP_CERTIFICATE",
        "OTEL_EXPORTER_OTLP_TRACES_CERTIFICATE",
    ] {
        let variables = [
            ("OTEL_EXPORTER_OTLP_ENDPOINT", server.url.as_str()),
            (name, file.to_str().unwrap()),
        ];
        assert_eq!(exported(builder_in(variables)), 1, "{name}");
    }
    let destination = Destination::langfuse("pk-lf-1", "sk-lf-1")
        .with_base_url(&server.url)
        .with_project_id("p1")
        .with_certificate_file(&file);
    assert_eq!(exported(builder().with_destination(destination)), 1);
    assert_eq!(server.requests(), 3);
}

#[test]
fn by_langfuse_of_the_environment_and_by_the_look_up_of_its_project() {
    let project = r#"{"data":[{"id":"p1","name":"n"}]}"#;
    let server = TlsServer::answering(Fault::SelfSigned, project);
    let folder = Folder::new();
    fs::create_dir(&*folder).unwrap();
    let file = folder.join("authority.pem");
    fs::write(&file, &server.authority).unwrap();
    let mut variables = langfuse_variables(&server.url);
    let name = "OTEL_EXPORTER_OTLP_CERTIFICATE".to_owned();
    variables.push((name, file.to_str().unwrap().to_owned()));
    let in_code = Destination::langfuse("pk-lf-1", "sk-lf-1")
        .with_base_url(&server.url)
        .with_certificate_file(&file);
    for builder in [builder_in(variables), builder().with_destination(in_code)] {
        let telemetry = builder.build().unwrap();
        let url = wait_for(|| telemetry.trace_url("abc"));
        assert_eq!(url, format!("{}/project/p1/traces/abc", server.url));
    }
}

#[test]
fn a_file_without_certificates_is_an_error_that_names_the_setting() {
    let folder = Folder::new();
    fs::create_dir(&*folder).unwrap();
    let empty = folder.join("empty.pem");
    fs::write(&empty, "nothing").unwrap();
    for file in [empty, folder.join("missing.pem")] {
        let variables = [
            ("OTEL_EXPORTER_OTLP_ENDPOINT", "https://localhost:4318"),
            ("OTEL_EXPORTER_OTLP_CERTIFICATE", file.to_str().unwrap()),
        ];
        let error = builder_in(variables).build().unwrap_err().to_string();
        assert!(
            error.starts_with("OTEL_EXPORTER_OTLP_CERTIFICATE is"),
            "{error}"
        );
        assert!(error.contains("PEM"), "{error}");
    }
}
