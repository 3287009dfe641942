//! What the headers of an answer say.

use reqwest::header::{HeaderMap, HeaderValue};

use crate::model::message::Usage;

/// What providers call the id of a request.
const REQUEST_ID: [&str; 4] = [
    "x-request-id",
    "apim-request-id",
    "request-id",
    "x-amzn-requestid",
];
/// Where AWS names an error: beside a body that has only a sentence.
const ERROR_TYPE: &str = "x-amzn-errortype";
/// Where a server of the Model Context Protocol names the session that it opens.
const SESSION_ID: &str = "mcp-session-id";
/// Where Bedrock counts tokens, also of models whose answers do not.
const INPUT_TOKENS: &str = "x-amzn-bedrock-input-token-count";
const OUTPUT_TOKENS: &str = "x-amzn-bedrock-output-token-count";
const CONTENT_TYPE: &str = "content-type";
const CONTENT_ENCODING: &str = "content-encoding";

const READ: [&str; 10] = [
    CONTENT_TYPE,
    CONTENT_ENCODING,
    REQUEST_ID[0],
    REQUEST_ID[1],
    REQUEST_ID[2],
    REQUEST_ID[3],
    ERROR_TYPE,
    SESSION_ID,
    INPUT_TOKENS,
    OUTPUT_TOKENS,
];

/// The headers of an answer that are read; their values are shared, not copied.
#[derive(Debug)]
pub(crate) struct AnswerHeaders(Vec<(&'static str, HeaderValue)>);

impl AnswerHeaders {
    pub(crate) fn of(headers: &HeaderMap) -> Self {
        let read = headers.iter().filter_map(|(name, value)| {
            let name = name.as_str();
            let name = READ.into_iter().find(|read| *read == name)?;
            Some((name, value.clone()))
        });
        Self(read.collect())
    }

    fn text(&self, name: &str) -> Option<&str> {
        let mut headers = self.0.iter();
        let (_, value) = headers.find(|(read, _)| *read == name)?;
        value.to_str().ok()
    }

    pub(super) fn request_id(&self) -> Option<&str> {
        REQUEST_ID.iter().find_map(|name| self.text(name))
    }

    pub(super) fn session_id(&self) -> Option<&str> {
        self.text(SESSION_ID)
    }

    pub(super) fn counts(&self) -> Usage {
        let [input_tokens, output_tokens] =
            [INPUT_TOKENS, OUTPUT_TOKENS].map(|name| self.text(name)?.parse().ok());
        Usage {
            input_tokens,
            output_tokens,
            ..Usage::default()
        }
    }

    pub(super) fn content_type(&self) -> Option<&str> {
        self.text(CONTENT_TYPE)
    }

    pub(super) fn content_encoding(&self) -> Option<&str> {
        self.text(CONTENT_ENCODING)
    }

    pub(super) fn error_type(&self) -> Option<&str> {
        self.text(ERROR_TYPE)
    }
}
