//! What is known of a call by its address and by the head of its answer.

use std::borrow::Cow;

use reqwest::{StatusCode, Url};

use super::mcp;
use crate::conventions as names;
use crate::model::ObservationType;
use crate::span::AttributeSink;
use crate::wire::{Endpoint, RequestFacts};

/// The name of a call's span: `{operation} {model}`, or method and route if it has no operation; of a message of
/// the Model Context Protocol, its method and what it is about.
pub(in crate::recorder) fn name(
    endpoint: &Endpoint,
    request: Option<&RequestFacts>,
) -> Cow<'static, str> {
    if let Some(message) = endpoint.mcp() {
        return mcp::name(message, request.map(|request| &request.mcp)).into();
    }
    let Some(operation) = endpoint.operation() else {
        return format!("{} {}", endpoint.method(), endpoint.route()).into();
    };
    let model = request.and_then(|request| request.model.as_deref());
    match model.or(endpoint.model()) {
        Some(model) if endpoint.is_inference() => format!("{operation} {model}").into(),
        _ => operation.into(),
    }
}

/// What the address says.
pub(in crate::recorder) fn address(set: &mut impl AttributeSink, endpoint: &Endpoint, url: &Url) {
    let host = url.host_str().unwrap_or_default();
    set.push_some(names::PROVIDER_NAME, endpoint.provider());
    set.push(names::SERVER_ADDRESS, host.to_owned());
    set.push_some(
        names::SERVER_PORT,
        url.port_or_known_default().map(i64::from),
    );
    if let Some(message) = endpoint.mcp() {
        mcp::message(set, message);
    }
    match endpoint.operation() {
        Some(operation) => set.push(names::OPERATION_NAME, operation),
        // No model call, whatever attributes follow.
        None => set.observation_type(ObservationType::Span),
    }
    if endpoint.operation().is_none() && endpoint.mcp().is_none() {
        set.push(names::call::HTTP_METHOD, endpoint.method().to_owned());
        set.push(names::call::URL_TEMPLATE, endpoint.route().to_owned());
    }
    let owned = |text: Option<&str>| text.map(str::to_owned);
    set.push_some(names::OPENAI_API_TYPE, endpoint.api_type());
    set.push_some(names::run::ID, owned(endpoint.run_id()));
    set.push_some(names::call::API_VERSION, owned(endpoint.api_version()));
    set.push_some(names::RESPONSE_ID, owned(endpoint.response_id()));
    let cursor = endpoint.stream_cursor().map(|after| after.to_string());
    set.push_some(names::REQUEST_STREAM_CURSOR, cursor);
    set.push_some(names::CONVERSATION_ID, owned(endpoint.conversation_id()));
}

/// What the head of an answer says.
pub(in crate::recorder) fn head(
    set: &mut impl AttributeSink,
    status: Option<StatusCode>,
    request_id: Option<&str>,
) {
    let status = status.map(|status| i64::from(status.as_u16()));
    set.push_some(names::call::HTTP_STATUS, status);
    set.push_some(names::call::REQUEST_ID, request_id.map(str::to_owned));
}
