//! Which proxy a request goes through, so that a sentence can name it.
//!
//! The HTTP client reads these variables of the process by itself; nothing depends on this reading.

use std::fmt;

use reqwest::Url;

use crate::config::display;
use crate::config::environment::Environment;
use crate::config::parser;
use crate::config::parser::Parser;
use crate::config::setting::{Row, Setting};
use crate::otlp::response::origin;

static HTTPS: Setting<String> = Setting::new(
    &["HTTPS_PROXY", "https_proxy"],
    "the proxy for backends with the scheme `https`",
    address(),
)
.of_process();

static HTTP: Setting<String> = Setting::new(
    &["HTTP_PROXY", "http_proxy"],
    "the proxy for backends with the scheme `http`",
    address(),
)
.of_process();

static ALL: Setting<String> = Setting::new(
    &["ALL_PROXY", "all_proxy"],
    "the proxy for backends whose scheme has none of its own",
    address(),
)
.of_process();

static NONE: Setting<String> = Setting::new(
    &["NO_PROXY", "no_proxy"],
    "hosts that are reached without a proxy",
    parser::text(),
)
.of_process();

pub(crate) static SETTINGS: &[&Row] = &[&HTTPS.row, &HTTP.row, &ALL.row, &NONE.row];

/// An address; the HTTP client decides whether it is a valid one.
const fn address() -> Parser<String> {
    parser::text().displayed_by(display::address)
}

/// A proxy and the variable that names it.
#[derive(Debug)]
pub(super) struct Proxy {
    variable: &'static str,
    url: Option<Url>,
}

impl Proxy {
    /// The proxy on the way to an address; `None` if there is none.
    pub(super) fn of(url: &Url, environment: &Environment) -> Option<Self> {
        let host = url.host_str().unwrap_or_default();
        let set = |setting: &Setting<String>| setting.read_named(environment).ok().flatten();
        if set(&NONE).is_some_and(|(_, hosts)| is_named(host, &hosts)) {
            return None;
        }
        let of_scheme = match url.scheme() {
            "https" => &HTTPS,
            _ => &HTTP,
        };
        let (variable, value) = set(of_scheme).or_else(|| set(&ALL))?;
        // `proxy:3128` could be a scheme as well.
        let whole = Url::parse(&value).ok().filter(Url::has_host);
        let url = whole.or_else(|| Url::parse(&format!("http://{value}")).ok());
        Some(Self { variable, url })
    }

    pub(super) fn host(&self) -> Option<&str> {
        self.url.as_ref()?.host_str()
    }
}

fn is_named(host: &str, hosts: &str) -> bool {
    hosts.split(',').map(str::trim).any(|name| {
        let name = name.trim_start_matches('.');
        name == "*"
            || host == name
            || (!name.is_empty() && host.ends_with(name) && {
                let rest = &host[..host.len() - name.len()];
                rest.ends_with('.')
            })
    })
}

/// Its address without credentials, and what names it.
impl fmt::Display for Proxy {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        if let Some(url) = &self.url {
            write!(formatter, "{} ", origin(url))?;
        }
        write!(formatter, "of {}", self.variable)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn proxy(url: &str, variables: &[(&str, &str)]) -> Option<String> {
        let pairs = variables.iter();
        let given = pairs.map(|(name, value)| (name.to_string(), value.to_string()));
        let environment = Environment::Given(given.collect());
        let url = Url::parse(url).expect("an address");
        Proxy::of(&url, &environment).map(|proxy| proxy.to_string())
    }

    #[test]
    fn the_scheme_decides_and_exceptions_have_none() {
        let variables = [
            ("HTTPS_PROXY", "http://user:secret@proxy.corp:3128"),
            ("no_proxy", "localhost, .internal,example.com"),
        ];
        let of = |url| proxy(url, &variables);
        let named = "http://proxy.corp:3128 of HTTPS_PROXY".to_owned();
        assert_eq!(of("https://cloud.langfuse.com/x"), Some(named));
        assert_eq!(of("http://cloud.langfuse.com"), None);
        assert_eq!(of("https://langfuse.internal"), None);
        assert_eq!(of("https://a.example.com"), None);
        assert!(of("https://badexample.com").is_some());
        let all = proxy("http://a.b", &[("all_proxy", "proxy:1080")]);
        assert_eq!(all.as_deref(), Some("http://proxy:1080 of all_proxy"));
    }
}
