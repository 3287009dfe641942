//! One part of a message of the GenAI conventions → its OpenAI-like form.
//!
//! A part that lacks what its type requires, or whose type is unknown, stays as it came.

use std::borrow::Cow;

use serde::Serialize;
use serde_json::value::RawValue;

use super::json;
use super::json::Object;
use crate::text::base64;

/// Where a part goes in an OpenAI-like message.
pub(crate) enum Part<'a> {
    /// Into `content`.
    Content(ContentPart<'a>),
    /// Into `tool_calls`.
    ToolCall(ToolCall<'a>),
    /// Into a message of its own.
    ToolResult {
        id: Option<Cow<'a, str>>,
        content: Cow<'a, str>,
    },
    /// Into `thinking`, which Langfuse shows as a block above the answer.
    Thinking(Thinking<'a>),
}

/// An element of an array in `content`.
#[derive(Serialize)]
#[serde(untagged)]
pub(crate) enum ContentPart<'a> {
    Text {
        r#type: &'static str,
        text: Cow<'a, str>,
        #[serde(flatten)]
        rest: Object<'a>,
    },
    Refusal {
        r#type: &'static str,
        refusal: Cow<'a, str>,
        #[serde(flatten)]
        rest: Object<'a>,
    },
    Media {
        r#type: &'static str,
        #[serde(flatten)]
        body: Media<'a>,
        #[serde(flatten)]
        rest: Object<'a>,
    },
    Raw(&'a RawValue),
}

/// What stands beside `type`, under the name of the variant.
#[derive(Serialize)]
#[serde(rename_all = "snake_case")]
pub(crate) enum Media<'a> {
    ImageUrl {
        url: Cow<'a, str>,
    },
    InputAudio {
        data: Cow<'a, str>,
        #[serde(skip_serializing_if = "Option::is_none")]
        format: Option<Cow<'a, str>>,
    },
    File {
        #[serde(skip_serializing_if = "Option::is_none")]
        file_id: Option<Cow<'a, str>>,
        #[serde(skip_serializing_if = "Option::is_none")]
        file_url: Option<Cow<'a, str>>,
        #[serde(skip_serializing_if = "Option::is_none")]
        file_data: Option<Cow<'a, str>>,
    },
}

/// An element of `tool_calls`.
#[derive(Serialize)]
pub(crate) struct ToolCall<'a> {
    id: Cow<'a, str>,
    r#type: &'static str,
    function: CalledFunction<'a>,
    #[serde(flatten)]
    rest: Object<'a>,
}

#[derive(Serialize)]
struct CalledFunction<'a> {
    name: Cow<'a, str>,
    arguments: Cow<'a, str>,
}

/// An element of `thinking`.
#[derive(Serialize)]
pub(crate) struct Thinking<'a> {
    r#type: &'static str,
    content: Cow<'a, str>,
    #[serde(flatten)]
    rest: Object<'a>,
}

impl ContentPart<'_> {
    pub(crate) fn is_plain_text(&self) -> bool {
        matches!(self, Self::Text { rest, .. } if rest.is_empty())
    }
}

impl<'a> Part<'a> {
    pub(crate) fn parse(raw: &'a RawValue) -> Self {
        if let Some(text) = json::string(raw) {
            return Self::Content(plain_text(text));
        }
        Object::parse(raw)
            .and_then(|part| Self::translate(&part))
            .unwrap_or(Self::Content(ContentPart::Raw(raw)))
    }

    fn translate(part: &Object<'a>) -> Option<Self> {
        Some(match part.text("type")?.as_ref() {
            "text" => Self::Content(ContentPart::Text {
                r#type: "text",
                text: part.text("content")?,
                rest: part.without(&["type", "content", "text"]),
            }),
            "refusal" => Self::Content(ContentPart::Refusal {
                r#type: "refusal",
                refusal: part.text("content")?,
                rest: part.without(&["type", "content", "refusal"]),
            }),
            "tool_call" => Self::ToolCall(ToolCall {
                id: part.text("id").unwrap_or_default(),
                r#type: "function",
                function: CalledFunction {
                    name: part.text("name")?,
                    arguments: part
                        .get("arguments")
                        .map_or(Cow::Borrowed("{}"), text_or_json),
                },
                rest: part.without(&["type", "id", "name", "arguments", "function"]),
            }),
            "tool_call_response" => Self::ToolResult {
                id: part.text("id"),
                content: text_or_json(part.get("response").or_else(|| part.get("result"))?),
            },
            "server_tool_call" => Self::ToolCall(ToolCall {
                id: part.text("id").unwrap_or_default(),
                r#type: "function",
                function: CalledFunction {
                    name: part.text("name")?,
                    arguments: text_or_json(part.get("server_tool_call")?),
                },
                rest: part.without(&["type", "id", "name", "server_tool_call", "function"]),
            }),
            "server_tool_call_response" => Self::ToolResult {
                id: part.text("id"),
                content: text_or_json(part.get("server_tool_call_response")?),
            },
            "reasoning" => Self::Thinking(Thinking {
                r#type: "thinking",
                content: part.text("content")?,
                rest: part.without(&["type", "content"]),
            }),
            "blob" => Self::Content(blob(part)?),
            "file" => Self::Content(file(
                Some(part.text("file_id")?),
                None,
                None,
                part.without(&["type", "file_id", "file"]),
            )),
            "uri" => Self::Content(uri(part)?),
            _ => return None,
        })
    }
}

fn plain_text(text: Cow<'_, str>) -> ContentPart<'_> {
    ContentPart::Text {
        r#type: "text",
        text,
        rest: Object::default(),
    }
}

fn file<'a>(
    file_id: Option<Cow<'a, str>>,
    file_url: Option<Cow<'a, str>>,
    file_data: Option<Cow<'a, str>>,
    rest: Object<'a>,
) -> ContentPart<'a> {
    ContentPart::Media {
        r#type: "file",
        body: Media::File {
            file_id,
            file_url,
            file_data,
        },
        rest,
    }
}

fn image<'a>(url: Cow<'a, str>, rest: Object<'a>) -> ContentPart<'a> {
    ContentPart::Media {
        r#type: "image_url",
        body: Media::ImageUrl { url },
        rest,
    }
}

/// Inline bytes as OpenAI sends them. What is not base64, such as a note that stands for bytes
/// left out, is shown as text.
fn blob<'a>(part: &Object<'a>) -> Option<ContentPart<'a>> {
    const TRANSLATED: &[&str] = &["type", "content", "mime_type"];
    let content = part.text("content")?;
    let is_url = base64::data_url(&content).is_some();
    if !is_url && !is_base64(&content) {
        return Some(ContentPart::Text {
            r#type: "text",
            text: content,
            rest: part.without(&["type", "content", "text"]),
        });
    }
    let mime_type = part.text("mime_type");
    let url = |default: &str, content: Cow<'a, str>| match is_url {
        true => content,
        false => data_url(mime_type.as_deref().unwrap_or(default), &content),
    };
    Some(match part.text("modality").unwrap_or_default().as_ref() {
        "image" => image(
            url("image/png", content),
            part.without(&[TRANSLATED, &["modality", "image_url"]].concat()),
        ),
        "audio" => ContentPart::Media {
            r#type: "input_audio",
            body: Media::InputAudio {
                format: mime_type
                    .as_deref()
                    .map(|mime_type| audio_format(mime_type).to_owned().into()),
                data: content,
            },
            rest: part.without(&[TRANSLATED, &["modality", "input_audio"]].concat()),
        },
        _ => file(
            None,
            None,
            Some(url("application/octet-stream", content)),
            part.without(&[TRANSLATED, &["file"]].concat()),
        ),
    })
}

fn uri<'a>(part: &Object<'a>) -> Option<ContentPart<'a>> {
    let uri = part.text("uri")?;
    Some(if part.text("modality").as_deref() == Some("image") {
        image(uri, part.without(&["type", "uri", "modality", "image_url"]))
    } else {
        file(
            None,
            Some(uri),
            None,
            part.without(&["type", "uri", "file"]),
        )
    })
}

fn data_url<'a>(mime_type: &str, content: &str) -> Cow<'a, str> {
    format!("data:{mime_type};base64,{content}").into()
}

/// The word that OpenAI has for the media type: `wav` for `audio/x-wav`, `mp3` for `audio/mpeg`.
fn audio_format(mime_type: &str) -> &str {
    let subtype = mime_type.rsplit('/').next().unwrap_or(mime_type);
    match subtype.strip_prefix("x-").unwrap_or(subtype) {
        "mpeg" => "mp3",
        "wave" => "wav",
        other => other,
    }
}

fn is_base64(text: &str) -> bool {
    !text.is_empty()
        && text
            .bytes()
            .all(|byte| byte.is_ascii_alphanumeric() || b"+/-_=\r\n".contains(&byte))
}

/// A string as its text, anything else as its JSON: what `arguments` and a result's `content`
/// have to be.
fn text_or_json(raw: &RawValue) -> Cow<'_, str> {
    json::string(raw).unwrap_or(Cow::Borrowed(raw.get()))
}
