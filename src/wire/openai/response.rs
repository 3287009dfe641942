//! Reads a whole answer.

use std::time::Duration;

use super::kind::EndpointKind;
use super::{assistants, chat, embeddings, media, responses};
use crate::wire::error;
use crate::wire::facts::ResponseFacts;
use crate::wire::fields::{Fields, Object};
use crate::wire::limits::Limits;

pub(super) fn read(kind: EndpointKind, mut fields: Object, complete: bool) -> ResponseFacts {
    let mut facts = ResponseFacts {
        complete,
        ..ResponseFacts::default()
    };
    match kind {
        EndpointKind::Response
        | EndpointKind::ResponseRetrieve
        | EndpointKind::ResponseCancel
        | EndpointKind::ResponseCompact => {
            responses::answer(fields, complete, &mut facts);
            return facts;
        }
        // An answer ends with why it ended.
        EndpointKind::Chat | EndpointKind::Completions => {
            let mut answer = chat::Answer::new(Limits::unbounded());
            answer.chunk(fields);
            return answer.finish(complete, None);
        }
        _ => facts.error = error::of_object(&mut fields),
    }
    match kind {
        EndpointKind::ResponseInputTokens => responses::input_tokens(fields, &mut facts),
        EndpointKind::ResponseInputItems
        | EndpointKind::ConversationCreate
        | EndpointKind::Conversation
        | EndpointKind::ConversationItems => responses::conversation_response(fields, &mut facts),
        EndpointKind::Embeddings => embeddings::response(fields, &mut facts),
        EndpointKind::ImageGeneration | EndpointKind::ImageEdit | EndpointKind::ImageVariation => {
            media::images(fields, &mut facts);
        }
        EndpointKind::Transcription | EndpointKind::Translation => {
            media::transcript(fields, &mut facts)
        }
        EndpointKind::Moderation => media::moderation(fields, &mut facts),
        EndpointKind::Assistants(_) => {
            let objects = assistants::objects_of(fields).into_iter();
            facts.objects = objects.map(|object| (Duration::ZERO, object)).collect();
        }
        _ => facts.id = fields.id("id"),
    }
    facts
}
