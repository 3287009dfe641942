//! Spans of other libraries that stand for a call of a model.
//!
//! Libraries such as rig make a span around each call that they send, with the attributes of the conventions. Where
//! their client is traced as well, that span is the call's: a second one below it would count every token twice.

use std::fmt;
use std::sync::atomic::{AtomicBool, Ordering};

use tracing::field::{Field, Visit};
use tracing::span::{Attributes, Id};
use tracing::{Span, Subscriber};
use tracing_subscriber::Registry;
use tracing_subscriber::layer::Context;
use tracing_subscriber::registry::LookupSpan;

use crate::conventions as names;
use crate::conventions::operation;

/// Whether there has been such a span in this process: most programs have none.
static ARE_THERE_ANY: AtomicBool = AtomicBool::new(false);

/// On a span of another library that stands for a call of a model.
#[derive(Debug, Default)]
struct Inference {
    /// Whether a call is recorded on it.
    is_taken: AtomicBool,
}

/// Marks a new span if it stands for a call of a model. Of all others, only the names of the fields are looked at.
pub(crate) fn note<S>(attributes: &Attributes<'_>, id: &Id, context: &Context<'_, S>)
where
    S: Subscriber + for<'span> LookupSpan<'span>,
{
    let fields = attributes.metadata().fields();
    let Some(field) = fields.field(names::OPERATION_NAME) else {
        return;
    };
    let mut operation = Operation {
        field,
        is_inference: false,
    };
    attributes.record(&mut operation);
    if operation.is_inference
        && let Some(span) = context.span(id)
    {
        ARE_THERE_ANY.store(true, Ordering::Relaxed);
        span.extensions_mut().replace(Inference::default());
    }
}

/// Whether a span stands for a call of a model and has none yet, but has one now.
pub(crate) fn take(span: &Span) -> bool {
    if !ARE_THERE_ANY.load(Ordering::Relaxed) {
        return false;
    }
    let is_free = span.with_subscriber(|(id, subscriber)| {
        let span = subscriber.downcast_ref::<Registry>()?.span(id)?;
        let extensions = span.extensions();
        let inference = extensions.get::<Inference>()?;
        Some(!inference.is_taken.swap(true, Ordering::Relaxed))
    });
    is_free.flatten() == Some(true)
}

/// Reads the operation of a span.
struct Operation {
    field: Field,
    is_inference: bool,
}

impl Operation {
    fn is(&mut self, value: &str) {
        self.is_inference = matches!(
            value,
            operation::CHAT
                | operation::TEXT_COMPLETION
                | operation::GENERATE_CONTENT
                | operation::EMBEDDINGS
        );
    }
}

impl Visit for Operation {
    fn record_str(&mut self, field: &Field, value: &str) {
        if *field == self.field {
            self.is(value);
        }
    }

    fn record_debug(&mut self, field: &Field, value: &dyn fmt::Debug) {
        if *field == self.field {
            self.is(format!("{value:?}").trim_matches('"'));
        }
    }
}
