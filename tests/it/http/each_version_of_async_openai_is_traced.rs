//! From the first that has a middleware: the versions whose clients the other tests do not use.

use crate::support::raw_server::{RawServer, json_response};
use crate::support::{only, plain_async};

const ANSWER: &str = r#"{"id": "chatcmpl-1", "object": "chat.completion", "created": 1, "model": "gpt-4o-mini",
    "choices": [{"index": 0, "message": {"role": "assistant", "content": "x = 1"}, "finish_reason": "stop"}],
    "usage": {"prompt_tokens": 9, "completion_tokens": 4, "total_tokens": 13}}"#;

macro_rules! traced {
    ($test:ident, $version:ident) => {
        #[tokio::test]
        async fn $test() {
            use tower_service::Service;
            use $version::middleware::HttpRequestFactory;

            let server = RawServer::start(vec![json_response(ANSWER)]).await;
            let url = format!("{}/chat/completions", server.url());
            let memory = plain_async(async {
                let client = reqwest::Client::new();
                let factory = HttpRequestFactory::new(move || {
                    let body = r#"{"model": "gpt-4o-mini", "messages": []}"#;
                    let request = client.post(&url).header("content-type", "application/json");
                    let request = request.body(body).build();
                    async move { Ok(request?) }
                });
                let answer = tracing_genai::openai::http_service().call(factory).await;
                assert_eq!(answer.unwrap().text().await.unwrap(), ANSWER);
            })
            .await;
            let span = only(&memory);
            assert_eq!(span.name, "chat gpt-4o-mini");
            assert_eq!(span.int("gen_ai.usage.input_tokens"), Some(9));
        }
    };
}

traced!(of_0_40, async_openai_040);
traced!(of_0_42, async_openai_042);
