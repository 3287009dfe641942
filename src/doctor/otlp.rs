//! Checks an OTLP backend with an empty export.

use opentelemetry_proto::tonic::collector::trace::v1::ExportTraceServiceRequest;

use crate::backends::checkup;
use crate::backends::checkup::{Answer, Check, Checkup, Prober, Problem, ProblemKind, Step};
use crate::otlp::encoded::Encoded;
use crate::otlp::protocol::Protocol;
use crate::otlp::response::origin;
use crate::otlp::transport::HttpSettings;

const PATH: &str = "/v1/traces";
const ADDRESS: &str = "OTEL_EXPORTER_OTLP_ENDPOINT or `Destination::otlp`";

pub(super) fn examine(settings: &HttpSettings, prober: &Prober, checkup: &mut Checkup) {
    if settings.protocol == Protocol::Grpc {
        return checkup.checks.push(of_grpc(settings, prober));
    }
    let answer = match prober.post_empty(settings, ADDRESS) {
        Ok(answer) => answer,
        Err(problem) => return checkup.checks.push(Check::failed(Step::Reach, problem)),
    };
    let check = match judge(&answer) {
        Verdict::Accepted => Check::passed(
            Step::Reach,
            format!("{}{} takes traces", answer.origin(), answer.url.path()),
        ),
        Verdict::NoSuchPath => {
            let problem = no_such_path(settings, &answer, prober);
            Check::failed(Step::Reach, problem)
        }
        Verdict::Failed(step, problem) => Check::failed(step, problem),
    };
    checkup.checks.push(check);
    answer.check_clock(checkup);
}

fn of_grpc(settings: &HttpSettings, prober: &Prober) -> Check {
    let nothing = ExportTraceServiceRequest::default();
    match prober.export(settings, &Encoded::new(&nothing, settings.compression)) {
        Ok(()) => {
            let found = format!("{} takes traces over gRPC", origin(&settings.url));
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

fn judge(answer: &Answer) -> Verdict {
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
                 such as a login or its user interface: correct {ADDRESS}."
            ),
        ),
        200..=299 => Verdict::Accepted,
        300..=399 => failed(ProblemKind::NotTheBackend, redirect(answer)),
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
                "{origin} takes no POST at {}, so that is not where it takes traces: the path usually is \
                 {PATH}; correct {ADDRESS}.",
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

fn redirect(answer: &Answer) -> String {
    let (origin, status) = (answer.origin(), answer.status);
    match &answer.location {
        Some(to) => format!(
            "{origin} answered {status}, a redirect to {to}: put that address into \
             OTEL_EXPORTER_OTLP_TRACES_ENDPOINT, unless it is a login page."
        ),
        None => format!("{origin} answered {status}, a redirect to nowhere: correct {ADDRESS}."),
    }
}

fn no_such_path(settings: &HttpSettings, answer: &Answer, prober: &Prober) -> Problem {
    let (origin, path) = (answer.origin(), answer.url.path().to_owned());
    let sentence = if let Some(base) = path.strip_suffix(PATH).filter(|base| base.ends_with(PATH)) {
        format!(
            "{origin} has nothing at {path}: {PATH} is added to OTEL_EXPORTER_OTLP_ENDPOINT, so leave it out \
             there, or write {base} into OTEL_EXPORTER_OTLP_TRACES_ENDPOINT."
        )
    } else {
        let longer = format!("{}{PATH}", path.trim_end_matches('/'));
        let mut url = settings.url.clone();
        url.set_path(&longer);
        let elsewhere = HttpSettings {
            url,
            ..settings.clone()
        };
        // The same host, so the same credentials.
        let is_there = !path.ends_with(PATH)
            && prober
                .post_empty(&elsewhere, ADDRESS)
                .is_ok_and(|answer| matches!(judge(&answer), Verdict::Accepted));
        if is_there {
            format!(
                "{origin} has nothing at {path}, but takes traces at {longer}: write that path."
            )
        } else {
            format!(
                "{origin} has nothing at {path}: write the path at which it takes OTLP traces, usually \
                 {PATH}, into OTEL_EXPORTER_OTLP_TRACES_ENDPOINT (or `Destination::otlp`)."
            )
        }
    };
    Problem::new(ProblemKind::Path, sentence)
}
