//! The instruments of one meter, and what is recorded of which operation with which attributes.
//!
//! The table of the conventions as code: names stand in `conventions`, everything else of a metric here.
//! Tokens are counted for operations in which a model generates, from what the provider has counted;
//! what is zero is not counted, since zeros stand for "nothing new" on spans. Cardinality is what models,
//! servers and tools have names for.

use std::time::Duration;

use opentelemetry::KeyValue;
use opentelemetry::metrics::{Counter, Histogram, Meter};

use super::spans::Operation;
use crate::conventions as names;
use crate::conventions::{metric, modality, operation};

const SECONDS: &[f64] = &[
    0.01, 0.02, 0.04, 0.08, 0.16, 0.32, 0.64, 1.28, 2.56, 5.12, 10.24, 20.48, 40.96, 81.92,
];
const AGENT_SECONDS: &[f64] = &[
    0.1, 0.2, 0.4, 0.8, 1.6, 3.2, 6.4, 12.8, 25.6, 51.2, 102.4, 204.8, 409.6,
];
const WORKFLOW_SECONDS: &[f64] = &[
    1.0, 5.0, 10.0, 30.0, 60.0, 120.0, 300.0, 600.0, 1800.0, 3600.0, 7200.0,
];
const CALLS: &[f64] = &[1.0, 2.0, 4.0, 8.0, 16.0, 32.0, 64.0, 128.0];
const TOKENS: &[f64] = &[
    1.0,
    4.0,
    16.0,
    64.0,
    256.0,
    1_024.0,
    4_096.0,
    16_384.0,
    65_536.0,
    262_144.0,
    1_048_576.0,
    4_194_304.0,
    16_777_216.0,
    67_108_864.0,
];

/// What every metric of a call says.
const CALL: &[&str] = &[
    names::OPERATION_NAME,
    names::PROVIDER_NAME,
    names::REQUEST_MODEL,
    names::RESPONSE_MODEL,
    names::SERVER_ADDRESS,
    names::SERVER_PORT,
];
/// What OpenAI adds, except for the times of chunks.
const OPENAI: &[&str] = &[
    names::OPENAI_RESPONSE_SERVICE_TIER,
    names::call::SYSTEM_FINGERPRINT,
];

/// How often an agent asked its model and used tools.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Calls {
    pub(crate) inference: u64,
    pub(crate) tools: u64,
}

/// The instruments of one meter.
#[derive(Debug)]
pub(super) struct Instruments {
    inference: Histogram<f64>,
    first_chunk: Histogram<f64>,
    per_chunk: Histogram<f64>,
    input_tokens: Histogram<u64>,
    output_tokens: Histogram<u64>,
    input: Counter<u64>,
    output: Counter<u64>,
    cache_read: Counter<u64>,
    cache_write: Counter<u64>,
    reasoning: Counter<u64>,
    operation: Histogram<f64>,
    agent: Histogram<f64>,
    inference_calls: Histogram<u64>,
    tool_calls: Histogram<u64>,
    tool: Histogram<f64>,
    workflow: Histogram<f64>,
}

impl Instruments {
    pub(super) fn new(meter: &Meter) -> Self {
        let seconds = |name: &'static str, buckets: &[f64], meaning: &'static str| {
            let builder = meter.f64_histogram(name).with_unit("s");
            let builder = builder.with_description(meaning);
            builder.with_boundaries(buckets.to_vec()).build()
        };
        let counts =
            |name: &'static str, unit: &'static str, buckets: &[f64], meaning: &'static str| {
                let builder = meter.u64_histogram(name).with_unit(unit);
                let builder = builder.with_description(meaning);
                builder.with_boundaries(buckets.to_vec()).build()
            };
        let counter = |name: &'static str, meaning: &'static str| {
            let builder = meter.u64_counter(name).with_unit("{token}");
            builder.with_description(meaning).build()
        };
        Self {
            inference: seconds(
                metric::INFERENCE_DURATION,
                SECONDS,
                "Duration of a call of a model that generates, retries included",
            ),
            first_chunk: seconds(
                metric::TIME_TO_FIRST_CHUNK,
                SECONDS,
                "Time from the request to the first chunk of a stream",
            ),
            per_chunk: seconds(
                metric::TIME_PER_OUTPUT_CHUNK,
                SECONDS,
                "Time of each chunk of a stream after the one before",
            ),
            input_tokens: counts(
                metric::OPERATION_INPUT_TOKENS,
                "{token}",
                TOKENS,
                "Input tokens of a call",
            ),
            output_tokens: counts(
                metric::OPERATION_OUTPUT_TOKENS,
                "{token}",
                TOKENS,
                "Output tokens of a call",
            ),
            input: counter(
                metric::INPUT_TOKENS,
                "Input tokens used, cached ones included",
            ),
            output: counter(
                metric::OUTPUT_TOKENS,
                "Output tokens used, reasoning included",
            ),
            cache_read: counter(
                metric::CACHE_READ_TOKENS,
                "Input tokens that came from a cache",
            ),
            cache_write: counter(
                metric::CACHE_WRITE_TOKENS,
                "Input tokens that were written to a cache",
            ),
            reasoning: counter(
                metric::REASONING_TOKENS,
                "Output tokens that were used for reasoning",
            ),
            operation: seconds(
                metric::OPERATION_DURATION,
                SECONDS,
                "Duration of a call of a provider in which no model generates",
            ),
            agent: seconds(
                metric::INVOKE_AGENT_DURATION,
                AGENT_SECONDS,
                "Duration of the work of an agent",
            ),
            inference_calls: counts(
                metric::INVOKE_AGENT_INFERENCE_CALLS,
                "{inference_call}",
                CALLS,
                "How often an agent asked its model",
            ),
            tool_calls: counts(
                metric::INVOKE_AGENT_TOOL_CALLS,
                "{tool_call}",
                CALLS,
                "How often an agent used a tool",
            ),
            tool: seconds(
                metric::EXECUTE_TOOL_DURATION,
                SECONDS,
                "Duration of the execution of a tool",
            ),
            workflow: seconds(
                metric::INVOKE_WORKFLOW_DURATION,
                WORKFLOW_SECONDS,
                "Duration of a workflow",
            ),
        }
    }

    /// Records an operation; `gaps` is how long each chunk of its stream took after the one before.
    pub(super) fn record(&self, measured: Operation<'_>, duration: Duration, gaps: &[Duration]) {
        let Some(name) = measured.text(names::OPERATION_NAME) else {
            return;
        };
        let (histogram, named): (_, &[&str]) = match name {
            operation::CHAT | operation::TEXT_COMPLETION | operation::GENERATE_CONTENT => {
                return self.inference(measured, duration, gaps);
            }
            operation::INVOKE_AGENT => (&self.agent, &[names::AGENT_NAME, names::REQUEST_MODEL]),
            // A tool without a name would be a series without attributes.
            operation::EXECUTE_TOOL if measured.text(names::TOOL_NAME).is_none() => return,
            operation::EXECUTE_TOOL => (
                &self.tool,
                &[names::TOOL_NAME, names::TOOL_TYPE, names::AGENT_NAME],
            ),
            operation::INVOKE_WORKFLOW => (&self.workflow, &[names::WORKFLOW_NAME]),
            // Not a call of anybody.
            operation::PLAN => return,
            _ => (&self.operation, CALL),
        };
        let mut attributes = measured.all(named);
        if named == CALL {
            attributes.extend(measured.all(OPENAI));
        }
        if name == operation::EMBEDDINGS {
            attributes.extend(measured.unnamed_provider());
        }
        attributes.extend(measured.error());
        histogram.record(duration.as_secs_f64(), &attributes);
    }

    /// Records what an agent did.
    pub(super) fn record_calls(&self, measured: Operation<'_>, calls: Calls) {
        let attributes = measured.all(&[names::AGENT_NAME]);
        self.inference_calls.record(calls.inference, &attributes);
        self.tool_calls.record(calls.tools, &attributes);
    }

    fn inference(&self, measured: Operation<'_>, duration: Duration, gaps: &[Duration]) {
        let mut attributes = measured.all(CALL);
        attributes.extend(measured.unnamed_provider());
        if let Some(seconds) = measured.seconds(names::RESPONSE_TIME_TO_FIRST_CHUNK) {
            self.first_chunk.record(seconds, &attributes);
        }
        for gap in gaps {
            self.per_chunk.record(gap.as_secs_f64(), &attributes);
        }
        attributes.extend(measured.all(OPENAI));
        self.tokens(measured, &attributes);
        attributes.extend(measured.error());
        self.inference.record(duration.as_secs_f64(), &attributes);
    }

    fn tokens(&self, measured: Operation<'_>, attributes: &[KeyValue]) {
        let count = |name| measured.count(name).unwrap_or_default();
        let input = count(names::USAGE_INPUT_TOKENS);
        let output = count(names::USAGE_OUTPUT_TOKENS);
        if input == 0 && output == 0 {
            return;
        }
        for (histogram, name) in [
            (&self.input_tokens, names::USAGE_INPUT_TOKENS),
            (&self.output_tokens, names::USAGE_OUTPUT_TOKENS),
        ] {
            if let Some(tokens) = measured.count(name) {
                histogram.record(tokens, attributes);
            }
        }
        let add = |counter: &Counter<u64>, tokens: u64, modality: &'static str| {
            if tokens > 0 {
                let mut attributes = attributes.to_vec();
                attributes.push(KeyValue::new(names::TOKEN_MODALITY, modality));
                counter.add(tokens, &attributes);
            }
        };
        for (counter, total, audio) in [
            (&self.input, input, names::USAGE_AUDIO_INPUT_TOKENS),
            (&self.output, output, names::USAGE_AUDIO_OUTPUT_TOKENS),
        ] {
            // Of the rest nobody says whether it is text or images.
            let audio = count(audio).min(total);
            add(counter, audio, modality::AUDIO);
            add(counter, total - audio, modality::UNKNOWN);
        }
        for (counter, part) in [
            (&self.cache_read, names::USAGE_CACHE_READ_INPUT_TOKENS),
            (&self.cache_write, names::USAGE_CACHE_WRITE_INPUT_TOKENS),
            (&self.reasoning, names::USAGE_REASONING_OUTPUT_TOKENS),
        ] {
            add(counter, count(part), modality::UNKNOWN);
        }
    }
}
