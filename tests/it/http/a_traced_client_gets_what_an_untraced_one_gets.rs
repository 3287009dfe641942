//! Bytes, headers, frames, errors and requests are the same with and without tracing, whatever the server
//! sends and however it is split.

use std::time::Duration;

use crate::support::outcome::{
    Answer, Call, Frame, Reading, both, client, fixture, fixtures, v041, v043,
};
use crate::support::raw_server::{RawServer, Step};
use crate::support::{SOON, memory, within_async};

fn head(content_type: &str, more: &str) -> Vec<u8> {
    format!(
        "HTTP/1.1 200 Certainly\r\ncontent-type: {content_type}\r\nx-request-id: req_1\r\n\
         X-Twice: one\r\nx-twice: two\r\nopenai-processing-ms: 12\r\n{more}\r\n"
    )
    .into_bytes()
}

/// Odd sizes, so that lines, words and characters are split.
fn pieces(body: &[u8]) -> Vec<Vec<u8>> {
    let mut rest = body;
    let mut pieces = Vec::new();
    for size in [1, 2, 3, 7, 61, 1_009].into_iter().cycle() {
        if rest.is_empty() {
            break;
        }
        let (piece, after) = rest.split_at(size.min(rest.len()));
        pieces.push(piece.to_vec());
        rest = after;
    }
    pieces
}

fn http_chunk(data: &[u8]) -> Vec<u8> {
    let mut chunk = format!("{:x}\r\n", data.len()).into_bytes();
    chunk.extend_from_slice(data);
    chunk.extend_from_slice(b"\r\n");
    chunk
}

/// Sends each piece only after the one before it has been read.
fn in_step(head: Vec<u8>, pieces: Vec<Vec<u8>>, end: &[u8]) -> Vec<Step> {
    let mut steps = vec![Step::Send(head)];
    for piece in pieces {
        steps.extend([Step::Send(piece), Step::Read]);
    }
    steps.push(Step::Send(end.to_vec()));
    steps
}

/// Every recorded body with its name and type.
fn bodies() -> Vec<(String, &'static str, Vec<u8>)> {
    let mut bodies = Vec::new();
    for entry in std::fs::read_dir(fixtures()).unwrap() {
        let entry = entry.unwrap();
        if !entry.metadata().unwrap().is_file() {
            continue;
        }
        let name = entry.file_name().into_string().unwrap();
        let content_type = if name.ends_with(".sse") {
            "text/event-stream; charset=utf-8"
        } else {
            "application/json"
        };
        if !name.contains("request") && !name.contains("reference") {
            bodies.push((name.clone(), content_type, fixture(&name)));
        }
    }
    assert!(bodies.len() > 20, "{}", bodies.len());
    bodies
}

fn data_of(answer: &Answer) -> Vec<u8> {
    let mut bytes = Vec::new();
    for frame in &answer.frames {
        if let Frame::Data(data) = frame {
            bytes.extend_from_slice(data);
        }
    }
    bytes
}

#[tokio::test]
async fn in_chunks_with_trailers() {
    let client = client().build().unwrap();
    for (name, content_type, body) in bodies() {
        let pieces = pieces(&body);
        let chunks: Vec<_> = pieces.iter().map(|piece| http_chunk(piece)).collect();
        let head = head(
            content_type,
            "transfer-encoding: chunked\r\ntrailer: x-sum\r\n",
        );
        let script = in_step(head, chunks, b"0\r\nx-sum: 7\r\n\r\n");
        let outcome = both(vec![script], Reading::Frames, client.clone()).await;
        let answer = outcome.answer.unwrap();
        assert_eq!(answer.content_length, None);
        assert_eq!(data_of(&answer), body, "{name}");
        assert_eq!(answer.frames.len(), pieces.len() + 1, "{name}");
        assert!(matches!(answer.frames.last(), Some(Frame::Trailers(_))));
        assert_eq!(outcome.requests.len(), 1);
    }
}

#[tokio::test]
async fn of_known_length() {
    let client = client().build().unwrap();
    for (name, content_type, body) in bodies() {
        let length = format!("content-length: {}\r\n", body.len());
        let script = in_step(head(content_type, &length), pieces(&body), b"");
        let outcome = both(vec![script.clone()], Reading::Frames, client.clone()).await;
        let answer = outcome.answer.unwrap();
        assert_eq!(answer.content_length, Some(body.len() as u64));
        assert_eq!(data_of(&answer), body, "{name}");
        assert!(answer.headers.get_all("x-twice").iter().count() == 2);

        let at_once = vec![
            Step::Send(head(content_type, &length)),
            Step::Send(body.clone()),
        ];
        let outcome = both(vec![at_once], Reading::Whole, client.clone()).await;
        assert_eq!(outcome.answer.unwrap().whole.unwrap(), body, "{name}");
    }
}

#[tokio::test]
async fn to_the_end_of_the_connection() {
    let client = client().build().unwrap();
    for (name, content_type, body) in bodies() {
        let script = in_step(
            head(content_type, "connection: close\r\n"),
            pieces(&body),
            b"",
        );
        let outcome = both(vec![script], Reading::Frames, client.clone()).await;
        assert_eq!(data_of(&outcome.answer.unwrap()), body, "{name}");
    }
}

#[tokio::test]
async fn split_anywhere_on_the_wire() {
    let client = client().build().unwrap();
    let (_, content_type, body) = bodies()
        .into_iter()
        .find(|(name, ..)| name == "chat_stream_tools.sse")
        .unwrap();
    let mut wire = head(content_type, "transfer-encoding: chunked\r\n");
    wire.extend(body.chunks(100).flat_map(http_chunk));
    wire.extend_from_slice(b"0\r\n\r\n");
    let script = wire
        .chunks(17)
        .map(|part| Step::Send(part.to_vec()))
        .collect();
    let outcome = both(vec![script], Reading::Whole, client).await;
    assert_eq!(outcome.answer.unwrap().whole.unwrap(), body);
}

#[tokio::test]
async fn without_a_body() {
    let answers = [
        "HTTP/1.1 204 No Content\r\n\r\n",
        "HTTP/1.1 200 OK\r\ncontent-length: 0\r\n\r\n",
        "HTTP/1.1 404 Not Found\r\ncontent-length: 0\r\n\r\n",
    ];
    for answer in answers {
        let script = vec![Step::Send(answer.into())];
        let outcome = both(vec![script], Reading::Frames, client().build().unwrap()).await;
        let answer = outcome.answer.unwrap();
        assert!(answer.frames.is_empty());
        assert_eq!(answer.hints.first(), Some(&(0, Some(0), true)));
    }
}

#[tokio::test]
async fn refused_by_the_server() {
    for status in ["400 Bad Request", "401 Unauthorized", "403 Forbidden"] {
        let body = fixture("error_openai.json");
        let length = body.len();
        let head = format!("HTTP/1.1 {status}\r\ncontent-length: {length}\r\n\r\n");
        let script = vec![Step::Send(head.into_bytes()), Step::Send(body.clone())];
        let outcome = both(vec![script], Reading::Whole, client().build().unwrap()).await;
        assert_eq!(outcome.answer.unwrap().whole.unwrap(), body);
        assert_eq!(outcome.requests.len(), 1);
    }
}

/// A response after which the client retries at once.
fn overloaded(status: &str) -> Vec<Step> {
    let body = fixture("error_openai.json");
    let length = body.len();
    let head = format!("HTTP/1.1 {status}\r\nretry-after: 0\r\ncontent-length: {length}\r\n\r\n");
    vec![Step::Send(head.into_bytes()), Step::Send(body)]
}

#[tokio::test]
async fn retried() {
    let good = b"HTTP/1.1 200 OK\r\ncontent-length: 2\r\n\r\n{}".to_vec();
    let scripts = vec![
        overloaded("429 Too Many Requests"),
        overloaded("500 Internal Server Error"),
        vec![Step::Send(good)],
    ];
    let outcome = both(scripts, Reading::Whole, client().build().unwrap()).await;
    assert!(outcome.answer.is_ok(), "{outcome:?}");
    assert_eq!(outcome.requests.len(), 3);
    assert!(outcome.requests.windows(2).all(|two| two[0] == two[1]));
}

#[tokio::test]
async fn given_up() {
    let scripts = vec![overloaded("429 Too Many Requests")];
    let outcome = both(scripts, Reading::Whole, client().build().unwrap()).await;
    assert!(outcome.answer.is_err(), "{outcome:?}");
    assert!(outcome.requests.len() > 1);
    // After a retry, a connection that is reset is not retried.
    let scripts = vec![overloaded("502 Bad Gateway"), vec![Step::Abort]];
    let outcome = both(scripts, Reading::Whole, client().build().unwrap()).await;
    assert!(outcome.answer.is_err(), "{outcome:?}");
    assert_eq!(outcome.requests.len(), 2);
    let scripts = vec![overloaded("503 Service Unavailable")];
    let outcome = both(scripts, Reading::Whole, client().build().unwrap()).await;
    assert!(outcome.requests.len() > 1);
}

#[tokio::test]
async fn broken_off() {
    let endings = [
        ("content-length: 5000\r\n", Step::Send(Vec::new())),
        ("content-length: 5000\r\n", Step::Abort),
        ("transfer-encoding: chunked\r\n", Step::Send(Vec::new())),
        (
            "transfer-encoding: chunked\r\n",
            Step::Send(b"zz\r\n".into()),
        ),
        ("transfer-encoding: chunked\r\n", Step::Abort),
    ];
    for (framing, ending) in endings {
        let piece = if framing.contains("chunked") {
            http_chunk(b"data: {\"choices\":[]}\n\n")
        } else {
            b"data: {\"choices\":[]}\n\n".to_vec()
        };
        let mut script = in_step(head("text/event-stream", framing), vec![piece], b"");
        script.push(ending);
        let server_waits = script.clone();
        let outcome = both(
            vec![server_waits],
            Reading::Frames,
            client().build().unwrap(),
        )
        .await;
        let error = outcome.answer.unwrap().error.unwrap();
        assert!(error.kinds[3], "{error:?}");

        script.retain(|step| !matches!(step, Step::Read));
        let outcome = both(vec![script], Reading::Whole, client().build().unwrap()).await;
        assert!(outcome.answer.unwrap().error.unwrap().kinds[4]);
    }
}

#[tokio::test]
async fn out_of_time() {
    const PATIENCE: Duration = Duration::from_millis(300);
    let half = || {
        let mut script = vec![Step::Send(head(
            "application/json",
            "content-length: 50\r\n",
        ))];
        script.extend([Step::Send(b"{".into()), Step::Hang]);
        script
    };
    for client in [client().timeout(PATIENCE), client().read_timeout(PATIENCE)] {
        let client = client.build().unwrap();
        for reading in [Reading::Frames, Reading::Whole] {
            let outcome = both(vec![half()], reading, client.clone()).await;
            assert!(outcome.answer.unwrap().error.unwrap().kinds[0]);
        }
        let outcome = both(vec![vec![Step::Hang]], Reading::Whole, client).await;
        assert!(outcome.answer.unwrap_err().kinds[0]);
    }
}

#[tokio::test]
async fn without_a_server() {
    let refused = |call: fn(reqwest::Client, String) -> Call| async move {
        let client = client().build().unwrap();
        call(client, "http://127.0.0.1:9/v1".into())
            .await
            .unwrap_err()
    };
    let (_memory, telemetry) = memory(None);
    let plain = refused(v043::plain).await;
    assert!(plain.kinds[1], "{plain:?}");
    let traced = within_async(&telemetry, refused(v043::traced)).await;
    assert_eq!(traced, plain);
    let traced = within_async(&telemetry, refused(v041::traced)).await;
    assert_eq!(traced, refused(v041::plain).await);
}

/// A request without its boundary, which is random.
fn without_boundary(request: &[u8]) -> String {
    let text = String::from_utf8_lossy(request).into_owned();
    let boundary = text.split("boundary=").nth(1).unwrap();
    let boundary = boundary.split("\r\n").next().unwrap().to_owned();
    text.replace(&boundary, "BOUNDARY")
}

#[tokio::test]
async fn a_file_is_read_and_sent_once_for_each_attempt() {
    let server = RawServer::start(vec![
        overloaded("500 Internal Server Error"),
        vec![Step::Send(
            b"HTTP/1.1 200 OK\r\ncontent-length: 13\r\n\r\n{\"text\":\"one\"}".to_vec(),
        )],
    ])
    .await;
    let config = async_openai_041::config::OpenAIConfig::new()
        .with_api_base(server.url())
        .with_api_key("sk-simulated");
    let client = async_openai_041::Client::with_config(config);
    let sound: Vec<u8> = (0..=255).cycle().take(300_000).collect();
    let upload = async |client: async_openai_041::Client<_>| {
        let request = async_openai_041::types::audio::CreateTranscriptionRequest {
            file: async_openai_041::types::audio::AudioInput::from_vec_u8(
                "one.wav".into(),
                sound.clone(),
            ),
            model: "whisper-1".into(),
            ..Default::default()
        };
        let answer = client.audio().transcription().create(request).await;
        let requests = server.take_requests();
        let requests: Vec<_> = requests.iter().map(|one| without_boundary(one)).collect();
        (format!("{answer:?}"), requests)
    };
    let plain = upload(client.clone()).await;
    assert_eq!(plain.1.len(), 2);
    assert!(plain.1[0].contains("one.wav"));
    let (memory, telemetry) = memory(None);
    let traced = client.with_http_service(tracing_genai::openai::http_service());
    let traced = within_async(&telemetry, upload(traced)).await;
    // Without `assert_eq`, which would print the file.
    assert!(traced == plain, "{} instead of {}", traced.0, plain.0);
    telemetry.flush_async(SOON).await;
    assert_eq!(memory.spans().len(), 1);
}
