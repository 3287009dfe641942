//! What a body was, once no more of it comes.

use serde_json::Value;

use super::{Body, BodyEnd, ResponseReader, Tail};
use crate::text::truncate;
use crate::wire::dialect::Dialect;
use crate::wire::facts::{ErrorFacts, ResponseFacts};
use crate::wire::fields::Object;
use crate::wire::framing::json;
use crate::wire::limits::{Limits, Text};
use crate::wire::media::Media;
use crate::wire::verdict::{self, Expected};
use crate::wire::{error, usage};

impl ResponseReader {
    /// What a body must be that came as a whole; anything else is not judged.
    fn expected(&self, reached: bool) -> Expected {
        const PARTIAL_CONTENT: u16 = 206;
        let is_whole = reached && self.tail.is_none() && self.status != PARTIAL_CONTENT;
        let is_answer = self.head().is_success() && !self.dialect.answers_later(self.status);
        match is_whole && is_answer {
            true => self.dialect.expects(),
            false => Expected::Anything,
        }
    }

    pub(crate) fn finish(self, end: BodyEnd) -> ResponseFacts {
        let reached = end == BodyEnd::Reached;
        let failed = self.status >= 400;
        let expected = self.expected(reached);
        let is_text = self.media_type.starts_with("text/");
        let mut is_half = false;
        let mut media = Media::default();
        let mut facts = match self.body {
            Body::Json(mut reader) => {
                media.extend(reader.take_media());
                let mut parsed = usage::without_half(reader.finish());
                if let Some(tail) = self.tail.filter(|_| reached) {
                    tail.complete(&mut parsed, self.dialect);
                }
                let complete = parsed.complete;
                is_half = !complete;
                match parsed.value {
                    Some(value) if failed => failure(error::of_body(value), complete),
                    Some(Value::Object(fields)) => {
                        let wrong = complete.then(|| verdict::of_object(expected, &fields));
                        let mut facts = self.dialect.response(fields, complete);
                        facts.error = facts.error.or(wrong.flatten());
                        facts
                    }
                    Some(value) => ResponseFacts {
                        error: verdict::of_value(expected, value),
                        ..without_content(false, complete)
                    },
                    None => without_content(failed, reached),
                }
            }
            Body::Events(stream) => {
                let is_assistants = self.dialect.assistants().is_some();
                let (mut facts, events) = stream.finish(self.choices);
                if failed {
                    facts.error.get_or_insert_default();
                }
                if let Some(events) = events.filter(|_| expected != Expected::Anything) {
                    // Objects of runs have been taken by now.
                    let has_objects = is_assistants && events.count > 0;
                    let has_content = has_objects || verdict::has_content(&facts);
                    verdict::judge_stream(&mut facts, events, has_content);
                }
                facts
            }
            Body::Compressed(compressed) => {
                let reader = compressed.finish();
                return reader.map(|reader| reader.finish(end)).unwrap_or_default();
            }
            Body::Sealed => {
                let mut facts = without_content(failed, reached);
                let encoding = self.encoding.unwrap_or_default();
                facts.warning = (expected != Expected::Anything)
                    .then(|| format!("the answer is compressed ({encoding}) and was not read"));
                facts
            }
            Body::Text { kept, .. } if failed => {
                failure(error::of_text(&String::from_utf8_lossy(&kept)), reached)
            }
            Body::Text { kept, total } => {
                let mut facts = without_content(false, reached);
                facts.error = verdict::of_text(expected, &String::from_utf8_lossy(&kept));
                if self.dialect.answers_in_text() && facts.error.is_none() {
                    facts.output = Some(text(&kept, total, self.limits).into());
                }
                facts
            }
            Body::Binary(digest) => {
                let mut facts = without_content(failed, reached);
                let declared = Some(self.media_type.as_str())
                    .filter(|media_type| *media_type != "application/octet-stream");
                // Size and hash of a part are those of nothing.
                if self.tail.is_none() {
                    let (marker, bytes) = digest.finish_with_bytes(declared);
                    if let Some(bytes) = bytes {
                        media.put(&marker, bytes);
                    }
                    facts.output = Some(marker.to_string().into());
                }
                facts
            }
            // Silence has a transcript, which is empty.
            Body::Blank if expected == Expected::TextOrJson && is_text => {
                without_content(failed, reached)
            }
            Body::Blank => ResponseFacts {
                error: verdict::of_nothing(expected).or(failed.then(ErrorFacts::default)),
                ..without_content(failed, reached)
            },
        };
        facts.media.extend(media);
        if let Some(error) = facts.error.as_mut().filter(|_| failed) {
            error.kind = error.kind.take().or(self.error_type);
        }
        if expected != Expected::Anything {
            verdict::judge_end(&mut facts, is_half);
        }
        facts
    }
}

impl Tail {
    /// Adds the end of a body to what was read of its beginning.
    fn complete(self, parsed: &mut json::Parsed, dialect: &dyn Dialect) {
        parsed.complete = true;
        let value = parsed.value.get_or_insert_with(|| Object::new().into());
        if let Value::Object(fields) = value {
            dialect.restore(fields, &self.bytes, self.choices);
        }
    }
}

fn without_content(failed: bool, complete: bool) -> ResponseFacts {
    ResponseFacts {
        error: failed.then(ErrorFacts::default),
        complete,
        ..ResponseFacts::default()
    }
}

fn failure(error: ErrorFacts, complete: bool) -> ResponseFacts {
    ResponseFacts {
        error: Some(error),
        complete,
        ..ResponseFacts::default()
    }
}

/// Plain text that is the answer itself: a transcript, subtitles.
fn text(kept: &[u8], total: u64, limits: Limits) -> String {
    let whole = kept.len() as u64 == total;
    let mut text = Text::default();
    let valid = String::from_utf8_lossy(kept);
    text.push(valid.trim_end(), &mut limits.budget());
    if whole {
        return text.finish();
    }
    let mut text = truncate::head(&valid, limits.field_bytes).to_owned();
    truncate::mark(&mut text, total);
    text
}
