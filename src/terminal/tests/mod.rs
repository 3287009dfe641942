//! Tests of the terminal destination, and how they make spans.

use std::time::{Duration, SystemTime};

use opentelemetry::trace::{
    SpanContext, SpanId, SpanKind, Status, TraceFlags, TraceId, TraceState,
};
use opentelemetry::{InstrumentationScope, KeyValue, Value};
use opentelemetry_sdk::trace::{SpanData, SpanEvents, SpanLinks};

use super::assembly::Block;
use super::entry::Entry;
use super::settings::Settings;
use super::tree;

mod assembly;
mod content;
mod drawing;
mod hostile;
mod math_tutor;
mod printing;

const TRACE: TraceId =
    TraceId::from_bytes(0xc639_c248_2eeb_2306_df72_4c32_65ea_0c62_u128.to_be_bytes());

fn id(number: u64) -> SpanId {
    SpanId::from(number)
}

/// A span of [`TRACE`]; parent 0 is none, times are milliseconds.
fn span(number: u64, parent: u64, name: &str, start: u64, end: u64) -> SpanData {
    let at = |millis| SystemTime::UNIX_EPOCH + Duration::from_millis(1_795_347_802_555 + millis);
    SpanData {
        span_context: SpanContext::new(
            TRACE,
            id(number),
            TraceFlags::SAMPLED,
            false,
            TraceState::default(),
        ),
        parent_span_id: id(parent),
        parent_span_is_remote: false,
        span_kind: SpanKind::Internal,
        name: name.to_owned().into(),
        start_time: at(start),
        end_time: at(end),
        attributes: Vec::new(),
        dropped_attributes_count: 0,
        events: SpanEvents::default(),
        links: SpanLinks::default(),
        status: Status::Unset,
        instrumentation_scope: InstrumentationScope::default(),
    }
}

trait With {
    fn with(self, key: &'static str, value: impl Into<Value>) -> Self;
}

impl With for SpanData {
    fn with(mut self, key: &'static str, value: impl Into<Value>) -> Self {
        self.attributes.push(KeyValue::new(key, value));
        self
    }
}

const SETTINGS: Settings = Settings {
    width: None,
    color: false,
    show_content: true,
    live: false,
};

fn at_width(width: usize) -> Settings {
    Settings {
        width: Some(width),
        ..SETTINGS
    }
}

fn block(spans: &[SpanData], settings: &Settings) -> Block {
    Block {
        entries: spans
            .iter()
            .map(|span| Entry::read(span, settings.show_content))
            .collect(),
        is_continuation: false,
        is_incomplete: false,
        still_open: 0,
    }
}

fn draw(spans: &[SpanData], settings: &Settings) -> String {
    tree::render(&block(spans, settings), settings)
}
