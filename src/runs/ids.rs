//! What names threads and runs.

/// A thread on a server.
#[derive(Clone, Debug, Default, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub(super) struct ThreadId {
    pub(super) server: String,
    pub(super) thread: String,
}

/// A run on a thread.
#[derive(Clone, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub(crate) struct RunId {
    pub(super) thread: ThreadId,
    pub(super) run: String,
}
