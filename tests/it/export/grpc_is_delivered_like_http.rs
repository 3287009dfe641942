//! With `OTEL_EXPORTER_OTLP_PROTOCOL=grpc`, spans go through the same queue, retry and spool.

use opentelemetry_proto::tonic::collector::trace::v1::{
    ExportTracePartialSuccess, ExportTraceServiceResponse,
};
use tonic::Status;
use tracing_genai::{Compression, Destination, Protocol, Telemetry, observation};

use crate::support::collector::Collector;
use crate::support::folder::Folder;
use crate::support::grpc_collector::GrpcCollector;
use crate::support::net::unused_address;
use crate::support::{SOON, builder, builder_in, make_spans, within};

fn telemetry(url: &str) -> Telemetry {
    let destination = Destination::otlp(url).with_protocol(Protocol::Grpc);
    builder().with_destination(destination).build().unwrap()
}

#[test]
fn from_the_environment_with_its_headers() {
    let collector = GrpcCollector::start();
    for (endpoint, compression) in [
        ("OTEL_EXPORTER_OTLP_ENDPOINT", "gzip"),
        ("OTEL_EXPORTER_OTLP_TRACES_ENDPOINT", "none"),
    ] {
        let telemetry = builder_in([
            (endpoint, &collector.url[..]),
            ("OTEL_EXPORTER_OTLP_PROTOCOL", "grpc"),
            ("OTEL_EXPORTER_OTLP_COMPRESSION", compression),
            ("OTEL_EXPORTER_OTLP_HEADERS", "x-tenant=a%20b"),
        ])
        .build()
        .unwrap();
        make_spans(&telemetry, 3);
        let report = telemetry.shutdown(SOON);
        assert_eq!((report.exported(), report.dropped()), (3, 0), "{endpoint}");
    }
    let metadata = collector.metadata();
    assert_eq!(metadata.len(), 2);
    for metadata in metadata {
        assert_eq!(metadata.get("x-tenant").unwrap(), "a b");
    }
}

#[test]
fn with_the_same_spans_as_over_http() {
    let (grpc, http) = (GrpcCollector::start(), Collector::start());
    for compression in [Compression::None, Compression::Gzip] {
        let traces = format!("{}/v1/traces", http.url);
        let telemetry = builder()
            .with_destination(
                Destination::otlp(&grpc.url)
                    .with_protocol(Protocol::Grpc)
                    .with_compression(compression),
            )
            .with_destination(Destination::otlp(traces).with_compression(compression))
            .build()
            .unwrap();
        make_spans(&telemetry, 100);
        assert_eq!(telemetry.shutdown(SOON).exported(), 200);
    }
    let of_grpc: Vec<_> = grpc.requests().into_iter().flatten().collect();
    assert_eq!(of_grpc.len(), 200);
    assert_eq!(format!("{of_grpc:?}"), format!("{:?}", http.spans()));
}

#[test]
fn again_after_a_temporary_failure() {
    let collector = GrpcCollector::with(|number| match number {
        0 => Err(Status::unavailable("busy")),
        _ => Ok(ExportTraceServiceResponse::default()),
    });
    let telemetry = telemetry(&collector.url);
    make_spans(&telemetry, 3);
    let report = telemetry.flush(SOON);
    assert_eq!((report.exported(), report.dropped()), (3, 0));
    let requests = collector.requests();
    assert_eq!(requests.len(), 2);
    assert_eq!(format!("{:?}", requests[0]), format!("{:?}", requests[1]));
}

#[test]
fn never_again_after_a_refusal() {
    for status in [
        Status::invalid_argument("no"),
        Status::unauthenticated("no"),
        Status::unimplemented("no"),
    ] {
        let code = status.code();
        let collector = GrpcCollector::with(move |_| Err(status.clone()));
        let telemetry = telemetry(&collector.url);
        make_spans(&telemetry, 3);
        let report = telemetry.flush(SOON);
        assert_eq!((report.exported(), report.dropped()), (0, 3), "{code}");
        assert_eq!(collector.requests().len(), 1, "{code}");
    }
}

#[test]
fn except_for_what_the_collector_refused() {
    let collector = GrpcCollector::with(|_| {
        Ok(ExportTraceServiceResponse {
            partial_success: Some(ExportTracePartialSuccess {
                rejected_spans: 1,
                error_message: "too old".into(),
            }),
        })
    });
    let telemetry = telemetry(&collector.url);
    make_spans(&telemetry, 3);
    let report = telemetry.shutdown(SOON);
    assert_eq!((report.exported(), report.dropped()), (2, 1));
}

#[test]
fn in_parts_if_a_request_is_too_large() {
    let collector = GrpcCollector::with(|number| match number {
        0 => Err(Status::resource_exhausted(
            "received message larger than max",
        )),
        _ => Ok(ExportTraceServiceResponse::default()),
    });
    let telemetry = telemetry(&collector.url);
    make_spans(&telemetry, 4);
    let report = telemetry.shutdown(SOON);
    assert_eq!((report.exported(), report.dropped()), (4, 0));
    let sizes: Vec<_> = collector.requests().iter().map(Vec::len).collect();
    assert_eq!(sizes, [4, 2, 2]);
}

#[test]
fn by_the_next_process_from_the_spool() {
    let (folder, address) = (Folder::new(), unused_address());
    let build = || {
        let destination =
            Destination::otlp(format!("http://{address}")).with_protocol(Protocol::Grpc);
        let builder = builder().with_spool_dir(&*folder);
        builder.with_destination(destination).build().unwrap()
    };
    let telemetry = build();
    make_spans(&telemetry, 3);
    assert_eq!(telemetry.shutdown(SOON).spooled(), 3);
    let collector = GrpcCollector::on(address, |_| Ok(ExportTraceServiceResponse::default()));
    build().shutdown(SOON);
    let received: Vec<_> = collector.requests().into_iter().flatten().collect();
    assert_eq!(received.len(), 3);
}

#[test]
fn and_so_are_metrics() {
    let collector = GrpcCollector::start();
    let metrics = Destination::otlp(&collector.url).with_protocol(Protocol::Grpc);
    let telemetry = builder()
        .with_destination(Destination::otlp(&collector.url).with_protocol(Protocol::Grpc))
        .with_metrics(metrics)
        .build()
        .unwrap();
    within(&telemetry, || {
        drop(
            observation::generation("chat gpt-4o")
                .with_provider("openai")
                .start(),
        );
    });
    telemetry.shutdown(SOON);
    assert!(collector.metrics() > 0);
}

#[test]
fn but_not_to_a_server_of_something_else() {
    let web = Collector::start();
    let telemetry = telemetry(&web.url);
    make_spans(&telemetry, 3);
    let report = telemetry.flush(SOON);
    assert_eq!((report.exported(), report.dropped()), (0, 3));
}
