//! Which project the keys belong to, for links to a trace.
//!
//! The project's id is looked up once, in the background, when the telemetry starts or a link is wanted: that
//! never blocks. `{base}/trace/{id}` does not work on Langfuse v4, so there is no link without the id.

use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, OnceLock};
use std::thread;

use serde::Deserialize;

use super::config::LangfuseConfig;
use super::examine;
use crate::backends::backend::Account;
use crate::backends::checkup::Checkup;
use crate::backends::checkup::Prober;
use crate::config::error::ConfigError;
use crate::otlp::transport;
use crate::otlp::transport::HttpSettings;

/// A project of a Langfuse.
#[derive(Clone, Debug)]
pub(crate) struct Project(Arc<Inner>);

#[derive(Debug)]
struct Inner {
    config: LangfuseConfig,
    id: OnceLock<String>,
    is_looked_up: AtomicBool,
}

impl Account for Project {
    fn host(&self) -> &str {
        self.0.config.host()
    }

    fn http_settings(&self) -> Result<HttpSettings, ConfigError> {
        self.0.config.http_settings()
    }

    fn exposes_credentials(&self) -> bool {
        self.0.config.is_exposed()
    }

    /// `None` until the project's id is known.
    fn trace_url(&self, trace_id: &str, settings: &HttpSettings) -> Option<String> {
        let Some(id) = self.0.id.get() else {
            self.look_up(settings);
            return None;
        };
        let base = self.0.config.base();
        Some(format!("{base}/project/{id}/traces/{trace_id}"))
    }

    fn secrets(&self) -> Vec<String> {
        self.0.config.keys().into()
    }

    fn examine(&self, settings: &HttpSettings, prober: &Prober, checkup: &mut Checkup) {
        examine::examine(&self.0.config, settings, prober, examine::REGIONS, checkup);
    }
}

#[derive(Deserialize)]
struct Projects {
    data: Vec<Found>,
}

#[derive(Deserialize)]
struct Found {
    id: String,
}

impl Project {
    pub(crate) fn new(config: LangfuseConfig, id: Option<String>) -> Self {
        let known = OnceLock::new();
        if let Some(id) = id {
            let _ = known.set(id);
        }
        Self(Arc::new(Inner {
            config,
            id: known,
            is_looked_up: AtomicBool::new(false),
        }))
    }

    fn look_up(&self, settings: &HttpSettings) {
        if self.0.is_looked_up.swap(true, Ordering::Relaxed) {
            return;
        }
        let (this, settings) = (self.clone(), settings.clone());
        let started = thread::Builder::new()
            .name("tracing-genai-project".into())
            .spawn(move || {
                if let Some(id) = this.fetch(&settings) {
                    let _ = this.0.id.set(id);
                } else {
                    // The next time, the server may be back.
                    this.0.is_looked_up.store(false, Ordering::Relaxed);
                }
            });
        if started.is_err() {
            self.0.is_looked_up.store(false, Ordering::Relaxed);
        }
    }

    fn fetch(&self, settings: &HttpSettings) -> Option<String> {
        let settings = self.0.config.projects_settings(settings).ok()?;
        let body = transport::get(&settings).ok()?;
        let projects: Projects = serde_json::from_slice(&body).ok()?;
        projects.data.into_iter().next().map(|project| project.id)
    }
}
