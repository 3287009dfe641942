//! The span of a call that does not end is exported when the telemetry ends, and the call itself goes on.

use tokio::net::TcpListener;
use tracing::instrument::WithSubscriber;
use tracing_subscriber::layer::SubscriberExt;

use crate::support::versions::{Version, with_each_version};
use crate::support::{SOON, assert_delivered, chat_request, memory};

async fn an_answer_that_does_not_come(version: Version) {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let client = version.client(format!("http://{}", listener.local_addr().unwrap()));
    let (memory, telemetry) = memory(None);
    let call = async move { client.chat(&chat_request("gpt-4o-mini")).await };
    let subscriber = tracing_subscriber::registry().with(telemetry.layer());
    let call = tokio::spawn(call.with_subscriber(subscriber));
    let _connection = listener.accept().await.unwrap();
    assert_delivered(&telemetry.shutdown_async(SOON).await);
    let span = memory.span("chat gpt-4o-mini");
    assert_eq!(
        span.text("tracing_genai.observation.level"),
        Some("WARNING")
    );
    assert_eq!(
        span.text("tracing_genai.observation.status_message"),
        Some("still open at exit")
    );
    assert!(!call.is_finished());
    call.abort();
}

with_each_version!(an_answer_that_does_not_come);
