//! `/completions`: the endpoint before chats, whole or streamed.
//!
//! Contract: prompts times `n` choices, the choices of a prompt side by side. A prompt of
//! token numbers is read as what it is, numbers.

use axum::Router;
use axum::extract::State;
use axum::routing::post;
use serde_json::{Value, json};

use super::error::ApiError;
use super::fields::{Fields, wrong_type};
use super::model::{self, Content, Prompt, Reply, Turn, Usage};
use super::state::{Simulator, now};
use super::stream::{Answer, Event, Streamed};
use super::tokens;

/// What OpenAI generates if nobody says how much.
const DEFAULT_LIMIT: u64 = 16;
const MAX_CHOICES: u64 = 128;

pub(super) fn routes() -> Router<Simulator> {
    Router::new().route("/completions", post(create))
}

async fn create(State(simulator): State<Simulator>, mut body: Fields) -> Result<Answer, ApiError> {
    let model = body.text("model")?;
    let model = body.required("model", model)?;
    let prompts = read_prompts(body.any("prompt"))?;
    let limit = body.whole_number("max_tokens")?.unwrap_or(DEFAULT_LIMIT);
    let echo = body.flag("echo")?.unwrap_or_default();
    let choices = body.whole_number("n")?.unwrap_or(1).clamp(1, MAX_CHOICES);
    let stream = body.flag("stream")?.unwrap_or_default();
    let include_usage = match body.nested("stream_options")? {
        Some(mut options) => options.flag("include_usage")?.unwrap_or_default(),
        None => false,
    };
    let mut usage = Usage::default();
    let mut texts = Vec::new();
    for text in prompts {
        let prompt = Prompt {
            model: model.clone(),
            turns: vec![Turn::User(text.clone())],
            max_tokens: Some(limit),
            ..Prompt::default()
        };
        let count = usize::try_from(choices).unwrap_or(1);
        let (replies, used) = model::answer(&simulator, &prompt, count);
        usage.input += tokens::count(&text);
        usage.output += used.output;
        let before = if echo { text.as_str() } else { "" };
        texts.extend(replies.iter().map(|reply| {
            let text = format!("{before}{}", continuation(reply));
            (text, reply.finish.as_str())
        }));
    }
    let heading = json!({
        "id": simulator.hyphenated("cmpl"),
        "object": "text_completion",
        "created": now().as_secs(),
        "model": model::dated(&model),
    });
    if stream {
        return Ok(Answer::Streamed(Streamed {
            events: events(&heading, &texts, include_usage.then_some(usage)),
            usage: usage.plain(),
        }));
    }
    let choices: Vec<Value> = texts
        .iter()
        .enumerate()
        .map(|(index, (text, finish))| choice(text, index, json!(finish)))
        .collect();
    let mut completion = heading;
    completion["choices"] = json!(choices);
    completion["usage"] = usage.plain();
    Ok(Answer::Whole(completion))
}

/// A text, texts, the tokens of a text, or the tokens of texts.
fn read_prompts(prompt: Option<Value>) -> Result<Vec<String>, ApiError> {
    let of_numbers = |numbers: &Value| numbers.to_string();
    match prompt {
        None => Ok(vec!["<|endoftext|>".to_owned()]),
        Some(Value::String(text)) => Ok(vec![text]),
        Some(Value::Array(items)) if items.first().is_some_and(Value::is_number) => {
            Ok(vec![of_numbers(&Value::Array(items))])
        }
        Some(Value::Array(items)) if !items.is_empty() => Ok(items
            .iter()
            .map(|item| {
                item.as_str()
                    .map_or_else(|| of_numbers(item), str::to_owned)
            })
            .collect()),
        Some(other) => Err(wrong_type("prompt", "a string or an array", &other)),
    }
}

/// What follows the prompt, after a space as a word would.
fn continuation(reply: &Reply) -> String {
    match &reply.content {
        Content::Text(text) | Content::Refusal(text) => format!(" {text}"),
        Content::Calls(_) => String::new(),
    }
}

fn choice(text: &str, index: usize, finish: Value) -> Value {
    json!({"text": text, "index": index, "logprobs": null, "finish_reason": finish})
}

fn events(heading: &Value, texts: &[(String, &str)], usage: Option<Usage>) -> Vec<Event> {
    let chunk = |choices: Value, counts: Value| {
        let mut chunk = heading.clone();
        chunk["choices"] = choices;
        if usage.is_some() {
            chunk["usage"] = counts;
        }
        Event::Data(chunk)
    };
    let mut events = Vec::new();
    for (index, (text, finish)) in texts.iter().enumerate() {
        for piece in tokens::pieces(text) {
            let choices = json!([choice(piece, index, Value::Null)]);
            events.push(chunk(choices, Value::Null));
        }
        events.push(chunk(
            json!([choice("", index, json!(finish))]),
            Value::Null,
        ));
    }
    if let Some(usage) = usage {
        events.push(chunk(json!([]), usage.plain()));
    }
    events.push(Event::Done);
    events
}
