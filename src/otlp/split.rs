//! Halves of a request that is too large.
//!
//! Pure. Every span is in exactly one half, under its own resource and scope, in the same order.

use opentelemetry_proto::tonic::collector::trace::v1::ExportTraceServiceRequest;
use opentelemetry_proto::tonic::trace::v1::{ResourceSpans, ScopeSpans};

use super::encoded::count;

/// Requests of several spans are no larger than this, in bytes: many endpoints and proxies refuse
/// them from 4.5 MB on.
pub(crate) const LARGEST: usize = 4_400_000;

/// Splits after half of the spans; `None` if there is only one.
pub(crate) fn halves(
    request: ExportTraceServiceRequest,
) -> Option<(ExportTraceServiceRequest, ExportTraceServiceRequest)> {
    let spans = count(&request) as usize;
    if spans < 2 {
        return None;
    }
    let mut left = spans / 2;
    let (mut first, mut second) = (Vec::new(), Vec::new());
    for resource in request.resource_spans {
        let (mut before, mut after) = (Vec::new(), Vec::new());
        for mut scope in resource.scope_spans {
            let rest = scope.spans.split_off(left.min(scope.spans.len()));
            left -= scope.spans.len();
            if !rest.is_empty() {
                after.push(ScopeSpans {
                    scope: scope.scope.clone(),
                    spans: rest,
                    schema_url: scope.schema_url.clone(),
                });
            }
            if !scope.spans.is_empty() {
                before.push(scope);
            }
        }
        let with = |scope_spans| ResourceSpans {
            resource: resource.resource.clone(),
            scope_spans,
            schema_url: resource.schema_url.clone(),
        };
        if !before.is_empty() {
            first.push(with(before));
        }
        if !after.is_empty() {
            second.push(with(after));
        }
    }
    let of = |resource_spans| ExportTraceServiceRequest { resource_spans };
    Some((of(first), of(second)))
}

#[cfg(test)]
mod tests {
    use opentelemetry_proto::tonic::common::v1::InstrumentationScope;
    use opentelemetry_proto::tonic::trace::v1::Span;
    use proptest::prelude::*;

    use super::*;

    /// A span by its number, with the names of what it is under.
    type Placed = (String, String, String);

    fn request(shape: &[Vec<usize>]) -> ExportTraceServiceRequest {
        let mut number = 0;
        let mut spans = |count: usize| {
            let one = |number: usize| Span {
                name: number.to_string(),
                ..Span::default()
            };
            let spans = (number..number + count).map(one).collect();
            number += count;
            spans
        };
        let resource_spans = shape.iter().enumerate().map(|(resource, scopes)| {
            let scope_spans = scopes.iter().enumerate().map(|(scope, &count)| ScopeSpans {
                scope: Some(InstrumentationScope {
                    name: format!("scope {scope}"),
                    ..InstrumentationScope::default()
                }),
                spans: spans(count),
                schema_url: String::new(),
            });
            ResourceSpans {
                resource: None,
                scope_spans: scope_spans.collect(),
                schema_url: format!("resource {resource}"),
            }
        });
        ExportTraceServiceRequest {
            resource_spans: resource_spans.collect(),
        }
    }

    fn placed(request: &ExportTraceServiceRequest) -> Vec<Placed> {
        let mut placed = Vec::new();
        for resource in &request.resource_spans {
            for scope in &resource.scope_spans {
                for span in &scope.spans {
                    placed.push((
                        resource.schema_url.clone(),
                        scope.scope.clone().unwrap_or_default().name,
                        span.name.clone(),
                    ));
                }
            }
        }
        placed
    }

    proptest! {
        #[test]
        fn halves_hold_every_span_once_where_it_was(
            shape in prop::collection::vec(prop::collection::vec(0usize..5, 0..4), 0..4),
        ) {
            let whole = request(&shape);
            let all = placed(&whole);
            match halves(whole) {
                None => prop_assert!(all.len() < 2),
                Some((first, second)) => {
                    let (first, second) = (placed(&first), placed(&second));
                    prop_assert_eq!(first.len(), all.len() / 2);
                    prop_assert_eq!([first, second].concat(), all);
                }
            }
        }
    }
}
