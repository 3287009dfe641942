//! What is recorded of an error that a client returns instead of a response.
//!
//! Contract: the kind is a name of low cardinality. The message never holds an address, which may hold a
//! key, nor a response's body.

use std::any::Any;
use std::error::Error;
use std::fmt;
use std::io;

use super::versions::async_openai_versions;
use crate::conventions::error_type;
use crate::recorder::Failure;
use crate::text::errors;

const TIMEOUT: &str = "timeout";

type DynError = dyn Error + 'static;
type BoxError = Box<dyn Error + Send + Sync>;

/// What is known of an error of any type. A type that this crate does not know gives its name and its text.
pub(super) fn of<E: fmt::Display + 'static>(error: &E) -> Failure {
    if let Some(error) = KNOWN_TYPES.iter().find_map(|known| known(error)) {
        return of_error(error);
    }
    let kind = errors::type_name::<E>();
    let kind = kind.as_deref().unwrap_or(error_type::OTHER);
    Failure::new(kind, errors::shortened(error.to_string()))
}

/// An error of reqwest.
pub(super) fn of_transport(error: &reqwest::Error) -> Failure {
    let kind = if error.is_timeout() {
        TIMEOUT
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
    // Its own text holds the address.
    let message = match error.source() {
        Some(source) => errors::with_sources(source),
        None if error.is_timeout() => "the request timed out".into(),
        None => "the request failed".into(),
    };
    Failure {
        status: error.status(),
        ..Failure::new(kind, message)
    }
}

/// An error with sources: the first of them that is known decides.
fn of_error(error: &DynError) -> Failure {
    if let Some(failure) = errors::and_sources(error).find_map(of_client) {
        return failure;
    }
    let kind = if errors::and_sources(error).any(is_timeout) {
        TIMEOUT
    } else {
        error_type::OTHER
    };
    Failure::new(kind, errors::with_sources(error))
}

fn is_timeout(error: &DynError) -> bool {
    match error.downcast_ref::<io::Error>() {
        Some(error) => error.kind() == io::ErrorKind::TimedOut,
        // As tower and tokio say it.
        None => matches!(
            error.to_string().as_str(),
            "request timed out" | "deadline has elapsed"
        ),
    }
}

/// An error of a client.
fn of_client(error: &DynError) -> Option<Failure> {
    if let Some(error) = error.downcast_ref() {
        return Some(of_transport(error));
    }
    OF_ASYNC_OPENAI.iter().find_map(|read| read(error))
}

/// Sees an error of a type that is known as one with sources.
type KnownType = fn(&dyn Any) -> Option<&DynError>;

const KNOWN_TYPES: &[KnownType] = &[
    known::<reqwest::Error>,
    |error| Some(error.downcast_ref::<BoxError>()?.as_ref()),
    known::<io::Error>,
    |error| OPENAI_ERRORS.iter().find_map(|known| known(error)),
    #[cfg(feature = "reqwest-middleware")]
    |error| match error.downcast_ref()? {
        reqwest_middleware::Error::Reqwest(error) => Some(error),
        reqwest_middleware::Error::Middleware(error) => Some(error.as_ref()),
    },
];

fn known<E: Error + 'static>(error: &dyn Any) -> Option<&DynError> {
    error.downcast_ref::<E>().map(|error| error as &DynError)
}

/// Reads an error of one type.
type ReadError = fn(&DynError) -> Option<Failure>;

/// What is known of the errors of the versions of async-openai.
macro_rules! failures {
    ($(($feature:literal, $name:ident, $version:ident),)*) => {
        const OPENAI_ERRORS: &[KnownType] = &[
            $(#[cfg(feature = $feature)] known::<$version::error::OpenAIError>,)*
        ];

        const OF_ASYNC_OPENAI: &[ReadError] = &[
            $(#[cfg(feature = $feature)] |error| error.downcast_ref().map($name),)*
        ];

        $(
            #[cfg(feature = $feature)]
            fn $name(error: &$version::error::OpenAIError) -> Failure {
                use $version::error::OpenAIError;
                match error {
                    OpenAIError::Reqwest(error) => of_transport(error),
                    OpenAIError::ApiError(response) => {
                        let error = &response.api_error;
                        let kind = error.code.as_deref().or(error.r#type.as_deref());
                        let status = response.status_code.as_u16();
                        Failure {
                            status: reqwest::StatusCode::from_u16(status).ok(),
                            ..Failure::new(kind.unwrap_or_default(), error.message.as_str())
                        }
                    }
                    // Its text holds the whole body.
                    OpenAIError::JSONDeserialize(..) => {
                        Failure::new("decode_error", "the response could not be read")
                    }
                    OpenAIError::InvalidArgument(_) => {
                        Failure::new("request_error", "the request could not be built")
                    }
                    OpenAIError::Boxed(error) => of_error(error.as_ref()),
                    _ => Failure::new(error_type::OTHER, "the call failed"),
                }
            }
        )*
    };
}

async_openai_versions!(failures);
