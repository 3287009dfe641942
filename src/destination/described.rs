//! What the code says of a destination, for people: no key and no value of a header.

use super::{Destination, Kind};
use crate::config::environment::without_password;

impl Destination {
    /// Methods and what they were given.
    pub(crate) fn said(&self) -> Vec<(&'static str, String)> {
        let mut said = Vec::new();
        match &self.kind {
            Kind::Account {
                backend,
                credentials,
            } => {
                let key = backend.display_key(&credentials.public_key);
                said.push(("Destination::langfuse", key));
                let url = credentials.base_url.as_deref().map(without_password);
                said.extend(url.map(|url| ("Destination::with_base_url", url)));
            }
            Kind::Otlp { url, .. } => said.push(("Destination::otlp", without_password(url))),
            Kind::Terminal => said.push(("Destination::terminal", String::new())),
            Kind::FromEnvironment { .. } | Kind::InMemory(_) => {}
        }
        let options = [
            (
                "Destination::with_mapping",
                self.mapping.map(|backend| backend.name().to_owned()),
            ),
            (
                "Destination::with_content",
                self.content.map(|content| content.to_string()),
            ),
            (
                "Destination::with_only_genai",
                self.only_genai.map(|only| only.to_string()),
            ),
            (
                "Destination::with_sample_rate",
                self.sample_rate.map(|share| share.to_string()),
            ),
            (
                "Destination::with_flush_at",
                self.flush_at.map(|spans| spans.to_string()),
            ),
            (
                "Destination::with_flush_interval",
                self.flush_interval.map(|interval| format!("{interval:?}")),
            ),
            (
                "Destination::with_timeout",
                self.timeout.map(|timeout| format!("{timeout:?}")),
            ),
            (
                "Destination::with_compression",
                self.compression
                    .map(|compression| format!("{compression:?}")),
            ),
        ];
        said.extend(
            options
                .into_iter()
                .filter_map(|(method, value)| Some((method, value?))),
        );
        let headers = self.headers.iter();
        said.extend(
            headers.map(|(name, _)| ("Destination::with_header", format!("{name}=(secret)"))),
        );
        said
    }
}
