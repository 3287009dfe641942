//! Downloads, upgrades, ranges, responses without a body and unknown APIs are plain spans with nothing of
//! their bodies, and nothing is counted as lost.

use reqwest_middleware::{ClientBuilder, ClientWithMiddleware};
use tokio::io::AsyncReadExt;
use tracing_genai::http::TraceMiddleware;
use tracing_genai::testing::ReceivedSpan;

use crate::support::raw_server::{RawServer, Step};
use crate::support::{SOON, memory, only, within_async};

fn client() -> ClientWithMiddleware {
    ClientBuilder::new(reqwest::Client::new())
        .with(TraceMiddleware::new())
        .build()
}

/// The only span of `work`, which gets the address of a server with this answer.
async fn span_of<F: Future>(answer: Vec<u8>, work: impl FnOnce(String) -> F) -> ReceivedSpan {
    let server = RawServer::start(vec![vec![Step::Send(answer), Step::Hang]]).await;
    let (memory, telemetry) = memory(None);
    within_async(&telemetry, work(server.url())).await;
    let report = telemetry.flush_async(SOON).await;
    assert_eq!(report.content_lost, 0);
    only(&memory)
}

fn assert_is_plain(span: &ReceivedSpan, name: &str, status: i64) {
    assert_eq!(span.name, name);
    assert_eq!((span.kind.as_str(), &span.error), ("CLIENT", &None));
    assert_eq!(span.int("http.response.status_code"), Some(status));
    assert_eq!(span.text("tracing_genai.observation.level"), None);
    assert!(span.text("gen_ai.operation.name").is_none());
    assert!(!format!("{span:?}").contains("secret"), "{span:?}");
}

#[tokio::test]
async fn a_download_of_16_mib() {
    const SIZE: usize = 16 << 20;
    let mut answer = format!(
        "HTTP/1.1 200 OK\r\ncontent-type: application/json\r\ncontent-length: {SIZE}\r\n\r\n"
    )
    .into_bytes();
    answer.resize(answer.len() + SIZE, b' ');
    let span = span_of(answer, async |url| {
        let response = client()
            .get(format!("{url}/files/file_1/content"))
            .send()
            .await
            .unwrap();
        let body = response.bytes().await.unwrap();
        assert!(body.len() == SIZE);
    })
    .await;
    assert_is_plain(&span, "GET /v1/files/{id}/content", 200);
}

#[tokio::test]
async fn another_api() {
    let body = r#"{"model":"secret","messages":[{"role":"user","content":"secret"}]}"#;
    let answer = format!(
        "HTTP/1.1 200 OK\r\ncontent-type: application/json\r\ncontent-length: {}\r\n\r\n{body}",
        body.len()
    );
    let span = span_of(answer.into_bytes(), async |url| {
        let post = client()
            .post(format!("{url}/surveys/12/answers"))
            .body(body);
        let response = post.send().await.unwrap();
        assert_eq!(response.text().await.unwrap(), body);
    })
    .await;
    assert_is_plain(&span, "POST /v1/surveys/{id}/answers", 200);
}

#[tokio::test]
async fn a_range() {
    let answer = b"HTTP/1.1 206 Partial Content\r\ncontent-length: 6\r\n\r\nsecret".to_vec();
    let span = span_of(answer, async |url| {
        let get = client().get(format!("{url}/files/file_1/content"));
        let response = get.header("range", "bytes=0-5").send().await.unwrap();
        assert_eq!(response.text().await.unwrap(), "secret");
    })
    .await;
    assert_is_plain(&span, "GET /v1/files/{id}/content", 206);
}

#[tokio::test]
async fn what_has_not_changed() {
    let answer = b"HTTP/1.1 304 Not Modified\r\netag: \"1\"\r\n\r\n".to_vec();
    let span = span_of(answer, async |url| {
        let get = client().get(format!("{url}/models"));
        let response = get.header("if-none-match", "\"1\"").send().await.unwrap();
        assert_eq!(response.status(), 304);
    })
    .await;
    assert_eq!(span.int("http.response.status_code"), Some(304));
    assert!(!format!("{span:?}").contains("secret"), "{span:?}");
}

#[tokio::test]
async fn an_upgrade_to_web_sockets() {
    let answer = b"HTTP/1.1 101 Switching Protocols\r\nconnection: upgrade\r\n\
        upgrade: websocket\r\n\r\nsecret"
        .to_vec();
    let span = span_of(answer, async |url| {
        let get = client()
            .get(format!("{url}/realtime"))
            .header("connection", "upgrade")
            .header("upgrade", "websocket");
        let response = get.send().await.unwrap();
        assert_eq!(response.status(), 101);
        let mut connection = response.upgrade().await.unwrap();
        let mut received = [0; 6];
        connection.read_exact(&mut received).await.unwrap();
        assert_eq!(&received, b"secret");
    })
    .await;
    assert_eq!(span.int("http.response.status_code"), Some(101));
    assert!(!format!("{span:?}").contains("secret"), "{span:?}");
}
