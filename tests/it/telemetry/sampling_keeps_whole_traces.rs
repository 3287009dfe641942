//! The sampler decides for all destinations. The share of one destination is picked from what the sampler
//! left, by trace id.

use std::collections::BTreeSet;
use std::sync::atomic::{AtomicU64, Ordering};

use opentelemetry::trace::{SpanContext, SpanId, TraceContextExt, TraceFlags, TraceId, TraceState};
use opentelemetry_sdk::trace::{IdGenerator, Sampler};
use tracing_genai::testing::InMemory;
use tracing_genai::{Mapping, Telemetry, TelemetryBuilder};
use tracing_opentelemetry::OpenTelemetrySpanExt;

use crate::support::{SOON, builder, within};

const TRACES: usize = 200;

/// Ids that look random and are the same in every run. The ids of spans are counted separately, so that
/// trace ids do not depend on what is sampled.
#[derive(Debug, Default)]
struct Scattered {
    traces: AtomicU64,
    spans: AtomicU64,
}

impl IdGenerator for Scattered {
    fn new_trace_id(&self) -> TraceId {
        // SplitMix64.
        let mut bits = self
            .traces
            .fetch_add(0x9e37_79b9_7f4a_7c15, Ordering::Relaxed);
        bits = (bits ^ (bits >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        bits = (bits ^ (bits >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        bits ^= bits >> 31;
        TraceId::from_bytes((u128::from(bits) | 1 << 64).to_be_bytes())
    }

    fn new_span_id(&self) -> SpanId {
        let number = self.spans.fetch_add(1, Ordering::Relaxed) + 1;
        SpanId::from_bytes(number.to_be_bytes())
    }
}

fn variables<const N: usize>(
    variables: [(&'static str, &'static str); N],
) -> impl Fn(TelemetryBuilder) -> TelemetryBuilder {
    move |builder| builder.with_variables(variables)
}

/// Makes traces of two spans each and asserts that each arrives whole or not at all.
fn traces(telemetry: &Telemetry, memories: &[&InMemory]) -> Vec<BTreeSet<String>> {
    within(telemetry, || {
        for _ in 0..TRACES {
            let _root = tracing::info_span!("root").entered();
            tracing::info_span!("child").in_scope(|| ());
        }
    });
    let report = telemetry.flush(SOON);
    assert_eq!((report.dropped(), report.pending()), (0, 0), "{report}");
    let arrived = memories.iter().zip(&report.destinations);
    arrived
        .map(|(memory, counted)| {
            let spans = memory.spans();
            let ids: BTreeSet<_> = spans.iter().map(|span| span.trace_id.clone()).collect();
            assert_eq!(spans.len(), 2 * ids.len(), "a trace is torn");
            assert_eq!(counted.made, spans.len() as u64, "{counted}");
            ids
        })
        .collect()
}

fn scattered() -> TelemetryBuilder {
    builder().with_id_generator(Scattered::default())
}

/// The traces that Langfuse receives as the only destination.
fn alone(configure: impl Fn(TelemetryBuilder) -> TelemetryBuilder) -> BTreeSet<String> {
    let langfuse = InMemory::new();
    let builder =
        scattered().with_destination(langfuse.destination().with_mapping(Mapping::Langfuse));
    let telemetry = configure(builder).build().unwrap();
    traces(&telemetry, &[&langfuse]).remove(0)
}

/// The traces that Langfuse receives, and those that a second backend receives.
fn beside(configure: impl Fn(TelemetryBuilder) -> TelemetryBuilder) -> [BTreeSet<String>; 2] {
    let (langfuse, other) = (InMemory::new(), InMemory::new());
    let builder = scattered()
        .with_destination(langfuse.destination().with_mapping(Mapping::Langfuse))
        .with_destination(other.destination());
    let telemetry = configure(builder).build().unwrap();
    let mut ids = traces(&telemetry, &[&langfuse, &other]);
    [ids.remove(0), ids.remove(0)]
}

#[test]
fn everything_by_default() {
    assert_eq!(alone(|builder| builder).len(), TRACES);
}

#[test]
fn a_share_for_langfuse_alone() {
    assert_eq!(alone(variables([("LANGFUSE_SAMPLE_RATE", "0")])).len(), 0);
    assert_eq!(
        alone(variables([("LANGFUSE_SAMPLE_RATE", "1.0")])).len(),
        TRACES
    );
    let some = alone(variables([("LANGFUSE_SAMPLE_RATE", "0.3")])).len();
    assert!((30..=90).contains(&some), "{some}");
}

#[test]
fn the_same_share_for_langfuse_beside_another_which_gets_everything() {
    let share = variables([("LANGFUSE_SAMPLE_RATE", "0.3")]);
    let [langfuse, other] = beside(&share);
    assert_eq!(other.len(), TRACES);
    assert_eq!(langfuse, alone(share));
}

#[test]
fn a_named_sampler_decides_for_all_and_the_share_is_picked_from_the_rest() {
    for (sampler, argument, expected) in [
        ("always_on", "0", TRACES),
        ("always_off", "1", 0),
        ("traceidratio", "0", 0),
        ("traceidratio", "1", TRACES),
        ("traceidratio", "", TRACES),
        ("parentbased_always_on", "0", TRACES),
        ("parentbased_always_off", "1", 0),
        ("parentbased_traceidratio", "0", 0),
        ("parentbased_traceidratio", "1", TRACES),
    ] {
        let configure = variables([
            ("OTEL_TRACES_SAMPLER", sampler),
            ("OTEL_TRACES_SAMPLER_ARG", argument),
        ]);
        assert_eq!(alone(configure).len(), expected, "{sampler} {argument}");
    }
    let [langfuse, other] = beside(variables([
        ("OTEL_TRACES_SAMPLER", "traceidratio"),
        ("OTEL_TRACES_SAMPLER_ARG", "0.5"),
        ("LANGFUSE_SAMPLE_RATE", "0.3"),
    ]));
    assert!(langfuse.is_subset(&other));
    assert!(langfuse.len() < other.len() && other.len() < TRACES);
    assert_eq!(
        alone(variables([
            ("OTEL_TRACES_SAMPLER", "always_on"),
            ("LANGFUSE_SAMPLE_RATE", "0.3"),
        ])),
        langfuse,
        "a share of what is recorded, not of what a sampler has left"
    );
}

#[test]
fn code_beats_the_environment() {
    let off = [("OTEL_TRACES_SAMPLER", "always_off")];
    assert_eq!(
        alone(|builder| builder.with_variables(off).with_sampler(Sampler::AlwaysOn)).len(),
        TRACES
    );
    let memory = InMemory::new();
    let telemetry = scattered()
        .with_variables([("LANGFUSE_SAMPLE_RATE", "0")])
        .with_destination(
            memory
                .destination()
                .with_mapping(Mapping::Langfuse)
                .with_sample_rate(1.0),
        )
        .build()
        .unwrap();
    assert_eq!(traces(&telemetry, &[&memory])[0].len(), TRACES);
}

#[test]
fn a_trace_that_began_elsewhere_follows_the_decision_made_there() {
    for (rate, flags, expected) in [
        ("0", TraceFlags::SAMPLED, 1),
        ("1", TraceFlags::NOT_SAMPLED, 0),
    ] {
        let memory = InMemory::new();
        let telemetry = scattered()
            .with_variables([("LANGFUSE_SAMPLE_RATE", rate)])
            .with_destination(memory.destination().with_mapping(Mapping::Langfuse))
            .build()
            .unwrap();
        within(&telemetry, || {
            let caller = SpanContext::new(
                TraceId::from_bytes([7; 16]),
                SpanId::from_bytes([7; 8]),
                flags,
                true,
                TraceState::default(),
            );
            let span = tracing::info_span!("work");
            let _ = span.set_parent(opentelemetry::Context::new().with_remote_span_context(caller));
            span.in_scope(|| ());
        });
        telemetry.flush(SOON);
        assert_eq!(memory.spans().len(), expected, "{flags:?}");
    }
}
