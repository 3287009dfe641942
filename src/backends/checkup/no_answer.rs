//! Why a request got no answer.
//!
//! Pure: what is known of a failure in, a [`Problem`] out. The texts of the HTTP stack's errors are read
//! here and nowhere else. They are no stable interface, so a test provokes each of them with a real server,
//! and an unknown one is quoted as it is.

use std::time::Duration;

use reqwest::Url;

use super::problem::{Problem, ProblemKind};
use super::proxy::Proxy;
use crate::otlp::response::origin;

/// A request that got no answer.
#[derive(Debug)]
pub(super) struct NoAnswer<'a> {
    pub(super) url: &'a Url,
    /// The error and its sources.
    pub(super) text: String,
    pub(super) is_timeout: bool,
    pub(super) timeout: Duration,
    pub(super) proxy: Option<&'a Proxy>,
    /// The setting with the address.
    pub(super) setting: &'a str,
    /// Whether the request was OTLP, which gRPC also carries.
    pub(super) is_otlp: bool,
}

const GRPC_PORT: u16 = 4317;

/// An endpoint of gRPC.
pub(crate) fn grpc(url: &Url) -> Problem {
    let origin = origin(url);
    Problem::new(
        ProblemKind::Grpc,
        format!(
            "{origin} does not speak OTLP over HTTP, it seems to be an endpoint for gRPC: use the \
             collector's port for HTTP, usually 4318 (4317 is gRPC's), or write `https://` if it speaks TLS."
        ),
    )
}

impl NoAnswer<'_> {
    pub(super) fn problem(&self) -> Problem {
        let text = self.text.to_lowercase();
        let has = |parts: &[&str]| parts.iter().any(|part| text.contains(part));
        let host = self.url.host_str().unwrap_or_default();
        let (origin, setting) = (self.address(), self.setting);
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
                    "{origin} could not be reached, because the proxy refuses: correct the proxy's \
                     address and credentials, or name {host} in NO_PROXY."
                ),
            )
        } else if self.is_timeout {
            (
                ProblemKind::TimedOut,
                format!(
                    "{origin} did not answer within {:?}: look for a firewall or proxy in between, or at \
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
                    "Nothing listens at {origin}: start it, or correct host and port in {setting} (in a \
                     container, `localhost` is the container itself)."
                ),
            )
        } else if let Some(sentence) = self.certificate(&text, &origin, host) {
            (ProblemKind::Certificate, sentence)
        } else if has(&["invalidcontenttype", "corrupt message", "wrong version"]) {
            (
                ProblemKind::Encryption,
                format!(
                    "{origin} does not speak TLS: write `http://` in place of `https://` in {setting}."
                ),
            )
        } else if self.is_otlp && has(&["invalid http version"]) {
            return grpc(self.url);
        } else if broken {
            (
                ProblemKind::Encryption,
                format!(
                    "{origin} gave no answer in HTTP: look at the scheme (`http` or \
                     `https`) and the port in {setting}."
                ),
            )
        } else {
            (
                ProblemKind::Other,
                format!(
                    "{origin} could not be reached ({}): look at {setting}.",
                    self.text
                ),
            )
        };
        Problem::new(kind, sentence)
    }

    /// The address, and the proxy on the way to it.
    fn address(&self) -> String {
        let origin = origin(self.url);
        match self.proxy {
            Some(proxy) => format!("{origin} (through the proxy {proxy})"),
            None => origin,
        }
    }

    /// Whose name had to be resolved.
    fn asked_host(&self) -> &str {
        let proxy = self.proxy.and_then(Proxy::host);
        proxy.unwrap_or(self.url.host_str().unwrap_or_default())
    }

    fn certificate(&self, text: &str, origin: &str, host: &str) -> Option<String> {
        if !text.contains("certificate") {
            return None;
        }
        let has = |parts: &[&str]| parts.iter().any(|part| text.contains(part));
        Some(if has(&["expired"]) {
            format!(
                "The certificate of {origin} has expired: renew it, or look at this machine's clock."
            )
        } else if has(&["notvalidyet", "not valid yet", "not yet valid"]) {
            format!("The certificate of {origin} is not valid yet: look at this machine's clock.")
        } else if has(&["notvalidforname", "not valid for name", "not valid for any"]) {
            format!(
                "The certificate of {origin} is not for the name `{host}`: use the name that it was issued \
                 for in {}.",
                self.setting
            )
        } else {
            format!(
                "The certificate of {origin} is not signed by anybody whom this machine trusts (it may be \
                 self-signed): add its authority to the system's certificates, or name a file with it in \
                 SSL_CERT_FILE."
            )
        })
    }
}
