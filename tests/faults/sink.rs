//! An OTLP receiver on loopback with every kind of bad behaviour, which knows which spans it has taken.

use std::collections::HashMap;
use std::io::{BufRead, BufReader, Read, Write};
use std::net::{SocketAddr, TcpListener, TcpStream};
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex, PoisonError};
use std::thread;
use std::time::{Duration, Instant, SystemTime, UNIX_EPOCH};

use opentelemetry_proto::tonic::collector::trace::v1::{
    ExportTracePartialSuccess, ExportTraceServiceRequest, ExportTraceServiceResponse,
};
use opentelemetry_proto::tonic::trace::v1::Span;
use prost::Message;

/// The name of spans that make their request a bad one.
pub const POISON: &str = "poison";
/// Spans that take longer than this are late.
const LATE: Duration = Duration::from_secs(1);

/// What it does with a request.
#[derive(Clone, Copy, Debug)]
pub enum Answer {
    Takes,
    Status(u16),
    /// 429 with a `Retry-After` that no clock knows.
    RetryAfterForEver,
    /// 200 with the page of a proxy.
    Html,
    /// Takes all but so many.
    Rejects(usize),
    /// Takes it, and the connection breaks before the answer.
    Breaks,
    /// Takes it, and sends the answer byte by byte.
    Drips,
    /// Takes it, and sends an answer without end.
    Endless,
    /// Does not answer.
    Hangs,
}

/// What is known of a request.
pub struct Request {
    /// Counted from zero.
    pub number: usize,
    /// Since the start of the sink.
    pub at: Duration,
    pub is_poisoned: bool,
}

type Behaviour = dyn Fn(&Request) -> Answer + Send + Sync;

struct Shared {
    started: Instant,
    requests: AtomicUsize,
    taken: Mutex<Taken>,
    behaviour: Box<Behaviour>,
}

#[derive(Default)]
struct Taken {
    spans: HashMap<Vec<u8>, usize>,
    late: usize,
}

/// A running receiver. It lives as long as the process.
pub struct Sink {
    pub address: SocketAddr,
    shared: Arc<Shared>,
}

impl Sink {
    pub fn start(behaviour: impl Fn(&Request) -> Answer + Send + Sync + 'static) -> Self {
        Self::start_after(Duration::ZERO, behaviour)
    }

    /// One at whose address nobody listens for so long.
    pub fn start_after(
        pause: Duration,
        behaviour: impl Fn(&Request) -> Answer + Send + Sync + 'static,
    ) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let address = listener.local_addr().unwrap();
        let listener = pause.is_zero().then_some(listener);
        let shared = Arc::new(Shared {
            started: Instant::now(),
            requests: AtomicUsize::new(0),
            taken: Mutex::default(),
            behaviour: Box::new(behaviour),
        });
        let of_server = Arc::clone(&shared);
        thread::spawn(move || {
            let listener = listener.unwrap_or_else(|| {
                thread::sleep(pause);
                TcpListener::bind(address).unwrap()
            });
            for stream in listener.incoming().flatten() {
                let shared = Arc::clone(&of_server);
                thread::spawn(move || {
                    let _ended = serve(&shared, &stream);
                });
            }
        });
        Self { address, shared }
    }

    /// How many different spans it has taken, and how many more often than once.
    pub fn arrived(&self) -> (u64, u64) {
        let taken = self
            .shared
            .taken
            .lock()
            .unwrap_or_else(PoisonError::into_inner);
        let all: usize = taken.spans.values().sum();
        let different = taken.spans.len();
        (different as u64, (all - different) as u64)
    }

    /// How many spans of good requests came more than a second after their end.
    pub fn late(&self) -> usize {
        self.shared
            .taken
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
            .late
    }
}

/// Answers the requests of a connection.
fn serve(shared: &Shared, stream: &TcpStream) -> std::io::Result<()> {
    let mut reader = BufReader::new(stream);
    let mut writer = stream;
    while let Some((is_of_spans, body)) = read(&mut reader)? {
        // Metrics are answered like spans.
        let spans = if is_of_spans {
            decode(&body)
        } else {
            Vec::new()
        };
        let seen = Request {
            number: shared.requests.fetch_add(1, Ordering::Relaxed),
            at: shared.started.elapsed(),
            is_poisoned: spans.iter().any(|span| span.name == POISON),
        };
        let answer = (shared.behaviour)(&seen);
        match answer {
            Answer::Rejects(rejected) => take(shared, &spans[rejected.min(spans.len())..], &seen),
            Answer::Takes | Answer::Breaks | Answer::Drips | Answer::Endless => {
                take(shared, &spans, &seen);
            }
            Answer::Status(_) | Answer::RetryAfterForEver | Answer::Html | Answer::Hangs => {}
        }
        match answer {
            Answer::Takes => reply(&mut writer, "200 OK", "", "application/x-protobuf", b"")?,
            Answer::Status(status) => {
                reply(
                    &mut writer,
                    &format!("{status} x"),
                    "",
                    "text/plain",
                    b"not now",
                )?;
            }
            Answer::RetryAfterForEver => {
                let header = "retry-after: 18446744073709551616\r\n";
                reply(&mut writer, "429 x", header, "text/plain", b"")?;
            }
            Answer::Html => {
                let page = b"<html><body>please log in</body></html>";
                reply(&mut writer, "200 OK", "", "text/html", page)?;
            }
            Answer::Rejects(rejected) => {
                let response = ExportTraceServiceResponse {
                    partial_success: Some(ExportTracePartialSuccess {
                        rejected_spans: rejected as i64,
                        error_message: "too many".into(),
                    }),
                };
                let body = response.encode_to_vec();
                reply(&mut writer, "200 OK", "", "application/x-protobuf", &body)?;
            }
            Answer::Breaks => return Ok(()),
            Answer::Drips => {
                write!(writer, "HTTP/1.1 200 OK\r\ncontent-length: 1000\r\n\r\n")?;
                loop {
                    writer.write_all(b" ")?;
                    thread::sleep(Duration::from_millis(100));
                }
            }
            Answer::Endless => {
                write!(
                    writer,
                    "HTTP/1.1 200 OK\r\ncontent-type: application/json\r\n\r\n"
                )?;
                loop {
                    writer.write_all(&[b' '; 65_536])?;
                }
            }
            Answer::Hangs => {
                let _left = reader.read(&mut [0; 1])?;
                return Ok(());
            }
        }
    }
    Ok(())
}

fn decode(body: &[u8]) -> Vec<Span> {
    let request = ExportTraceServiceRequest::decode(body).unwrap();
    let resources = request.resource_spans.into_iter();
    let scopes = resources.flat_map(|resource| resource.scope_spans);
    scopes.flat_map(|scope| scope.spans).collect()
}

fn take(shared: &Shared, spans: &[Span], request: &Request) {
    let now = SystemTime::now()
        .duration_since(UNIX_EPOCH)
        .unwrap_or_default();
    let mut taken = shared.taken.lock().unwrap_or_else(PoisonError::into_inner);
    for span in spans {
        let age = now.saturating_sub(Duration::from_nanos(span.end_time_unix_nano));
        taken.late += usize::from(age > LATE && !request.is_poisoned);
        *taken.spans.entry(span.span_id.clone()).or_default() += 1;
    }
}

/// Whether the next request has spans, and its body; `None` at the end of the connection.
fn read(reader: &mut impl BufRead) -> std::io::Result<Option<(bool, Vec<u8>)>> {
    let (mut length, mut is_gzip, mut is_of_spans) = (0, false, false);
    loop {
        let mut line = String::new();
        if reader.read_line(&mut line)? == 0 {
            return Ok(None);
        }
        let line = line.trim_end().to_ascii_lowercase();
        if line.is_empty() {
            break;
        }
        is_of_spans |= line.starts_with("post /v1/traces ");
        if let Some(value) = line.strip_prefix("content-length:") {
            length = value.trim().parse().unwrap();
        }
        is_gzip |= line == "content-encoding: gzip";
    }
    let mut body = vec![0; length];
    reader.read_exact(&mut body)?;
    if !is_gzip {
        return Ok(Some((is_of_spans, body)));
    }
    let mut plain = Vec::new();
    flate2::read::GzDecoder::new(&body[..]).read_to_end(&mut plain)?;
    Ok(Some((is_of_spans, plain)))
}

fn reply(
    writer: &mut impl Write,
    status: &str,
    headers: &str,
    content_type: &str,
    body: &[u8],
) -> std::io::Result<()> {
    let length = body.len();
    let mut answer = format!(
        "HTTP/1.1 {status}\r\n{headers}content-type: {content_type}\r\ncontent-length: {length}\r\n\r\n"
    )
    .into_bytes();
    answer.extend_from_slice(body);
    writer.write_all(&answer)
}
