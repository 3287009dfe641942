//! What an answer cost, and how each family of endpoints writes it.
//!
//! Contract: `cached` is part of `input` and `reasoning` part of `output`, as on the wire.

use serde_json::{Value, json};

use super::super::state::Simulator;
use super::super::tokens;

#[derive(Clone, Copy, Debug, Default)]
pub(in super::super) struct Usage {
    pub(in super::super) input: u64,
    pub(in super::super) cached: u64,
    pub(in super::super) output: u64,
    pub(in super::super) reasoning: u64,
}

impl Usage {
    /// In the words of Chat Completions.
    pub(in super::super) fn chat(&self) -> Value {
        json!({
            "prompt_tokens": self.input,
            "completion_tokens": self.output,
            "total_tokens": self.input + self.output,
            "prompt_tokens_details": {"cached_tokens": self.cached, "audio_tokens": 0},
            "completion_tokens_details": {
                "reasoning_tokens": self.reasoning,
                "audio_tokens": 0,
                "accepted_prediction_tokens": 0,
                "rejected_prediction_tokens": 0,
            },
        })
    }

    /// In the words of Responses.
    pub(in super::super) fn responses(&self) -> Value {
        json!({
            "input_tokens": self.input,
            "input_tokens_details": {"cached_tokens": self.cached, "cache_write_tokens": 0},
            "output_tokens": self.output,
            "output_tokens_details": {"reasoning_tokens": self.reasoning},
            "total_tokens": self.input + self.output,
        })
    }

    /// In the words of the oldest endpoints, which know no details.
    pub(in super::super) fn plain(&self) -> Value {
        json!({
            "prompt_tokens": self.input,
            "completion_tokens": self.output,
            "total_tokens": self.input + self.output,
        })
    }
}

/// What of `prompt` the model has read before, as a server that caches prefixes counts it.
pub(in super::super) fn cached_tokens(
    simulator: &Simulator,
    model: &str,
    prompt: &[String],
) -> u64 {
    let previous = simulator.replace_last_prompt(model, prompt);
    let shared = previous
        .iter()
        .zip(prompt)
        .take_while(|(before, now)| before == now);
    shared.map(|(_, text)| tokens::count_message(text)).sum()
}
