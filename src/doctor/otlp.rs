//! Checks an OTLP backend with an empty export, of traces or of metrics.

use opentelemetry_proto::tonic::collector::trace::v1::ExportTraceServiceRequest;
use reqwest::header::HeaderName;

use crate::backends;
use crate::backends::Backend;
use crate::backends::checkup;
use crate::backends::checkup::{Answer, Check, Checkup, Prober, Problem, ProblemKind, Step};
use crate::otlp::encoded::Encoded;
use crate::otlp::protocol::Protocol;
use crate::otlp::response::origin;
use crate::otlp::transport::HttpSettings;

/// What is sent.
pub(super) struct Signal {
    name: &'static str,
    /// Where OTLP takes it.
    path: &'static str,
    /// The variable that is used as it is.
    endpoint: &'static str,
    /// Where its address is set.
    address: &'static str,
    in_code: &'static str,
    /// What else may be meant where nothing takes it.
    otherwise: &'static str,
}

pub(super) static TRACES: Signal = Signal {
    name: "traces",
    path: "/v1/traces",
    endpoint: "OTEL_EXPORTER_OTLP_TRACES_ENDPOINT",
    address: "OTEL_EXPORTER_OTLP_ENDPOINT or `Destination::otlp`",
    in_code: "`Destination::otlp`",
    otherwise: "",
};

pub(super) static METRICS: Signal = Signal {
    name: "metrics",
    path: "/v1/metrics",
    endpoint: "OTEL_EXPORTER_OTLP_METRICS_ENDPOINT",
    address: "OTEL_EXPORTER_OTLP_ENDPOINT or `TelemetryBuilder::with_metrics`",
    in_code: "`TelemetryBuilder::with_metrics`",
    otherwise: "; if it takes none, set OTEL_METRICS_EXPORTER=none",
};

/// Adds the checks, and returns what the backend has answered.
pub(super) fn examine(
    signal: &Signal,
    settings: &HttpSettings,
    prober: &Prober,
    checkup: &mut Checkup,
) -> Option<Answer> {
    if settings.protocol == Protocol::Grpc {
        checkup.checks.push(of_grpc(signal, settings, prober));
        return None;
    }
    let answer = match prober.post_empty(settings, signal.address) {
        Ok(answer) => answer,
        Err(problem) => {
            checkup.checks.push(Check::failed(Step::Reach, problem));
            return None;
        }
    };
    let check = match judge(signal, &answer) {
        Verdict::Accepted => Check::passed(
            Step::Reach,
            format!(
                "{}{} takes {}",
                answer.origin(),
                answer.url.path(),
                signal.name
            ),
        ),
        Verdict::NoSuchPath => {
            let problem = no_such_path(signal, settings, &answer, prober);
            Check::failed(Step::Reach, problem)
        }
        Verdict::Failed(step, problem) => Check::failed(step, problem),
    };
    checkup.checks.push(check);
    answer.check_clock(checkup);
    Some(answer)
}

/// Whether the backend gets the attributes that it reads beside those of the conventions, if that is known.
pub(super) fn mapping(answer: &Answer, mapping: Option<&dyn Backend>) -> Option<Check> {
    let headers = answer.headers.iter().map(HeaderName::as_str);
    let (wanted, server) = backends::of_server(headers)?;
    let (name, origin) = (wanted.name(), answer.origin());
    Some(if mapping.is_some_and(|mapping| mapping.name() == name) {
        Check::passed(Step::Mapping, format!("{server} gets {name}'s attributes"))
    } else {
        let sentence = format!(
            "{origin} is {server}, which misses kinds, inputs and outputs without {name}'s attributes: set \
             TRACING_GENAI_OTLP_MAPPING={} (or `Destination::with_mapping`).",
            name.to_lowercase()
        );
        Check::failed(Step::Mapping, Problem::new(ProblemKind::Mapping, sentence))
    })
}

fn of_grpc(signal: &Signal, settings: &HttpSettings, prober: &Prober) -> Check {
    // An empty request has no bytes, whatever the signal.
    let nothing = ExportTraceServiceRequest::default();
    match prober.export(settings, &Encoded::new(&nothing, settings.compression)) {
        Ok(()) => {
            let origin = origin(&settings.url);
            let found = format!("{origin} takes {} over gRPC", signal.name);
            Check::passed(Step::Reach, found)
        }
        Err(problem) => Check::failed(Step::Reach, problem),
    }
}

enum Verdict {
    Accepted,
    NoSuchPath,
    Failed(Step, Problem),
}

fn judge(signal: &Signal, answer: &Answer) -> Verdict {
    let Signal {
        name,
        path,
        address,
        ..
    } = signal;
    let (origin, status, body) = (answer.origin(), answer.status, answer.quoted());
    let failed = |kind, sentence| Verdict::Failed(Step::Reach, Problem::new(kind, sentence));
    if answer.content_type.contains("application/grpc") {
        return Verdict::Failed(Step::Reach, checkup::grpc(&answer.url));
    }
    match status.as_u16() {
        200..=299 if answer.is_page() => failed(
            ProblemKind::NotTheBackend,
            format!(
                "{origin} answered with a web page, so something else than the backend takes the requests, \
                 such as a login or its user interface: correct {address}."
            ),
        ),
        200..=299 => Verdict::Accepted,
        300..=399 => failed(ProblemKind::NotTheBackend, redirect(signal, answer)),
        401 | 403 => Verdict::Failed(
            Step::Keys,
            Problem::new(
                ProblemKind::Credentials,
                format!(
                    "{origin} answered {status}: put the header that it asks for into \
                     OTEL_EXPORTER_OTLP_HEADERS (or `Destination::with_header`), percent-encoded; the body \
                     is {body}."
                ),
            ),
        ),
        404 => Verdict::NoSuchPath,
        405 => failed(
            ProblemKind::Path,
            format!(
                "{origin} takes no POST at {}, so that is not where it takes {name}: the path usually is \
                 {path}; correct {address}.",
                answer.url.path()
            ),
        ),
        415 => failed(
            ProblemKind::Path,
            format!(
                "{origin} does not take protobuf over HTTP at {}: look whether this is the endpoint for \
                 OTLP over HTTP, not one for JSON or gRPC.",
                answer.url.path()
            ),
        ),
        _ => Verdict::Failed(Step::Reach, answer.general_problem()),
    }
}

fn redirect(signal: &Signal, answer: &Answer) -> String {
    let (origin, status) = (answer.origin(), answer.status);
    match &answer.location {
        Some(to) => format!(
            "{origin} answered {status}, a redirect to {to}: put that address into \
             {}, unless it is a login page.",
            signal.endpoint
        ),
        None => format!(
            "{origin} answered {status}, a redirect to nowhere: correct {}.",
            signal.address
        ),
    }
}

fn no_such_path(
    signal: &Signal,
    settings: &HttpSettings,
    answer: &Answer,
    prober: &Prober,
) -> Problem {
    let Signal {
        name,
        path: usual,
        endpoint,
        address,
        in_code,
        otherwise,
    } = *signal;
    let (origin, path) = (answer.origin(), answer.url.path().to_owned());
    let sentence = if let Some(base) = path
        .strip_suffix(usual)
        .filter(|base| base.ends_with(usual))
    {
        format!(
            "{origin} has nothing at {path}: {usual} is added to OTEL_EXPORTER_OTLP_ENDPOINT, so leave it out \
             there, or write {base} into {endpoint}."
        )
    } else {
        let longer = format!("{}{usual}", path.trim_end_matches('/'));
        let mut url = settings.url.clone();
        url.set_path(&longer);
        let elsewhere = HttpSettings {
            url,
            ..settings.clone()
        };
        // The same host, so the same credentials.
        let is_there = !path.ends_with(usual)
            && prober
                .post_empty(&elsewhere, address)
                .is_ok_and(|answer| matches!(judge(signal, &answer), Verdict::Accepted));
        if is_there {
            format!(
                "{origin} has nothing at {path}, but takes {name} at {longer}: write that path."
            )
        } else {
            format!(
                "{origin} has nothing at {path}: write the path at which it takes OTLP {name}, usually \
                 {usual}, into {endpoint} (or {in_code}){otherwise}."
            )
        }
    };
    Problem::new(ProblemKind::Path, sentence)
}
