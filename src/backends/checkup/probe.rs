//! Sends one request to a backend, and reads its answer.
//!
//! Contract: a request has the destination's own headers and timeout, follows no redirect, and goes to no
//! other origin than the caller names. The result is an [`Answer`], or the [`Problem`] that there is none.

use std::time::Duration;

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use reqwest::header::{CONTENT_LENGTH, CONTENT_TYPE, DATE, HeaderName, HeaderValue, LOCATION};
use reqwest::{Method, RequestBuilder, StatusCode, Url};
use time::OffsetDateTime;
use tokio::runtime::Runtime;

use super::check::{Check, Checkup, Step};
use super::no_answer::NoAnswer;
use super::problem::{Problem, ProblemKind, sentence};
use super::proxy::Proxy;
use crate::config::environment::Environment;
use crate::otlp::encoded::Encoded;
use crate::otlp::explain;
use crate::otlp::outcome::SendOutcome;
use crate::otlp::response::origin;
use crate::otlp::retry;
use crate::otlp::transport;
use crate::otlp::transport::{HttpSettings, HttpTransport, Transport};
use crate::text::secrets;

/// Clocks that differ by less are right enough.
const CLOCK: Duration = Duration::from_secs(300);
/// How much of a body is quoted, in characters.
const QUOTED: usize = 200;

/// The answer of a backend.
#[derive(Debug)]
pub(crate) struct Answer {
    pub(crate) url: Url,
    pub(crate) status: StatusCode,
    pub(crate) content_type: String,
    /// The names of all headers, which tell servers from each other.
    pub(crate) headers: Vec<HeaderName>,
    /// Where a redirect leads to, without credentials and query.
    pub(crate) location: Option<Url>,
    /// How far the backend's clock is ahead of this machine's, in seconds.
    ahead: Option<i64>,
    pub(crate) body: Vec<u8>,
    /// The beginning of the body as text, without secrets.
    text: String,
}

impl Answer {
    pub(crate) fn origin(&self) -> String {
        origin(&self.url)
    }

    pub(crate) fn is_page(&self) -> bool {
        self.content_type.contains("text/html")
    }

    /// The beginning of the body, to be quoted in a sentence.
    pub(crate) fn quoted(&self) -> String {
        if self.is_page() {
            return "a web page".to_owned();
        }
        match self.text.as_str() {
            "" => "an empty body".to_owned(),
            text => format!("`{text}`"),
        }
    }

    /// Adds whether the clocks agree, if the answer has a date.
    pub(crate) fn check_clock(&self, checkup: &mut Checkup) {
        let Some(ahead) = self.ahead else { return };
        let by = Duration::from_secs(ahead.unsigned_abs());
        checkup.checks.push(if by < CLOCK {
            Check::passed(Step::Clock, "the clocks agree".to_owned())
        } else {
            let side = if ahead > 0 { "behind" } else { "ahead of" };
            let minutes = by.as_secs().div_ceil(60);
            let sentence = format!(
                "This machine's clock is {minutes} minutes {side} that of {}: set it (NTP), because \
                 traces are displayed at its time.",
                self.origin()
            );
            Check::failed(Step::Clock, Problem::new(ProblemKind::Clock, sentence))
        });
    }

    /// Any problem that is not about keys or paths.
    pub(crate) fn general_problem(&self) -> Problem {
        let (origin, status, body) = (self.origin(), self.status, self.quoted());
        let (kind, sentence) = match status.as_u16() {
            400 if String::from_utf8_lossy(&self.body).contains("HTTPS") => (
                ProblemKind::Encryption,
                format!("{origin} wants TLS: write `https://` in place of `http://`."),
            ),
            407 => (
                ProblemKind::Proxy,
                "The proxy wants credentials: write them into its address in HTTPS_PROXY or HTTP_PROXY, \
                 or name the host in NO_PROXY."
                    .to_owned(),
            ),
            429 => (
                ProblemKind::Unavailable,
                format!("{origin} answered {status}, too many requests: wait, or send less; the body is {body}."),
            ),
            502..=504 => (
                ProblemKind::Unavailable,
                format!(
                    "{origin} answered {status}, so a proxy answers but not the backend behind it: \
                     check whether it runs; the body is {body}."
                ),
            ),
            500..=599 => (
                ProblemKind::Unavailable,
                format!("{origin} answered {status}, a fault of the backend: look at its log; the body is {body}."),
            ),
            _ => (
                ProblemKind::Other,
                format!("{origin} answered {status} with {body}."),
            ),
        };
        Problem::new(kind, sentence)
    }
}

fn without_secrets(mut url: Url) -> Url {
    url.set_query(None);
    // Only an address without a host refuses these.
    let _ = (url.set_username(""), url.set_password(None));
    url
}

/// Sends requests to one destination.
pub(crate) struct Prober {
    runtime: Runtime,
    scrubber: Scrubber,
}

impl Prober {
    /// `secrets` are taken out of all answers, and so are the credentials in `settings`.
    pub(crate) fn new(settings: &HttpSettings, secrets: Vec<String>) -> Result<Self, Problem> {
        let runtime = transport::runtime()
            .map_err(|message| Problem::new(ProblemKind::Other, sentence(&message)))?;
        let scrubber = Scrubber::new(settings, secrets);
        Ok(Self { runtime, scrubber })
    }

    /// Takes secrets out of everything that was found.
    pub(crate) fn scrub(&self, checkup: &mut Checkup) {
        for check in &mut checkup.checks {
            let text = match &mut check.outcome {
                Ok(found) => found,
                Err(problem) => &mut problem.sentence,
            };
            self.scrubber.scrub(text);
        }
    }

    /// Gets a document. `setting` names where the address is set.
    pub(crate) fn get(&self, settings: &HttpSettings, setting: &str) -> Result<Answer, Problem> {
        self.ask(settings, setting, Method::GET, |request| request)
    }

    /// Exports an empty request.
    pub(crate) fn post_empty(
        &self,
        settings: &HttpSettings,
        setting: &str,
    ) -> Result<Answer, Problem> {
        self.ask(settings, setting, Method::POST, |request| {
            let protobuf = HeaderValue::from_static("application/x-protobuf");
            // It is left out otherwise, and some servers insist on it.
            let length = HeaderValue::from_static("0");
            let request = request.header(CONTENT_TYPE, protobuf);
            request.header(CONTENT_LENGTH, length).body(Vec::new())
        })
    }

    fn ask(
        &self,
        settings: &HttpSettings,
        setting: &str,
        method: Method,
        complete: impl FnOnce(RequestBuilder) -> RequestBuilder,
    ) -> Result<Answer, Problem> {
        let url = &settings.url;
        let is_otlp = method == Method::POST;
        let client = transport::client(settings)
            .map_err(|message| Problem::new(ProblemKind::Other, sentence(&message)))?;
        let request = client
            .request(method, url.clone())
            .headers(settings.headers.clone());
        let request = complete(request);
        let answered = self.runtime.block_on(async {
            let response = request.send().await?;
            let header = |name: HeaderName| {
                let value = response.headers().get(name)?;
                value.to_str().ok().map(str::to_owned)
            };
            let theirs = header(DATE).as_deref().and_then(retry::http_date);
            let now = OffsetDateTime::now_utc();
            let (status, content_type) = (response.status(), header(CONTENT_TYPE));
            let location = header(LOCATION).and_then(|to| url.join(&to).ok());
            let location = location.map(without_secrets);
            let headers = response.headers().keys().cloned().collect();
            let (body, _) = transport::beginning(response).await;
            let mut text = String::from_utf8_lossy(&body).into_owned();
            self.scrubber.scrub(&mut text);
            let text = explain::sentence(&text).chars().take(QUOTED).collect();
            Ok(Answer {
                url: url.clone(),
                status,
                content_type: content_type.unwrap_or_default().to_lowercase(),
                headers,
                location,
                ahead: theirs.map(|theirs| (theirs - now).whole_seconds()),
                body,
                text,
            })
        });
        answered.map_err(|error: reqwest::Error| {
            let proxy = Proxy::of(url, &Environment::Process);
            let no_answer = NoAnswer {
                url,
                text: transport::chain(&error),
                is_timeout: error.is_timeout(),
                timeout: settings.timeout,
                proxy: proxy.as_ref(),
                setting,
                is_otlp,
            };
            no_answer.problem()
        })
    }

    /// Sends a request as the telemetry does.
    pub(crate) fn export(&self, settings: &HttpSettings, request: &Encoded) -> Result<(), Problem> {
        let transport = HttpTransport::new(settings.clone());
        let outcome = self
            .runtime
            .block_on(async { transport.send(request).await });
        let origin = origin(&settings.url);
        let (kind, sentence) = match outcome {
            SendOutcome::Delivered { rejected: 0, .. } => return Ok(()),
            SendOutcome::Delivered { message, .. } => (
                ProblemKind::Other,
                format!("{origin} answered, but refused the trace: `{message}`."),
            ),
            SendOutcome::Rejected { message }
            | SendOutcome::Misconfigured { message }
            | SendOutcome::NoClient { message }
            | SendOutcome::TooLarge { message } => (
                ProblemKind::Other,
                format!("{origin} answers, but did not take a trace: {message}."),
            ),
            SendOutcome::Unavailable { message, .. } => (
                ProblemKind::Unavailable,
                format!("{origin} answers, but accepts no trace now: {message}."),
            ),
        };
        Err(Problem::new(kind, sentence))
    }
}

/// Takes the secrets of a destination out of sentences: a backend may repeat what it was sent.
struct Scrubber(Vec<String>);

impl Scrubber {
    /// The least length of a text that is taken for a secret.
    const LEAST: usize = 6;

    fn new(settings: &HttpSettings, mut secrets: Vec<String>) -> Self {
        for value in settings
            .headers
            .values()
            .filter(|value| value.is_sensitive())
        {
            if let Ok(text) = value.to_str() {
                secrets.push(text.to_owned());
                for part in text.split([' ', '=', ':', ',']) {
                    secrets.push(part.to_owned());
                    let decoded = STANDARD.decode(part).ok();
                    if let Some(pair) = decoded.and_then(|pair| String::from_utf8(pair).ok()) {
                        secrets.extend(pair.split(':').map(str::to_owned));
                        secrets.push(pair);
                    }
                }
            }
        }
        secrets.retain(|secret| secret.len() >= Self::LEAST);
        secrets.sort_by_key(|secret| std::cmp::Reverse(secret.len()));
        secrets.dedup();
        Self(secrets)
    }

    /// Before a text is cut: a part of a secret would not be found.
    fn scrub(&self, text: &mut String) {
        for secret in &self.0 {
            if text.contains(secret.as_str()) {
                *text = text.replace(secret.as_str(), "(secret)");
            }
        }
        if let Some(redacted) = secrets::redact(text) {
            *text = redacted;
        }
    }
}
