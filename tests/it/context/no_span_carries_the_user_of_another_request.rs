//! 64 tasks with 1,000 requests each, on two threads, every request with a user of its own.

use std::collections::HashMap;

use tracing_genai::context::{self, Attributes, InCurrentContext};

use crate::support::{SOON, memory_with, within_async};

const TASKS: usize = 64;
const REQUESTS: usize = 1_000;
/// A request and its two steps.
const SPANS: usize = TASKS * REQUESTS * 3;

#[tracing::instrument(fields(expected.user = %user))]
async fn request(user: String, late: bool) {
    if late {
        context::set(Attributes::new().with_user(user.as_str()));
    }
    step(user.clone()).await;
    tokio::task::yield_now().await;
    step(user).await;
}

#[tracing::instrument(fields(expected.user = %user))]
async fn step(user: String) {
    tokio::task::yield_now().await;
}

async fn requests(task: usize) {
    for number in 0..REQUESTS {
        let user = format!("{task}-{number}");
        // Half of them set the user later, for the whole trace.
        if number % 2 == 0 {
            let about = Attributes::new().with_user(user.as_str());
            context::scope(about).wrap(request(user, false)).await;
        } else {
            request(user, true).await;
        }
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn however_they_are_mixed() {
    let (memory, telemetry) = memory_with(None, |builder| {
        builder.with_queue_spans(SPANS).with_queue_bytes(1 << 30)
    });
    within_async(&telemetry, async {
        let tasks: Vec<_> = (0..TASKS)
            .map(|task| tokio::spawn(requests(task).in_current_context()))
            .collect();
        for task in tasks {
            task.await.unwrap();
        }
    })
    .await;
    telemetry.flush_async(SOON * 3).await;
    let spans = memory.spans();
    assert_eq!(spans.len(), SPANS, "{}", telemetry.report());
    let mut users = HashMap::new();
    for span in &spans {
        let user = span.text("user.id");
        assert_eq!(user, span.text("expected.user"), "{}", span.name);
        assert_eq!(*users.entry(&span.trace_id).or_insert(user), user);
    }
}
