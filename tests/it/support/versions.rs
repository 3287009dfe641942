//! async-openai's client, traced, in all supported versions behind one interface, so that a test covers all
//! of them.
//!
//! Requests and answers are JSON values, and errors are texts; everything on the wire is done by the client.
//! A test takes a [`Version`], and [`with_each_version`] makes one test for each.

use std::pin::Pin;

use futures_util::{Stream, StreamExt};
use serde_json::Value;
use tracing_genai::openai::HttpService;

#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Version {
    V041,
    V043,
}

/// Makes a test for each version from each of these functions.
macro_rules! with_each_version {
    ($($test:ident),* $(,)?) => {
        mod v041 {$(
            #[tokio::test]
            async fn $test() {
                super::$test($crate::support::versions::Version::V041).await;
            }
        )*}

        mod v043 {$(
            #[tokio::test]
            async fn $test() {
                super::$test($crate::support::versions::Version::V043).await;
            }
        )*}
    };
}
pub(crate) use with_each_version;

pub enum Client {
    V041(async_openai_041::Client<async_openai_041::config::OpenAIConfig>),
    V043(async_openai::Client<async_openai::config::OpenAIConfig>),
}

/// The items of a stream.
pub type Chunks = Pin<Box<dyn Stream<Item = Result<Value, String>> + Send>>;

impl Version {
    /// A client of the server at this address.
    pub fn client(self, url: impl Into<String>) -> Client {
        self.client_of(url, tracing_genai::openai::http_service())
    }

    pub fn client_of(self, url: impl Into<String>, service: HttpService) -> Client {
        macro_rules! client {
            ($version:ident) => {
                $version::Client::with_config(
                    $version::config::OpenAIConfig::new()
                        .with_api_base(url)
                        .with_api_key("sk-simulated"),
                )
                .with_http_service(service)
            };
        }
        match self {
            Self::V041 => Client::V041(client!(async_openai_041)),
            Self::V043 => Client::V043(client!(async_openai)),
        }
    }
}

macro_rules! calls {
    ($($name:ident: $group:ident . $method:ident;)*) => {$(
        pub async fn $name(&self, request: &Value) -> Result<Value, String> {
            match self {
                Self::V041(client) => client
                    .$group()
                    .$method::<_, Value>(request.clone())
                    .await
                    .map_err(|error| format!("{error:?}")),
                Self::V043(client) => client
                    .$group()
                    .$method::<_, Value>(request.clone())
                    .await
                    .map_err(|error| format!("{error:?}")),
            }
        }
    )*};
}

macro_rules! streams {
    ($($name:ident: $group:ident;)*) => {$(
        pub async fn $name(&self, request: &Value) -> Result<Chunks, String> {
            macro_rules! stream {
                ($client:ident) => {
                    match $client
                        .$group()
                        .create_stream_byot::<_, Value>(request.clone())
                        .await
                    {
                        Ok(stream) => {
                            Ok(stream.map(|item| item.map_err(|error| format!("{error:?}"))).boxed())
                        }
                        Err(error) => Err(format!("{error:?}")),
                    }
                };
            }
            match self {
                Self::V041(client) => stream!(client),
                Self::V043(client) => stream!(client),
            }
        }
    )*};
}

impl Client {
    calls! {
        chat: chat.create_byot;
        respond: responses.create_byot;
        complete: completions.create_byot;
        embed: embeddings.create_byot;
        moderate: moderations.create_byot;
        draw: images.generate_byot;
    }

    streams! {
        chat_stream: chat;
        respond_stream: responses;
    }
}
