//! Which calls are Bedrock's.
//!
//! The contract: other servers have models in their paths too, so the host or the body has to say that it is
//! Bedrock. What a model's own body means is known of those that write texts or make vectors; calls of
//! others stay unknown.

use super::Call;
use crate::conventions::provider as names;
use crate::wire::anthropic::decoded;
use crate::wire::endpoint::{Endpoint, RequestHead};
use crate::wire::evidence::has_members;
use crate::wire::provider;
use crate::wire::route::{self, Known};

/// What is asked of a model, and whether the answer is streamed.
#[derive(Clone, Copy, Debug, PartialEq)]
enum Action {
    Converse,
    Invoke,
}

const ROUTES: &[Known<(Action, bool)>] = &[
    ("POST", "/model/{model}/converse", (Action::Converse, false)),
    (
        "POST",
        "/model/{model}/converse-stream",
        (Action::Converse, true),
    ),
    ("POST", "/model/{model}/invoke", (Action::Invoke, false)),
    (
        "POST",
        "/model/{model}/invoke-with-response-stream",
        (Action::Invoke, true),
    ),
];

/// What names of models begin with, after the region.
const MAKERS: [&str; 11] = [
    "ai21", "amazon", "cohere", "deepseek", "google", "meta", "mistral", "moonshot", "openai",
    "qwen", "writer",
];
/// In names of models that make pictures and films.
const PICTURES: [&str; 4] = ["stability", "image", "canvas", "reel"];

pub(in crate::wire) fn recognise(head: &RequestHead<'_>) -> Option<Endpoint> {
    let (&(action, is_stream), route) = route::find(ROUTES, head.method, &head.segments)?;
    let model = route.ids.first().map(|(_, model)| decoded(model))?;
    let call: &'static Call = match action {
        Action::Converse => converse(head)?,
        Action::Invoke => invoke(head, &model)?,
    };
    let mut endpoint = Endpoint::new(head, route, names::AWS_BEDROCK, call);
    endpoint.model = Some(model);
    endpoint.is_stream = is_stream;
    Some(endpoint)
}

fn converse(head: &RequestHead<'_>) -> Option<&'static Call> {
    let is_bedrock = provider::of_host(head.host) == Some(names::AWS_BEDROCK);
    let is_request = head
        .body()
        .is_none_or(|body| has_members(body, &[&["messages", "promptVariables"]]));
    (is_bedrock || is_request).then_some(&Call::Converse)
}

/// The body says whose it is, also behind the name of a profile; if it is not known, the model has to do.
fn invoke(head: &RequestHead<'_>, model: &str) -> Option<&'static Call> {
    let body = head.body().unwrap_or_default();
    if body.is_empty() {
        return model
            .contains("anthropic.")
            .then_some(&Call::InvokeAnthropic);
    }
    // Of a long body only the beginning is looked at, and a conversation alone is no evidence.
    let is_named = model.contains("anthropic.") || has_members(body, &[&["anthropic_version"]]);
    if is_named && has_members(body, &[&["anthropic_version"], &["messages"]]) {
        return Some(&Call::InvokeAnthropic);
    }
    let is_of_amazon = model.contains("amazon.nova") && has_members(body, &[&["messages"]]);
    if is_of_amazon {
        return Some(&Call::Invoke);
    }
    others(head, model, body).filter(|_| !is_named)
}

/// The models of other makers, by the host or by a name of theirs.
fn others(head: &RequestHead<'_>, model: &str, body: &[u8]) -> Option<&'static Call> {
    let is_bedrock = provider::of_host(head.host) == Some(names::AWS_BEDROCK);
    let mut parts = model.split('.');
    let is_of_maker = parts.any(|part| MAKERS.contains(&part));
    if !(is_bedrock || is_of_maker) || PICTURES.iter().any(|word| model.contains(word)) {
        return None;
    }
    let has = |names| has_members(body, &[names]);
    if model.contains("embed") {
        return has(&["texts", "inputText"]).then_some(&Call::InvokeEmbedding);
    }
    if has(&["messages"]) {
        return Some(&Call::InvokeChat);
    }
    has(&["prompt", "inputText", "message"]).then_some(&Call::InvokeText)
}
