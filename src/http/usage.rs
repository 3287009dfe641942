//! Asks for token counts on a stream, where the caller has not said anything about them.
//!
//! The one thing of this crate that changes a request, and only when it is asked to. The body is
//! not written anew: one member is added at its end, every other byte stays.

use bytes::Bytes;
use reqwest::Request;
use reqwest::header::CONTENT_LENGTH;
use serde::Deserialize;
use serde::de::IgnoredAny;

/// What decides.
#[derive(Deserialize)]
struct Said {
    #[serde(default)]
    stream: Option<bool>,
    #[serde(default)]
    stream_options: Option<IgnoredAny>,
    #[serde(default)]
    messages: Option<IgnoredAny>,
}

const MEMBER: &[u8] = br#","stream_options":{"include_usage":true}"#;

/// Adds `stream_options.include_usage` to a streamed chat completion that has no `stream_options`.
pub(super) fn include(request: &mut Request) {
    if !request.url().path().ends_with("/chat/completions") {
        return;
    }
    let Some(body) = request.body().and_then(reqwest::Body::as_bytes) else {
        return;
    };
    let Some(body) = with_usage(body) else {
        return;
    };
    if request.headers().contains_key(CONTENT_LENGTH) {
        request
            .headers_mut()
            .insert(CONTENT_LENGTH, body.len().into());
    }
    *request.body_mut() = Some(body.into());
}

fn with_usage(body: &[u8]) -> Option<Bytes> {
    let said: Said = serde_json::from_slice(body).ok()?;
    let wants =
        said.stream == Some(true) && said.stream_options.is_none() && said.messages.is_some();
    if !wants {
        return None;
    }
    let end = body.iter().rposition(|byte| *byte == b'}')?;
    let (head, tail) = body.split_at(end);
    Some([head, MEMBER, tail].concat().into())
}

#[cfg(test)]
mod tests {
    use super::with_usage;

    fn changed(body: &str) -> Option<String> {
        let body = with_usage(body.as_bytes())?;
        Some(String::from_utf8_lossy(&body).into_owned())
    }

    #[test]
    fn only_where_a_chat_is_streamed_and_nothing_was_said() {
        assert_eq!(
            changed(r#"{"messages":[],"stream":true} "#).as_deref(),
            Some(r#"{"messages":[],"stream":true,"stream_options":{"include_usage":true}} "#)
        );
        for unchanged in [
            r#"{"messages":[],"stream":false}"#,
            r#"{"messages":[]}"#,
            r#"{"messages":[],"stream":true,"stream_options":{"include_usage":false}}"#,
            r#"{"input":"x","stream":true}"#,
            "no json",
            "",
        ] {
            assert_eq!(changed(unchanged), None, "{unchanged}");
        }
    }
}
