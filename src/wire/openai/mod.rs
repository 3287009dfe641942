//! The API of OpenAI, which Azure, gateways, local servers and many vendors speak too.

mod assistants;
mod chat;
mod embeddings;
mod evidence;
mod kind;
mod media;
mod parts;
mod reasoning;
mod request;
mod response;
mod responses;
mod routes;
mod stream_usage;
mod tools;

use crate::conventions::provider as names;
use crate::wire::dialect::{Assembler, Dialect, Framing, RequestBody, ResponseHead};
use crate::wire::endpoint::{Endpoint, RequestHead};
use crate::wire::facts::{AssistantsEndpoint, RequestFacts, ResponseFacts, StoredAnswer};
use crate::wire::fields::Object;
use crate::wire::framing::json::Verbatim;
use crate::wire::framing::tail;
use crate::wire::limits::Limits;
use crate::wire::verdict::Expected;
use crate::wire::{provider, route};
// What other APIs share with this one.
pub(super) use chat::{Answer as ChatAnswer, request as chat_request};
pub(super) use embeddings::without_tokens;
use kind::EndpointKind;
pub(super) use parts::result;
use routes::ROUTES;
pub(super) use tools::definitions as tool_definitions;

/// Whether a content type is that of text, which no sound is.
fn is_words(media_type: &str) -> bool {
    media_type.starts_with("text/") || media_type.ends_with("json") || media_type.ends_with("xml")
}

/// Arguments that some servers do not wrap in a text, wherever they stand.
const VERBATIM: Verbatim = &[
    ("messages", "arguments"),
    ("messages", "input"),
    ("choices", "arguments"),
    ("choices", "input"),
    ("input", "arguments"),
    ("output", "arguments"),
    ("item", "arguments"),
    ("response", "arguments"),
    ("required_action", "arguments"),
    ("step_details", "arguments"),
    ("data", "arguments"),
];

/// Other protocols with the same words.
const FOREIGN: [&str; 3] = ["chatkit", "realtime", "organization"];

pub(super) fn recognise(head: &RequestHead<'_>) -> Option<Endpoint> {
    if head
        .segments
        .iter()
        .any(|segment| FOREIGN.contains(segment))
    {
        return None;
    }
    let (kind, route) = route::find(ROUTES, head.method, &head.segments)?;
    if !evidence::is_call_of_a_model(*kind, head, &route) {
        return None;
    }
    // An unknown host is named by the dialect that it speaks.
    let provider = provider::of_host(head.host).unwrap_or(names::OPENAI);
    let mut endpoint = Endpoint::new(head, route, provider, kind);
    let mut pairs = head.segments.windows(2);
    endpoint.model = pairs.find_map(|pair| match pair {
        ["deployments", deployment] => Some((*deployment).to_owned()),
        _ => None,
    });
    for (name, value) in head.query() {
        match name {
            "stream" => endpoint.is_stream = value == "true",
            "order" => endpoint.is_ascending = value == "asc",
            "starting_after" => endpoint.stream_cursor = value.parse().ok(),
            "api-version" => endpoint.api_version = Some(value.to_owned()),
            _ => {}
        }
    }
    Some(endpoint)
}

impl Dialect for EndpointKind {
    fn operation(&self) -> Option<&'static str> {
        (*self).operation()
    }

    fn api_type(&self) -> Option<&'static str> {
        (*self).api_type()
    }

    fn is_inference(&self) -> bool {
        (*self).is_inference()
    }

    fn assistants(&self) -> Option<AssistantsEndpoint> {
        (*self).assistants()
    }

    fn stored_answer(&self) -> Option<StoredAnswer> {
        (*self).stored_answer()
    }

    fn verbatim(&self) -> Verbatim {
        VERBATIM
    }

    fn body_with_usage(&self, body: &[u8]) -> Option<Vec<u8>> {
        match self {
            Self::Chat => stream_usage::with_usage(body),
            _ => None,
        }
    }

    fn request(&self, body: RequestBody, facts: &mut RequestFacts) {
        request::read(*self, body, facts);
    }

    fn framing(&self, head: &ResponseHead<'_>) -> Option<Framing> {
        let media_type = head.content_type.unwrap_or_default();
        let is_events = media_type == "text/event-stream";
        let framing = match self {
            // Sound often comes without a content type.
            Self::Speech if !is_events && !is_words(media_type) => Framing::Binary,
            Self::Transcription | Self::Translation
                if media_type.starts_with("text/") && !is_events && !head.stream_requested =>
            {
                Framing::Text
            }
            _ => return None,
        };
        head.is_success().then_some(framing)
    }

    fn answers_in_text(&self) -> bool {
        matches!(self, Self::Transcription | Self::Translation)
    }

    fn expects(&self) -> Expected {
        (*self).expects()
    }

    fn restore(&self, fields: &mut Object, end: &[u8], choices: Option<u64>) {
        tail::put_members(fields, tail::members(end));
        if matches!(self, Self::Chat | Self::Completions) && choices == Some(1) {
            chat::restore_finish_reason(fields, end);
        }
    }

    fn response(&self, fields: Object, complete: bool) -> ResponseFacts {
        response::read(*self, fields, complete)
    }

    fn assembler(&self, limits: Limits) -> Option<Box<dyn Assembler>> {
        Some(match self {
            Self::Chat | Self::Completions => Box::new(chat::Answer::new(limits)),
            Self::Response | Self::ResponseRetrieve | Self::ResponseCompact => {
                Box::new(responses::Stream::new(limits))
            }
            Self::ImageGeneration
            | Self::ImageEdit
            | Self::Speech
            | Self::Transcription
            | Self::Translation => Box::new(media::Stream::new(limits)),
            Self::Assistants(
                AssistantsEndpoint::RunCreate
                | AssistantsEndpoint::ThreadAndRun
                | AssistantsEndpoint::RunSubmitToolOutputs,
            ) => Box::new(assistants::Stream::new(limits)),
            _ => return None,
        })
    }
}

#[cfg(test)]
#[expect(clippy::unwrap_used, reason = "a test fails by panicking")]
mod tests;
