//! The body of a request that is made as it is sent.

use std::sync::Arc;
use std::time::Instant;

use bytes::Bytes;

use super::{Call, State};
use crate::http::tee::Observer;
use crate::recorder::End;

/// The body of a request that is sent for the n-th time.
pub(super) struct Upload {
    pub(super) call: Arc<Call>,
    pub(super) attempt: u32,
}

impl Observer for Upload {
    fn part(&self, part: &Bytes, is_last: impl FnOnce() -> bool) {
        self.call.sent(self.attempt, part);
        // Whoever knows that it is the last one does not ask for another.
        if is_last() {
            self.call.sent_all(self.attempt);
        }
    }

    fn end(&self, _end: End) {
        self.call.sent_all(self.attempt);
    }
}

impl Call {
    /// A part of the request has been sent.
    fn sent(&self, attempt: u32, part: &Bytes) {
        let mut state = self.lock();
        if state.attempts != attempt {
            return;
        }
        let Some(upload) = &mut state.upload else {
            return;
        };
        let reserve = |bytes| self.account.reserve(bytes);
        if let Some((parts, waiting)) = upload.push(part, Instant::now(), reserve) {
            self.recorder().uploaded(&self.account, parts, waiting);
        }
    }

    /// Nothing more of the request will be sent.
    fn sent_all(&self, attempt: u32) {
        let mut state = self.lock();
        if state.attempts == attempt {
            self.end_upload(&mut state);
        }
    }

    pub(super) fn end_upload(&self, state: &mut State) {
        if let Some(upload) = state.upload.take() {
            let rest = self.rest(state, upload);
            self.recorder().uploaded_all(&self.account, rest);
        }
    }
}
