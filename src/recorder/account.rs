//! What waits to be read of each call, and of all of them.
//!
//! Contract: bytes that are handed over are counted until the recorder has read them, so a call never has
//! more than [`SHARE`] waiting, however slow the recorder is, and all calls together never more than
//! [`ALL`]. Two exceptions, each of them bounded: a piece of any size may wait if nothing else does,
//! because it came in that size, and a request's body, which belongs to the client until the answer
//! begins, since it may have to be sent again. Counting costs a few atomic operations and never waits.

use std::sync::atomic::{AtomicBool, AtomicU64, AtomicUsize, Ordering};
use std::sync::{Arc, Mutex, PoisonError};

use bytes::Bytes;

/// How many bytes of one call may wait.
pub(crate) const SHARE: usize = 1 << 20;
/// How many bytes of all calls may wait.
const ALL: usize = 64 << 20;

/// Names a call.
pub(super) type CallId = u64;

/// What all calls share.
#[derive(Debug, Default)]
pub(crate) struct Totals {
    ids: AtomicU64,
    waiting: AtomicUsize,
    /// Calls that lost content.
    lost: AtomicU64,
}

impl Totals {
    pub(super) fn lost(&self) -> u64 {
        self.lost.load(Ordering::Relaxed)
    }

    pub(super) fn waiting(&self) -> usize {
        self.waiting.load(Ordering::Relaxed)
    }
}

/// What one call has waiting.
#[derive(Debug)]
pub(crate) struct Account {
    pub(super) id: CallId,
    totals: Arc<Totals>,
    waiting: AtomicUsize,
    has_lost: AtomicBool,
}

impl Account {
    pub(crate) fn new(totals: &Arc<Totals>) -> Arc<Self> {
        Arc::new(Self {
            id: totals.ids.fetch_add(1, Ordering::Relaxed),
            totals: Arc::clone(totals),
            waiting: AtomicUsize::new(0),
            has_lost: AtomicBool::new(false),
        })
    }

    /// Counts bytes that are handed over; `None` if they are too many.
    pub(crate) fn reserve(self: &Arc<Self>, bytes: usize) -> Option<Waiting> {
        let own = self.waiting.load(Ordering::Relaxed);
        if own > 0 && own + bytes > SHARE {
            return None;
        }
        self.count(bytes, bytes)
    }

    /// Counts bytes that are bounded otherwise, so that only those of all calls can be too many.
    pub(crate) fn reserve_beside(self: &Arc<Self>, bytes: usize) -> Option<Waiting> {
        self.count(0, bytes)
    }

    fn count(self: &Arc<Self>, own: usize, all: usize) -> Option<Waiting> {
        let waiting = Waiting {
            account: Arc::clone(self),
            own,
            all,
        };
        self.waiting.fetch_add(own, Ordering::Relaxed);
        let before = self.totals.waiting.fetch_add(all, Ordering::Relaxed);
        (before + all <= ALL).then_some(waiting)
    }

    /// Content of the call was given up; counted once.
    pub(crate) fn lose(&self) {
        if !self.has_lost.swap(true, Ordering::Relaxed) {
            self.totals.lost.fetch_add(1, Ordering::Relaxed);
        }
    }

    #[cfg(test)]
    pub(crate) fn waiting(&self) -> usize {
        self.waiting.load(Ordering::Relaxed)
    }
}

/// Bytes that wait until this is dropped.
#[derive(Debug)]
#[must_use = "nothing waits once this is dropped"]
pub(crate) struct Waiting {
    account: Arc<Account>,
    own: usize,
    all: usize,
}

impl Drop for Waiting {
    fn drop(&mut self) {
        self.account.waiting.fetch_sub(self.own, Ordering::Relaxed);
        let totals = &self.account.totals;
        totals.waiting.fetch_sub(self.all, Ordering::Relaxed);
    }
}

/// The body of a request that is in memory, until somebody reads it or takes it back.
#[derive(Clone, Debug)]
pub(crate) struct RequestBody(Arc<Mutex<Option<(Bytes, Waiting)>>>);

impl RequestBody {
    /// `None` if too much is waiting.
    pub(crate) fn new(body: Bytes, account: &Arc<Account>) -> Option<Self> {
        let waiting = match body.len() {
            bytes @ 0..=SHARE => account.reserve(bytes),
            bytes => account.reserve_beside(bytes),
        };
        Some(Self(Arc::new(Mutex::new(Some((body, waiting?))))))
    }

    /// Its bytes, and what counts them as long as they are read.
    pub(super) fn take(&self) -> Option<(Bytes, Waiting)> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).take()
    }

    /// The client may let go of the body now, so it would be kept for the recorder alone: one that is
    /// larger than the share of a call is taken back, unless it is being read. Whether it was.
    pub(crate) fn release(&self) -> bool {
        let mut body = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let is_large = matches!(&*body, Some((bytes, _)) if bytes.len() > SHARE);
        if is_large {
            *body = None;
        }
        is_large
    }
}

#[cfg(test)]
#[expect(clippy::unwrap_used, reason = "a test fails by panicking")]
mod tests {
    use super::*;

    #[test]
    fn a_call_has_its_share_and_all_calls_have_theirs() {
        let totals = Arc::new(Totals::default());
        let first = Account::new(&totals);
        let half = first.reserve(SHARE / 2).unwrap();
        let rest = first.reserve(SHARE / 2).unwrap();
        assert!(first.reserve(1).is_none());
        drop(half);
        assert!(first.reserve(SHARE / 2 + 1).is_none());
        assert_eq!(first.waiting(), SHARE / 2);
        drop(rest);
        // A piece that came in one.
        let large = first.reserve(SHARE * 3).unwrap();
        assert!(first.reserve(1).is_none());
        drop(large);

        let mut others: Vec<_> = (0..ALL / SHARE).map(|_| Account::new(&totals)).collect();
        let full: Vec<_> = others.iter().map(|one| one.reserve(SHARE)).collect();
        assert!(full.iter().all(Option::is_some));
        assert!(first.reserve(1).is_none());
        assert!(first.reserve_beside(1).is_none());
        assert_eq!(first.waiting(), 0);
        drop(full);
        others.clear();
        assert_eq!(totals.waiting.load(Ordering::Relaxed), 0);
        first.lose();
        first.lose();
        assert_eq!(totals.lost(), 1);
    }

    #[test]
    fn of_two_huge_bodies_only_one_is_kept() {
        let totals = Arc::new(Totals::default());
        let (first, second) = (Account::new(&totals), Account::new(&totals));
        let huge = Bytes::from(vec![0; ALL / 2 + 1]);
        let request = RequestBody::new(huge.clone(), &first).unwrap();
        assert!(RequestBody::new(huge.clone(), &second).is_none());
        assert!(second.reserve(huge.len()).is_none());
        drop(request);
        let answer = second.reserve(huge.len()).unwrap();
        assert!(first.reserve(huge.len()).is_none());
        drop(answer);
        assert_eq!(totals.waiting.load(Ordering::Relaxed), 0);
    }

    #[test]
    fn a_large_request_is_taken_back_unless_it_is_being_read() {
        let totals = Arc::new(Totals::default());
        let account = Account::new(&totals);
        let body = |bytes| RequestBody::new(vec![0; bytes].into(), &account).unwrap();
        let small = body(SHARE);
        assert!(!small.release());
        assert!(small.take().is_some());

        let large = body(SHARE + 1);
        assert_eq!(account.waiting(), 0);
        assert!(large.release());
        assert!(large.take().is_none());
        let read = body(SHARE + 1);
        let reading = read.take();
        assert!(reading.is_some() && !read.release());
        drop(reading);
        assert_eq!(totals.waiting.load(Ordering::Relaxed), 0);
    }
}
