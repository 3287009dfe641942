//! The facts of a stream whose middle was not read.

use crate::model::message::Usage;
use crate::wire::facts::ResponseFacts;

/// Facts of a stream's beginning, with those of its end.
pub(super) fn joined(mut read: ResponseFacts, end: ResponseFacts) -> ResponseFacts {
    // The last event of some streams repeats all that came before.
    if end.complete && end.status.is_some() && !end.messages.is_empty() {
        read.media.extend(end.media);
        return ResponseFacts {
            media: read.media,
            error: read.error.or(end.error),
            ..end
        };
    }
    let has_same_choices = read.messages.len() == end.messages.len();
    let reasons = end.messages.into_iter().map(|one| one.finish_reason);
    let reasons = reasons
        .filter(|_| has_same_choices)
        .chain([None].into_iter().cycle());
    for (message, reason) in read.messages.iter_mut().zip(reasons) {
        message.finish_reason = reason;
    }
    read.media.extend(end.media);
    read.usage = counts(read.usage, end.usage);
    read.usage_details.extend(end.usage_details);
    ResponseFacts {
        id: read.id.or(end.id),
        model: read.model.or(end.model),
        status: end.status,
        incomplete_reason: end.incomplete_reason,
        finish_reasons: end.finish_reasons,
        cost: end.cost.or(read.cost),
        service_tier: end.service_tier.or(read.service_tier),
        system_fingerprint: end.system_fingerprint.or(read.system_fingerprint),
        output: read.output.or(end.output),
        error: read.error.or(end.error),
        complete: end.complete,
        ..read
    }
}

/// What the end counts, and of the beginning what the end says nothing of: some count the input in the first
/// event and the output in the last.
fn counts(read: Option<Usage>, end: Option<Usage>) -> Option<Usage> {
    let (Some(read), Some(mut end)) = (read, end) else {
        return end.or(read);
    };
    if end.input_tokens.is_none() {
        end.input_tokens = read.input_tokens;
        end.cache_read_input_tokens = read.cache_read_input_tokens;
        end.cache_write_input_tokens = read.cache_write_input_tokens;
        end.audio_input_tokens = read.audio_input_tokens;
        end.image_input_tokens = read.image_input_tokens;
        end.cached_audio_input_tokens = read.cached_audio_input_tokens;
    }
    if end.output_tokens.is_none() {
        end.output_tokens = read.output_tokens;
        end.reasoning_output_tokens = read.reasoning_output_tokens;
        end.audio_output_tokens = read.audio_output_tokens;
        end.image_output_tokens = read.image_output_tokens;
    }
    Some(end)
}
