//! A simulated OpenAI server, in process: what examples, tests and demonstrations talk to.
//!
//! Contract: what a client sees on the wire has the shapes OpenAI's own server has, errors
//! and headers included; what the model "thinks" is computed here and is the same each time.
//! State lives in memory and dies with the [`Server`]. A family of endpoints is one file with
//! a `routes()`: a new one is that file and its line in [`router`] (and, if it keeps
//! anything, a field in `state.rs`).
//!
//! What can be asked of it by name stands in tables: failures of requests in `failures.rs`, and
//! where in a run's life they happen in `runs/incoming.rs`; what becomes of a run in
//! `run/fate.rs`; when its tools are called in `run/tools.rs`; vendors of chat in `vendors.rs`,
//! other providers' own APIs in `dialects.rs`, other servers of Assistants in `compatible.rs` and
//! `langgraph.rs`, Azure's paths in `azure.rs`.
//!
//! The server runs on a thread and runtime of its own. A caller that blocks its executor, or
//! that watches its own thread's tracing spans, is not disturbed by the other side of its
//! calls; the price is one thread a server.
#![allow(
    dead_code,
    reason = "every program that includes this module uses another part of it"
)]

mod assistants;
mod audio;
mod azure;
mod chat;
mod compatible;
mod completions;
mod conversations;
mod delivery;
mod dialects;
mod embeddings;
mod error;
mod failures;
mod fields;
mod headers;
mod images;
mod items;
mod langgraph;
pub(crate) mod lifecycle;
mod listing;
mod messages;
mod model;
mod moderations;
mod multipart;
mod parameters;
mod path;
mod responses;
mod run;
mod runs;
mod state;
mod steps;
mod stream;
mod threads;
pub(crate) mod tokens;
pub(crate) mod tutor;
mod vendors;

use std::io;
use std::net::SocketAddr;
use std::thread;
use std::time::Duration;

use axum::Router;
use axum::extract::DefaultBodyLimit;
use axum::middleware::{from_fn, from_fn_with_state};
use axum::serve::ListenerExt as _;
use tokio::net::{TcpListener, ToSocketAddrs};
use tokio::sync::oneshot;

use lifecycle::Pace;
use state::{Behaviour, Simulator};

/// OpenAI's documented limit is larger; this is enough for any picture in a test.
const MAX_BODY_BYTES: usize = 32 * 1024 * 1024;

/// Starts a server on a free port of the loopback interface.
pub(crate) async fn start() -> io::Result<Server> {
    Builder::default().start().await
}

/// How a server behaves; `Builder::default()` is what [`start`] uses.
#[derive(Clone, Copy, Debug, Default)]
pub(crate) struct Builder {
    behaviour: Behaviour,
}

impl Builder {
    /// How long the model takes for a chunk of its answer; a whole answer takes as long as its
    /// chunks would.
    pub(crate) fn with_chunk_delay(mut self, delay: Duration) -> Self {
        self.behaviour.chunk_delay = delay;
        self
    }

    /// How long a client is told to wait after a refusal that will pass, in whole seconds.
    pub(crate) fn with_retry_after(mut self, wait: Duration) -> Self {
        self.behaviour.retry_after = wait;
        self
    }

    /// How long a run or a background response takes from creation to completion, a sixth of
    /// it in the queue. A run that asks for outputs takes as long again when it has them.
    pub(crate) fn with_run_duration(mut self, duration: Duration) -> Self {
        self.behaviour.pace = Pace::lasting(duration);
        self
    }

    /// When a run expires whose client does not answer its calls.
    pub(crate) fn with_run_expiry(mut self, patience: Duration) -> Self {
        self.behaviour.run_expiry = patience;
        self
    }

    /// Starts the server on a free port of the loopback interface.
    pub(crate) async fn start(self) -> io::Result<Server> {
        self.bind("127.0.0.1:0").await
    }

    /// Starts the server on `address`.
    pub(crate) async fn bind(self, address: impl ToSocketAddrs) -> io::Result<Server> {
        let listener = TcpListener::bind(address).await?.into_std()?;
        let address = listener.local_addr()?;
        let (stop, stopped) = oneshot::channel();
        let runtime = tokio::runtime::Builder::new_current_thread()
            .enable_all()
            .build()?;
        let router = router(Simulator::new(self.behaviour));
        thread::Builder::new()
            .name("openai-sim".to_owned())
            .spawn(move || runtime.block_on(serve(listener, router, stopped)))?;
        Ok(Server {
            address,
            _stop: stop,
        })
    }
}

/// A running server; dropping it stops it.
#[derive(Debug)]
#[must_use = "the server stops when this is dropped"]
pub(crate) struct Server {
    address: SocketAddr,
    /// Closed by the drop, which is the signal.
    _stop: oneshot::Sender<()>,
}

impl Server {
    /// Starts a server with default behaviour on `address`.
    pub(crate) async fn bind(address: impl ToSocketAddrs) -> io::Result<Self> {
        Builder::default().bind(address).await
    }

    /// Where it listens.
    pub(crate) fn address(&self) -> SocketAddr {
        self.address
    }

    /// What a client takes for its base URL.
    pub(crate) fn base_url(&self) -> String {
        format!("http://{}/v1", self.address)
    }
}

/// Serves until `stopped`: then takes no new connection, closes idle ones, and lets calls end
/// that have begun.
async fn serve(
    listener: std::net::TcpListener,
    router: Router,
    stopped: oneshot::Receiver<()>,
) -> io::Result<()> {
    // A stream's chunks are to arrive when they are sent.
    let listener = TcpListener::from_std(listener)?.tap_io(|connection| {
        // Without it the server is slower and still right.
        let _ = connection.set_nodelay(true);
    });
    let stop = async {
        // Never sent, only closed.
        let _ = stopped.await;
    };
    axum::serve(listener, router)
        .with_graceful_shutdown(stop)
        .await
}

/// All endpoints, with what is common to them around.
fn router(simulator: Simulator) -> Router {
    let assistants_family = Router::new()
        .merge(assistants::routes())
        .merge(threads::routes())
        .merge(messages::routes())
        .merge(runs::routes())
        .merge(steps::routes());
    let elsewhere = compatible::routes(&simulator, &assistants_family);
    let assistants_family =
        assistants_family.route_layer(from_fn(headers::require_assistants_version));
    // What Azure has below a deployment, and what is above all deployments.
    let deployed = Router::new()
        .merge(chat::routes())
        .merge(completions::routes())
        .merge(embeddings::routes())
        .merge(images::routes())
        .merge(audio::routes());
    let model_family = deployed
        .clone()
        .merge(responses::routes())
        .merge(conversations::routes())
        .merge(moderations::routes());
    let delivered = from_fn_with_state(simulator.clone(), delivery::deliver);
    let deployed = deployed.route_layer(delivered.clone());
    let model_family = model_family.route_layer(delivered);
    let families = Router::new()
        .merge(assistants_family)
        .merge(model_family.clone())
        .route_layer(from_fn(headers::require_key));
    let azure = Router::new()
        .nest(
            azure::DEPLOYMENT,
            deployed.route_layer(from_fn(azure::require_version)),
        )
        .nest("/openai/v1", model_family)
        .route_layer(from_fn(headers::require_azure_key))
        .route_layer(from_fn(azure::label_response));
    Router::new()
        .nest("/v1", families)
        .merge(azure)
        .merge(elsewhere)
        .merge(langgraph::routes())
        .merge(dialects::routes())
        .fallback(error::unknown_url)
        .method_not_allowed_fallback(error::unknown_method)
        .layer(DefaultBodyLimit::max(MAX_BODY_BYTES))
        .layer(from_fn_with_state(
            simulator.clone(),
            headers::label_response,
        ))
        .with_state(simulator)
}
