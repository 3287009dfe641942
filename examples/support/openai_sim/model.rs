//! What the model says: the one mind behind Chat Completions, Completions and Responses.
//!
//! Contract: deterministic, and free of any endpoint's wire. A prompt is answered, in this
//! order, by what its tools returned, by calls of its tools, by the tutor who solves its
//! equation, and else by a sentence made of the question. Reasoning, limits and the cache are
//! counted here, so that every endpoint reports the same numbers for the same conversation.

mod instance;
mod tools;
mod usage;

use serde_json::{Value, json};

use super::state::Simulator;
use super::{tokens, tutor};

pub(super) use tools::{Call, Choice, Function, Tools, results};
pub(super) use usage::{Usage, cached_tokens};

/// A conversation and how it is to be continued.
#[derive(Clone, Debug, Default)]
pub(super) struct Prompt {
    pub(super) model: String,
    pub(super) turns: Vec<Turn>,
    pub(super) tools: Tools,
    pub(super) format: Format,
    pub(super) max_tokens: Option<u64>,
    pub(super) stop: Vec<String>,
    pub(super) effort: Option<String>,
}

impl Prompt {
    /// How many tokens the model reads.
    pub(super) fn tokens(&self) -> u64 {
        let texts: Vec<String> = self.turns.iter().map(Turn::text).collect();
        tokens::count_prompt(texts.iter().map(String::as_str))
            + tokens::count(&self.tools.description())
    }
}

/// One message of a conversation.
#[derive(Clone, Debug)]
pub(super) enum Turn {
    /// Instructions of the system or the developer.
    System(String),
    User(String),
    Assistant {
        text: String,
        calls: Vec<Call>,
    },
    /// What a tool returned for the call `call_id`.
    Result {
        call_id: String,
        output: String,
    },
}

impl Turn {
    /// What the model reads of it.
    fn text(&self) -> String {
        match self {
            Self::System(text) | Self::User(text) => text.clone(),
            Self::Result { output, .. } => output.clone(),
            Self::Assistant { text, calls } => {
                let mut all = text.clone();
                for call in calls {
                    all.push_str(&call.name);
                    all.push_str(&call.arguments);
                }
                all
            }
        }
    }
}

/// What an answer must look like.
#[derive(Clone, Debug, Default)]
pub(super) enum Format {
    #[default]
    Text,
    Json,
    Schema(Value),
}

/// One answer.
#[derive(Clone, Debug)]
pub(super) struct Reply {
    pub(super) content: Content,
    pub(super) finish: Finish,
    pub(super) reasoning_tokens: u64,
    /// All that was generated, reasoning included.
    pub(super) tokens: u64,
}

#[derive(Clone, Debug)]
pub(super) enum Content {
    Text(String),
    Refusal(String),
    Calls(Vec<Call>),
}

/// Why the model stopped, in Chat Completions' words.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Finish {
    Stop,
    Length,
    ToolCalls,
    ContentFilter,
}

impl Finish {
    pub(super) fn as_str(self) -> &'static str {
        match self {
            Self::Stop => "stop",
            Self::Length => "length",
            Self::ToolCalls => "tool_calls",
            Self::ContentFilter => "content_filter",
        }
    }
}

/// `count` answers to `prompt`, and what all of them used.
pub(super) fn answer(simulator: &Simulator, prompt: &Prompt, count: usize) -> (Vec<Reply>, Usage) {
    let texts: Vec<String> = prompt.turns.iter().map(Turn::text).collect();
    let replies: Vec<Reply> = (0..count)
        .map(|index| reply(simulator, prompt, index))
        .collect();
    let usage = Usage {
        input: prompt.tokens(),
        cached: cached_tokens(simulator, &prompt.model, &texts),
        output: replies.iter().map(|reply| reply.tokens).sum(),
        reasoning: replies.iter().map(|reply| reply.reasoning_tokens).sum(),
    };
    (replies, usage)
}

/// The dated name under which OpenAI answers for `model`.
pub(super) fn dated(model: &str) -> String {
    let date = match model {
        "gpt-3.5-turbo" => "-0125",
        "gpt-3.5-turbo-instruct" => ":20230824-v2",
        "gpt-4.1" | "gpt-4.1-mini" | "gpt-4.1-nano" => "-2025-04-14",
        "gpt-4o" => "-2024-11-20",
        "gpt-4o-mini" => "-2024-07-18",
        "gpt-5" | "gpt-5-mini" | "gpt-5-nano" => "-2025-08-07",
        "o3" | "o4-mini" => "-2025-04-16",
        "o3-mini" => "-2025-01-31",
        _ => "",
    };
    format!("{model}{date}")
}

/// Whether `model` thinks before it speaks.
pub(super) fn reasons(model: &str) -> bool {
    let model = model.rsplit('/').next().unwrap_or_default();
    let mut characters = model.chars();
    model.starts_with("gpt-5")
        || (characters.next() == Some('o') && characters.next().is_some_and(|c| c.is_ascii_digit()))
}

fn reply(simulator: &Simulator, prompt: &Prompt, index: usize) -> Reply {
    let mut content = content(simulator, prompt, index);
    let mut finish = match &content {
        Content::Calls(_) => Finish::ToolCalls,
        Content::Text(_) if prompt.model.ends_with("content-filter") => Finish::ContentFilter,
        Content::Text(_) | Content::Refusal(_) => Finish::Stop,
    };
    let mut reasoning_tokens = reasoning_tokens(prompt);
    if let Content::Text(text) = &mut content {
        let stop = prompt
            .stop
            .iter()
            .filter_map(|stop| text.find(stop.as_str()));
        if let Some(end) = stop.min() {
            text.truncate(end);
        }
    }
    let limit = prompt.max_tokens.unwrap_or(u64::MAX);
    let left = limit.saturating_sub(reasoning_tokens);
    if tokens_of(&content) > left {
        finish = Finish::Length;
        reasoning_tokens = reasoning_tokens.min(limit);
        cut(&mut content, left);
    }
    Reply {
        tokens: reasoning_tokens + tokens_of(&content),
        content,
        finish,
        reasoning_tokens,
    }
}

fn content(simulator: &Simulator, prompt: &Prompt, index: usize) -> Content {
    if prompt.model.ends_with("refusal") {
        return Content::Refusal("I can't help with that.".to_owned());
    }
    let question = question(prompt);
    let results = results(&prompt.turns);
    if results.is_none() {
        let calls = prompt.tools.calls(simulator, question);
        if !calls.is_empty() {
            return Content::Calls(calls);
        }
    }
    let text = results
        .or_else(|| tutor::solve(question))
        .unwrap_or_else(|| echo(&prompt.turns, question));
    let text = match index {
        0 => text,
        _ => format!("In other words ({}): {text}", index + 1),
    };
    Content::Text(match &prompt.format {
        Format::Text => text,
        Format::Json => json!({"answer": text}).to_string(),
        Format::Schema(schema) => instance::of(schema, &text).to_string(),
    })
}

/// What the user said last.
fn question(prompt: &Prompt) -> &str {
    let last = prompt.turns.iter().rev().find_map(|turn| match turn {
        Turn::User(text) => Some(text.as_str()),
        _ => None,
    });
    last.unwrap_or_default()
}

/// An answer to what is neither algebra nor a matter of tools. It tells how many messages the
/// model has seen, which shows whether it was given the conversation so far.
fn echo(turns: &[Turn], question: &str) -> String {
    const WORDS: usize = 12;
    let words: Vec<&str> = question.split_whitespace().collect();
    if words.is_empty() {
        return "Hello! Send me an equation such as 3x + 11 = 14.".to_owned();
    }
    let ellipsis = if words.len() > WORDS { " …" } else { "" };
    let quoted = words[..words.len().min(WORDS)].join(" ");
    let verb = if question.trim_end().ends_with('?') {
        "asked"
    } else {
        "said"
    };
    let messages = turns.iter().filter(|turn| matches!(turn, Turn::User(_)));
    let count = messages.count();
    format!("You {verb} \"{quoted}{ellipsis}\" in message {count} of our conversation.")
}

/// A number that grows with the effort asked for; real ones vary.
fn reasoning_tokens(prompt: &Prompt) -> u64 {
    if !reasons(&prompt.model) {
        return 0;
    }
    match prompt.effort.as_deref() {
        Some("none" | "minimal") => 0,
        Some("low") => 32,
        Some("high") => 192,
        Some("xhigh" | "max") => 384,
        _ => 64,
    }
}

fn tokens_of(content: &Content) -> u64 {
    match content {
        Content::Text(text) | Content::Refusal(text) => tokens::count(text),
        Content::Calls(calls) => calls.iter().map(Call::tokens).sum(),
    }
}

/// Leaves of `content` what `limit` tokens hold: a call may end within its arguments.
fn cut(content: &mut Content, limit: u64) {
    match content {
        Content::Text(text) | Content::Refusal(text) => {
            text.truncate(tokens::beginning(text, limit).len());
        }
        Content::Calls(calls) => {
            let mut left = limit;
            for call in &mut *calls {
                let name = tokens::count(&call.name);
                left = left.saturating_sub(name);
                let mut kept = String::new();
                for fragment in tokens::fragments(&call.arguments) {
                    if tokens::count(&kept) + tokens::count(fragment) > left {
                        break;
                    }
                    kept.push_str(fragment);
                }
                left = left.saturating_sub(tokens::count(&kept));
                call.arguments = kept;
            }
            if limit == 0 {
                *content = Content::Text(String::new());
            }
        }
    }
}
