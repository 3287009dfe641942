//! Calls of Anthropic's Messages and of Amazon Bedrock have the attributes of any other call of a model, at every
//! destination: inclusive counts by the conventions, disjoint ones for Langfuse.

use reqwest_middleware::ClientBuilder;
use serde_json::{Value as Json, json};
use tracing_genai::Mapping;
use tracing_genai::openai::TraceMiddleware;
use tracing_genai::testing::{InMemory, ReceivedSpan};

use crate::support::raw_server::{RawServer, Step};
use crate::support::{conventions, json_of, only, received_async};

macro_rules! fixture {
    ($name:literal) => {
        include_bytes!(concat!("../../fixtures/", $name)).as_slice()
    };
}

const JSON: &str = "application/json";
const EVENTS: &str = "text/event-stream";
const MESSAGES: &str = "application/vnd.amazon.eventstream";
const CLAUDE: &str = "/model/us.anthropic.claude-sonnet-4-5-20250929-v1%3A0";
const ASKS: &[u8] = br#"{"anthropic_version":"bedrock-2023-05-31","max_tokens":9,"messages":[]}"#;

/// What is asked, and what comes.
struct Exchange {
    path: String,
    request: &'static [u8],
    status: u16,
    media_type: &'static str,
    answer: &'static [u8],
}

impl Exchange {
    fn new(
        path: &str,
        request: &'static [u8],
        media_type: &'static str,
        answer: &'static [u8],
    ) -> Self {
        Self {
            path: path.to_owned(),
            request,
            status: 200,
            media_type,
            answer,
        }
    }

    fn response(&self) -> Vec<Step> {
        let head = format!(
            "HTTP/1.1 {} -\r\ncontent-type: {}\r\ncontent-length: {}\r\nx-amzn-errortype: ThrottlingException:http://internal/\r\nx-amzn-requestid: req-1\r\n\r\n",
            self.status,
            self.media_type,
            self.answer.len()
        );
        // In pieces that end anywhere.
        let pieces = self
            .answer
            .chunks(100)
            .map(|piece| Step::Send(piece.to_vec()));
        [Step::Send(head.into_bytes())]
            .into_iter()
            .chain(pieces)
            .collect()
    }
}

/// Makes the calls with a traced client, which gets what the server sends.
async fn traced(exchanges: &[Exchange], mapping: Option<Mapping>) -> InMemory {
    let scripts = exchanges.iter().map(Exchange::response);
    let server = RawServer::start(scripts.collect()).await;
    let memory = received_async(mapping, |builder| builder, async {
        let client = ClientBuilder::new(reqwest::Client::new());
        let client = client.with(TraceMiddleware::new()).build();
        for exchange in exchanges {
            let post = client.post(format!("http://{}{}", server.address, exchange.path));
            let post = post
                .header("content-type", JSON)
                .header("anthropic-version", "2023-06-01")
                .header("x-api-key", "sk-ant-api03-secretsecretsecret");
            let answer = post.body(exchange.request).send().await.unwrap();
            assert_eq!(answer.bytes().await.unwrap(), exchange.answer);
        }
    })
    .await;
    assert!(!format!("{:?}", memory.spans()).contains("secretsecret"));
    memory
}

/// The span of a call, as an OTLP backend and as Langfuse receive it.
async fn spans(exchange: Exchange) -> (ReceivedSpan, ReceivedSpan) {
    let exchanges = [exchange];
    let plain = traced(&exchanges, None).await;
    conventions::assert_kept(&plain.spans());
    let mapped = traced(&exchanges, Some(Mapping::Langfuse)).await;
    (only(&plain), only(&mapped))
}

fn usage(span: &ReceivedSpan) -> Json {
    json_of(span, "langfuse.observation.usage_details")
}

#[tokio::test]
async fn a_message() {
    for (media_type, answer) in [
        (JSON, fixture!("anthropic/answer.json")),
        (EVENTS, fixture!("anthropic/stream.sse")),
    ] {
        let request = fixture!("anthropic/request.json");
        let exchange = Exchange::new("/v1/messages", request, media_type, answer);
        let (plain, mapped) = spans(exchange).await;
        assert_eq!(
            (plain.name.as_str(), &plain.error),
            ("chat claude-opus-4-1", &None)
        );
        assert_eq!(plain.text("gen_ai.provider.name"), Some("anthropic"));
        assert_eq!(
            plain.text("gen_ai.response.model"),
            Some("claude-opus-4-1-20250805")
        );
        assert_eq!(plain.int("gen_ai.request.max_tokens"), Some(2048));
        assert_eq!(plain.int("gen_ai.request.top_k"), Some(40));
        assert_eq!(plain.text("gen_ai.request.reasoning.level"), Some("high"));
        for (count, tokens) in [
            ("input_tokens", 5030),
            ("cache_read.input_tokens", 4000),
            ("cache_write.input_tokens", 1000),
            ("output_tokens", 90),
            ("reasoning.output_tokens", 20),
        ] {
            assert_eq!(plain.int(&format!("gen_ai.usage.{count}")), Some(tokens));
        }
        let output = plain.text("gen_ai.output.messages").unwrap();
        for text in [
            "Two ways.",
            "At 8:07",
            r#""price":49.90"#,
            "https://example.com/ic6",
        ] {
            let output = output.replace(": ", ":");
            assert!(
                output.contains(&text.replace(": ", ":")),
                "{text}: {output}"
            );
        }
        let input = plain.text("gen_ai.input.messages").unwrap();
        // The digits and the order that the model wrote.
        let written = r#"{"to":"Brig","from":"Bern","price":49.90}"#;
        assert!(input.replace([' ', '\n'], "").contains(written), "{input}");
        assert_eq!(mapped.text("langfuse.observation.type"), Some("generation"));
        assert_eq!(
            usage(&mapped),
            json!({"input": 30, "input_cached_tokens": 4000, "input_cache_creation": 1000,
                "output": 70, "output_reasoning_tokens": 20, "total": 5120})
        );
        let parameters = json_of(&mapped, "langfuse.observation.model.parameters");
        assert_eq!(parameters["stop_sequences"], json!(["\n\nHuman:"]));
        assert_eq!(
            parameters["thinking"],
            json!({"type": "enabled", "budget_tokens": 1500}).to_string()
        );
    }
}

#[tokio::test]
async fn a_message_that_fails() {
    let request = fixture!("anthropic/request.json");
    let answer = fixture!("anthropic/stream_error.sse");
    let exchange = Exchange::new("/v1/messages", request, EVENTS, answer);
    let (plain, mapped) = spans(exchange).await;
    assert_eq!(plain.text("error.type"), Some("overloaded_error"));
    assert_eq!(plain.error.as_deref(), Some("Overloaded"));
    assert!(
        plain
            .text("gen_ai.output.messages")
            .unwrap()
            .contains("One, two")
    );
    assert_eq!(mapped.text("langfuse.observation.level"), Some("ERROR"));
}

#[tokio::test]
async fn a_message_through_vertex() {
    let path = "/v1/projects/p-1/locations/eu/publishers/anthropic/models/claude-opus-4-1:streamRawPredict";
    let exchange = Exchange::new(path, ASKS, EVENTS, fixture!("anthropic/stream.sse"));
    let (plain, _) = spans(exchange).await;
    assert_eq!(plain.name, "chat claude-opus-4-1");
    assert_eq!(plain.text("gen_ai.provider.name"), Some("gcp.vertex_ai"));
    assert_eq!(plain.int("gen_ai.usage.output_tokens"), Some(90));
}

#[tokio::test]
async fn counting_and_batches_are_plain() {
    for (path, answer) in [
        ("/v1/messages/count_tokens", r#"{"input_tokens":14}"#),
        ("/v1/messages/batches", r#"{"id":"msgbatch_1"}"#),
    ] {
        let request = fixture!("anthropic/request.json");
        let exchange = Exchange::new(path, request, JSON, answer.as_bytes());
        let (plain, mapped) = spans(exchange).await;
        assert_eq!(plain.name, format!("POST {path}"));
        assert_eq!(plain.text("gen_ai.operation.name"), None);
        assert_eq!(plain.text("gen_ai.request.model"), None);
        assert_eq!(plain.int("gen_ai.usage.input_tokens"), None);
        assert_eq!(mapped.text("langfuse.observation.type"), Some("span"));
    }
}

#[tokio::test]
async fn a_tool_of_the_caller_is_a_span_until_its_result() {
    let asks = br#"{"model":"claude-opus-4-1","max_tokens":9,"messages":[{"role":"user","content":"A seat?"}]}"#;
    let answers = br#"{"model":"claude-opus-4-1","max_tokens":9,"messages":[{"role":"user","content":"A seat?"},{"role":"assistant","content":[{"type":"tool_use","id":"toolu_2","name":"book","input":{}}]},{"role":"user","content":[{"type":"tool_result","tool_use_id":"toolu_2","content":[{"type":"text","text":"Seat 61"}]}]}]}"#;
    let done = br#"{"type":"message","content":[{"type":"text","text":"Done."}],"stop_reason":"end_turn"}"#;
    let exchanges = [
        Exchange::new(
            "/v1/messages",
            asks,
            EVENTS,
            fixture!("anthropic/stream.sse"),
        ),
        Exchange::new("/v1/messages", answers, JSON, done),
    ];
    let memory = traced(&exchanges, None).await;
    let tool = memory.span("execute_tool book");
    assert_eq!(tool.text("gen_ai.tool.call.id"), Some("toolu_2"));
    assert_eq!(tool.text("gen_ai.tool.call.result"), Some("Seat 61"));
    let arguments = tool.text("gen_ai.tool.call.arguments").unwrap();
    assert_eq!(arguments, r#"{"to": "Brig", "price": 49.90}"#);
}

#[tokio::test]
async fn a_conversation_of_bedrock() {
    for (action, media_type, answer) in [
        ("converse", JSON, fixture!("bedrock/converse_answer.json")),
        (
            "converse-stream",
            MESSAGES,
            fixture!("bedrock/converse_stream.bin"),
        ),
    ] {
        let request = fixture!("bedrock/converse_request.json");
        let exchange = Exchange::new(&format!("{CLAUDE}/{action}"), request, media_type, answer);
        let (plain, mapped) = spans(exchange).await;
        let model = "us.anthropic.claude-sonnet-4-5-20250929-v1:0";
        assert_eq!((plain.name, plain.error), (format!("chat {model}"), None));
        let text = |key: &str| plain.attributes.get(key).and_then(|value| value.as_text());
        assert_eq!(text("gen_ai.provider.name"), Some("aws.bedrock"));
        assert_eq!(text("gen_ai.request.model"), Some(model));
        assert!(text("gen_ai.output.messages").unwrap().contains("At 8:07"));
        assert_eq!(
            usage(&mapped),
            json!({"input": 12, "input_cached_tokens": 2000, "input_cache_creation": 300,
                "output": 40, "total": 2352})
        );
        let parameters = json_of(&mapped, "langfuse.observation.model.parameters");
        assert_eq!(parameters["maxTokens"], json!(500));
        assert_eq!(parameters["stopSequences"], json!(["END now"]));
    }
}

#[tokio::test]
async fn a_model_of_anthropic_through_bedrock() {
    for (action, media_type, answer) in [
        ("invoke", JSON, fixture!("anthropic/answer.json")),
        (
            "invoke-with-response-stream",
            MESSAGES,
            fixture!("bedrock/invoke_stream.bin"),
        ),
    ] {
        let exchange = Exchange::new(&format!("{CLAUDE}/{action}"), ASKS, media_type, answer);
        let (plain, _) = spans(exchange).await;
        assert_eq!(plain.error, None);
        assert_eq!(plain.text("gen_ai.provider.name"), Some("aws.bedrock"));
        assert_eq!(plain.int("gen_ai.usage.input_tokens"), Some(5030));
        let stream = plain
            .attributes
            .contains_key("gen_ai.response.time_to_first_chunk");
        assert_eq!(stream, media_type == MESSAGES);
    }
}

#[tokio::test]
async fn a_refusal_of_bedrock_has_the_name_that_its_head_gives_it() {
    let request = fixture!("bedrock/converse_request.json");
    let answer = br#"{"message":"Too many requests."}"#;
    let mut exchange = Exchange::new(&format!("{CLAUDE}/converse-stream"), request, JSON, answer);
    exchange.status = 429;
    let (plain, _) = spans(exchange).await;
    assert_eq!(plain.text("error.type"), Some("ThrottlingException"));
    assert_eq!(plain.error.as_deref(), Some("Too many requests."));
}
