//! What Mistral has beyond OpenAI's API: text from pictures and documents.

use serde_json::Value;

use crate::conventions::{operation, provider as names};
use crate::wire::dialect::{Dialect, RequestBody};
use crate::wire::endpoint::{Endpoint, RequestHead};
use crate::wire::evidence::has_members;
use crate::wire::facts::{RequestFacts, ResponseFacts};
use crate::wire::fields::{Fields, Object, objects};
use crate::wire::route::{self, Known};
use crate::wire::verdict::Expected;
use crate::wire::{content, error, parameters, provider, usage};

/// The text of a document.
#[derive(Debug)]
struct Ocr;

const CALLS: &[Known<Ocr>] = &[("POST", "/ocr", Ocr)];

/// Other products have such a path too, so the body has to name a model and hold a document, unless the host
/// is Mistral's.
pub(super) fn recognise(head: &RequestHead<'_>) -> Option<Endpoint> {
    let (call, route) = route::find(CALLS, head.method, &head.segments)?;
    let of_host = provider::of_host(head.host);
    let has_evidence = |body| has_members(body, &[&["model"], &["document"]]);
    if of_host != Some(names::MISTRAL_AI) && !head.body().is_none_or(has_evidence) {
        return None;
    }
    let provider = of_host.unwrap_or(names::MISTRAL_AI);
    Some(Endpoint::new(head, route, provider, call))
}

impl Dialect for Ocr {
    fn operation(&self) -> Option<&'static str> {
        Some(operation::GENERATE_CONTENT)
    }

    fn is_inference(&self) -> bool {
        true
    }

    fn request(&self, body: RequestBody, facts: &mut RequestFacts) {
        let mut fields = body.fields;
        facts.model = fields.word("model").or(facts.model.take());
        facts.input = fields.object("document").and_then(document);
        parameters::read(fields, false, facts);
    }

    fn expects(&self) -> Expected {
        Expected::Members(&["pages"])
    }

    fn response(&self, mut fields: Object, complete: bool) -> ResponseFacts {
        let mut facts = ResponseFacts {
            error: error::of_object(&mut fields),
            model: fields.word("model"),
            complete,
            ..ResponseFacts::default()
        };
        // Pages and bytes.
        if let Some(counts) = fields.object("usage_info") {
            usage::read(counts, &mut facts);
        }
        let pages: Vec<Value> = objects(fields.list("pages")).map(page).collect();
        let annotation = fields.word("document_annotation").map(content::structured);
        let output = present([
            ("pages", (!pages.is_empty()).then_some(pages.into())),
            ("document_annotation", annotation),
        ]);
        facts.output = (!output.is_empty()).then_some(Value::Object(output));
        facts
    }
}

/// What a page says; where it says it, and the pictures themselves, are left out.
fn page(mut page: Object) -> Value {
    let tables = objects(page.list("tables")).map(|mut table| {
        let (id, content) = (table.value("id"), table.value("content"));
        Value::Object(present([("id", id), ("content", content)]))
    });
    let tables: Vec<Value> = tables.collect();
    let images = objects(page.list("images")).filter_map(|mut image| {
        let annotation = image.word("image_annotation").map(content::structured)?;
        let id = image.value("id");
        Some(Value::Object(present([
            ("id", id),
            ("annotation", Some(annotation)),
        ])))
    });
    let images: Vec<Value> = images.collect();
    Value::Object(present([
        ("index", page.value("index")),
        ("markdown", page.value("markdown")),
        ("header", page.value("header")),
        ("footer", page.value("footer")),
        ("tables", (!tables.is_empty()).then_some(tables.into())),
        ("images", (!images.is_empty()).then_some(images.into())),
    ]))
}

/// An object of the members that have a value.
fn present<const N: usize>(members: [(&str, Option<Value>); N]) -> Object {
    let members = members.into_iter();
    let members = members.filter_map(|(name, value)| Some((name.to_owned(), value?)));
    members.collect()
}

/// A document or a picture: an address, inline bytes, or a file that the provider holds.
fn document(mut fields: Object) -> Option<Value> {
    let mut address = |name: &str| match fields.get_mut(name) {
        Some(Value::Object(wrapped)) => wrapped.word("url"),
        _ => fields.word(name),
    };
    let part = if let Some(url) = address("document_url") {
        content::media("document", url)
    } else if let Some(url) = address("image_url") {
        content::media("image", url)
    } else if let Some(id) = address("file_id") {
        content::file("document", id)
    } else {
        content::opaque(fields)
    };
    serde_json::to_value(part).ok()
}

#[cfg(test)]
#[expect(clippy::unwrap_used, reason = "a test fails by panicking")]
mod tests;
