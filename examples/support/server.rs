//! The server that an example talks to: OpenAI's if there is a key, the one that is named, else a
//! simulated one.

use std::io;

use async_openai::config::OpenAIConfig;

use super::openai_sim;

/// A server and, if it is simulated, its life.
pub(crate) enum Server {
    Real,
    Simulated(openai_sim::Server),
}

impl Server {
    /// Looks at the environment.
    pub(crate) async fn find() -> io::Result<Self> {
        let is_set = |name| std::env::var_os(name).is_some_and(|value| !value.is_empty());
        if is_set("OPENAI_BASE_URL") || is_set("OPENAI_API_KEY") {
            return Ok(Self::Real);
        }
        openai_sim::start().await.map(Self::Simulated)
    }

    /// What a client needs to know of it.
    pub(crate) fn config(&self) -> OpenAIConfig {
        match self {
            Self::Real => OpenAIConfig::new(),
            Self::Simulated(server) => OpenAIConfig::new()
                .with_api_base(server.base_url())
                .with_api_key("simulated"),
        }
    }
}
