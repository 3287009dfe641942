//! `in_current_context` carries what `in_current_span` does not: the scope inside of the span.

use tracing_genai::context::{self, Attributes, InCurrentContext};

use crate::support::plain_async;

#[tracing::instrument]
async fn task() {
    tokio::task::yield_now().await;
    inner();
}

#[tracing::instrument]
fn inner() {}

#[tracing::instrument]
async fn handler() {
    let about = Attributes::new().with_user("ada");
    context::scope(about)
        .wrap(async {
            tokio::spawn(task().in_current_context()).await.unwrap();
            tokio::task::spawn_blocking(context::carried(|| {
                tracing::info_span!("blocking").in_scope(|| ());
            }))
            .await
            .unwrap();
            std::thread::spawn(context::carried(|| {
                tracing::info_span!("thread").in_scope(|| ());
            }))
            .join()
            .unwrap();
        })
        .await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn without_losing_either() {
    let memory = plain_async(handler()).await;
    let handler = memory.span("handler");
    assert_eq!(handler.text("user.id"), None);
    for (name, parent) in [
        ("task", &handler),
        ("blocking", &handler),
        ("thread", &handler),
        ("inner", &memory.span("task")),
    ] {
        let span = memory.span(name);
        assert_eq!(span.parent_span_id, parent.span_id, "{name}");
        assert_eq!(span.text("user.id"), Some("ada"), "{name}");
    }
}
