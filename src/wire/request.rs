//! Reads the body of a request as it is sent.
//!
//! The contract: a body of any size, in any pieces, becomes one object in bounded memory; the dialect of
//! the call decides what it means.

use serde_json::Value;

use super::dialect::RequestBody;
use super::endpoint::Endpoint;
use super::facts::RequestFacts;
use super::fields::Object;
use super::framing::{json, multipart, tail};
use super::limits::Limits;

/// Reads a request's body as it is sent.
#[derive(Debug)]
pub(crate) struct RequestReader {
    body: Body,
    is_empty: bool,
    /// The end of a body whose middle was not read.
    tail: Vec<u8>,
}

#[derive(Debug)]
enum Body {
    Json(json::Reader),
    Multipart(multipart::Reader),
}

impl RequestReader {
    pub(crate) fn new(endpoint: &Endpoint, content_type: Option<&str>, limits: Limits) -> Self {
        let verbatim = endpoint.dialect().verbatim();
        let boundary = content_type.and_then(multipart::boundary);
        Self {
            body: match boundary {
                Some(boundary) => Body::Multipart(multipart::Reader::new(boundary, limits)),
                None => Body::Json(json::Reader::new(limits).with_verbatim(verbatim)),
            },
            is_empty: true,
            tail: Vec::new(),
        }
    }

    pub(crate) fn push(&mut self, bytes: &[u8]) {
        self.is_empty &= bytes.is_empty();
        match &mut self.body {
            Body::Json(reader) => reader.push(bytes),
            Body::Multipart(reader) => reader.push(bytes),
        }
    }

    /// Continues with the end of the body, after a part that was not read.
    pub(crate) fn skip_to(&mut self, mut tail: Vec<u8>) {
        tail.drain(..tail.len().saturating_sub(tail::BYTES));
        match &mut self.body {
            Body::Json(_) => self.tail = tail,
            Body::Multipart(reader) => reader.skip_to(&tail),
        }
    }

    pub(crate) fn finish(self, endpoint: &Endpoint) -> RequestFacts {
        let media;
        let (fields, complete, is_form) = match self.body {
            Body::Json(mut reader) => {
                media = reader.take_media();
                let parsed = reader.finish();
                match parsed.value {
                    Some(Value::Object(mut fields)) => {
                        tail::put_members(&mut fields, tail::members(&self.tail));
                        (fields, parsed.complete, false)
                    }
                    _ => (Object::new(), parsed.complete, false),
                }
            }
            Body::Multipart(mut reader) => {
                media = reader.take_media();
                let (fields, complete) = reader.finish();
                (fields, complete, true)
            }
        };
        let mut facts = RequestFacts {
            model: endpoint.model().map(str::to_owned),
            stream: endpoint.is_stream || flag(&fields, "stream"),
            media,
            ..RequestFacts::default()
        };
        let body = RequestBody { fields, is_form };
        endpoint.dialect().request(body, &mut facts);
        facts.complete = complete || self.is_empty;
        facts.choices = facts.choices.filter(|_| facts.complete);
        facts
    }
}

/// A flag, also as a form sends it.
fn flag(fields: &Object, key: &str) -> bool {
    match fields.get(key) {
        Some(Value::Bool(flag)) => *flag,
        Some(Value::String(text)) => text == "true",
        _ => false,
    }
}

#[cfg(test)]
impl RequestFacts {
    /// Reads a body that is there as a whole.
    pub(crate) fn read(
        endpoint: &Endpoint,
        content_type: Option<&str>,
        body: &[u8],
        limits: Limits,
    ) -> Self {
        let mut reader = RequestReader::new(endpoint, content_type, limits);
        reader.push(body);
        reader.finish(endpoint)
    }
}
