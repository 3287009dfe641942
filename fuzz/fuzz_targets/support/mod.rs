//! What the targets of the wire room share.

use crate::wire::{Endpoint, Limits, RequestHead, recognise};

const CALLS: &[(&str, &str)] = &[
    ("POST", "/v1/chat/completions"),
    ("POST", "/v1/responses"),
    ("POST", "/v1/completions"),
    ("GET", "/v1/responses/resp_1?stream=true"),
    ("POST", "/v1/embeddings"),
    ("POST", "/v1/images/edits"),
    ("POST", "/v1/audio/speech"),
    ("POST", "/v1/audio/transcriptions"),
    ("POST", "/v1/moderations"),
    ("POST", "/v1/conversations"),
    ("GET", "/v1/conversations/conv_1/items"),
    ("POST", "/v1/responses/input_tokens"),
    ("POST", "/v1/threads/thread_1/runs"),
    ("GET", "/v1/files"),
    ("POST", "/v1/messages"),
    ("POST", "/v1/messages/count_tokens"),
    ("POST", "/v1beta/models/m:generateContent"),
    ("POST", "/v1beta/models/m:streamGenerateContent"),
    ("POST", "/v1beta/models/m:batchEmbedContents"),
    ("POST", "/v1beta/models/m:countTokens"),
    ("POST", "/api/chat"),
    ("POST", "/api/generate"),
    ("POST", "/api/embed"),
    ("POST", "/v2/chat"),
    ("POST", "/v2/embed"),
    ("POST", "/v2/rerank"),
    ("POST", "/v1/ocr"),
    ("POST", "/generate"),
    ("POST", "/generate_stream"),
    ("POST", "/model/m/converse"),
    ("POST", "/model/m/converse-stream"),
    ("POST", "/model/anthropic.m/invoke"),
    ("POST", "/model/anthropic.m/invoke-with-response-stream"),
];

/// What the last bytes choose; the fixtures are seeds as they are.
pub struct Choices {
    pub endpoint: Endpoint,
    pub limits: Limits,
    pub piece: usize,
    pub form: u8,
}

/// Parts the input into a body and what is done with it.
pub fn choose(input: &[u8]) -> Option<(&[u8], Choices)> {
    let which = input.iter().nth_back(3)?;
    let (method, path) = CALLS[usize::from(*which) % CALLS.len()];
    choose_of(&[endpoint(method, path)], input)
}

/// The same for one of these calls.
pub fn choose_of<'a>(calls: &[Endpoint], input: &'a [u8]) -> Option<(&'a [u8], Choices)> {
    let (body, choices) = input.split_last_chunk::<4>()?;
    let [call, limit, piece, form] = *choices;
    let choices = Choices {
        endpoint: calls[usize::from(call) % calls.len()].clone(),
        limits: Limits {
            field_bytes: match limit % 4 {
                0 => usize::from(limit),
                _ => 1 << 20,
            },
            medium_bytes: match limit & 4 {
                0 => 0,
                _ => 1 << 10,
            },
        },
        piece: usize::from(piece) + 1,
        form,
    };
    Some((body, choices))
}

/// The calls of these requests.
pub fn calls<'a>(targets: impl IntoIterator<Item = &'a str>) -> Vec<Endpoint> {
    let targets = targets.into_iter();
    targets.map(|target| endpoint("POST", target)).collect()
}

/// The call of a request to a path, which may have a query.
pub fn endpoint(method: &str, target: &str) -> Endpoint {
    let (path, query) = match target.split_once('?') {
        Some((path, query)) => (path, Some(query)),
        None => (target, None),
    };
    recognise(&RequestHead::new(method, "", path, query, &|_| None))
}
