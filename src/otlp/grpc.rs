//! A call of gRPC: the frame around a request, and what an answer says of it.
//!
//! Pure. The HTTP client does HTTP/2; what gRPC adds for one request and one answer is a prefix of five bytes
//! and the trailers. So requests go out as they wait, compressed once, with the same client, certificates and
//! deadlines as over HTTP, and no second stack is built in.
//!
//! Which codes are worth another attempt is OTLP's rule:
//! <https://opentelemetry.io/docs/specs/otlp/#failures>.

use std::time::Duration;

use base64::Engine;
use base64::engine::general_purpose::STANDARD_NO_PAD;
use bytes::{BufMut, Bytes, BytesMut};
use percent_encoding::percent_decode_str;
use prost::Message;
use reqwest::header::{CONTENT_TYPE, HeaderMap, HeaderName, HeaderValue, TE};

use super::encoded::{Compression, Encoded};
use super::explain;
use super::outcome::SendOutcome;
use super::response::{Response, accepted, origin};

/// A flag for compression and a length of four bytes.
const PREFIX: usize = 5;

/// The headers of a request.
pub(crate) fn headers(compression: Compression) -> HeaderMap {
    let mut headers = HeaderMap::new();
    headers.insert(CONTENT_TYPE, HeaderValue::from_static("application/grpc"));
    headers.insert(TE, HeaderValue::from_static("trailers"));
    if compression == Compression::Gzip {
        let name = HeaderName::from_static("grpc-encoding");
        headers.insert(name, HeaderValue::from_static("gzip"));
    }
    headers
}

/// The body of a request.
pub(crate) fn frame(request: &Encoded) -> Bytes {
    let mut frame = BytesMut::with_capacity(PREFIX + request.body.len());
    frame.put_u8((request.compression == Compression::Gzip).into());
    // Requests are split long before this.
    frame.put_u32(u32::try_from(request.body.len()).unwrap_or(u32::MAX));
    frame.extend_from_slice(&request.body);
    frame.freeze()
}

/// What became of a request; `trailers` came after the body of the answer.
pub(crate) fn outcome(
    answer: &Response<'_>,
    trailers: &HeaderMap,
    credentials: &str,
) -> SendOutcome {
    let is_grpc = |value: &HeaderValue| value.as_bytes().starts_with(b"application/grpc");
    if !answer.status.is_success() {
        return answer.outcome(credentials);
    }
    let origin = origin(answer.url);
    if !answer.headers.get(CONTENT_TYPE).is_some_and(is_grpc) {
        let message = format!(
            "{origin} answered {} but does not speak gRPC: use its port for gRPC, usually 4317, or HTTP \
             (OTEL_EXPORTER_OTLP_PROTOCOL=http/protobuf)",
            answer.status
        );
        let message = explain::sentence(&message);
        return SendOutcome::Misconfigured { message };
    }
    let Some(status) = Status::of(trailers).or_else(|| Status::of(answer.headers)) else {
        return SendOutcome::Unavailable {
            message: format!("{origin} broke its answer off"),
            retry_after: None,
        };
    };
    if status.code == Code::OK {
        // A receiver that says nothing more has taken everything.
        let accepted = message(answer.body).and_then(|body| accepted("", body, true).ok());
        let accepted = accepted.unwrap_or_default();
        return SendOutcome::Delivered {
            rejected: accepted.rejected,
            message: explain::sentence(&accepted.message),
        };
    }
    status.failure(&origin, credentials)
}

/// The first message of a body, if it is there in full and not compressed.
fn message(body: &[u8]) -> Option<&[u8]> {
    let (prefix, rest) = body.split_first_chunk::<PREFIX>()?;
    let [flag, length @ ..] = prefix;
    let length = usize::try_from(u32::from_be_bytes(*length)).ok()?;
    rest.get(..length).filter(|_| *flag == 0)
}

/// The codes that make a difference here.
struct Code;

impl Code {
    const OK: u32 = 0;
    const CANCELLED: u32 = 1;
    const DEADLINE_EXCEEDED: u32 = 4;
    const PERMISSION_DENIED: u32 = 7;
    const RESOURCE_EXHAUSTED: u32 = 8;
    const ABORTED: u32 = 10;
    const OUT_OF_RANGE: u32 = 11;
    const UNIMPLEMENTED: u32 = 12;
    const UNAVAILABLE: u32 = 14;
    const DATA_LOSS: u32 = 15;
    const UNAUTHENTICATED: u32 = 16;
}

/// How a call ended.
#[derive(Debug, PartialEq, Eq)]
struct Status {
    code: u32,
    message: String,
    /// When the server wants to see the request again.
    retry_after: Option<Duration>,
}

impl Status {
    fn of(headers: &HeaderMap) -> Option<Self> {
        let text = |name: &str| headers.get(name)?.to_str().ok();
        let code = text("grpc-status")?.trim().parse().ok()?;
        let message = percent_decode_str(text("grpc-message").unwrap_or_default());
        Some(Self {
            code,
            message: message.decode_utf8_lossy().into_owned(),
            retry_after: text("grpc-status-details-bin").and_then(retry_after),
        })
    }

    fn failure(self, origin: &str, credentials: &str) -> SendOutcome {
        let Self { code, message, .. } = self;
        let is_about_size = message.contains("larger than") || message.contains("too large");
        let said = explain::sentence(&format!("{origin} answered gRPC {code}: {message}"));
        match code {
            Code::UNAUTHENTICATED | Code::PERMISSION_DENIED => SendOutcome::Misconfigured {
                message: explain::sentence(&format!(
                    "{origin} answered gRPC {code}: check {credentials}; it said: {message}"
                )),
            },
            Code::UNIMPLEMENTED => SendOutcome::Misconfigured { message: said },
            Code::RESOURCE_EXHAUSTED if is_about_size => SendOutcome::TooLarge { message: said },
            Code::RESOURCE_EXHAUSTED if self.retry_after.is_none() => {
                SendOutcome::Rejected { message: said }
            }
            Code::CANCELLED
            | Code::DEADLINE_EXCEEDED
            | Code::RESOURCE_EXHAUSTED
            | Code::ABORTED
            | Code::OUT_OF_RANGE
            | Code::UNAVAILABLE
            | Code::DATA_LOSS => SendOutcome::Unavailable {
                message: said,
                retry_after: self.retry_after,
            },
            _ => SendOutcome::Rejected { message: said },
        }
    }
}

/// The delay in the details of a status (`google.rpc.RetryInfo`).
fn retry_after(details: &str) -> Option<Duration> {
    let bytes = STANDARD_NO_PAD.decode(details.trim_end_matches('=')).ok()?;
    let details = RpcStatus::decode(&bytes[..]).ok()?.details;
    let mut details = details.iter();
    let info = details.find(|any| any.type_url.ends_with("/google.rpc.RetryInfo"))?;
    let delay = RetryInfo::decode(&info.value[..]).ok()?.retry_delay?;
    let seconds = Duration::from_secs(delay.seconds.try_into().ok()?);
    let nanoseconds = u64::try_from(delay.nanos).ok()?;
    seconds.checked_add(Duration::from_nanos(nanoseconds))
}

/// `google.rpc.Status`, as far as it is read.
#[derive(Clone, PartialEq, prost::Message)]
struct RpcStatus {
    #[prost(message, repeated, tag = "3")]
    details: Vec<Any>,
}

#[derive(Clone, PartialEq, prost::Message)]
struct Any {
    #[prost(string, tag = "1")]
    type_url: String,
    #[prost(bytes = "vec", tag = "2")]
    value: Vec<u8>,
}

#[derive(Clone, PartialEq, prost::Message)]
struct RetryInfo {
    #[prost(message, optional, tag = "1")]
    retry_delay: Option<Delay>,
}

#[derive(Clone, PartialEq, prost::Message)]
struct Delay {
    #[prost(int64, tag = "1")]
    seconds: i64,
    #[prost(int32, tag = "2")]
    nanos: i32,
}

#[cfg(test)]
mod tests {
    use opentelemetry_proto::tonic::collector::trace::v1::{
        ExportTracePartialSuccess, ExportTraceServiceResponse,
    };
    use proptest::prelude::*;
    use reqwest::{StatusCode, Url};

    use super::*;

    fn headers_of<const N: usize>(pairs: [(&'static str, &str); N]) -> HeaderMap {
        let pair = |(name, value): (&'static str, &str)| {
            let value = HeaderValue::from_str(value).expect("a value");
            (HeaderName::from_static(name), value)
        };
        pairs.into_iter().map(pair).collect()
    }

    fn judged(status: u16, content_type: &str, body: &[u8], trailers: &HeaderMap) -> SendOutcome {
        let url = Url::parse("http://host:4317/service").expect("an address");
        let answer = Response {
            url: &url,
            status: StatusCode::from_u16(status).expect("a status"),
            headers: &headers_of([("content-type", content_type)]),
            body,
            is_whole: true,
            retry_after: None,
        };
        outcome(&answer, trailers, "the keys")
    }

    fn ended(code: &str, message: &str, details: &str) -> SendOutcome {
        let pairs = [("grpc-status", code), ("grpc-message", message)];
        let mut trailers = headers_of(pairs);
        if !details.is_empty() {
            trailers.extend(headers_of([("grpc-status-details-bin", details)]));
        }
        judged(200, "application/grpc+proto", b"", &trailers)
    }

    fn retry_in(seconds: i64, nanos: i32) -> String {
        let info = RetryInfo {
            retry_delay: Some(Delay { seconds, nanos }),
        };
        let status = RpcStatus {
            details: vec![Any {
                type_url: "type.googleapis.com/google.rpc.RetryInfo".into(),
                value: info.encode_to_vec(),
            }],
        };
        STANDARD_NO_PAD.encode(status.encode_to_vec())
    }

    #[test]
    fn a_request_is_framed_with_its_compression_and_length() {
        for (compression, flag) in [(Compression::None, 0), (Compression::Gzip, 1)] {
            let request = Encoded {
                body: Bytes::from_static(b"abc"),
                compression,
                spans: 1,
            };
            assert_eq!(frame(&request)[..], [flag, 0, 0, 0, 3, b'a', b'b', b'c']);
            let named = headers(compression).contains_key("grpc-encoding");
            assert_eq!(named, compression == Compression::Gzip);
        }
    }

    #[test]
    fn what_was_rejected_is_counted() {
        let response = ExportTraceServiceResponse {
            partial_success: Some(ExportTracePartialSuccess {
                rejected_spans: 2,
                error_message: "too old".into(),
            }),
        };
        let body = frame(&Encoded {
            body: response.encode_to_vec().into(),
            compression: Compression::None,
            spans: 1,
        });
        let ok = headers_of([("grpc-status", "0")]);
        let expected = SendOutcome::Delivered {
            rejected: 2,
            message: "too old".into(),
        };
        assert_eq!(judged(200, "application/grpc", &body, &ok), expected);
        for body in [&b""[..], b"\0\0\0\0\0", b"\0\0\0", b"\x01\0\0\0\x02ab"] {
            let outcome = judged(200, "application/grpc", body, &ok);
            assert_eq!(outcome, SendOutcome::delivered(), "{body:?}");
        }
    }

    #[test]
    fn each_code_leads_to_what_otlp_asks_for() {
        let minute = retry_in(60, 0);
        for (code, details, expected) in [
            ("1", "", "Unavailable"),
            ("2", "", "Rejected"),
            ("3", "", "Rejected"),
            ("4", "", "Unavailable"),
            ("7", "", "Misconfigured"),
            ("8", "", "Rejected"),
            ("8", &minute[..], "Unavailable"),
            ("10", "", "Unavailable"),
            ("11", "", "Unavailable"),
            ("12", "", "Misconfigured"),
            ("13", "", "Rejected"),
            ("14", "", "Unavailable"),
            ("15", "", "Unavailable"),
            ("16", "", "Misconfigured"),
        ] {
            let outcome = format!("{:?}", ended(code, "why", details));
            assert!(outcome.starts_with(expected), "{code}: {outcome}");
            assert!(outcome.contains("why"), "{outcome}");
        }
        let large = "grpc: received message larger than max (9 vs. 4)";
        let outcome = ended("8", large, "");
        assert!(
            matches!(outcome, SendOutcome::TooLarge { .. }),
            "{outcome:?}"
        );
    }

    #[test]
    fn a_server_says_when_it_wants_to_see_a_request_again() {
        let SendOutcome::Unavailable {
            message,
            retry_after,
        } = ended("14", "half%20full", &retry_in(1, 500_000_000))
        else {
            panic!("not for later");
        };
        assert_eq!(message, "http://host:4317 answered gRPC 14: half full");
        assert_eq!(retry_after, Some(Duration::from_millis(1_500)));
        for odd in ["%", "AAAA", &retry_in(-1, 0), &retry_in(0, -1)] {
            assert_eq!(super::retry_after(odd), None, "{odd}");
        }
    }

    #[test]
    fn an_answer_without_an_end_is_for_later_and_another_protocol_never() {
        let none = HeaderMap::new();
        let outcome = judged(200, "application/grpc", b"", &none);
        assert!(
            matches!(outcome, SendOutcome::Unavailable { .. }),
            "{outcome:?}"
        );
        let outcome = judged(200, "text/html", b"<html>", &none);
        let SendOutcome::Misconfigured { message } = outcome else {
            panic!("{outcome:?}");
        };
        assert!(
            message.contains("4317") && message.contains("http/protobuf"),
            "{message}"
        );
        let outcome = judged(503, "text/plain", b"busy", &none);
        assert!(
            matches!(outcome, SendOutcome::Unavailable { .. }),
            "{outcome:?}"
        );
    }

    proptest! {
        #[test]
        fn no_answer_is_too_odd(body: Vec<u8>, details in "[A-Za-z0-9+/]{0,40}", code in "[0-9]{0,12}") {
            let trailers = headers_of([("grpc-status", &code), ("grpc-status-details-bin", &details)]);
            let _ = judged(200, "application/grpc", &body, &trailers);
        }
    }
}
