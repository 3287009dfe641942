//! An OTLP/HTTP collector on loopback that keeps the requests as they came over the wire.

use std::io::Read;
use std::net::SocketAddr;
use std::sync::mpsc;
use std::sync::{Arc, Mutex};
use std::thread;

use axum::Router;
use axum::body::Bytes;
use axum::extract::State;
use axum::http::{HeaderMap, StatusCode, Uri};
use axum::response::{IntoResponse, Response};
use tracing_genai::testing::{ReceivedSpan, decode};

/// A request as it arrived.
#[derive(Clone, Debug)]
pub struct Request {
    pub path: String,
    pub headers: HeaderMap,
    pub body: Bytes,
}

impl Request {
    pub fn header(&self, name: &str) -> Option<&str> {
        self.headers.get(name).map(|value| value.to_str().unwrap())
    }

    fn is_look_up(&self) -> bool {
        self.path.ends_with("/api/public/projects")
    }

    /// The spans in the body; none if it contains metrics.
    pub fn spans(&self) -> Vec<ReceivedSpan> {
        if self.path.ends_with("/v1/metrics") {
            return Vec::new();
        }
        decode(&self.plain()).unwrap()
    }

    /// The body, gunzipped exactly once if the header says so.
    pub fn plain(&self) -> Vec<u8> {
        match self.header("content-encoding") {
            Some("gzip") => {
                let mut plain = Vec::new();
                flate2::read::GzDecoder::new(&self.body[..])
                    .read_to_end(&mut plain)
                    .unwrap();
                plain
            }
            None => self.body.to_vec(),
            Some(other) => panic!("content-encoding {other}"),
        }
    }
}

/// What a collector answers to its n-th request, counted from zero.
pub type Answers = Arc<dyn Fn(usize, &Request) -> Response + Send + Sync>;

#[derive(Clone)]
struct Shared {
    /// All of them.
    requests: Arc<Mutex<Vec<Request>>>,
    /// The requests that were answered with a success.
    taken: Arc<Mutex<Vec<Request>>>,
    answers: Answers,
}

/// A running collector; it stops when it is dropped.
pub struct Collector {
    pub url: String,
    shared: Shared,
    _stop: tokio::sync::oneshot::Sender<()>,
}

impl Collector {
    /// A collector that accepts everything.
    pub fn start() -> Self {
        Self::answering(StatusCode::OK, "")
    }

    /// A collector that gives every request this answer.
    pub fn answering(status: StatusCode, body: &'static str) -> Self {
        Self::with(move |_, _| (status, body).into_response())
    }

    /// A collector with these answers.
    pub fn with(answers: impl Fn(usize, &Request) -> Response + Send + Sync + 'static) -> Self {
        Self::on("127.0.0.1:0".parse().unwrap(), answers)
    }

    /// A collector at this address, which must be free.
    pub fn on(
        address: SocketAddr,
        answers: impl Fn(usize, &Request) -> Response + Send + Sync + 'static,
    ) -> Self {
        let shared = Shared {
            requests: Arc::default(),
            taken: Arc::default(),
            answers: Arc::new(answers),
        };
        let listener = std::net::TcpListener::bind(address).unwrap();
        listener.set_nonblocking(true).unwrap();
        let (sender, bound) = mpsc::channel();
        let (stop, stopped) = tokio::sync::oneshot::channel::<()>();
        let app = Router::new().fallback(receive).with_state(shared.clone());
        thread::spawn(move || {
            let runtime = tokio::runtime::Builder::new_current_thread()
                .enable_all()
                .build()
                .unwrap();
            runtime.block_on(async move {
                let listener = tokio::net::TcpListener::from_std(listener).unwrap();
                sender.send(listener.local_addr().unwrap()).unwrap();
                let server = axum::serve(listener, app);
                tokio::select! {
                    result = server => result.unwrap(),
                    _ = stopped => {}
                }
            });
        });
        Self {
            url: format!("http://{}", bound.recv().unwrap()),
            shared,
            _stop: stop,
        }
    }

    /// The requests that were sent to it, but for look-ups of the project, which come when they like.
    pub fn requests(&self) -> Vec<Request> {
        let mut requests = self.all_requests();
        requests.retain(|request| !request.is_look_up());
        requests
    }

    /// The requests that ask Langfuse for the project of the keys.
    #[allow(dead_code, reason = "not every binary with tests asks for them")]
    pub fn look_ups(&self) -> Vec<Request> {
        let mut requests = self.all_requests();
        requests.retain(Request::is_look_up);
        requests
    }

    /// All requests, in their order.
    pub fn all_requests(&self) -> Vec<Request> {
        self.shared.requests.lock().unwrap().clone()
    }

    /// The spans of all requests, leaving out metrics.
    pub fn spans(&self) -> Vec<ReceivedSpan> {
        let requests = self.requests();
        let of_spans = requests
            .iter()
            .filter(|request| !request.path.ends_with("/metrics"));
        of_spans.flat_map(Request::spans).collect()
    }

    /// The spans of the requests that were answered with a success.
    pub fn taken(&self) -> Vec<ReceivedSpan> {
        let taken = self.shared.taken.lock().unwrap().clone();
        taken.iter().flat_map(Request::spans).collect()
    }
}

async fn receive(
    State(shared): State<Shared>,
    uri: Uri,
    headers: HeaderMap,
    body: Bytes,
) -> Response {
    let request = Request {
        path: uri.path().to_owned(),
        headers,
        body,
    };
    let is_look_up = request.is_look_up();
    let number = {
        let mut requests = shared.requests.lock().unwrap();
        let alike = requests.iter().filter(|one| one.is_look_up() == is_look_up);
        let number = alike.count();
        requests.push(request.clone());
        number
    };
    let response = (shared.answers)(number, &request);
    if response.status().is_success() && !is_look_up {
        shared.taken.lock().unwrap().push(request);
    }
    response
}
