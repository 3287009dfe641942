//! What is done to every text of a span on its way out.
//!
//! Contract: the last step before a destination's copy is encoded or shown. Every text goes through the
//! same steps in the same order: secrets are redacted (always in errors, elsewhere on request), then the
//! masks are applied, and only then is it truncated, so that no mask sees half of anything. Ids and the names
//! of attributes are not texts in this sense.

use std::borrow::Cow;
use std::str::FromStr;

use opentelemetry::trace::{Event, SpanContext, Status, TraceState};
use opentelemetry::{InstrumentationScope, KeyValue};
use opentelemetry_sdk::Resource;
use opentelemetry_sdk::trace::SpanData;

use super::capture::Capture;
use super::limits::TextLimits;
use super::mask;
use super::mask::{Mask, MaskField};
use super::meaning;
use super::meaning::Meaning;
use crate::config::parser;
use crate::config::setting::{Row, Setting};
use crate::conventions as names;
use crate::diagnostics::Diagnostics;
use crate::functions;
use crate::functions::RecordedBy;
use crate::text::attribute_value::each_text;
use crate::text::secrets;

pub(crate) static REDACT: Setting<bool> = Setting::new(
    &["TRACING_GENAI_REDACT_SECRETS"],
    "`on`: API keys and tokens are replaced in every text, not only in those of errors",
    parser::switch(),
)
.default("off")
.methods(&["with_secret_redaction"]);

pub(crate) static SETTINGS: &[&Row] = &[&REDACT.row];

/// For texts that are never content.
const EVERYTHING: Capture = Capture {
    content: true,
    functions: true,
    media: true,
};

/// The rules for every text.
#[derive(Clone, Debug)]
pub(crate) struct Redaction {
    /// Whether secrets are redacted everywhere.
    pub(crate) secrets: bool,
    /// Applied in this order.
    pub(crate) masks: Vec<Mask>,
    pub(crate) limits: TextLimits,
    pub(crate) diagnostics: Diagnostics,
}

/// What is known of a text.
#[derive(Clone, Copy)]
struct Field<'a> {
    mask_field: MaskField<'a>,
    /// Whether it is the value of an attribute.
    is_value: bool,
    /// Whether it belongs to an error, also beside the text of the error.
    is_of_error: bool,
}

impl<'a> Field<'a> {
    fn new(key: &'a str, meaning: Meaning) -> Self {
        Self {
            mask_field: MaskField::new(key, meaning),
            is_value: false,
            is_of_error: meaning == Meaning::Error,
        }
    }

    fn value(key: &'a str, meaning: Meaning) -> Self {
        Self {
            is_value: true,
            ..Self::new(key, meaning)
        }
    }
}

impl Redaction {
    /// Applies the rules to all texts of a span.
    pub(crate) fn apply(&self, span: &mut SpanData, capture: Capture) {
        let rewrite = |field: Field<'_>, text: &str| self.redacted(field, text, capture);
        if let Some(name) = rewrite(Field::new("name", Meaning::Name), &span.name) {
            span.name = name.into();
        }
        if let Status::Error { description } = &mut span.status
            && let Some(text) = rewrite(
                Field::new("status.description", Meaning::Error),
                description,
            )
        {
            *description = text.into();
        }
        let recorded_by = RecordedBy::of(span);
        self.rewrite_values(&mut span.attributes, recorded_by, capture);
        for event in &mut span.events.events {
            self.rewrite_event(event, capture);
        }
        for link in &mut span.links.links {
            self.rewrite_values(&mut link.attributes, recorded_by, capture);
            self.rewrite_state(&mut link.span_context, capture);
        }
        self.rewrite_state(&mut span.span_context, capture);
        self.rewrite_scope(&mut span.instrumentation_scope, recorded_by, capture);
    }

    fn rewrite_state(&self, context: &mut SpanContext, capture: Capture) {
        let state = context.trace_state().header();
        if state.is_empty() {
            return;
        }
        let field = Field::new("trace_state", Meaning::Other);
        if let Some(state) = self.redacted(field, &state, capture) {
            *context = SpanContext::new(
                context.trace_id(),
                context.span_id(),
                context.trace_flags(),
                context.is_remote(),
                // What is no trace state any more is left out.
                TraceState::from_str(&state).unwrap_or_default(),
            );
        }
    }

    fn rewrite_scope(
        &self,
        scope: &mut InstrumentationScope,
        recorded_by: RecordedBy,
        capture: Capture,
    ) {
        let rewrite = |key: &'static str, text: &str| {
            self.redacted(Field::new(key, Meaning::Other), text, capture)
        };
        let name = rewrite("otel.scope.name", scope.name());
        let version = scope
            .version()
            .and_then(|version| rewrite("otel.scope.version", version));
        let before: Vec<_> = scope.attributes().cloned().collect();
        let mut attributes = before.clone();
        self.rewrite_values(&mut attributes, recorded_by, capture);
        if name.is_none() && version.is_none() && attributes == before {
            return;
        }
        let name = name.unwrap_or_else(|| scope.name().to_owned());
        let mut builder = InstrumentationScope::builder(name).with_attributes(attributes);
        if let Some(version) = version.or_else(|| scope.version().map(str::to_owned)) {
            builder = builder.with_version(version);
        }
        if let Some(url) = scope.schema_url() {
            builder = builder.with_schema_url(url.to_owned());
        }
        *scope = builder.build();
    }

    /// A text about the process as it is sent with metrics; `None` if it stays as it is.
    pub(crate) fn of_process(&self, key: &str, text: &str) -> Option<String> {
        self.redacted(Field::new(key, Meaning::Resource), text, EVERYTHING)
    }

    /// A text about a series of a metric as it is sent; `None` if it stays as it is.
    pub(crate) fn of_series(&self, key: &str, text: &str) -> Option<String> {
        let meaning = self.meaning(key, || meaning::of_attribute(key, RecordedBy::ThisCrate));
        self.redacted(Field::value(key, meaning), text, EVERYTHING)
    }

    /// The resource as it is sent.
    pub(crate) fn resource(&self, resource: &Resource) -> Resource {
        let attributes: Vec<_> = resource
            .iter()
            .map(|(key, value)| {
                let mut value = value.clone();
                let field = Field::new(key.as_str(), Meaning::Resource);
                each_text(&mut value, |text| self.redacted(field, text, EVERYTHING));
                KeyValue::new(key.clone(), value)
            })
            .collect();
        let builder = Resource::builder_empty();
        match resource.schema_url() {
            Some(url) => builder.with_schema_url(attributes, url.to_owned()),
            None => builder.with_attributes(attributes),
        }
        .build()
    }

    fn rewrite_values(
        &self,
        attributes: &mut [KeyValue],
        recorded_by: RecordedBy,
        capture: Capture,
    ) {
        for KeyValue { key, value, .. } in attributes {
            let key = key.as_str();
            let meaning = self.meaning(key, || meaning::of_attribute(key, recorded_by));
            let field = Field::value(key, meaning);
            each_text(value, |text| self.redacted(field, text, capture));
        }
    }

    /// Without a mask, it only matters whether it is an error.
    fn meaning(&self, key: &str, find: impl FnOnce() -> Meaning) -> Meaning {
        if !self.masks.is_empty() {
            find()
        } else if meaning::is_error(key) {
            Meaning::Error
        } else {
            Meaning::Other
        }
    }

    fn rewrite_event(&self, event: &mut Event, capture: Capture) {
        let find = |key: &str| {
            let found = event.attributes.iter().find(|a| a.key.as_str() == key);
            found.map(|attribute| attribute.value.as_str().into_owned())
        };
        let is_of_error = find("level").is_some_and(|level| level == "ERROR");
        // An error given to a log line as a value stands there twice, with its sources.
        let error = find(names::EXCEPTION_MESSAGE);
        let name = event.name.clone();
        let new = |key, meaning| Field {
            is_of_error: is_of_error || meaning == Meaning::Error,
            ..Field::new(key, meaning)
        };
        for KeyValue { key, value, .. } in &mut event.attributes {
            let key = key.as_str();
            let repeats = |error: &String| value.as_str() == *error || key.ends_with(".chain");
            let meaning = match error.as_ref().is_some_and(repeats) {
                true => Meaning::Error,
                false => self.meaning(key, || meaning::of_event_attribute(&name, key)),
            };
            let mut field = Field {
                is_value: true,
                ..new(key, meaning)
            };
            field.is_of_error |= key == "return" && functions::is_failure(&value.as_str());
            each_text(value, |text| self.redacted(field, text, capture));
        }
        let field = new("event.name", Meaning::Log);
        if let Some(name) = self.redacted(field, &name, capture) {
            event.name = name.into();
        }
    }

    /// The text as it leaves; `None` if it stays as it is.
    fn redacted(&self, field: Field<'_>, text: &str, capture: Capture) -> Option<String> {
        let mut redacted = Cow::Borrowed(text);
        if (self.secrets || field.is_of_error)
            && let Some(without_secrets) = secrets::redact(&redacted)
        {
            redacted = without_secrets.into();
        }
        if let Some(masked) = self.masked(field.mask_field, &redacted) {
            redacted = masked.into();
        }
        if field.mask_field.meaning() == Meaning::Error
            && let Some(short) = capture.truncate_error(&redacted)
        {
            redacted = short.into();
        }
        if let Some(short) = self.limits.truncate(&redacted, field.is_value) {
            redacted = short.into();
        }
        match redacted {
            Cow::Borrowed(_) => None,
            Cow::Owned(text) => Some(text),
        }
    }

    fn masked(&self, field: MaskField<'_>, text: &str) -> Option<String> {
        let mut masked = Cow::Borrowed(text);
        for mask in &self.masks {
            let Ok(answer) = mask.apply(field, &masked) else {
                self.diagnostics.warn(
                    "mask",
                    format_args!(
                        "a mask has panicked: `{}` is sent in place of `{}`, and of any other text at which it panics",
                        mask::FAILED,
                        field.key()
                    ),
                );
                return Some(mask::FAILED.to_owned());
            };
            if answer != masked {
                masked = Cow::Owned(answer.into_owned());
            }
        }
        match masked {
            Cow::Borrowed(_) => None,
            Cow::Owned(masked) => Some(masked),
        }
    }
}
