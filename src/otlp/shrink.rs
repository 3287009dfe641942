//! A span that is too large on its own: its largest text is truncated.
//!
//! Pure. What is truncated says so and by how much, and what was JSON still is: a backend that parses an
//! input finds one. Ids, times and names of attributes are never touched.

use opentelemetry_proto::tonic::collector::trace::v1::ExportTraceServiceRequest;
use opentelemetry_proto::tonic::common::v1::any_value::Value;
use opentelemetry_proto::tonic::common::v1::{AnyValue, KeyValue};

use crate::text::truncate;
use crate::text::truncate::{LengthLimit, Unit};

/// Texts that are this short, in bytes, are left: they are not why a span is too large.
const SMALL: usize = 1 << 10;

/// Truncates the largest text to a quarter; returns whether there was one worth it.
pub(crate) fn truncate_largest(request: &mut ExportTraceServiceRequest) -> bool {
    let mut largest = 0;
    each_text(request, &mut |text| {
        largest = largest.max(text.len());
        false
    });
    if largest < SMALL {
        return false;
    }
    each_text(request, &mut |text| {
        let is_it = text.len() == largest;
        if is_it {
            let room = LengthLimit {
                unit: Unit::Bytes,
                max: largest / 4,
            };
            *text = truncate::shorten(text, room).unwrap_or_default();
        }
        is_it
    })
}

/// Visits every text until `visit` says that it is enough; whether it did.
fn each_text(
    request: &mut ExportTraceServiceRequest,
    visit: &mut dyn FnMut(&mut String) -> bool,
) -> bool {
    let scopes = request
        .resource_spans
        .iter_mut()
        .flat_map(|resource| &mut resource.scope_spans);
    for span in scopes.flat_map(|scope| &mut scope.spans) {
        let events = span.events.iter_mut().map(|event| &mut event.attributes);
        let links = span.links.iter_mut().map(|link| &mut link.attributes);
        let groups = events.chain(links).chain([&mut span.attributes]);
        let found = groups.into_iter().any(|group| each_in(group, visit));
        let message = span.status.as_mut().map(|status| &mut status.message);
        if found || message.is_some_and(&mut *visit) || visit(&mut span.name) {
            return true;
        }
    }
    false
}

fn each_in(attributes: &mut [KeyValue], visit: &mut dyn FnMut(&mut String) -> bool) -> bool {
    let mut values = attributes.iter_mut().filter_map(|pair| pair.value.as_mut());
    values.any(|value| each_of(value, visit))
}

fn each_of(value: &mut AnyValue, visit: &mut dyn FnMut(&mut String) -> bool) -> bool {
    match &mut value.value {
        Some(Value::StringValue(text)) => visit(text),
        Some(Value::ArrayValue(array)) => {
            array.values.iter_mut().any(|value| each_of(value, visit))
        }
        Some(Value::KvlistValue(list)) => each_in(&mut list.values, visit),
        _ => false,
    }
}

#[cfg(test)]
mod tests {
    use opentelemetry_proto::tonic::trace::v1::{ResourceSpans, ScopeSpans, Span};

    use super::*;

    fn text(key: &str, value: &str) -> KeyValue {
        KeyValue {
            key: key.into(),
            value: Some(AnyValue {
                value: Some(Value::StringValue(value.into())),
            }),
            ..KeyValue::default()
        }
    }

    fn request(attributes: Vec<KeyValue>) -> ExportTraceServiceRequest {
        let span = Span {
            attributes,
            ..Span::default()
        };
        ExportTraceServiceRequest {
            resource_spans: vec![ResourceSpans {
                scope_spans: vec![ScopeSpans {
                    spans: vec![span],
                    ..ScopeSpans::default()
                }],
                ..ResourceSpans::default()
            }],
        }
    }

    fn texts(request: &mut ExportTraceServiceRequest) -> Vec<String> {
        let mut texts = Vec::new();
        each_text(request, &mut |text| {
            texts.push(text.clone());
            false
        });
        texts
    }

    #[test]
    fn only_the_largest_text_is_truncated_and_says_so() {
        let (large, small) = ("ä".repeat(4_000), "b".repeat(2_000));
        let mut request = request(vec![text("input", &large), text("output", &small)]);
        assert!(truncate_largest(&mut request));
        let texts = texts(&mut request);
        assert_eq!(
            texts[0],
            format!("{}… <truncated: 8000 bytes in total>", "ä".repeat(1_000))
        );
        assert_eq!(texts[1], small);
    }

    #[test]
    fn what_has_no_large_text_cannot_be_truncated() {
        let mut request = request(vec![text("input", "short"); 100]);
        assert!(!truncate_largest(&mut request));
    }
}
