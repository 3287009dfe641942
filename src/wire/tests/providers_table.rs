//! The page of the guide that says what is read from each provider is what these exchanges show.
//!
//! Each is read by the dialect that recognises it. The page is stale if the text that they give differs from it;
//! `UPDATE_PAGES=1 cargo test --lib providers_table` writes it anew.

use std::collections::BTreeSet;
use std::fmt::Write as _;
use std::fs;
use std::time::Duration;

use serde_json::Value;

use super::pieces;
use crate::conventions::operation;
use crate::model::message::Part;
use crate::wire::endpoint::{Endpoint, RequestHead};
use crate::wire::facts::ResponseFacts;
use crate::wire::recognise::recognise;
use crate::wire::verdict::has_content;
use crate::wire::{BodyEnd, Limits, RequestFacts, ResponseHead, ResponseReader};

const PAGE: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/src/guide/providers_table.md");
const COLUMNS: [&str; 8] = [
    "chat",
    "stream",
    "tools",
    "reasoning",
    "counts",
    "cost",
    "embeddings",
    "errors",
];
const ABOVE: &str = "\
Providers in a table: what is read from each.

Each ✓ stands for a recorded exchange in the tests of this crate, and a test writes this page from them. A – means that
the API does not have it or does not send it. An empty cell means that no test shows it yet. `name` is
`gen_ai.provider.name`; a server that speaks OpenAI's API under an unknown host is `openai`.

";
const BELOW: &str = "
* **chat**: messages or texts of an answer. **stream**: the same in pieces, put together, with the end of the stream
  known. **tools**: calls that the model asks for; for servers of tools, what they return.
* **reasoning**: what the model thought, as parts of the message or as a count. **counts**: input and output tokens.
  **cost**: what the provider says that the call cost; Langfuse computes it for others.
* **errors**: the code of a refusal, and the server's own sentence.

[Providers](crate::guide::providers) says which calls are read, and how one is recognised.
";

/// What an exchange shows, and whose it is.
struct Shown {
    columns: Vec<&'static str>,
    provider: Option<&'static str>,
}

fn text(value: &Value) -> &str {
    value.as_str().unwrap()
}

fn endpoint(url: &str, body: &[u8]) -> Endpoint {
    let url = url::Url::parse(url).unwrap();
    let host = url.host_str().unwrap();
    let head = RequestHead::new("POST", host, url.path(), url.query(), &|_| None);
    recognise(&head.with_body(body))
}

/// The answer's bytes and their media type.
fn answer(exchange: &Value) -> (Vec<u8>, &'static str) {
    if let Some(file) = exchange["file"].as_str() {
        let kind = match file.rsplit('.').next() {
            Some("sse") => "text/event-stream",
            Some("jsonl") => "application/x-ndjson",
            Some("bin") => "application/vnd.amazon.eventstream",
            _ => "application/json",
        };
        return (pieces::fixture(file), kind);
    }
    match exchange["events"].as_str() {
        Some(events) => (events.as_bytes().to_vec(), "text/event-stream"),
        None => (
            exchange["answer"].to_string().into_bytes(),
            "application/json",
        ),
    }
}

fn shown(url: &str, exchange: &Value) -> Shown {
    let request = exchange["request"].to_string();
    let endpoint = endpoint(
        &format!("{url}{}", text(&exchange["path"])),
        request.as_bytes(),
    );
    assert!(
        endpoint.reads_bodies(),
        "{url}: {exchange} is not recognised"
    );
    let json = Some("application/json");
    let asked = RequestFacts::read(&endpoint, json, request.as_bytes(), Limits::default());
    let status = exchange["status"].as_u64().unwrap_or(200);
    let (body, content_type) = answer(exchange);
    let head = ResponseHead {
        status: u16::try_from(status).unwrap(),
        content_type: Some(content_type),
        stream_requested: asked.stream,
    };
    let mut reader = ResponseReader::new(&endpoint, head, Limits::default());
    reader.push(&body, Duration::ZERO);
    let is_stream = reader.is_stream();
    let facts = reader.finish(BodyEnd::Reached);
    Shown {
        provider: endpoint.provider(),
        columns: if status < 400 {
            assert_eq!(facts.error, None, "{url}: {exchange}");
            assert!(facts.complete, "{url}: {exchange} broke off");
            of_answer(&endpoint, &facts, is_stream)
        } else {
            let said = facts.error.and_then(|error| error.message);
            said.map(|_| "errors").into_iter().collect()
        },
    }
}

fn of_answer(endpoint: &Endpoint, facts: &ResponseFacts, is_stream: bool) -> Vec<&'static str> {
    let is_embedding = endpoint.operation() == Some(operation::EMBEDDINGS);
    let is_tool = endpoint.operation() == Some(operation::EXECUTE_TOOL);
    let has_content = has_content(facts);
    let mut parts = facts.messages.iter().flat_map(|message| &message.parts);
    let has_reasoning = parts.any(|part| matches!(part, Part::Reasoning { .. }));
    let usage = facts.usage.unwrap_or_default();
    let counts = usage.input_tokens.and(usage.output_tokens).is_some();
    let shown = [
        ("chat", has_content && !is_embedding && !is_tool),
        ("stream", is_stream && has_content),
        (
            "tools",
            !facts.tool_calls.is_empty() || is_tool && has_content,
        ),
        (
            "reasoning",
            has_reasoning || usage.reasoning_output_tokens > 0,
        ),
        ("counts", counts && !is_embedding),
        ("cost", facts.cost.is_some()),
        ("embeddings", is_embedding && facts.output.is_some()),
    ];
    let shown = shown.into_iter().filter(|(_, is_shown)| *is_shown);
    shown.map(|(column, _)| column).collect()
}

fn row(provider: &Value) -> String {
    let name = text(&provider["name"]);
    let none: BTreeSet<&str> = provider["none"]
        .as_array()
        .unwrap()
        .iter()
        .map(text)
        .collect();
    let exchanges = provider["exchanges"].as_array().unwrap().iter();
    let all: Vec<Shown> = exchanges
        .map(|exchange| shown(text(&provider["url"]), exchange))
        .collect();
    let names: BTreeSet<&str> = all.iter().filter_map(|one| one.provider).collect();
    let names: Vec<String> = names.into_iter().map(|name| format!("`{name}`")).collect();
    let columns: BTreeSet<&str> = all.into_iter().flat_map(|one| one.columns).collect();
    let cells = COLUMNS.iter().map(|column| {
        let (is_shown, is_none) = (columns.contains(column), none.contains(column));
        assert!(!(is_shown && is_none), "{name} does have {column}");
        match (is_shown, is_none) {
            (true, _) => "✓",
            (false, true) => "–",
            (false, false) => "",
        }
    });
    let cells: Vec<&str> = cells.collect();
    format!("| {name} | {} | {} |", names.join(", "), cells.join(" | "))
}

#[test]
fn the_page_says_what_the_exchanges_show() {
    let providers = pieces::fixture("answers/providers.json");
    let providers: Vec<Value> = serde_json::from_slice(&providers).unwrap();
    let mut page = ABOVE.to_owned();
    writeln!(page, "| provider | name | {} |", COLUMNS.join(" | ")).unwrap();
    writeln!(page, "|---|---|{}", ":-:|".repeat(COLUMNS.len())).unwrap();
    for provider in &providers {
        writeln!(page, "{}", row(provider)).unwrap();
    }
    page.push_str(BELOW);
    if std::env::var_os("UPDATE_PAGES").is_some() {
        fs::write(PAGE, &page).unwrap();
    }
    let written = fs::read_to_string(PAGE).unwrap_or_default();
    assert!(
        written == page,
        "the page is stale; write it anew with UPDATE_PAGES=1 and look at the difference. It should be:\n{page}"
    );
}
