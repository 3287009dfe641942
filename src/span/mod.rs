//! The only room that writes to spans.
//!
//! [`AttributeSink`] knows which attribute a fact becomes, and of what type. It writes to a running
//! span, or to an [`AttributeSet`] that a span is made of later.

mod attribute_set;
mod current;
mod finished;
mod inference;
mod parent;
mod sink;
mod unfiltered;
mod value;

pub(crate) use attribute_set::AttributeSet;
pub(crate) use current::{
    Attached, attach, current_context, current_span, nearest_context, rename, thread_is_ending,
    with_active_context,
};
pub(crate) use finished::FinishedSpan;
pub(crate) use inference::{note as note_inference, take as take_inference};
pub(crate) use parent::SpanParent;
pub(crate) use sink::{AttributeSink, ToolRun, tool_span_name};
pub(crate) use unfiltered::{Apart, enterable, force, kept, layer, within};
pub(crate) use value::{scalar, text, texts};
