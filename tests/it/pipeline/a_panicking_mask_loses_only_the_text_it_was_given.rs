//! A mark is sent in place of the text, and everything else arrives.

use std::borrow::Cow;

use tracing_genai::{Mapping, MaskField, TelemetryBuilder};

use crate::support::{SOON, memory_with, received, within};

const THREADS: usize = 64;
const SPANS: usize = 20;
const MARK: &str = "<masked: the mask failed>";

/// Panics on every third number.
fn fragile<'a>(field: MaskField<'_>, text: &'a str) -> Cow<'a, str> {
    let number: usize = match field.key() {
        "number.text" => text.parse().unwrap(),
        _ => return text.into(),
    };
    // Without the message of a panic, of which there would be very many.
    if number.rem_euclid(3) == 0 {
        std::panic::resume_unwind(Box::new("cannot deal with this"));
    }
    Cow::Owned(format!("masked {number}"))
}

#[test]
fn with_many_threads() {
    for mapping in [None, Some(Mapping::Langfuse)] {
        let (memory, telemetry) = memory_with(mapping, |builder| builder.with_mask(fragile));
        std::thread::scope(|scope| {
            for thread in 0..THREADS {
                let telemetry = &telemetry;
                scope.spawn(move || {
                    within(telemetry, || {
                        for index in 0..SPANS {
                            let number = thread * SPANS + index;
                            let text = number.to_string();
                            tracing::info_span!(
                                "work",
                                number.text = text,
                                number.raw = number as i64
                            )
                            .in_scope(|| ());
                        }
                    });
                });
            }
        });
        let report = telemetry.flush(SOON);
        let all = (THREADS * SPANS) as u64;
        assert_eq!((report.exported(), report.dropped()), (all, 0), "{report}");
        for span in memory.spans() {
            let number = span.int("number.raw").unwrap();
            let masked = format!("masked {number}");
            let expected = if number.rem_euclid(3) == 0 {
                MARK
            } else {
                &masked
            };
            assert_eq!(span.text("number.text"), Some(expected), "{number}");
        }
    }
}

#[test]
fn wherever_it_panics() {
    let settings = |builder: TelemetryBuilder| {
        builder
            .with_mask(|_, _| std::panic::resume_unwind(Box::new("never")))
            // It does not receive the text at which another one has failed.
            .with_mask(|_, text| text.replace('<', "(").into())
    };
    let memory = received(None, settings, || {
        tracing::info_span!("secret", question = "secret", count = 3).in_scope(|| {
            tracing::error!(who = "secret", "secret");
        });
    });
    let span = memory.span(MARK);
    assert_eq!(span.text("question"), Some(MARK));
    assert_eq!(span.int("count"), Some(3));
    assert_eq!(span.events[0].name, MARK);
    assert_eq!(span.events[0].attributes["who"].as_text(), Some(MARK));
    assert!(
        span.resource
            .values()
            .all(|value| value.as_text() == Some(MARK))
    );
    assert!(!format!("{span:?}").contains("secret"));
}
