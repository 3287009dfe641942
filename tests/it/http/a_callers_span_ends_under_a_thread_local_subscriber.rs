//! Calls end on a thread of the library. The span around them must end as well if the subscriber is not the
//! global one.

use tracing::instrument::WithSubscriber;
use tracing::{Dispatch, Instrument};
use tracing_subscriber::layer::SubscriberExt;

use crate::openai_sim;
use crate::support::versions::{Version, with_each_version};
use crate::support::{SOON, chat_request, memory};

async fn while_the_subscriber_lives(version: Version) {
    let server = openai_sim::start().await.unwrap();
    let (memory, telemetry) = memory(None);
    // Kept until the end of the test: dropping it would end all open spans.
    let subscriber = Dispatch::new(tracing_subscriber::registry().with(telemetry.layer()));
    let client = version.client(server.base_url());
    let call = async {
        client.chat(&chat_request("gpt-4o-mini")).await.unwrap();
    };
    // The span is made when the future is first polled, under the subscriber.
    async { call.instrument(tracing::info_span!("caller")).await }
        .with_subscriber(subscriber.clone())
        .await;
    telemetry.flush_async(SOON).await;

    let [call, caller] = &memory.spans()[..] else {
        panic!("{:?}", memory.spans())
    };
    assert_eq!(caller.name, "caller");
    assert_eq!(call.parent_span_id, caller.span_id);
    drop(subscriber);
}

with_each_version!(while_the_subscriber_lives);
