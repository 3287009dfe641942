//! queued → in_progress → completed, by the clock alone. There is no usage and no message before the end.

use std::time::Duration;

use serde_json::Value;

use crate::openai_sim::lifecycle::{Lifecycle, Pace, Status};
use crate::simulator::{Wire, id};
use crate::wait::wait_for_async;

#[test]
fn the_status_follows_the_pace() {
    let created = Duration::from_secs(1_795_000_033);
    let lifecycle = Lifecycle::new(created, Pace::default());
    for (milliseconds, expected) in [
        (0, Status::Queued),
        (199, Status::Queued),
        (200, Status::InProgress),
        (1199, Status::InProgress),
        (1200, Status::Completed),
        (1_000_000, Status::Completed),
    ] {
        let now = created + Duration::from_millis(milliseconds);
        assert_eq!(lifecycle.status(now), expected, "after {milliseconds} ms");
    }
    assert_eq!(
        lifecycle.status(Duration::ZERO),
        Status::Queued,
        "a clock that was set back"
    );
}

#[tokio::test]
async fn a_client_that_polls_sees_the_states_in_order() {
    let wire = Wire::with_run_duration(Duration::from_millis(600)).await;
    let (assistant, thread) = (wire.assistant().await, wire.thread().await);
    wire.say(&thread, "3x + 11 = 14").await;
    let run = wire.run(&thread, &assistant).await;
    let path = format!("/threads/{thread}/runs/{}", id(&run));

    let mut seen = vec![run];
    wait_for_async(async || {
        seen.push(wire.fetch(&path).await);
        (seen.last().unwrap()["status"] == "completed").then_some(())
    })
    .await;

    let mut statuses: Vec<_> = seen
        .iter()
        .map(|run| run["status"].as_str().unwrap())
        .collect();
    statuses.dedup();
    assert_eq!(statuses.first(), Some(&"queued"));
    assert!(
        ["queued", "in_progress", "completed"].ends_with(&statuses[1..]),
        "{statuses:?}"
    );
    for run in &seen {
        let completed = run["status"] == "completed";
        assert_eq!(run["usage"].is_object(), completed, "{run}");
        assert_eq!(run["completed_at"].is_u64(), completed, "{run}");
        assert_eq!(run["expires_at"].is_null(), completed, "{run}");
        assert_eq!(
            run["started_at"].is_null(),
            run["status"] == "queued",
            "{run}"
        );
    }
}

#[tokio::test]
async fn the_answer_and_its_step_are_there_when_the_run_completes_and_not_before() {
    for (wire, expected) in [(Wire::endless().await, 0), (Wire::instant().await, 1)] {
        let (assistant, thread) = (wire.assistant().await, wire.thread().await);
        wire.say(&thread, "3x + 11 = 14").await;
        let run = id(&wire.run(&thread, &assistant).await);

        let messages = wire
            .fetch(&format!("/threads/{thread}/messages?run_id={run}"))
            .await;
        assert_eq!(messages["data"].as_array().unwrap().len(), expected);
        let steps = wire
            .fetch(&format!("/threads/{thread}/runs/{run}/steps"))
            .await;
        assert_eq!(steps["data"].as_array().unwrap().len(), expected);
        if expected == 0 {
            assert_eq!(steps["first_id"], Value::Null);
            continue;
        }
        let (message, step) = (&messages["data"][0], &steps["data"][0]);
        assert_eq!(message["assistant_id"], assistant.as_str());
        assert_eq!(message["role"], "assistant");
        assert_eq!(
            step["step_details"]["message_creation"]["message_id"],
            message["id"]
        );
        let run = wire.fetch(&format!("/threads/{thread}/runs/{run}")).await;
        assert_eq!(
            step["usage"], run["usage"],
            "the steps' usage sums to the run's"
        );
        let step_path = format!("/threads/{thread}/runs/{}/steps/{}", id(&run), id(step));
        assert_eq!(wire.fetch(&step_path).await, *step);
    }
}
