//! What can be wrong, in sentences that say what to do.
//!
//! Pure: what is known of a failure in, a [`Problem`] out. The texts of the HTTP stack's errors are read
//! here and nowhere else: they are no interface, so each has a test against a server that provokes it, and
//! what is not recognised is said as it is.

use std::fmt;
use std::time::Duration;

use reqwest::Url;

use super::proxy::Proxy;
use crate::otlp::response::origin;

/// Something that keeps traces from arriving as they should.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct Problem {
    /// What it is, for programs.
    pub kind: ProblemKind,
    /// What it is and what to do about it, for people: one sentence.
    pub sentence: String,
}

impl Problem {
    pub(crate) fn new(kind: ProblemKind, sentence: String) -> Self {
        Self { kind, sentence }
    }
}

impl fmt::Display for Problem {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str(&self.sentence)
    }
}

/// Kinds of problems.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum ProblemKind {
    /// A setting cannot be used; nothing else was tried.
    Setting,
    /// No backend is configured.
    NothingConfigured,
    /// Everything is switched off.
    SwitchedOff,
    /// The host's name is not known.
    UnknownHost,
    /// Nothing listens there.
    Refused,
    /// No answer came in time.
    TimedOut,
    /// The backend's certificate is not accepted.
    Certificate,
    /// One side speaks TLS, the other does not.
    Encryption,
    /// The proxy on the way does not let it through.
    Proxy,
    /// Something answers that is not the backend: a web page, a login, a redirect.
    NotTheBackend,
    /// The backend is there, but nothing takes traces at this path.
    Path,
    /// It is an endpoint for gRPC.
    Grpc,
    /// The backend does not know the keys, or they may not do this.
    Credentials,
    /// Another region of the backend knows the keys.
    Region,
    /// A key is not what it was when it was copied.
    DamagedKey,
    /// This machine's clock is wrong.
    Clock,
    /// The backend takes nothing now.
    Unavailable,
    /// Anything else.
    Other,
}

/// Begins with a capital letter and ends with a full stop.
pub(super) fn sentence(text: &str) -> String {
    let mut chars = text.trim().chars();
    let mut sentence: String = match chars.next() {
        // The name of a variable or method stays as it is.
        Some(first) if text.trim().starts_with(|c: char| c.is_ascii_lowercase()) => {
            first.to_uppercase().chain(chars).collect()
        }
        _ => text.trim().to_owned(),
    };
    if !sentence.ends_with(['.', '!', '?']) {
        sentence.push('.');
    }
    sentence
}

/// It should not have happened.
pub(super) fn fault() -> Problem {
    let text = "A fault in tracing-genai ended this; please report it.";
    Problem::new(ProblemKind::Other, text.to_owned())
}

/// What is known of a request that got no answer.
#[derive(Debug)]
pub(super) struct NoAnswer<'a> {
    pub(super) url: &'a Url,
    /// The error's sources.
    pub(super) text: String,
    pub(super) is_timeout: bool,
    pub(super) timeout: Duration,
    pub(super) proxy: Option<&'a Proxy>,
    /// What says the address.
    pub(super) setting: &'a str,
    /// Whether it was asked for OTLP, which is spoken in two ways.
    pub(super) is_otlp: bool,
}

const GRPC_PORT: u16 = 4317;

/// The sentence of an endpoint that speaks another protocol on the port of gRPC.
pub(super) fn grpc(url: &Url) -> Problem {
    let place = origin(url);
    Problem::new(
        ProblemKind::Grpc,
        format!(
            "{place} does not speak OTLP over HTTP, it seems to be an endpoint for gRPC: use the \
             collector's port for HTTP, usually 4318 (4317 is gRPC's), or write `https://` if it speaks TLS."
        ),
    )
}

impl NoAnswer<'_> {
    pub(super) fn problem(&self) -> Problem {
        let text = self.text.to_lowercase();
        let has = |parts: &[&str]| parts.iter().any(|part| text.contains(part));
        let host = self.url.host_str().unwrap_or_default();
        let (place, setting) = (self.place(), self.setting);
        let broken = has(&[
            "connection closed",
            "connection reset",
            "invalid http version",
            "broken pipe",
            "parse",
        ]);
        let is_at_grpc = self.is_otlp && self.url.port() == Some(GRPC_PORT);
        if is_at_grpc && (broken || self.is_timeout) {
            return grpc(self.url);
        }
        let (kind, sentence) = if self.proxy.is_some() && has(&["tunnel", "proxy", "socks"]) {
            (
                ProblemKind::Proxy,
                format!(
                    "{place} could not be reached, because the proxy refuses: correct the proxy's \
                     address and credentials, or name {host} in NO_PROXY."
                ),
            )
        } else if self.is_timeout {
            (
                ProblemKind::TimedOut,
                format!(
                    "{place} did not answer within {:?}: look for a firewall or proxy in between, or at \
                     the host and port in {setting}.",
                    self.timeout
                ),
            )
        } else if has(&["dns error", "failed to lookup", "resolve"]) {
            (
                ProblemKind::UnknownHost,
                format!(
                    "The name `{}` is not known here: correct it in {setting}, or look at this machine's \
                     DNS or VPN.",
                    self.asked_host()
                ),
            )
        } else if has(&["connection refused"]) {
            (
                ProblemKind::Refused,
                format!(
                    "Nothing listens at {place}: start it, or correct host and port in {setting} (in a \
                     container, `localhost` is the container itself)."
                ),
            )
        } else if let Some(sentence) = self.certificate(&text, &place, host) {
            (ProblemKind::Certificate, sentence)
        } else if has(&["invalidcontenttype", "corrupt message", "wrong version"]) {
            (
                ProblemKind::Encryption,
                format!(
                    "{place} does not speak TLS: write `http://` in place of `https://` in {setting}."
                ),
            )
        } else if self.is_otlp && has(&["invalid http version"]) {
            return grpc(self.url);
        } else if broken {
            (
                ProblemKind::Encryption,
                format!(
                    "{place} gave no answer in HTTP: look at the scheme (`http` or \
                     `https`) and the port in {setting}."
                ),
            )
        } else {
            (
                ProblemKind::Other,
                format!(
                    "{place} could not be reached ({}): look at {setting}.",
                    self.text
                ),
            )
        };
        Problem::new(kind, sentence)
    }

    /// The address, and the proxy on the way to it.
    fn place(&self) -> String {
        let place = origin(self.url);
        match self.proxy {
            Some(proxy) => format!("{place} (through the proxy {proxy})"),
            None => place,
        }
    }

    /// Whose name had to be resolved.
    fn asked_host(&self) -> &str {
        let proxy = self.proxy.and_then(Proxy::host);
        proxy.unwrap_or(self.url.host_str().unwrap_or_default())
    }

    fn certificate(&self, text: &str, place: &str, host: &str) -> Option<String> {
        if !text.contains("certificate") {
            return None;
        }
        let has = |parts: &[&str]| parts.iter().any(|part| text.contains(part));
        Some(if has(&["expired"]) {
            format!(
                "The certificate of {place} has expired: renew it, or look at this machine's clock."
            )
        } else if has(&["notvalidyet", "not valid yet", "not yet valid"]) {
            format!("The certificate of {place} is not valid yet: look at this machine's clock.")
        } else if has(&["notvalidforname", "not valid for name", "not valid for any"]) {
            format!(
                "The certificate of {place} is not for the name `{host}`: use the name that it was issued \
                 for in {}.",
                self.setting
            )
        } else {
            format!(
                "The certificate of {place} is not signed by anybody whom this machine trusts (it may be \
                 self-signed): add its authority to the system's certificates, or name a file with it in \
                 SSL_CERT_FILE."
            )
        })
    }
}
