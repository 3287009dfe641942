//! A value set by hand arrives as it was written: an `f32` without noise, the fields of a struct in order.

use serde::Serialize;
use tracing_genai::observation;
use tracing_genai::testing::Value;

use crate::support::plain;

#[derive(Serialize)]
struct Request {
    top_p: f32,
    best_of: u8,
}

#[test]
fn values_by_hand_keep_their_digits_and_their_order() {
    let request = || Request {
        top_p: 0.1,
        best_of: 2,
    };
    let memory = plain(|| {
        observation::generation("call")
            .with_parameter("temperature", 0.7_f32)
            .with_parameter("nothing", None::<u8>)
            .with_metadata("whole", -3)
            .with_metadata("sum", 0.1 + 0.2)
            .with_metadata("huge", u64::MAX)
            .with_metadata("tiny", 1e-30)
            .with_metadata("text", "say \"hi\"")
            .with_metadata("flag", false)
            .with_metadata("request", request())
            .with_input(request())
            .with_output("a\nb")
            .start();
    });
    let span = memory.span("call");
    let get = |key: &str| span.attributes.get(key).unwrap();
    let metadata = |key: &str| get(&format!("tracing_genai.observation.metadata.{key}"));
    assert_eq!(*get("gen_ai.request.temperature"), Value::Double(0.7));
    assert_eq!(*metadata("whole"), Value::Int(-3));
    assert_eq!(*metadata("sum"), Value::Double(0.1 + 0.2));
    assert_eq!(*metadata("huge"), Value::from("18446744073709551615"));
    assert_eq!(*metadata("tiny"), Value::Double(1e-30));
    assert_eq!(*metadata("text"), Value::from("say \"hi\""));
    assert_eq!(*metadata("flag"), Value::Bool(false));
    let json = Value::from(r#"{"top_p":0.1,"best_of":2}"#);
    assert_eq!(*metadata("request"), json);
    assert_eq!(*get("tracing_genai.observation.input"), json);
    assert_eq!(
        *get("tracing_genai.observation.output"),
        Value::from("a\nb")
    );
}
