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

/// None of these values is longer.
const LONGEST: usize = 1 << 10;

/// The headers of an answer that are read: copies of a few short texts, since a shared value would keep all of what
/// was read together with it.
#[derive(Debug, Default)]
pub(crate) struct AnswerHeaders {
    values: String,
    /// Where the value of each of [`READ`] begins and ends.
    places: [(u16, u16); READ.len()],
}

impl AnswerHeaders {
    pub(crate) fn of(headers: &HeaderMap) -> Self {
        let mut read = Self::default();
        read.values.reserve(64);
        for (name, value) in headers {
            let name = name.as_str();
            if let Some(place) = READ.iter().position(|one| *one == name) {
                read.add(place, value);
            }
        }
        read
    }

    /// The first value of a header counts.
    fn add(&mut self, place: usize, value: &HeaderValue) {
        if let Some(place @ (0, 0)) = self.places.get_mut(place)
            && value.len() <= LONGEST
            && let Ok(value) = value.to_str()
        {
            let start = self.values.len();
            self.values.push_str(value);
            *place = (start as u16, self.values.len() as u16);
        }
    }

    fn text(&self, name: &str) -> Option<&str> {
        let place = READ.iter().position(|one| *one == name)?;
        let (start, end) = *self.places.get(place)?;
        let value = self.values.get(usize::from(start)..usize::from(end))?;
        (!value.is_empty()).then_some(value)
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

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_first_short_text_of_each_header_that_is_read_is_kept() {
        let long = "1".repeat(LONGEST + 1);
        let headers = [
            ("content-type", "text/event-stream"),
            ("set-cookie", "secret"),
            ("x-request-id", "req_1"),
            ("x-request-id", "req_2"),
            ("mcp-session-id", long.as_str()),
            ("x-amzn-bedrock-input-token-count", "12"),
            ("x-amzn-errortype", "caf\u{e9}"),
        ];
        let headers: HeaderMap = headers
            .into_iter()
            .filter_map(|(name, value)| {
                let value = HeaderValue::from_bytes(value.as_bytes()).ok()?;
                Some((name.parse().ok()?, value))
            })
            .collect();
        let read = AnswerHeaders::of(&headers);
        assert_eq!(read.content_type(), Some("text/event-stream"));
        assert_eq!(read.request_id(), Some("req_1"));
        assert_eq!((read.session_id(), read.error_type()), (None, None));
        assert_eq!(read.counts().input_tokens, Some(12));
        assert_eq!(read.content_encoding(), None);
        assert!(!read.values.contains("secret"));
    }
}
