//! What one server remembers, and the identifiers it gives out.
//!
//! Contract: one lock around everything, held for the time of a handler's synchronous part
//! only; a family that keeps something adds a field to [`Store`] and owns its type. Nothing
//! here knows an endpoint.

use std::collections::HashMap;
use std::collections::hash_map::RandomState;
use std::hash::BuildHasher as _;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::{Duration, SystemTime, UNIX_EPOCH};

use super::assistants::Assistant;
use super::chat::StoredCompletion;
use super::conversations::Conversation;
use super::langgraph::GraphRun;
use super::lifecycle::Pace;
use super::responses::StoredResponse;
use super::threads::Thread;

/// The handle every handler gets.
#[derive(Clone)]
pub(super) struct Simulator(Arc<Shared>);

/// How a server behaves.
#[derive(Clone, Copy, Debug)]
pub(super) struct Behaviour {
    pub(super) pace: Pace,
    /// When a run expires that nobody has finished.
    pub(super) run_expiry: Duration,
    /// How long the model takes for a chunk.
    pub(super) chunk_delay: Duration,
    /// How long a client is told to wait after a refusal that will pass.
    pub(super) retry_after: Duration,
}

impl Default for Behaviour {
    fn default() -> Self {
        Self {
            pace: Pace::default(),
            run_expiry: Duration::from_secs(600),
            chunk_delay: Duration::from_millis(15),
            retry_after: Duration::from_secs(1),
        }
    }
}

struct Shared {
    behaviour: Behaviour,
    identifiers: AtomicU64,
    random: [RandomState; 2],
    store: Mutex<Store>,
    /// The prompt each model has read last, whoever sent it: what a cache of prefixes holds.
    last_prompts: Mutex<HashMap<String, Vec<String>>>,
    /// How often a request has failed that is to succeed in the end.
    failures: Mutex<HashMap<u64, u32>>,
}

/// Everything clients have made, oldest first where order matters.
#[derive(Default)]
pub(super) struct Store {
    pub(super) assistants: Vec<Assistant>,
    pub(super) threads: HashMap<String, Thread>,
    pub(super) conversations: HashMap<String, Conversation>,
    pub(super) responses: HashMap<String, StoredResponse>,
    pub(super) completions: Vec<StoredCompletion>,
    pub(super) graph_runs: Vec<GraphRun>,
}

impl Simulator {
    pub(super) fn new(behaviour: Behaviour) -> Self {
        Self(Arc::new(Shared {
            behaviour,
            identifiers: AtomicU64::new(0),
            random: [RandomState::new(), RandomState::new()],
            store: Mutex::default(),
            last_prompts: Mutex::default(),
            failures: Mutex::default(),
        }))
    }

    pub(super) fn pace(&self) -> Pace {
        self.0.behaviour.pace
    }

    pub(super) fn run_expiry(&self) -> Duration {
        self.0.behaviour.run_expiry
    }

    pub(super) fn chunk_delay(&self) -> Duration {
        self.0.behaviour.chunk_delay
    }

    pub(super) fn retry_after(&self) -> Duration {
        self.0.behaviour.retry_after
    }

    /// A handler that panicked left whole objects behind, so its poison is ignored.
    pub(super) fn store(&self) -> MutexGuard<'_, Store> {
        self.0.store.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Remembers that `model` has read `prompt`, and returns what it had read before it.
    pub(super) fn replace_last_prompt(&self, model: &str, prompt: &[String]) -> Vec<String> {
        let prompts = self.0.last_prompts.lock();
        let mut prompts = prompts.unwrap_or_else(PoisonError::into_inner);
        prompts
            .insert(model.to_owned(), prompt.to_vec())
            .unwrap_or_default()
    }

    /// Whether the request `key` fails once more, which it does so many `times` before each
    /// success.
    pub(super) fn fails_again(&self, key: u64, times: u32) -> bool {
        let failures = self.0.failures.lock();
        let mut failures = failures.unwrap_or_else(PoisonError::into_inner);
        let failed = failures.entry(key).or_default();
        if *failed < times {
            *failed += 1;
            return true;
        }
        failures.remove(&key);
        false
    }

    /// An identifier no other server gives out: demonstrations send them to the same backend.
    pub(super) fn identifier(&self, prefix: &str) -> String {
        format!("{prefix}_{}", self.random())
    }

    /// Like [`Self::identifier`], for the kinds whose prefix ends otherwise.
    pub(super) fn hyphenated(&self, prefix: &str) -> String {
        format!("{prefix}-{}", self.random())
    }

    fn random(&self) -> String {
        let number = self.0.identifiers.fetch_add(1, Ordering::Relaxed);
        let [first, second] = &self.0.random;
        let (first, second) = (first.hash_one(number), second.hash_one(number));
        format!("{first:016x}{second:016x}")
    }
}

/// The time since 1970. The only clock: states are computed from it when they are read.
pub(super) fn now() -> Duration {
    SystemTime::now()
        .duration_since(UNIX_EPOCH)
        .unwrap_or_default()
}
