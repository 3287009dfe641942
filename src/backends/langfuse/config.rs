//! Where Langfuse is and how it is addressed.
//!
//! Facts: the endpoint is `{base}/api/public/otel/v1/traces`, authentication is Basic with the
//! public key as user, and `x-langfuse-ingestion-version: 4` makes spans visible within seconds
//! (<https://langfuse.com/integrations/native/opentelemetry>).

use std::fmt;
use std::time::Duration;

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use reqwest::Url;
use reqwest::header::{AUTHORIZATION, HeaderMap, HeaderName, HeaderValue};

use super::settings;
use crate::config::environment::Environment;
use crate::config::error::ConfigError;
use crate::config::parser;
use crate::config::secret::Secret;
use crate::otlp::encoded::Compression;
use crate::otlp::protocol::Protocol;
use crate::otlp::transport::HttpSettings;

const TRACES_PATH: &str = "/api/public/otel/v1/traces";
const PROJECTS_PATH: &str = "/api/public/projects";
/// Longer than in Langfuse's own SDKs.
pub(crate) const TIMEOUT: Duration = Duration::from_secs(10);

/// How to reach Langfuse, for those who have configured nothing.
pub(crate) const HINT: &str = "set LANGFUSE_PUBLIC_KEY and LANGFUSE_SECRET_KEY (and \
     LANGFUSE_BASE_URL unless you use the EU cloud) to see this in Langfuse";

/// What a person looks at when the credentials are refused.
const CREDENTIALS: &str =
    "LANGFUSE_PUBLIC_KEY, LANGFUSE_SECRET_KEY and the region in LANGFUSE_BASE_URL";

/// Headers of every request.
pub(crate) const HEADERS: [(&str, &str); 3] = [
    ("x-langfuse-ingestion-version", "4"),
    ("x-langfuse-sdk-name", env!("CARGO_PKG_NAME")),
    ("x-langfuse-sdk-version", env!("CARGO_PKG_VERSION")),
];

/// The address of Langfuse behind its OTLP endpoint, which is often given in its place.
fn base_of(mut url: Url) -> Url {
    let path = url.path().trim_end_matches('/');
    let path = path.strip_suffix("/v1/traces").unwrap_or(path);
    if let Some(base) = path.strip_suffix("/api/public/otel") {
        let base = base.to_owned();
        url.set_path(&base);
    }
    url
}

/// Whether this is an OTLP endpoint of Langfuse, or the base of one.
pub(crate) fn is_endpoint(url: &str) -> bool {
    url.contains("/api/public/otel")
}

/// Address and keys of a Langfuse project.
#[derive(Clone)]
pub(crate) struct LangfuseConfig {
    pub(crate) public_key: String,
    pub(crate) secret_key: Secret,
    pub(crate) base_url: Url,
}

impl fmt::Debug for LangfuseConfig {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter
            .debug_struct("LangfuseConfig")
            .field("base_url", &self.base())
            .finish_non_exhaustive()
    }
}

impl LangfuseConfig {
    /// Keys as given in code, with the default address.
    pub(crate) fn new(
        public_key: String,
        secret_key: Secret,
        base_url: Option<&str>,
    ) -> Result<Self, ConfigError> {
        Self::checked(
            public_key,
            secret_key,
            "Destination::langfuse",
            "Destination::with_base_url",
            base_url.unwrap_or(settings::DEFAULT_BASE_URL),
        )
    }

    fn checked(
        public_key: String,
        secret_key: Secret,
        keys_setting: &str,
        url_setting: &str,
        base_url: &str,
    ) -> Result<Self, ConfigError> {
        if public_key.starts_with("sk-lf-") || secret_key.expose().starts_with("pk-lf-") {
            return Err(ConfigError::secret(
                keys_setting,
                "the public key (pk-lf-…) and the secret key (sk-lf-…): they are swapped",
            ));
        }
        let base_url = base_of(parser::url().parse(url_setting, base_url)?);
        Ok(Self {
            public_key,
            secret_key,
            base_url,
        })
    }

    /// Reads the variables of Langfuse's own SDKs; `None` if there are no keys.
    pub(crate) fn from_environment(environment: &Environment) -> Result<Option<Self>, ConfigError> {
        let public_key = settings::PUBLIC_KEY.read(environment)?;
        let secret_key = settings::SECRET_KEY.read(environment)?;
        let [public, secret] = settings::KEY_NAMES;
        let (public_key, secret_key) = match (public_key, secret_key) {
            (None, None) => return Ok(None),
            (Some(_), None) => return Err(ConfigError::missing(secret, public)),
            (None, Some(_)) => return Err(ConfigError::missing(public, secret)),
            (Some(public_key), Some(secret_key)) => (public_key, secret_key),
        };
        let (setting, url) = match settings::BASE_URL.read_named(environment)? {
            Some((setting, url)) => (setting, Some(url)),
            None => ("", None),
        };
        let url = url.as_deref().unwrap_or(settings::DEFAULT_BASE_URL);
        let keys = format!("{public} / {secret}");
        Self::checked(public_key, secret_key, &keys, setting, url).map(Some)
    }

    /// Whether the keys travel unencrypted to another machine.
    pub(crate) fn is_exposed(&self) -> bool {
        let loopback = match self.base_url.host() {
            Some(url::Host::Domain(name)) => name == "localhost" || name.ends_with(".localhost"),
            Some(url::Host::Ipv4(address)) => address.is_loopback(),
            Some(url::Host::Ipv6(address)) => address.is_loopback(),
            None => false,
        };
        self.base_url.scheme() == "http" && !loopback
    }

    /// The host, for people.
    pub(crate) fn host(&self) -> &str {
        self.base_url.host_str().unwrap_or_default()
    }

    /// The address of its pages, without a slash at the end and without a password of a proxy in front
    /// of it: links are shown and shared.
    pub(crate) fn base(&self) -> String {
        let mut url = self.base_url.clone();
        url.set_query(None);
        url.set_fragment(None);
        // Only what has no host refuses these.
        let _ = (url.set_username(""), url.set_password(None));
        url.as_str().trim_end_matches('/').to_owned()
    }

    /// How to send traces.
    pub(crate) fn http_settings(&self) -> Result<HttpSettings, ConfigError> {
        self.settings(TRACES_PATH)
    }

    /// How to ask which project the keys belong to, on the way on which traces are sent.
    pub(crate) fn projects_settings(
        &self,
        of_traces: &HttpSettings,
    ) -> Result<HttpSettings, ConfigError> {
        Ok(HttpSettings {
            headers: of_traces.headers.clone(),
            timeout: of_traces.timeout,
            certificates: of_traces.certificates.clone(),
            ..self.settings(PROJECTS_PATH)?
        })
    }

    fn settings(&self, path: &str) -> Result<HttpSettings, ConfigError> {
        let mut url = self.base_url.clone();
        let path = format!("{}{path}", url.path().trim_end_matches('/'));
        url.set_path(&path);
        url.set_query(None);
        let pair = format!("{}:{}", self.public_key, self.secret_key.expose());
        let mut authorization: HeaderValue = format!("Basic {}", STANDARD.encode(pair))
            .parse()
            .map_err(|_| ConfigError::secret("the Langfuse keys", "visible ASCII text"))?;
        authorization.set_sensitive(true);
        let mut headers = HeaderMap::new();
        headers.insert(AUTHORIZATION, authorization);
        for (name, value) in HEADERS {
            headers.insert(
                HeaderName::from_static(name),
                HeaderValue::from_static(value),
            );
        }
        Ok(HttpSettings {
            protocol: Protocol::HttpProtobuf,
            url,
            headers,
            timeout: TIMEOUT,
            compression: Compression::Gzip,
            credentials: CREDENTIALS,
            account: self.public_key.clone(),
            certificates: Vec::new(),
        })
    }
}
