//! Documents in the order of their relevance.

use super::counts;
use crate::wire::facts::ResponseFacts;
use crate::wire::fields::{Fields, Object};
use crate::wire::{content, error, usage};

pub(super) fn response(mut fields: Object, complete: bool) -> ResponseFacts {
    let mut facts = ResponseFacts {
        error: error::of_object(&mut fields),
        complete,
        ..ResponseFacts::default()
    };
    if let Some(meta) = fields.object("meta") {
        usage::read_input_only(counts(meta), &mut facts);
    }
    facts.output = fields.value("results").map(content::scrubbed);
    facts
}
