//! What leaves, in code: content, masks, keys, lengths.

use std::borrow::Cow;

use super::TelemetryBuilder;
use crate::pipeline::mask::{Mask, MaskField};

impl TelemetryBuilder {
    /// Whether content is sent to every destination that does not say it itself
    /// ([`Destination::with_content`](crate::Destination::with_content)); beats
    /// `OTEL_INSTRUMENTATION_GENAI_CAPTURE_MESSAGE_CONTENT`.
    pub fn with_content(mut self, content: bool) -> Self {
        self.content = Some(content);
        self
    }

    /// Whether every destination that does not say it itself
    /// ([`Destination::with_only_genai`](crate::Destination::with_only_genai)) gets only traces with a GenAI span, for services where most work
    /// has nothing to do with models; beats `TRACING_GENAI_ONLY_GENAI`.
    ///
    /// A trace is exported whole if one of its spans is a model call, an observation by hand or another
    /// span with `gen_ai.operation.name`, and else not at all. So its spans wait until the first of those
    /// ends, or nothing in the trace is open any more (and another second, for tasks that have not
    /// begun). A flush and a shutdown decide at once. A GenAI span that comes after its trace was left
    /// out is exported, and so is whatever ends in that trace afterwards; no span is exported with a
    /// parent that was left out: it belongs to the next ancestor that is exported, or is the root.
    ///
    /// What waits takes a quarter of the [queue](Self::with_queue_spans) at most, and ten minutes. Over
    /// that the spans that have waited longest are left out; if their trace turns out to have a GenAI span,
    /// they count as [lost](crate::DropReason::Undecided). So do those that a flush has left out.
    pub fn with_only_genai(mut self, only: bool) -> Self {
        self.only_genai = Some(only);
        self
    }

    /// Whether arguments and results of functions are sent, to any destination; beats
    /// `LANGFUSE_OBSERVE_DECORATOR_IO_CAPTURE_ENABLED`. Messages of model calls, and what is set by
    /// hand, do not depend on it.
    pub fn with_function_content(mut self, content: bool) -> Self {
        self.function_content = Some(content);
        self
    }

    /// Asks this function about every text on its way out, to any destination: values of attributes
    /// (each text of a list), names of spans and events, descriptions of errors, and what is said about
    /// the process. It gets the text whole, under its final name ([`MaskField`]), and returns what is
    /// sent in its place. Numbers, ids and the names of attributes are not texts.
    ///
    /// An input or output is often JSON; what is returned should be, too, if the backend is to read it.
    /// Types and levels are texts as well: return what is not yours to change as it is.
    ///
    /// It runs on a thread of the destination, several at once if there are several, and delays nobody
    /// but the delivery. Spans that it makes are not recorded. Where it panics, `<masked: the mask
    /// failed>` is sent in place of the text, and a diagnostic says so; a program that aborts on panics
    /// aborts. Several masks are asked one after the other; those of a [`Destination`](crate::Destination) come last.
    ///
    /// ```
    /// use std::borrow::Cow;
    /// use tracing_genai::{Destination, Telemetry};
    ///
    /// let telemetry = Telemetry::builder()
    ///     .with_destination(Destination::langfuse("pk-lf-…", "sk-lf-…"))
    ///     .with_mask(|_, text| match text.contains("Ada") {
    ///         true => text.replace("Ada", "<name>").into(),
    ///         false => Cow::Borrowed(text),
    ///     })
    ///     .build()?;
    /// # Ok::<(), tracing_genai::ConfigError>(())
    /// ```
    pub fn with_mask<F>(mut self, mask: F) -> Self
    where
        F: for<'a> Fn(MaskField<'_>, &'a str) -> Cow<'a, str> + Send + Sync + 'static,
    {
        self.masks.push(Mask::new(mask));
        self
    }

    /// Whether API keys and tokens are replaced by `<redacted>` in every text, on its way to any
    /// destination; beats `TRACING_GENAI_REDACT_SECRETS`. Off unless said otherwise: in the texts of
    /// errors they are always replaced, since servers repeat what they were sent.
    ///
    /// Recognised are keys of the common providers by their beginnings (`sk-…`, `gsk_…`, `AIza…`,
    /// `hf_…`, `ghp_…`, `AKIA…` and others), JSON web tokens, what follows `Bearer`, `Authorization`
    /// and `api-key`, and passwords in addresses. It happens before a mask is asked.
    pub fn with_secret_redaction(mut self, redact: bool) -> Self {
        self.redacts = Some(redact);
        self
    }

    /// How many bytes of one text are kept and sent; beats `TRACING_GENAI_FIELD_LIMIT`. One MiB unless
    /// said otherwise. What is longer says so where it was cut, with its full length; JSON stays JSON:
    /// the longest texts inside are cut, then elements in the middle of lists are left out.
    pub fn with_field_limit(mut self, bytes: usize) -> Self {
        self.text_limits.bytes = Some(bytes);
        self
    }

    /// How many characters of an attribute's value are sent; beats
    /// `OTEL_SPAN_ATTRIBUTE_VALUE_LENGTH_LIMIT` and `OTEL_ATTRIBUTE_VALUE_LENGTH_LIMIT`. No limit
    /// unless said otherwise. Cut as with [`TelemetryBuilder::with_field_limit`].
    pub fn with_max_attribute_characters(mut self, characters: usize) -> Self {
        self.text_limits.characters = Some(characters);
        self
    }
}
