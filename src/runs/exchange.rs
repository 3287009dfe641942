//! What a call shows of runs, and who makes spans of it: the two ends of the registry.

use std::sync::Arc;
use std::time::SystemTime;

use super::report::Story;
use super::run::Run;
use super::threads::ThreadKey;
use crate::wire::{AssistantsEndpoint, RequestFacts, RunObject};

/// Names a run.
#[derive(Clone, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub(crate) struct RunKey {
    pub(crate) thread: ThreadKey,
    pub(crate) run: String,
}

/// One call that shows something.
#[derive(Debug)]
pub(crate) struct Showing<O> {
    pub(crate) owner: O,
    pub(crate) endpoint: AssistantsEndpoint,
    pub(crate) server: String,
    /// As the path names them.
    pub(crate) thread: Option<String>,
    pub(crate) run: Option<String>,
    pub(crate) asked: Arc<RequestFacts>,
    pub(crate) began: SystemTime,
    pub(crate) is_stream: bool,
    /// The run that was shown last.
    pub(crate) current: Option<RunKey>,
}

impl<O> Showing<O> {
    pub(crate) fn new(
        owner: O,
        endpoint: AssistantsEndpoint,
        (server, thread, run): (String, Option<&str>, Option<&str>),
        asked: Arc<RequestFacts>,
        began: SystemTime,
    ) -> Self {
        Self {
            owner,
            endpoint,
            server,
            thread: thread.map(str::to_owned),
            run: run.map(str::to_owned),
            asked,
            began,
            is_stream: false,
            current: None,
        }
    }

    /// Whether a run was shown.
    pub(crate) fn has_run(&self) -> bool {
        self.current.is_some()
    }

    pub(crate) fn thread_key(&self, thread: Option<String>) -> Option<ThreadKey> {
        Some(ThreadKey {
            server: self.server.clone(),
            thread: thread.or_else(|| self.thread.clone())?,
        })
    }

    /// The run that an object belongs to, by what it says of itself or else by the call.
    pub(crate) fn run_key(&self, thread: Option<String>, run: Option<String>) -> Option<RunKey> {
        match run.or_else(|| self.run.clone()) {
            Some(run) => Some(RunKey {
                thread: self.thread_key(thread)?,
                run,
            }),
            None => self.current.clone(),
        }
    }
}

/// Who makes spans of it.
pub(crate) trait Teller {
    /// Whoever made a call.
    type Owner: Clone;
    /// What stands for a run until it is told.
    type Open;
    /// Where more about a run goes that has been told.
    type Place;

    /// A run has begun: whoever shows traces as they grow has to wait for it.
    fn open(&mut self, owner: &Self::Owner, began: SystemTime) -> Self::Open;
    /// A run and everything below it.
    fn run(&mut self, open: Self::Open, run: &Run<Self::Owner>, story: &Story) -> Self::Place;
    /// What became known of a run after it was told.
    fn late(&mut self, place: &Self::Place, late: Story);
    /// A run is over that somebody else has made.
    fn elsewhere(
        &mut self,
        owner: &Self::Owner,
        began: SystemTime,
        at: SystemTime,
        run: &RunObject,
    );
}
