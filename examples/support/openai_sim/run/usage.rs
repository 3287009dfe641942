//! What runs and steps used, in the words of Assistants.
//!
//! Contract: `prompt_token_details` without the `s` is the wire's own spelling; a run that used
//! nothing has no details at all, as recorded.

use serde::Serialize;

#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize)]
pub(in super::super) struct Usage {
    prompt_tokens: u64,
    completion_tokens: u64,
    total_tokens: u64,
    #[serde(skip_serializing_if = "Option::is_none")]
    prompt_token_details: Option<PromptTokenDetails>,
    #[serde(skip_serializing_if = "Option::is_none")]
    completion_tokens_details: Option<CompletionTokensDetails>,
}

#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize)]
struct PromptTokenDetails {
    cached_tokens: u64,
}

#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize)]
struct CompletionTokensDetails {
    reasoning_tokens: u64,
}

impl Usage {
    pub(super) fn new(prompt: u64, cached: u64, completion: u64) -> Self {
        Self {
            prompt_tokens: prompt,
            completion_tokens: completion,
            total_tokens: prompt + completion,
            prompt_token_details: Some(PromptTokenDetails {
                cached_tokens: cached,
            }),
            completion_tokens_details: Some(CompletionTokensDetails::default()),
        }
    }

    pub(super) fn completion(&self) -> u64 {
        self.completion_tokens
    }

    /// All of `steps` together.
    pub(super) fn sum<'steps>(steps: impl IntoIterator<Item = &'steps Self>) -> Self {
        let mut sum = Self::default();
        for step in steps {
            sum.prompt_tokens += step.prompt_tokens;
            sum.completion_tokens += step.completion_tokens;
            sum.total_tokens += step.total_tokens;
            if let Some(details) = &step.prompt_token_details {
                let summed = sum.prompt_token_details.get_or_insert_default();
                summed.cached_tokens += details.cached_tokens;
            }
            if let Some(details) = &step.completion_tokens_details {
                let summed = sum.completion_tokens_details.get_or_insert_default();
                summed.reasoning_tokens += details.reasoning_tokens;
            }
        }
        sum
    }
}
