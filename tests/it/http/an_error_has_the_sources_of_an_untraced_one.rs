//! Before the response, an error is that of an untraced client, source by source. In a body, reqwest adds two
//! errors of its own about bodies, because the body is wrapped; what it wraps is the same.

use std::time::Duration;

use futures_util::StreamExt;
use reqwest::{Request, Response};
use tower_layer::Layer as _;
use tower_service::Service as _;
use tracing_genai::http::{TraceLayer, TraceMiddleware};

use crate::support::outcome::{BODY_ERROR, Refusal, client, refusal, sources};
use crate::support::raw_server::{RawServer, Step};
use crate::support::{SOON, memory, within_async};

#[derive(Clone, Copy, Debug, PartialEq)]
enum Way {
    Untraced,
    Layer,
    Middleware,
}

async fn send(way: Way, client: reqwest::Client, url: &str) -> Result<Response, reqwest::Error> {
    let request: Request = client
        .post(format!("{url}/chat/completions"))
        .body(r#"{"model":"gpt-4o","messages":[]}"#)
        .build()
        .unwrap();
    match way {
        Way::Untraced => client.execute(request).await,
        Way::Layer => TraceLayer::new().layer(client).call(request).await,
        Way::Middleware => {
            let client = reqwest_middleware::ClientBuilder::new(client)
                .with(TraceMiddleware::new())
                .build();
            client.execute(request).await.map_err(|error| match error {
                reqwest_middleware::Error::Reqwest(error) => error,
                other => panic!("{other}"),
            })
        }
    }
}

#[derive(Clone, Copy, Debug)]
enum Reading {
    Whole,
    Chunks,
    Stream,
}

async fn read(mut response: Response, reading: Reading) -> Result<(), reqwest::Error> {
    match reading {
        Reading::Whole => response.bytes().await.map(drop),
        Reading::Chunks => {
            while response.chunk().await?.is_some() {}
            Ok(())
        }
        Reading::Stream => {
            let mut stream = response.bytes_stream();
            while let Some(part) = stream.next().await {
                part?;
            }
            Ok(())
        }
    }
}

/// The error of a call with all its sources and its `Debug` text.
async fn error_of(
    way: Way,
    client: &reqwest::Client,
    url: &str,
    reading: Reading,
) -> (Refusal, Vec<String>, String) {
    let (memory, telemetry) = memory(None);
    let work = async {
        match send(way, client.clone(), url).await {
            Ok(response) => read(response, reading).await,
            Err(error) => Err(error),
        }
    };
    let error = within_async(&telemetry, work).await.unwrap_err();
    telemetry.flush_async(SOON).await;
    let traced = usize::from(way != Way::Untraced);
    assert_eq!(memory.spans().len(), traced);
    let debug = format!("{error:?}");
    (refusal(&error), sources(&error), debug)
}

#[tokio::test]
async fn before_the_response() {
    let hangs = RawServer::start(vec![vec![Step::Hang]]).await;
    let resets = RawServer::start(vec![vec![Step::Abort]]).await;
    let garbage = RawServer::start(vec![vec![Step::Send(b"no http\r\n\r\n".into())]]).await;
    let patient = client().build().unwrap();
    let impatient = client().timeout(Duration::from_millis(200)).build();
    let impatient = impatient.unwrap();
    for (client, url) in [
        (&patient, "http://127.0.0.1:9/v1".to_owned()),
        (&patient, resets.url()),
        (&patient, garbage.url()),
        (&impatient, hangs.url()),
    ] {
        let untraced = error_of(Way::Untraced, client, &url, Reading::Whole).await;
        assert!(!untraced.1.is_empty());
        for way in [Way::Layer, Way::Middleware] {
            let traced = error_of(way, client, &url, Reading::Whole).await;
            assert_eq!(traced, untraced, "{way:?}");
        }
    }
}

#[tokio::test]
async fn in_the_body() {
    let head = |framing: &str| format!("HTTP/1.1 200 OK\r\n{framing}\r\n").into_bytes();
    let scripts = [
        ("content-length: 50\r\n", "{", Step::Send(Vec::new())),
        ("content-length: 50\r\n", "{", Step::Abort),
        (
            "transfer-encoding: chunked\r\n",
            "1\r\n{\r\n",
            Step::Send(Vec::new()),
        ),
        (
            "transfer-encoding: chunked\r\n",
            "zz\r\n",
            Step::Send(Vec::new()),
        ),
        ("content-length: 50\r\n", "{", Step::Hang),
    ];
    for (framing, body, end) in scripts {
        let timeout = match end {
            Step::Hang => Duration::from_millis(200),
            _ => SOON,
        };
        let script = vec![Step::Send(head(framing)), Step::Send(body.into()), end];
        let server = RawServer::start(vec![script]).await;
        let url = server.url();
        let without = client().build().unwrap();
        let with_timeout = client().timeout(timeout).build().unwrap();
        let read_timeout = client().read_timeout(timeout).build().unwrap();
        let clients = [without, with_timeout, read_timeout];
        // Without a timeout, a call that hangs would never end.
        for client in &clients[usize::from(timeout < SOON)..] {
            for reading in [Reading::Whole, Reading::Chunks, Reading::Stream] {
                let (untraced, below, _) = error_of(Way::Untraced, client, &url, reading).await;
                for way in [Way::Layer, Way::Middleware] {
                    let (traced, sources, _) = error_of(way, client, &url, reading).await;
                    let added = sources.len() - below.len();
                    assert_eq!(sources[..added], [BODY_ERROR; 2], "{way:?} {reading:?}");
                    assert_eq!(sources[added..], below, "{way:?} {reading:?}");
                    assert_eq!(traced, untraced, "{way:?} {reading:?}");
                }
            }
        }
    }
}
