//! A run as a stream: its events, sent when they happen.
//!
//! Contract: the run does not depend on its stream. It goes on when the client goes away, and
//! a run that is stopped by another request ends its stream. Nothing is kept for a stream but
//! how many events it has sent.

use std::io;
use std::time::Duration;

use axum::body::{Body, Bytes};
use axum::response::Response;
use futures_channel::mpsc::{self, UnboundedSender};

use super::super::compatible::Dialect;
use super::super::failures::Failure;
use super::super::run::{Fate, Timed, events_of};
use super::super::state::{Simulator, now};
use super::super::stream::mark_as_stream;
use super::super::threads::ThreadObject;

/// How soon a stream sees that its run was stopped.
const GLANCE: Duration = Duration::from_millis(10);
/// Time for what was sent to leave before the connection is closed.
const LEAVING: Duration = Duration::from_millis(30);
const HANG: Duration = Duration::from_secs(3600);

/// What a stream tells of.
pub(super) struct Told {
    pub(super) thread_id: String,
    pub(super) run_id: String,
    pub(super) phase: usize,
    /// The thread that was made together with the run.
    pub(super) made: Option<ThreadObject>,
    pub(super) dialect: Dialect,
    pub(super) failure: Option<Failure>,
}

/// A response that brings the events of `told`.
pub(super) fn response(simulator: &Simulator, told: Told) -> Response {
    let (sender, receiver) = mpsc::unbounded::<io::Result<Bytes>>();
    tokio::spawn(send(simulator.clone(), told, sender));
    let mut response = Response::new(Body::from_stream(receiver));
    mark_as_stream(&mut response);
    response
}

async fn send(simulator: Simulator, told: Told, sender: UnboundedSender<io::Result<Bytes>>) {
    if told.failure == Some(Failure::Hang) {
        tokio::time::sleep(HANG).await;
    }
    let mut sent = 0;
    while let Some((events, cut)) = events(&simulator, &told) {
        let half = events.len() / 2;
        let time = now();
        let due = events.iter().take_while(|event| event.at <= time).count();
        for (index, event) in events.iter().enumerate().take(due).skip(sent) {
            let broken = index == half && told.failure == Some(Failure::BadJson);
            // The client has gone.
            if sender
                .unbounded_send(Ok(bytes(event, told.dialect, broken)))
                .is_err()
            {
                return;
            }
            if cut && index + 1 >= half {
                tokio::time::sleep(LEAVING).await;
                let _ = sender.unbounded_send(Err(io::Error::other("cut")));
                return;
            }
            if event.is_last() {
                return;
            }
            tokio::task::yield_now().await;
        }
        sent = due.max(sent);
        let next = events.get(sent).map(|event| event.at.saturating_sub(time));
        tokio::time::sleep(
            next.unwrap_or(GLANCE)
                .clamp(Duration::from_millis(1), GLANCE),
        )
        .await;
    }
}

/// All events as far as they are known, and whether the stream is to break off; nothing once
/// the thread is gone.
fn events(simulator: &Simulator, told: &Told) -> Option<(Vec<Timed>, bool)> {
    let mut store = simulator.store();
    let thread = store.thread(&told.thread_id, now()).ok()?;
    let run = thread.run(&told.run_id).ok()?;
    let mut events = events_of(run, told.phase);
    if let Some((made, first)) = told.made.as_ref().zip(events.first()) {
        let created = Timed::new(first.at, "thread.created", serde_json::json!(made));
        events.insert(0, created);
    }
    let cut = run.fate == Fate::Cut || told.failure == Some(Failure::Cut);
    Some((events, cut))
}

fn bytes(event: &Timed, dialect: Dialect, broken: bool) -> Bytes {
    let data = match &event.data {
        Some(data) => {
            let mut data = data.clone();
            dialect.dress(&mut data);
            data.to_string()
        }
        None => "[DONE]".to_owned(),
    };
    let end = if broken { data.len() / 2 } else { data.len() };
    let data = data.get(..end).unwrap_or_default();
    Bytes::from(format!("event: {}\ndata: {data}\n\n", event.name))
}
