//! Everything that a caller sees of a call, as a value, with the client's own stack and with the traced one.
//!
//! It does not contain times. The server waits for its reader, so a body that is held back would be a call
//! that does not end.

use std::error::Error;
use std::future::{Future, poll_fn};
use std::path::PathBuf;
use std::pin::{Pin, pin};

use http_body::Body as _;
use reqwest::header::HeaderMap;
use tower_layer::Layer as _;
use tower_service::Service;
use tracing::instrument::WithSubscriber;
use tracing_subscriber::layer::SubscriberExt;

use super::conventions::assert_kept;
use super::raw_server::{RawServer, Step};
use super::versions::Version;
use super::{SOON, memory};

pub type Call = Pin<Box<dyn Future<Output = Result<reqwest::Response, Refusal>> + Send>>;

/// Everything that a caller can see of a call.
#[derive(Debug, PartialEq)]
pub struct Outcome {
    pub answer: Result<Answer, Refusal>,
    /// What the server received, byte for byte.
    pub requests: Vec<String>,
}

#[derive(Debug, PartialEq)]
pub struct Answer {
    pub version: reqwest::Version,
    pub status: reqwest::StatusCode,
    pub headers: HeaderMap,
    pub url: reqwest::Url,
    pub content_length: Option<u64>,
    pub remote_address: Option<std::net::SocketAddr>,
    pub extensions: usize,
    /// Size hints and end of the body before each frame.
    pub hints: Vec<(u64, Option<u64>, bool)>,
    pub frames: Vec<Frame>,
    pub whole: Option<bytes::Bytes>,
    pub error: Option<Refusal>,
}

#[derive(Debug, PartialEq)]
pub enum Frame {
    Data(bytes::Bytes),
    Trailers(HeaderMap),
}

/// What code can find out about an error.
#[derive(Debug, PartialEq)]
pub struct Refusal {
    pub text: String,
    pub kinds: Vec<bool>,
    pub status: Option<reqwest::StatusCode>,
    /// Below reqwest's own errors about bodies: it wraps the error of a wrapped body again.
    pub sources: Vec<String>,
}

/// Type and text of an error's sources, outermost first.
pub fn sources(error: &reqwest::Error) -> Vec<String> {
    let sources = std::iter::successors(error.source(), |error| (*error).source());
    let described = sources.map(|error| {
        let kind = if error.is::<reqwest::Error>() {
            "reqwest"
        } else if error.is::<hyper::Error>() {
            "hyper"
        } else if error.is::<std::io::Error>() {
            "io"
        } else {
            "other"
        };
        format!("{kind}: {error}")
    });
    described.collect()
}

/// How reqwest describes the error of a body inside of another error.
pub const BODY_ERROR: &str = "reqwest: request or response body error";

pub fn refusal(error: &reqwest::Error) -> Refusal {
    let sources = sources(error).into_iter();
    Refusal {
        text: error.to_string(),
        kinds: vec![
            error.is_timeout(),
            error.is_connect(),
            error.is_request(),
            error.is_body(),
            error.is_decode(),
            error.is_builder(),
            error.is_status(),
            error.is_redirect(),
        ],
        status: error.status(),
        sources: sources.skip_while(|text| text == BODY_ERROR).collect(),
    }
}

/// Where a chat is asked for, below the base of the API.
const CHAT: &str = "/chat/completions";

/// A request that fits the path.
fn request_to(address: &str) -> Vec<u8> {
    match address.contains("/completions") {
        true => fixture("chat_request.json"),
        false => br#"{"model":"m","input":"x"}"#.to_vec(),
    }
}

/// Calls of one version of the client: with its own stack, and traced.
macro_rules! version {
    ($name:ident, $version:ident) => {
        pub mod $name {
            use super::*;
            use $version::error::OpenAIError;
            use $version::middleware::retry::OpenAIRetryLayer;
            use $version::middleware::{HttpRequestFactory, ReqwestService};

            fn described(error: OpenAIError) -> Refusal {
                match error {
                    OpenAIError::Reqwest(error) => refusal(&error),
                    other => Refusal {
                        text: format!("{other:?}"),
                        kinds: Vec::new(),
                        status: None,
                        sources: Vec::new(),
                    },
                }
            }

            fn factory(client: reqwest::Client, address: String) -> HttpRequestFactory {
                HttpRequestFactory::new(move || {
                    let request = client
                        .post(&address)
                        .header("content-type", "application/json")
                        .body(request_to(&address))
                        .build();
                    async move { Ok(request?) }
                })
            }

            pub fn plain(client: reqwest::Client, url: String) -> Call {
                plain_at(client, format!("{url}{CHAT}"))
            }

            pub fn plain_at(client: reqwest::Client, address: String) -> Call {
                let mut service =
                    OpenAIRetryLayer::default().layer(ReqwestService::new(client.clone()));
                let answer = service.call(factory(client, address));
                Box::pin(async move { answer.await.map_err(described) })
            }

            pub fn traced(client: reqwest::Client, url: String) -> Call {
                traced_at(client, format!("{url}{CHAT}"))
            }

            pub fn traced_at(client: reqwest::Client, address: String) -> Call {
                let mut service = tracing_genai::openai::http_service().with_client(client.clone());
                let answer = service.call(factory(client, address));
                Box::pin(async move { answer.await.map_err(described) })
            }
        }
    };
}

version!(v043, async_openai);
version!(v041, async_openai_041);

/// A traced chat by one of the versions.
pub fn traced(version: Version, client: reqwest::Client, url: String) -> Call {
    match version {
        Version::V041 => v041::traced(client, url),
        Version::V043 => v043::traced(client, url),
    }
}

pub fn fixture(name: &str) -> Vec<u8> {
    std::fs::read(fixtures().join(name)).unwrap()
}

pub fn fixtures() -> PathBuf {
    PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("tests/fixtures")
}

/// A client without a pool: the server takes one request a connection.
pub fn client() -> reqwest::ClientBuilder {
    reqwest::Client::builder()
        .no_proxy()
        .pool_max_idle_per_host(0)
}

#[derive(Clone, Copy, PartialEq)]
pub enum Reading {
    Frames,
    Whole,
}

async fn read(response: reqwest::Response, reading: Reading, server: &RawServer) -> Answer {
    let mut answer = Answer {
        version: response.version(),
        status: response.status(),
        headers: response.headers().clone(),
        url: response.url().clone(),
        content_length: response.content_length(),
        remote_address: response.remote_addr(),
        extensions: response.extensions().len(),
        hints: Vec::new(),
        frames: Vec::new(),
        whole: None,
        error: None,
    };
    if reading == Reading::Whole {
        match response.bytes().await {
            Ok(whole) => answer.whole = Some(whole),
            Err(error) => answer.error = Some(refusal(&error)),
        }
        return answer;
    }
    let mut body = pin!(http::Response::<reqwest::Body>::from(response).into_body());
    loop {
        let hint = body.size_hint();
        let hint = (hint.lower(), hint.upper(), body.is_end_stream());
        answer.hints.push(hint);
        match poll_fn(|context| body.as_mut().poll_frame(context)).await {
            None => return answer,
            Some(Err(error)) => {
                answer.error = Some(refusal(&error));
                return answer;
            }
            Some(Ok(frame)) => answer.frames.push(match frame.into_data() {
                Ok(data) => Frame::Data(data),
                Err(frame) => Frame::Trailers(frame.into_trailers().unwrap()),
            }),
        }
        server.has_read();
    }
}

pub async fn outcome(server: &RawServer, call: Call, reading: Reading) -> Outcome {
    server.rewind();
    let answer = async {
        match call.await {
            Ok(response) => Ok(read(response, reading, server).await),
            Err(refusal) => Err(refusal),
        }
    };
    let answer = tokio::time::timeout(SOON, answer).await;
    let requests = server.take_requests();
    Outcome {
        answer: answer.expect("the client waits for what the server will not send yet"),
        requests: requests
            .iter()
            .map(|request| String::from_utf8_lossy(request).into_owned())
            .collect(),
    }
}

/// Asks for a chat and follows a script plain and traced, in both versions; returns the outcome, which must
/// be the same.
pub async fn both(scripts: Vec<Vec<Step>>, reading: Reading, client: reqwest::Client) -> Outcome {
    both_at(&format!("/v1{CHAT}"), scripts, reading, client).await
}

/// Does the same for a request to this path.
pub async fn both_at(
    path: &str,
    scripts: Vec<Vec<Step>>,
    reading: Reading,
    client: reqwest::Client,
) -> Outcome {
    let server = RawServer::start(scripts).await;
    let address = format!("http://{}{path}", server.address);
    let against = async |plain: Call, traced: fn(reqwest::Client, String) -> Call| {
        let plain = outcome(&server, plain, reading).await;
        let (memory, telemetry) = memory(None);
        let subscriber = tracing_subscriber::registry().with(telemetry.layer());
        let work =
            async { outcome(&server, traced(client.clone(), address.clone()), reading).await };
        let traced = work.with_subscriber(subscriber).await;
        assert_eq!(traced, plain);
        // Else the call was not traced.
        telemetry.flush_async(SOON).await;
        assert_eq!(memory.spans().len(), 1);
        assert_kept(&memory.spans());
        plain
    };
    let plain = v041::plain_at(client.clone(), address.clone());
    let old = against(plain, v041::traced_at).await;
    let plain = v043::plain_at(client.clone(), address.clone());
    let new = against(plain, v043::traced_at).await;
    assert_eq!(old.answer.is_ok(), new.answer.is_ok());
    new
}
