//! Bedrock passes bodies of any maker through: a completion, a conversation, vectors. Tokens that a body does not
//! count are counted in the head of the answer.

use tracing_genai::testing::ReceivedSpan;

use crate::support::exchange::exchanged;
use crate::support::raw_server::{RawServer, Step};
use crate::support::reply_server::Reply;
use crate::support::{conventions, json_of, only, plain_async};

const MISTRAL: &str = "/model/mistral.mistral-7b-instruct-v0%3A2/invoke";
const LLAMA: &str = "/model/us.meta.llama3-1-70b-instruct-v1%3A0/invoke";
const PROMPT: &str = r#"{"prompt":"When?","max_tokens":9}"#;

/// A call whose answer has Bedrock's counts in its head.
async fn counted(body: &str) -> ReceivedSpan {
    let head = format!(
        "HTTP/1.1 200 OK\r\ncontent-type: application/json\r\n\
         x-amzn-bedrock-input-token-count: 5\r\nx-amzn-bedrock-output-token-count: 3\r\n\
         content-length: {}\r\n\r\n{body}",
        body.len()
    );
    let server = RawServer::start(vec![vec![Step::Send(head.into_bytes())]]).await;
    let url = format!("http://{}{MISTRAL}", server.address);
    let memory = plain_async(async {
        let client = reqwest_middleware::ClientBuilder::new(reqwest::Client::new())
            .with(tracing_genai::http::TraceMiddleware::new())
            .build();
        let request = client.post(url).body(PROMPT);
        let _read = request.send().await.unwrap().bytes().await.unwrap();
    })
    .await;
    let span = only(&memory);
    conventions::assert_kept(std::slice::from_ref(&span));
    span
}

#[tokio::test]
async fn the_head_counts_what_the_body_does_not() {
    let span = counted(r#"{"outputs":[{"text":"At noon.","stop_reason":"stop"}]}"#).await;
    assert_eq!(
        span.name,
        "text_completion mistral.mistral-7b-instruct-v0:2"
    );
    assert_eq!(span.text("gen_ai.provider.name"), Some("aws.bedrock"));
    assert_eq!(span.int("gen_ai.usage.input_tokens"), Some(5));
    assert_eq!(span.int("gen_ai.usage.output_tokens"), Some(3));
    let output = json_of(&span, "gen_ai.output.messages");
    assert_eq!(output[0]["parts"][0]["content"], "At noon.");
}

#[tokio::test]
async fn what_the_body_counts_is_counted_once() {
    let answer = r#"{"generation":"At noon.","prompt_token_count":7,"generation_token_count":4,"stop_reason":"stop"}"#;
    let answer = Reply::json(200, answer);
    let span = exchanged(None, LLAMA, PROMPT.as_bytes(), answer).await;
    assert_eq!(span.int("gen_ai.usage.input_tokens"), Some(7));
    assert_eq!(span.int("gen_ai.usage.output_tokens"), Some(4));
}

#[tokio::test]
async fn texts_become_vectors() {
    let path = "/model/amazon.titan-embed-text-v2%3A0/invoke";
    let answer = Reply::json(200, r#"{"embedding":[0.1,0.2],"inputTextTokenCount":3}"#);
    let span = exchanged(None, path, br#"{"inputText":"sea"}"#, answer).await;
    assert_eq!(span.name, "embeddings amazon.titan-embed-text-v2:0");
    assert_eq!(span.int("gen_ai.usage.input_tokens"), Some(3));
    assert_eq!(span.int("gen_ai.embeddings.dimension.count"), Some(2));
}
