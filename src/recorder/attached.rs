//! The recorder of a telemetry, found by its handle.

use std::any::Any;
use std::sync::Arc;

use super::Recorder;
use crate::context::handle::{Attached, Handle};

impl Attached for Arc<Recorder> {
    fn wants_unsampled_calls(&self) -> bool {
        self.follows_runs() || self.measures()
    }
}

impl Recorder {
    /// The recorder of the telemetry that a handle refers to.
    pub(crate) fn of(handle: &Handle) -> Option<&Arc<Self>> {
        let attached: &dyn Any = handle.attached();
        attached.downcast_ref()
    }
}
