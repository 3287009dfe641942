//! Calls that have begun and not ended.
//!
//! Contract: costs a call two short locks. When the telemetry ends, what is open then ends too, so that its
//! span is exported instead of lost; the caller's own future goes on as if nothing had happened.

use std::collections::HashMap;
use std::sync::{Mutex, MutexGuard, PoisonError, Weak};

use super::account::CallId;

/// A call that is under way.
pub(crate) trait OpenCall: Send + Sync {
    /// Ends its span: nothing more of it will be recorded.
    fn give_up(&self);
}

/// The open calls of one telemetry.
#[derive(Default)]
pub(super) struct OpenCalls(Mutex<HashMap<CallId, Weak<dyn OpenCall>>>);

impl OpenCalls {
    fn lock(&self) -> MutexGuard<'_, HashMap<CallId, Weak<dyn OpenCall>>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }

    pub(super) fn add(&self, id: CallId, call: Weak<dyn OpenCall>) {
        self.lock().insert(id, call);
    }

    pub(super) fn remove(&self, id: CallId) {
        self.lock().remove(&id);
    }

    /// Ends all of them; returns how many there were.
    pub(super) fn give_up(&self) -> usize {
        // A call that ends removes itself.
        let calls: Vec<_> = self.lock().drain().collect();
        let calls = calls.into_iter().filter_map(|(_, call)| call.upgrade());
        calls.inspect(|call| call.give_up()).count()
    }
}
