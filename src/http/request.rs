//! What the layer needs of a client's request, and of its errors.
//!
//! async-openai passes a factory that builds the request anew for every attempt, so a request is
//! observed by wrapping the factory, never by building it once more: a second build would read
//! multipart files twice. The trait is implemented for each supported version by one macro, so a
//! new version is one line.

use std::any::Any;
use std::error::Error as _;
use std::pin::Pin;

use reqwest::Request;

use crate::recorder::Failure;
use crate::text::errors;

/// A future that is boxed because the factories are.
pub type BoxFuture<T> = Pin<Box<dyn Future<Output = T> + Send + 'static>>;

/// Builds the request of one attempt. Implemented for the factories of the supported clients.
pub trait RequestFactory: sealed::Sealed + Clone + Send + Sync + 'static {
    /// What building can fail with.
    type Error: Send + 'static;

    /// Builds the request.
    fn build_request(&self) -> BoxFuture<Result<Request, Self::Error>>;

    /// A factory that asks a function.
    fn from_fn(
        build: impl Fn() -> BoxFuture<Result<Request, Self::Error>> + Send + Sync + 'static,
    ) -> Self;

    /// What is known of an error of this client, or of one that a layer has boxed.
    fn describe(error: &(dyn Any + 'static)) -> Option<Failure>;
}

mod sealed {
    pub trait Sealed {}
}

impl Failure {
    /// An error of the transport.
    pub(crate) fn of_transport(error: &reqwest::Error) -> Self {
        let kind = if error.is_timeout() {
            "timeout"
        } else if error.is_connect() {
            "connection_error"
        } else if error.is_decode() {
            "decode_error"
        } else if error.is_body() {
            "body_error"
        } else if error.is_builder() {
            "request_error"
        } else {
            "transport_error"
        };
        Self {
            status: error.status(),
            ..Self::new(kind, sources(error))
        }
    }
}

/// The sources of an error, without its address, which may hold a key.
fn sources(error: &reqwest::Error) -> String {
    error.source().map(errors::with_sources).unwrap_or_else(|| {
        let text = if error.is_timeout() {
            "the request timed out"
        } else {
            "the request failed"
        };
        text.to_owned()
    })
}

/// One version of async-openai.
#[cfg(any(feature = "async-openai-041", feature = "async-openai-043"))]
macro_rules! async_openai {
    ($version:ident) => {
        impl sealed::Sealed for $version::middleware::HttpRequestFactory {}

        impl RequestFactory for $version::middleware::HttpRequestFactory {
            type Error = $version::error::OpenAIError;

            fn build_request(&self) -> BoxFuture<Result<Request, Self::Error>> {
                let factory = self.clone();
                Box::pin(async move { factory.build().await })
            }

            fn from_fn(
                build: impl Fn() -> BoxFuture<Result<Request, Self::Error>> + Send + Sync + 'static,
            ) -> Self {
                Self::new(build)
            }

            fn describe(error: &(dyn Any + 'static)) -> Option<Failure> {
                use $version::error::OpenAIError;
                let described = match error.downcast_ref::<OpenAIError>()? {
                    OpenAIError::Reqwest(error) => Failure::of_transport(error),
                    OpenAIError::ApiError(response) => {
                        let error = &response.api_error;
                        let kind = error.code.as_deref().or(error.r#type.as_deref());
                        Failure {
                            status: reqwest::StatusCode::from_u16(response.status_code.as_u16())
                                .ok(),
                            ..Failure::new(kind.unwrap_or_default(), error.message.as_str())
                        }
                    }
                    // Its text holds the whole body.
                    OpenAIError::JSONDeserialize(..) => {
                        Failure::new("decode_error", "the answer could not be read")
                    }
                    OpenAIError::InvalidArgument(_) => {
                        Failure::new("request_error", "the request could not be built")
                    }
                    OpenAIError::Boxed(error) => {
                        let timeout = error.to_string().contains("timed out");
                        Failure::new(
                            if timeout { "timeout" } else { "_OTHER" },
                            "a layer of the client failed",
                        )
                    }
                    _ => Failure::new("_OTHER", "the call failed"),
                };
                Some(described)
            }
        }
    };
}

#[cfg(feature = "async-openai-041")]
async_openai!(async_openai_041);
#[cfg(feature = "async-openai-043")]
async_openai!(async_openai);
