//! The recorded calls of the Python wrapper, and the requests and responses behind them.
//!
//! A recorded span has model, input, output and usage as the provider sent them, so requests and responses
//! can be rebuilt from it, without what the wrapper invented.

use std::sync::LazyLock;
use std::time::Duration;

use serde_json::{Map, Value, json};

use crate::support::reply_server::{Ending, Reply};

/// The pause between two parts of a stream, much longer than a part takes on loopback.
pub const PAUSE: Duration = Duration::from_millis(40);

static REFERENCE: LazyLock<Value> = LazyLock::new(|| {
    serde_json::from_str(include_str!(
        "../../../fixtures/openai_wrapper_python_reference.json"
    ))
    .unwrap()
});

/// What the wrapper adds to the parameters of every call.
const INVENTED: [(&str, &str); 5] = [
    ("temperature", "1"),
    ("max_tokens", "\"Infinity\""),
    ("top_p", "1"),
    ("frequency_penalty", "0"),
    ("presence_penalty", "0"),
];

/// The names of all recorded cases, in order.
pub fn cases() -> Vec<&'static str> {
    let mut cases = Vec::new();
    for span in REFERENCE["spans"].as_array().unwrap() {
        let case = span["case"].as_str().unwrap();
        if !cases.contains(&case) {
            cases.push(case);
        }
    }
    cases
}

/// The calls that the wrapper exported for a case.
pub fn calls(case: &str) -> Vec<Recorded> {
    let spans = REFERENCE["spans"].as_array().unwrap();
    spans
        .iter()
        .filter(|span| span["case"] == case && !span["parentSpanId"].is_null())
        .map(|span| Recorded {
            attributes: span["attributes"].as_object().unwrap(),
            name: span["name"].as_str().unwrap(),
        })
        .collect()
}

/// A call as the wrapper exported it.
#[derive(Clone, Copy)]
pub struct Recorded {
    pub name: &'static str,
    attributes: &'static Map<String, Value>,
}

impl Recorded {
    pub fn text(&self, name: &str) -> Option<&'static str> {
        self.attributes
            .get(&format!("langfuse.observation.{name}"))?
            .as_str()
    }

    /// An attribute as JSON if it is JSON, else as a string.
    pub fn json(&self, name: &str) -> Option<Value> {
        let text = self.text(name)?;
        Some(serde_json::from_str(text).unwrap_or_else(|_| text.into()))
    }

    pub fn answering_model(&self) -> &'static str {
        self.text("model.name").unwrap()
    }

    /// The requested model; the wrapper exports the dated one of the response.
    pub fn asked_model(&self) -> &'static str {
        let model = self.answering_model();
        let date = model.len().saturating_sub("-2024-08-06".len());
        match model[date..].starts_with("-20") {
            true => &model[..date],
            false => model,
        }
    }

    /// The parameters that were sent.
    pub fn sent(&self) -> Map<String, Value> {
        let shown = self.json("model.parameters").unwrap();
        let mut sent = shown.as_object().unwrap().clone();
        sent.remove("service_tier");
        sent.retain(|name, value| !INVENTED.contains(&(name, &value.to_string())));
        sent
    }

    /// Whether the request of a stream asked for the usage.
    pub fn asks_for_usage(&self) -> bool {
        let usage = self.json("usage_details");
        self.text("completion_start_time").is_some()
            && usage.is_some_and(|usage| usage.get("prompt_tokens").is_some())
    }

    pub fn tier(&self) -> Option<Value> {
        self.json("model.parameters")?.get("service_tier").cloned()
    }

    pub fn messages(&self) -> Vec<Value> {
        let input = self.json("input").unwrap();
        match input.get("messages").unwrap_or(&input) {
            Value::Array(messages) => messages.clone(),
            other => panic!("no messages: {other}"),
        }
    }

    pub fn tools(&self) -> Option<Value> {
        self.json("input")?.get("tools").cloned()
    }

    /// The output as a list of messages.
    pub fn outputs(&self) -> Vec<Value> {
        match self.text("output").map(|_| self.json("output").unwrap()) {
            None => Vec::new(),
            Some(Value::Array(messages)) => messages,
            Some(message @ Value::Object(_)) => vec![message],
            Some(text) => vec![json!({"role": "assistant", "content": text})],
        }
    }

    fn finish_reason(message: &Value) -> &'static str {
        match message.get("tool_calls") {
            Some(_) => "tool_calls",
            None => "stop",
        }
    }

    /// The request of a chat.
    pub fn chat_request(&self) -> Value {
        let mut request = json!({"model": self.asked_model(), "messages": self.messages()});
        if let Some(tools) = self.tools() {
            request["tools"] = tools;
        }
        request.as_object_mut().unwrap().extend(self.sent());
        request
    }

    /// The request of a streamed chat.
    pub fn chat_stream_request(&self) -> Value {
        let mut request = self.chat_request();
        request["stream"] = true.into();
        if self.asks_for_usage() {
            request["stream_options"]["include_usage"] = true.into();
        }
        request
    }

    /// The response to a chat.
    pub fn chat_reply(&self) -> Reply {
        let choice = |(index, message): (usize, &Value)| {
            let reason = Self::finish_reason(message);
            json!({"index": index, "message": message, "finish_reason": reason})
        };
        let choices: Vec<Value> = self.outputs().iter().enumerate().map(choice).collect();
        Reply::json(
            200,
            json!({
                "id": "chatcmpl-ref", "object": "chat.completion", "created": 1,
                "model": self.answering_model(), "choices": choices,
                "service_tier": self.tier(), "usage": self.json("usage_details"),
            }),
        )
    }

    /// The response to a chat, streamed word by word after a chunk with only the role.
    pub fn chat_stream(&self, ending: Ending) -> Reply {
        let message = self.outputs().remove(0);
        let mut deltas = vec![json!({"role": "assistant", "content": ""})];
        let text = message["content"].as_str().unwrap_or_default();
        deltas.extend(
            text.split_inclusive(' ')
                .map(|word| json!({"content": word})),
        );
        let calls = message["tool_calls"]
            .as_array()
            .cloned()
            .unwrap_or_default();
        for (index, mut call) in calls.into_iter().enumerate() {
            let arguments = call["function"]["arguments"].take();
            call["index"] = index.into();
            call["function"]["arguments"] = "".into();
            deltas.push(json!({"tool_calls": [call]}));
            let rest = json!({"index": index, "function": {"arguments": arguments}});
            deltas.push(json!({"tool_calls": [rest]}));
        }
        let chunk = |delta: Value, reason: Option<&str>| {
            json!({
                "id": "chatcmpl-ref", "object": "chat.completion.chunk", "created": 1,
                "model": self.answering_model(), "service_tier": self.tier(), "usage": null,
                "choices": [{"index": 0, "delta": delta, "finish_reason": reason}],
            })
        };
        let mut chunks: Vec<Value> = deltas.into_iter().map(|delta| chunk(delta, None)).collect();
        if ending == Ending::Whole {
            chunks.push(chunk(json!({}), Some(Self::finish_reason(&message))));
            if let Some(usage) = self.json("usage_details") {
                let mut last = chunk(json!({}), None);
                last["choices"] = json!([]);
                last["usage"] = usage;
                chunks.push(last);
            }
        }
        let mut parts: Vec<String> = chunks.iter().map(|c| format!("data: {c}\n\n")).collect();
        if ending == Ending::Whole {
            parts.push("data: [DONE]\n\n".to_owned());
        }
        Reply::events(parts, PAUSE, ending)
    }

    /// The request of a response.
    pub fn response_request(&self) -> Value {
        let mut sent = self.sent();
        let mut request = json!({"model": self.asked_model()});
        for (short, long) in [
            ("reasoning_effort", "effort"),
            ("reasoning_summary", "summary"),
        ] {
            if let Some(value) = sent.remove(short) {
                request["reasoning"][long] = value;
            }
        }
        match self.json("input").unwrap() {
            // The wrapper turns instructions into a message.
            Value::Array(messages) => {
                request["instructions"] = messages[0]["content"].clone();
                request["input"] = messages[1]["content"].clone();
            }
            Value::Object(both) => request.as_object_mut().unwrap().extend(both),
            text => request["input"] = text,
        }
        request.as_object_mut().unwrap().extend(sent);
        request
    }

    /// A response object.
    pub fn response(&self, status: &str) -> Value {
        let is_complete = status == "completed";
        json!({
            "id": "resp_ref", "object": "response", "created_at": 1, "status": status,
            "model": self.answering_model(), "service_tier": self.tier(),
            "output": if is_complete { self.outputs() } else { Vec::new() },
            "usage": self.json("usage_details").filter(|_| is_complete),
        })
    }

    /// The response, streamed; `text` word by word.
    pub fn response_stream(&self, text: &str, ending: Ending) -> Reply {
        let part = json!({"item_id": "msg_ref", "output_index": 0, "content_index": 0});
        let item = json!({"id": "msg_ref", "type": "message", "role": "assistant",
            "status": "in_progress", "content": []});
        let mut events = vec![
            json!({"type": "response.created", "response": self.response("in_progress")}),
            json!({"type": "response.in_progress", "response": self.response("in_progress")}),
            json!({"type": "response.output_item.added", "output_index": 0, "item": item}),
        ];
        for word in text.split_inclusive(' ') {
            let mut event = part.clone();
            event["type"] = "response.output_text.delta".into();
            event["delta"] = word.into();
            events.push(event);
        }
        if ending == Ending::Whole {
            let response = self.response("completed");
            events.push(json!({"type": "response.completed", "response": response}));
        }
        let parts = events.iter().enumerate().map(|(number, event)| {
            let mut event = event.clone();
            event["sequence_number"] = number.into();
            format!(
                "event: {}\ndata: {event}\n\n",
                event["type"].as_str().unwrap()
            )
        });
        Reply::events(parts.collect(), PAUSE, ending)
    }
}
