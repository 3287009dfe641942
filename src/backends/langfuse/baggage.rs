//! Under which names Langfuse's SDKs carry a trace's attributes from service to service.

use crate::conventions as names;
use crate::conventions::{observation, trace};
use crate::model::BaggageNames;

pub(super) const NAMES: BaggageNames = BaggageNames {
    attributes: &[
        (names::USER_ID, "langfuse_user_id"),
        (names::SESSION_ID, "langfuse_session_id"),
        (trace::NAME, "langfuse_trace_name"),
        (trace::VERSION, "langfuse_version"),
        (trace::ENVIRONMENT, "langfuse_environment"),
        (observation::PROMPT_NAME, "langfuse_prompt_name"),
        (observation::PROMPT_VERSION, "langfuse_prompt_version"),
    ],
    tags: "langfuse_tags",
    metadata_prefix: "langfuse_metadata_",
    trace_id: "langfuse_trace_id",
};
