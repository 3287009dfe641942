//! What an answer says.

use std::time::Duration;

use serde_json::{Map, Value};

use super::assistants::AssistantsObject;
use super::error::ErrorFacts;
use super::tools::ToolCall;
use crate::model::message::{Message, Usage};
use crate::wire::media::Media;

/// What an answer says.
#[derive(Clone, Debug, Default, PartialEq)]
pub(crate) struct ResponseFacts {
    /// The provider's id of the answer.
    pub(crate) id: Option<String>,
    /// The model that answered.
    pub(crate) model: Option<String>,
    /// The status of a stored answer: `completed`, `queued`, `failed` …
    pub(crate) status: Option<String>,
    /// Why a stored answer is incomplete, in the provider's word.
    pub(crate) incomplete_reason: Option<String>,
    /// One for each choice: the provider's word; derived where it has none; `error` where one was
    /// expected and never came.
    pub(crate) finish_reasons: Vec<String>,
    /// One for each choice, with the finish reason in the convention's word.
    pub(crate) messages: Vec<Message>,
    pub(crate) usage: Option<Usage>,
    /// What the provider counts beyond that, under its own names.
    pub(crate) usage_details: Map<String, Value>,
    /// What the call cost in US dollars, where the vendor says so.
    pub(crate) cost: Option<f64>,
    /// The tier that served the request.
    pub(crate) service_tier: Option<String>,
    pub(crate) system_fingerprint: Option<String>,
    pub(crate) conversation: Option<String>,
    pub(crate) previous_response: Option<String>,
    pub(crate) background: Option<bool>,
    /// Tools that the caller has to run, of all choices.
    pub(crate) tool_calls: Vec<ToolCall>,
    /// Sources that the answer cites, in the provider's form.
    pub(crate) annotations: Vec<Value>,
    /// What went wrong; also inside an answer that the transport calls a success.
    pub(crate) error: Option<ErrorFacts>,
    /// What is wrong with an answer whose content did come.
    pub(crate) warning: Option<String>,
    /// What came out where there are no messages: a count of embeddings, addresses or markers
    /// of images and sounds, a transcript, the results of a moderation.
    pub(crate) output: Option<Value>,
    /// Inline bytes that the markers above stand for, if somebody wants them.
    pub(crate) media: Media,
    /// How many dimensions the embeddings have.
    pub(crate) dimensions: Option<u64>,
    /// Objects of the Assistants API; in a stream, with the time since the request at which each arrived.
    pub(crate) objects: Vec<(Duration, AssistantsObject)>,
    /// The version of the protocol that the server speaks, where it says so.
    pub(crate) protocol_version: Option<String>,
    /// Whether the answer is complete: the whole body arrived, or the stream declared its own end. `false` without an error means that the answer broke off.
    pub(crate) complete: bool,
}

/// What a call has to do with an answer that the provider keeps.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum StoredAnswer {
    /// It asks for one, which may be made in the background.
    Created,
    /// It fetches or cancels one.
    Fetched,
}
