//! Whether an OTLP backend takes an export, asked with one that is empty.

use reqwest::Url;

use crate::backends::checkup;
use crate::backends::checkup::{Answer, Check, Checkup, Prober, Problem, ProblemKind, Step};
use crate::otlp::transport::HttpSettings;

const PATH: &str = "/v1/traces";
const ADDRESS: &str = "OTEL_EXPORTER_OTLP_ENDPOINT or `Destination::otlp`";

pub(super) fn examine(settings: &HttpSettings, prober: &Prober, checkup: &mut Checkup) {
    let answer = match prober.post_empty(settings, ADDRESS) {
        Ok(answer) => answer,
        Err(problem) => return checkup.checks.push(Check::failed(Step::Reach, problem)),
    };
    let check = match judge(&answer) {
        Verdict::Taken => Check::passed(
            Step::Reach,
            format!("{}{} takes traces", answer.place(), answer.url.path()),
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

enum Verdict {
    Taken,
    NoSuchPath,
    Failed(Step, Problem),
}

fn judge(answer: &Answer) -> Verdict {
    let (place, status, body) = (answer.place(), answer.status, answer.quoted());
    let failed = |kind, sentence| Verdict::Failed(Step::Reach, Problem::new(kind, sentence));
    if answer.content_type.contains("application/grpc") {
        return Verdict::Failed(Step::Reach, checkup::grpc(&answer.url));
    }
    match status.as_u16() {
        200..=299 if answer.is_page() => failed(
            ProblemKind::NotTheBackend,
            format!(
                "{place} answered with a web page, so something else than the backend takes the requests, \
                 such as a login or its user interface: correct {ADDRESS}."
            ),
        ),
        200..=299 => Verdict::Taken,
        300..=399 => failed(ProblemKind::NotTheBackend, redirect(answer)),
        401 | 403 => Verdict::Failed(
            Step::Keys,
            Problem::new(
                ProblemKind::Credentials,
                format!(
                    "{place} answered {status}: put the header that it asks for into \
                     OTEL_EXPORTER_OTLP_HEADERS (or `Destination::with_header`), percent-encoded; the body \
                     is {body}."
                ),
            ),
        ),
        404 => Verdict::NoSuchPath,
        405 => failed(
            ProblemKind::Path,
            format!(
                "{place} takes no POST at {}, so that is not where it takes traces: the path usually is \
                 {PATH}; correct {ADDRESS}.",
                answer.url.path()
            ),
        ),
        415 => failed(
            ProblemKind::Path,
            format!(
                "{place} does not take protobuf over HTTP at {}: look whether this is the endpoint for \
                 OTLP over HTTP, not one for JSON or gRPC.",
                answer.url.path()
            ),
        ),
        _ => Verdict::Failed(Step::Reach, answer.general_problem()),
    }
}

fn redirect(answer: &Answer) -> String {
    let (place, status) = (answer.place(), answer.status);
    match &answer.location {
        Some(to) => {
            let mut to = to.clone();
            to.set_query(None);
            format!(
                "{place} answered {status}, a redirect to {}: put that address into \
                 OTEL_EXPORTER_OTLP_TRACES_ENDPOINT, unless it is a login page.",
                shown(&to)
            )
        }
        None => format!("{place} answered {status}, a redirect to nowhere: correct {ADDRESS}."),
    }
}

/// An address without credentials.
fn shown(url: &Url) -> String {
    let mut url = url.clone();
    let _ = url.set_username("");
    let _ = url.set_password(None);
    url.to_string()
}

fn no_such_path(settings: &HttpSettings, answer: &Answer, prober: &Prober) -> Problem {
    let (place, path) = (answer.place(), answer.url.path().to_owned());
    let sentence = if let Some(base) = path.strip_suffix(PATH).filter(|base| base.ends_with(PATH)) {
        format!(
            "{place} has nothing at {path}: {PATH} is added to OTEL_EXPORTER_OTLP_ENDPOINT, so leave it out \
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
                .is_ok_and(|answer| matches!(judge(&answer), Verdict::Taken));
        if is_there {
            format!("{place} has nothing at {path}, but takes traces at {longer}: write that path.")
        } else {
            format!(
                "{place} has nothing at {path}: write the path at which it takes OTLP traces, usually \
                 {PATH}, into OTEL_EXPORTER_OTLP_TRACES_ENDPOINT (or `Destination::otlp`)."
            )
        }
    };
    Problem::new(ProblemKind::Path, sentence)
}
