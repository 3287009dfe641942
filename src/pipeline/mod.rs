//! What happens to a finished span on its way out: capture, mapping, mask, redaction, limits.

pub(crate) mod capture;
pub(crate) mod limits;
pub(crate) mod mask;
pub(crate) mod shape;
pub(crate) mod texts;
pub(crate) mod trace_share;
