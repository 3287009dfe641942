//! Asks for token counts on a stream, where the caller says nothing about them.
//!
//! The body is not written anew: one member is added at its end, and every other byte stays.

use serde::Deserialize;
use serde::de::IgnoredAny;

/// The members of a request that decide.
#[derive(Deserialize)]
struct Request {
    #[serde(default)]
    stream: Option<bool>,
    #[serde(default)]
    stream_options: Option<IgnoredAny>,
    #[serde(default)]
    messages: Option<IgnoredAny>,
}

const MEMBER: &[u8] = br#","stream_options":{"include_usage":true}"#;

/// Adds `stream_options.include_usage` to the body of a streamed chat completion without `stream_options`.
pub(super) fn with_usage(body: &[u8]) -> Option<Vec<u8>> {
    let request: Request = serde_json::from_slice(body).ok()?;
    let is_silent = request.stream == Some(true)
        && request.stream_options.is_none()
        && request.messages.is_some();
    if !is_silent {
        return None;
    }
    let end = body.iter().rposition(|byte| *byte == b'}')?;
    let (head, tail) = body.split_at(end);
    Some([head, MEMBER, tail].concat())
}

#[cfg(test)]
mod tests {
    use super::with_usage;

    fn changed(body: &str) -> Option<String> {
        let body = with_usage(body.as_bytes())?;
        Some(String::from_utf8_lossy(&body).into_owned())
    }

    #[test]
    fn only_where_a_chat_is_streamed_and_nothing_is_said() {
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
