//! The tools of a run: which of them a question is for, and what their calls look like.
//!
//! Contract: pure but for identifiers; a call is the wire's own object. The same question and
//! tools give the same calls.
//!
//! | tool | is called |
//! |---|---|
//! | `code_interpreter` | if the question holds an equation with one solution, or is forced; a question with "plot", "draw" or "graph" also gets a picture |
//! | `file_search` | if the question speaks of a book, file, document or notes, or of searching; or is forced |
//! | `function` | always: the one the question asks for (as in `model/tools.rs`), else the first; a call a city |
//! | any other (Azure AI Foundry, `DashScope`) | always |
//!
//! `tool_choice` narrows this to one tool, or to none.

use serde_json::{Value, json};

use super::super::model::{Call, Choice, Function, Tools};
use super::super::parameters::read_choice;
use super::super::state::Simulator;
use super::super::tutor;
use super::Configuration;

/// Words that send the model to its files.
const ABOUT_FILES: [&str; 6] = ["book", "file", "document", "notes", "search", "look up"];
/// Words that ask for a picture.
const ABOUT_PICTURES: [&str; 3] = ["plot", "draw", "graph"];

/// What file search finds, whatever it looks for.
pub(super) const FOUND_FILE: &str = "file-algebra";
pub(super) const FOUND_NAME: &str = "algebra.md";
const FOUND_TEXT: &str =
    "Linear equations: what is done to one side of an equation is done to the other.";

/// The calls the server answers itself, and those it asks the client for.
#[derive(Debug, Default)]
pub(super) struct Calls {
    pub(super) builtin: Vec<Value>,
    pub(super) functions: Vec<Value>,
}

impl Calls {
    pub(super) fn of(simulator: &Simulator, configuration: &Configuration, question: &str) -> Self {
        let choice = &configuration.tool_choice;
        if choice == "none" {
            return Self::default();
        }
        let forced = choice["type"].as_str();
        let mut calls = Self::default();
        for tool in &configuration.tools {
            let kind = tool["type"].as_str().unwrap_or_default();
            if forced.is_some_and(|forced| forced != kind) {
                continue;
            }
            let body = match kind {
                "function" => None,
                "code_interpreter" => code(simulator, question, forced.is_some()),
                "file_search" => search(tool, question, forced.is_some()),
                other => Some(foreign(other, question)),
            };
            if let Some(body) = body {
                let id = simulator.identifier("call");
                calls
                    .builtin
                    .push(json!({"id": id, "type": kind, kind: body}));
            }
        }
        if forced.is_none_or(|forced| forced == "function") {
            let asked = functions(configuration).calls(simulator, question);
            calls.functions = asked.iter().map(function_call).collect();
        }
        calls
    }
}

/// The functions of a run; they are there to be called.
fn functions(configuration: &Configuration) -> Tools {
    let functions = configuration.tools.iter();
    let functions = functions.filter(|tool| tool["type"] == "function");
    let text = |value: &Value| value.as_str().unwrap_or_default().to_owned();
    let choice = match read_choice(Some(&configuration.tool_choice)) {
        Choice::Auto => Choice::Required,
        other => other,
    };
    Tools {
        functions: functions
            .map(|tool| Function {
                name: text(&tool["function"]["name"]),
                description: text(&tool["function"]["description"]),
                parameters: tool["function"]["parameters"].clone(),
                custom: false,
            })
            .collect(),
        choice,
        // One after the other is how the run asks, not what the model wants.
        parallel: true,
    }
}

/// A call whose output the client has still to bring.
fn function_call(call: &Call) -> Value {
    json!({"id": call.id, "type": "function", "function": {
        "name": call.name, "arguments": call.arguments, "output": null,
    }})
}

fn code(simulator: &Simulator, question: &str, forced: bool) -> Option<Value> {
    let (input, logs) = match tutor::program(question) {
        Some(program) => (program.code, program.logs),
        None if forced => ("print(\"hello\")".to_owned(), "hello\n".to_owned()),
        None => return None,
    };
    let mut outputs = vec![json!({"type": "logs", "logs": logs})];
    if wants_picture(question) {
        let file = simulator.hyphenated("file");
        outputs.push(json!({"type": "image", "image": {"file_id": file}}));
    }
    Some(json!({"input": input, "outputs": outputs}))
}

fn search(tool: &Value, question: &str, forced: bool) -> Option<Value> {
    if !forced && !mentions(question, &ABOUT_FILES) {
        return None;
    }
    let ranking = &tool["file_search"]["ranking_options"];
    let ranking = if ranking.is_null() {
        json!({"ranker": "auto", "score_threshold": 0.0})
    } else {
        ranking.clone()
    };
    let found = json!({
        "file_id": FOUND_FILE, "file_name": FOUND_NAME, "score": 0.83,
        "content": [{"type": "text", "text": FOUND_TEXT}],
    });
    Some(json!({"ranking_options": ranking, "results": [found]}))
}

/// What the tools of other servers have in common, which is not much.
fn foreign(kind: &str, question: &str) -> Value {
    if kind.starts_with("bing_") {
        let query: String = url::form_urlencoded::byte_serialize(question.as_bytes()).collect();
        let address = format!("https://api.bing.microsoft.com/v7.0/search?q={query}");
        return json!({"requesturl": address, "response_metadata": "{'num_docs': 5}"});
    }
    json!({"input": question, "output": "One result."})
}

/// Whether a picture is asked for.
pub(super) fn wants_picture(question: &str) -> bool {
    mentions(question, &ABOUT_PICTURES)
}

fn mentions(question: &str, words: &[&str]) -> bool {
    let question = question.to_lowercase();
    words.iter().any(|word| question.contains(word))
}

/// `call` without what file search found, which is shown to those who ask for it.
pub(in super::super) fn without_content(call: &mut Value) {
    let results = call.pointer_mut("/file_search/results");
    let results = results.and_then(Value::as_array_mut);
    for result in results.into_iter().flatten() {
        if let Some(result) = result.as_object_mut() {
            result.remove("content");
        }
    }
}

/// `call` before it has come to anything.
pub(super) fn unanswered(call: &Value) -> Value {
    let mut earlier = call.clone();
    match call["type"].as_str() {
        Some("code_interpreter") => earlier["code_interpreter"]["outputs"] = json!([]),
        Some("file_search") => earlier["file_search"]["results"] = json!([]),
        Some("function") => earlier["function"]["output"] = Value::Null,
        _ => {}
    }
    earlier
}
