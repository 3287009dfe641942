//! What was read of a JSON value, also of one that broke off.
//!
//! The contract: what is there was on the wire; of counts there are all or none.

use serde_json::Value;

/// What was read.
#[derive(Debug, PartialEq)]
pub(crate) struct Parsed {
    pub(crate) value: Option<Value>,
    /// Whether the value was closed.
    pub(crate) complete: bool,
    /// The member of the outermost object that was being read when it broke off.
    pub(crate) open: Option<String>,
}
