//! Settings in code about what leaves the process: content, masks, keys, lengths.

use std::borrow::Cow;

use super::builder::TelemetryBuilder;
use crate::pipeline::mask::{Mask, MaskField};

impl TelemetryBuilder {
    /// Sets whether content is sent to the destinations that do not set it themselves
    /// ([`Destination::with_content`](crate::Destination::with_content)); takes precedence over
    /// `OTEL_INSTRUMENTATION_GENAI_CAPTURE_MESSAGE_CONTENT`. Defaults to `true`, except for an OTLP
    /// backend that the environment names beside another destination.
    pub fn with_content(mut self, content: bool) -> Self {
        self.in_code.set("with_content", content);
        self.content = Some(content);
        self
    }

    /// Sets whether only traces with a GenAI span are exported, to the destinations that do not set it
    /// themselves ([`Destination::with_only_genai`](crate::Destination::with_only_genai)); takes precedence
    /// over `TRACING_GENAI_ONLY_GENAI`. Defaults to `false`. It is for services where most work has nothing
    /// to do with models.
    ///
    /// A trace is exported whole if one of its spans is a model call, an observation by hand or another
    /// span with `gen_ai.operation.name`, and otherwise not at all. So its spans wait until the first GenAI
    /// span ends, or nothing in the trace is open any more (and another second, for tasks that have not
    /// started). A flush and a shutdown decide at once. A GenAI span that comes after its trace was left
    /// out is exported, and so is whatever ends in that trace afterwards. No exported span has a parent
    /// that was left out: its parent is the next exported ancestor, or it is the root.
    ///
    /// Waiting spans take at most a quarter of the [queue](Self::with_queue_spans), and wait at most ten
    /// minutes. Above that, the spans that have waited longest are left out; if their trace turns out to
    /// have a GenAI span, they count as [lost](crate::DropReason::Undecided). So do those that a flush has
    /// left out.
    pub fn with_only_genai(mut self, only: bool) -> Self {
        self.in_code.set("with_only_genai", only);
        self.only_genai = Some(only);
        self
    }

    /// Sets whether arguments and results of functions are sent, to any destination; takes precedence
    /// over `LANGFUSE_OBSERVE_DECORATOR_IO_CAPTURE_ENABLED`. Defaults to `true`. It does not affect messages
    /// of model calls, and what is set by hand.
    pub fn with_function_content(mut self, content: bool) -> Self {
        self.in_code.set("with_function_content", content);
        self.function_content = Some(content);
        self
    }

    /// Adds a function that rewrites every text on its way to any destination: values of attributes (each
    /// text of a list), names of spans and events, descriptions of errors, trace states, attributes of the
    /// process, and name, version and attributes of the instrumentation (`otel.scope.name`). It gets the whole text with its final name ([`MaskField`]), and returns what is sent instead.
    /// Numbers, ids and the names of attributes are not texts.
    ///
    /// An input or output is often JSON; return JSON, too, if the backend should read it. Types and levels
    /// are also texts: return unchanged what is not yours to change.
    ///
    /// The function runs on a thread of the destination, on several at once if there are several, and
    /// delays nothing but the delivery. Spans that it makes are not recorded, unless it makes them on other
    /// threads, which it must not: they would be masked as well. If it panics, `<masked: the mask failed>` is sent instead of the
    /// text, and a diagnostic is logged; a program that aborts on
    /// panics aborts. Several masks run one after the other; those of a
    /// [`Destination`](crate::Destination) come last.
    ///
    /// # Examples
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
        self.in_code.add("with_mask", "custom");
        self.masks.push(Mask::new(mask));
        self
    }

    /// Sets whether API keys and tokens are replaced by `<redacted>` in every text, on its way to any
    /// destination; takes precedence over `TRACING_GENAI_REDACT_SECRETS`. Defaults to `false`. In the texts
    /// of errors they are always replaced, because servers repeat what they were sent.
    ///
    /// It recognises keys of the common providers by their prefixes (`sk-…`, `gsk_…`, `AIza…`, `hf_…`,
    /// `ghp_…`, `AKIA…` and others), JSON web tokens, what follows `Bearer`, `Authorization` and `api-key`,
    /// and passwords in addresses. Masks run afterwards.
    pub fn with_secret_redaction(mut self, redact: bool) -> Self {
        self.in_code.set("with_secret_redaction", redact);
        self.redacts = Some(redact);
        self
    }

    /// Sets how many bytes of one text are kept and sent; takes precedence over
    /// `TRACING_GENAI_FIELD_LIMIT`. Defaults to 1 MiB. A truncated text ends with a mark and its full
    /// length. JSON stays JSON: its longest texts are truncated, then elements in the middle of lists are
    /// left out.
    pub fn with_field_limit(mut self, bytes: usize) -> Self {
        self.in_code.set("with_field_limit", bytes);
        self.text_limits.bytes = Some(bytes);
        self
    }

    /// Sets how many characters of an attribute's value are sent; takes precedence over
    /// `OTEL_SPAN_ATTRIBUTE_VALUE_LENGTH_LIMIT` and `OTEL_ATTRIBUTE_VALUE_LENGTH_LIMIT`. Defaults to no
    /// limit. Values are truncated as with [`TelemetryBuilder::with_field_limit`].
    pub fn with_max_attribute_characters(mut self, characters: usize) -> Self {
        self.in_code
            .set("with_max_attribute_characters", characters);
        self.text_limits.characters = Some(characters);
        self
    }
}
