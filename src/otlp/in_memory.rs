//! A backend in memory that keeps every request as it arrived.

use std::fmt;
use std::future::ready;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use opentelemetry_proto::tonic::collector::trace::v1::ExportTraceServiceRequest;

use super::encoded::Encoded;
use super::outcome::SendOutcome;
use super::transport::{Sending, Transport};

/// Requests by the order of their arrival. Clones share them.
#[derive(Clone, Default)]
pub(crate) struct InMemoryBackend(Arc<Mutex<Vec<ExportTraceServiceRequest>>>);

impl InMemoryBackend {
    fn lock(&self) -> MutexGuard<'_, Vec<ExportTraceServiceRequest>> {
        // A request is either in there or not, so a poisoned lock is a good one.
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }

    pub(crate) fn requests(&self) -> Vec<ExportTraceServiceRequest> {
        self.lock().clone()
    }

    pub(crate) fn clear(&self) {
        self.lock().clear();
    }
}

impl Transport for InMemoryBackend {
    fn send(&self, request: &Encoded) -> Sending {
        let outcome = match request.decode() {
            Some(request) => {
                self.lock().push(request);
                SendOutcome::delivered()
            }
            None => SendOutcome::Rejected {
                message: "not an ExportTraceServiceRequest".into(),
            },
        };
        Box::pin(ready(outcome))
    }
}

impl fmt::Debug for InMemoryBackend {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        // Not the requests: they hold what users and models wrote.
        formatter
            .debug_struct("InMemoryBackend")
            .finish_non_exhaustive()
    }
}
