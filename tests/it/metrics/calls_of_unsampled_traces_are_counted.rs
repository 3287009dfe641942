//! A tenth of the traces is enough to see what happens; a tenth of the tokens would be a wrong count.

use futures_util::StreamExt;
use opentelemetry_sdk::trace::Sampler;

use crate::openai_sim;
use crate::support::metrics::measured_with;
use crate::support::versions::Version;
use crate::support::{chat_request, chat_stream_request};

#[tokio::test]
async fn whole_and_streamed_within_a_function_and_without() {
    let server = openai_sim::start().await.unwrap();
    let work = async |_, _| {
        let client = Version::V043.client(server.base_url());
        client.chat(&chat_request("gpt-4o-mini")).await.unwrap();
        let mut request = chat_stream_request("gpt-4o-mini");
        request["stream_options"] = serde_json::json!({"include_usage": true});
        let within = async {
            let stream = client.chat_stream(&request).await.unwrap();
            stream.for_each(async |_| ()).await;
        };
        tracing::Instrument::instrument(within, tracing::info_span!("within")).await;
    };
    let (memory, metrics) =
        measured_with(|builder| builder.with_sampler(Sampler::AlwaysOff), work).await;
    assert_eq!(memory.spans().len(), 0);
    assert_eq!(metrics["gen_ai.client.inference.duration"].count(), 2);
    let input = &metrics["gen_ai.client.inference.operation.input_tokens"];
    assert_eq!(input.count(), 2);
    assert!(input.sum() > 0.0);
    let chunks = &metrics["gen_ai.client.inference.time_per_output_chunk"];
    assert!(chunks.count() > 0);
}
