//! A span that is too large on its own: its largest text is cut.
//!
//! Pure. What is cut says so and by how much, and what was JSON still is: a backend that parses an
//! input finds one. Ids, times and names of attributes are never touched.

use opentelemetry_proto::tonic::collector::trace::v1::ExportTraceServiceRequest;
use opentelemetry_proto::tonic::common::v1::any_value::Value;
use opentelemetry_proto::tonic::common::v1::{AnyValue, KeyValue};
use serde_json::Value as Json;

/// Texts that are this short, in bytes, are left: they are not why a span is too large.
const SMALL: usize = 1 << 10;

/// Cuts the largest text to a quarter; whether there was one worth cutting.
pub(crate) fn cut_largest(request: &mut ExportTraceServiceRequest) -> bool {
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
            *text = cut(text, largest / 4);
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

/// At most about `room` bytes of a text, and how much is missing.
fn cut(text: &str, room: usize) -> String {
    let is_structure = text.trim_start().starts_with(['{', '[', '"']);
    match is_structure.then(|| serde_json::from_str(text)) {
        Some(Ok(json)) => cut_json(json, text, room),
        _ => beginning(text, room),
    }
}

/// Cuts the texts inside, as little as it takes; if they are not what takes the room, all that is
/// left is the beginning, as a text.
fn cut_json(mut json: Json, text: &str, room: usize) -> String {
    let mut longest = room / 2;
    while longest >= 64 {
        cut_strings(&mut json, longest);
        let shorter = json.to_string();
        if shorter.len() <= room {
            return shorter;
        }
        longest /= 4;
    }
    Json::String(beginning(text, room / 2)).to_string()
}

fn cut_strings(json: &mut Json, longest: usize) {
    match json {
        Json::String(text) if text.len() > longest => *text = beginning(text, longest),
        Json::Array(values) => values.iter_mut().for_each(|v| cut_strings(v, longest)),
        Json::Object(map) => map.values_mut().for_each(|v| cut_strings(v, longest)),
        _ => {}
    }
}

fn beginning(text: &str, room: usize) -> String {
    let mut end = room.min(text.len());
    while !text.is_char_boundary(end) {
        end -= 1;
    }
    let missing = text.len() - end;
    format!("{}… [{missing} bytes cut]", &text[..end])
}

#[cfg(test)]
mod tests {
    use opentelemetry_proto::tonic::trace::v1::{ResourceSpans, ScopeSpans, Span};
    use proptest::prelude::*;

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
    fn only_the_largest_text_is_cut_and_says_so() {
        let (large, small) = ("ä".repeat(4_000), "b".repeat(2_000));
        let mut request = request(vec![text("input", &large), text("output", &small)]);
        assert!(cut_largest(&mut request));
        let texts = texts(&mut request);
        assert_eq!(texts[0], format!("{}… [6000 bytes cut]", "ä".repeat(1_000)));
        assert_eq!(texts[1], small);
    }

    #[test]
    fn what_has_no_large_text_cannot_be_cut() {
        let mut request = request(vec![text("input", "short"); 100]);
        assert!(!cut_largest(&mut request));
    }

    #[test]
    fn messages_stay_messages() {
        let long = "x".repeat(100_000);
        let json = serde_json::json!([{"role": "user", "content": long}, {"role": "tool", "n": 1}]);
        let cut = cut(&json.to_string(), 20_000);
        let json: Json = serde_json::from_str(&cut).expect("JSON stays JSON");
        assert_eq!(json[0]["role"], "user");
        assert_eq!(json[1]["n"], 1);
        let content = json[0]["content"].as_str().expect("JSON stays JSON");
        assert!(content.starts_with("xxx") && content.ends_with("bytes cut]"));
        assert!(cut.len() <= 20_000);
    }

    fn any_json() -> impl Strategy<Value = Json> {
        let leaf = prop_oneof![
            any::<i64>().prop_map(Json::from),
            any::<bool>().prop_map(Json::from),
            ".{0,300}".prop_map(Json::from),
        ];
        leaf.prop_recursive(4, 64, 8, |inner| {
            prop_oneof![
                prop::collection::vec(inner.clone(), 0..8).prop_map(Json::from),
                prop::collection::btree_map("[a-z]{1,8}", inner, 0..8)
                    .prop_map(|map| map.into_iter().collect()),
            ]
        })
    }

    proptest! {
        #[test]
        fn json_stays_json_and_gets_smaller(json in any_json(), room in 256usize..4_096) {
            let text = json.to_string();
            let is_structure = text.starts_with(['{', '[', '"']);
            if is_structure && text.len() > 4 * room {
                let cut = cut(&text, room);
                prop_assert!(serde_json::from_str::<Json>(&cut).is_ok(), "{cut}");
                prop_assert!(cut.len() < text.len());
            }
        }

        #[test]
        fn any_text_can_be_cut_anywhere(text in ".{0,400}", room in 0usize..500) {
            cut(&text, room);
        }
    }
}
