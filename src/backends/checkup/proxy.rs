//! Which proxy a request goes through, so that it can be named.
//!
//! The HTTP client decides by variables of the process that this only reads again; it is for sentences,
//! nothing depends on it.

use std::fmt;

use reqwest::Url;

use crate::config::environment::Environment;
use crate::config::settings::variable;
use crate::otlp::response::origin;

/// A proxy and the variable that names it.
#[derive(Debug)]
pub(super) struct Proxy {
    variable: String,
    url: Option<Url>,
}

impl Proxy {
    /// The proxy on the way to an address; `None` if there is none.
    pub(super) fn of(url: &Url, environment: &Environment) -> Option<Self> {
        let [https, http, all, none] = variable::PROXIES;
        let both = |name: &str| {
            let names = [name.to_owned(), name.to_lowercase()];
            let set = |name: String| environment.get(&name).map(|value| (name, value));
            names.into_iter().find_map(set)
        };
        let host = url.host_str().unwrap_or_default();
        if both(none).is_some_and(|(_, hosts)| is_named(host, &hosts)) {
            return None;
        }
        let of_scheme = match url.scheme() {
            "https" => https,
            _ => http,
        };
        let (variable, value) = both(of_scheme).or_else(|| both(all))?;
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
