//! Users and sessions: an axum handler, a hundred requests at once, and no span under a wrong name.
//!
//! ```sh
//! cargo run --example context
//! ```
#![expect(clippy::print_stdout, reason = "the result is for whoever runs this")]

use std::collections::BTreeMap;
use std::error::Error;

use axum::Router;
use axum::extract::{Path, Query};
use axum::http::HeaderMap;
use axum::routing::get;
use serde::Deserialize;
use tracing_genai::Telemetry;
use tracing_genai::context::{self, Attributes, InCurrentContext};
use tracing_genai::message::{Message, Usage};
use tracing_genai::observation;
use tracing_genai::testing::InMemory;
use tracing_subscriber::layer::SubscriberExt;
use tracing_subscriber::util::SubscriberInitExt;

const REQUESTS: usize = 100;

#[derive(Deserialize)]
struct Lesson {
    session: String,
}

/// What every request says about itself, before anything else happens.
async fn ask(Path(user): Path<String>, Query(lesson): Query<Lesson>, headers: HeaderMap) -> String {
    let about = Attributes::new()
        .with_user(&user)
        .with_session(&lesson.session)
        .with_tag("lesson");
    let mut scope = context::scope(about);
    // A service before this one may have begun the trace.
    let parent = headers
        .get("traceparent")
        .and_then(|value| value.to_str().ok());
    if let Some(Ok(parent)) = parent.map(context::remote_parent) {
        scope = parent.with(
            Attributes::new()
                .with_user(&user)
                .with_session(&lesson.session),
        );
    }
    scope.wrap(answer(user)).await
}

#[tracing::instrument(ret)]
async fn answer(name: String) -> String {
    let generation = observation::generation("chat tutor")
        .with_model("tutor")
        .with_provider("my-own")
        .with_input_messages([Message::user("What is 6 × 7?")])
        .start();
    tokio::task::yield_now().await;
    generation
        .set_output_messages([Message::assistant("42").with_finish_reason("stop")])
        .set_usage(Usage::new(9, 1));
    drop(generation);
    // Span and scope go along into another task.
    let remembered = tokio::spawn(remember().in_current_context()).await;
    context::set(Attributes::new().with_metadata("remembered", remembered.is_ok()));
    format!("42, {name}")
}

#[tracing::instrument]
async fn remember() {
    tokio::task::yield_now().await;
}

#[tokio::main]
async fn main() -> Result<(), Box<dyn Error>> {
    // To count what a backend would have received; a real program names no destination in code.
    let memory = InMemory::new();
    let telemetry = Telemetry::builder()
        .with_service_name("lessons")
        .with_destination(memory.destination())
        .with_environment_destinations(true)
        .build()?;
    tracing_subscriber::registry()
        .with(telemetry.layer())
        .try_init()?;
    let _guard = telemetry.guard();

    let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await?;
    let address = listener.local_addr()?;
    let app = Router::new().route("/ask/{user}", get(ask));
    tokio::spawn(async move { axum::serve(listener, app).await });

    let client = reqwest::Client::new();
    let requests: Vec<_> = (0..REQUESTS)
        .map(|number| {
            let url = format!(
                "http://{address}/ask/user-{number}?session=lesson-{}",
                number % 7
            );
            tokio::spawn(client.get(url).send())
        })
        .collect();
    for request in requests {
        request.await??.error_for_status()?;
    }
    telemetry
        .flush_async(std::time::Duration::from_secs(5))
        .await;

    let mut users: BTreeMap<String, BTreeMap<Option<String>, usize>> = BTreeMap::new();
    for span in memory.spans() {
        let user = span.text("user.id").map(str::to_owned);
        *users
            .entry(span.trace_id)
            .or_default()
            .entry(user)
            .or_default() += 1;
    }
    let mixed = users.values().filter(|users| users.len() != 1).count();
    let spans: usize = users.values().flat_map(BTreeMap::values).sum();
    println!(
        "{} traces, {spans} spans, {mixed} with more than one user",
        users.len()
    );
    Ok(())
}
