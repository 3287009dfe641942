//! What the code says, for people: the methods of the builder that were called, and what with.

use super::builder::TelemetryBuilder;
use crate::config::environment::Environment;

impl TelemetryBuilder {
    /// Where its variables come from.
    pub(crate) fn variables(&self) -> &Environment {
        &self.environment
    }

    /// Whether the destinations of the environment are used.
    pub(crate) fn asks_environment_for_destinations(&self) -> bool {
        self.destinations.is_empty() || self.environment_destinations
    }

    /// Methods and what they were given.
    pub(crate) fn said(&self) -> Vec<(&'static str, String)> {
        let mut said: Vec<_> = self
            .destinations
            .iter()
            .flat_map(|one| one.said())
            .collect();
        let process = &self.process;
        let flag = |flag: Option<bool>| flag.map(|flag| flag.to_string());
        let number = |number: Option<u32>| number.map(|number| number.to_string());
        let options = [
            ("with_service_name", process.service_name.clone()),
            ("with_environment_name", process.environment.clone()),
            ("with_release", process.release.clone()),
            ("with_filter", self.filter.clone()),
            ("with_only_genai", flag(self.only_genai)),
            (
                "with_sampler",
                self.sampler.as_ref().map(|sampler| format!("{sampler:?}")),
            ),
            ("with_max_attributes", number(self.span_limits.attributes)),
            ("with_max_events", number(self.span_limits.events)),
            ("with_max_links", number(self.span_limits.links)),
            ("with_content", flag(self.content)),
            ("with_function_content", flag(self.function_content)),
            ("with_secret_redaction", flag(self.redacts)),
            ("with_debug", flag(self.debug)),
            (
                "with_retry_budget",
                self.delivery.budget.map(|budget| format!("{budget:?}")),
            ),
            (
                "with_spool_dir",
                self.delivery
                    .folder
                    .as_ref()
                    .map(|folder| folder.display().to_string()),
            ),
            (
                "with_spool_limit",
                self.delivery.limit.map(|limit| limit.to_string()),
            ),
        ];
        said.extend(
            options
                .into_iter()
                .filter_map(|(method, value)| Some((method, value?))),
        );
        let attributes = process.attributes.iter();
        said.extend(attributes.map(|one| ("with_resource_attribute", format!("{}=…", one.key))));
        said
    }
}
