//! Finished spans as the bytes of an `ExportTraceServiceRequest`.
//!
//! Pure. The bytes are those that the messages of `opentelemetry-proto` encode to, without the messages: spans
//! are neither converted nor walked twice. Field numbers are those of `opentelemetry/proto/trace/v1/trace.proto`
//! and `common/v1/common.proto`.

mod attributes;
mod backward;
mod span;

use opentelemetry::InstrumentationScope;
use opentelemetry_sdk::Resource;
use opentelemetry_sdk::trace::SpanData;

use attributes::attributes;
use backward::Backward;

/// A buffer of this size is kept for the next request, in bytes.
const KEPT: usize = 8 << 20;

/// Encodes requests, one after the other, in one buffer.
#[derive(Debug, Default)]
pub(crate) struct Encoder {
    out: Backward,
}

impl Encoder {
    /// The bytes of a request. Spans stay in order under each scope; scopes stand in the order of their first
    /// spans.
    pub(crate) fn encode(&mut self, resource: &Resource, spans: &[SpanData]) -> &[u8] {
        self.out.clear(KEPT);
        if !spans.is_empty() {
            self.out
                .message(1, |out| resource_spans(out, resource, spans));
        }
        self.out.written()
    }
}

fn resource_spans(out: &mut Backward, resource: &Resource, spans: &[SpanData]) {
    out.text(3, resource.schema_url().unwrap_or_default());
    for scope in scopes(spans).into_iter().rev() {
        out.message(2, |out| {
            out.text(3, scope.schema_url().unwrap_or_default());
            let of_scope = |span: &&SpanData| span.instrumentation_scope == *scope;
            for span in spans.iter().rev().filter(of_scope) {
                out.message(2, |out| span::span(out, span));
            }
            out.message(1, |out| instrumentation_scope(out, scope));
        });
    }
    out.message(1, |out| {
        let all: Vec<_> = resource.iter().collect();
        for (key, value) in all.into_iter().rev() {
            out.message(1, |out| attributes::pair(out, key, value));
        }
    });
}

/// All scopes, which are few.
fn scopes(spans: &[SpanData]) -> Vec<&InstrumentationScope> {
    let mut scopes: Vec<&InstrumentationScope> = Vec::new();
    for span in spans {
        let scope = &span.instrumentation_scope;
        if !scopes.contains(&scope) {
            scopes.push(scope);
        }
    }
    scopes
}

fn instrumentation_scope(out: &mut Backward, scope: &InstrumentationScope) {
    let all: Vec<_> = scope.attributes().collect();
    attributes(out, 3, all.into_iter());
    out.text(2, scope.version().unwrap_or_default());
    out.text(1, scope.name());
}

#[cfg(test)]
mod tests;
