//! From the bytes of a body to all of its facts.

use serde_json::{Value, json};

use crate::wire::endpoint::{Endpoint, RequestHead};
use crate::wire::recognise::recognise;
use crate::wire::tests::splits::{self, Body};
use crate::wire::tests::{dump, pieces};
use crate::wire::{Limits, RequestFacts, ResponseFacts, ResponseHead};

const JSON: Option<&str> = Some("application/json");
const PATH: &str = "/v1/ocr";
const ANSWER: &str = r##"{"pages":[{"index":0,"markdown":"# Tides","images":[{"id":"i","image_base64":"data:image/png;base64,iVBORw0KGgo="}]}],"model":"mistral-ocr-2512","usage_info":{"pages_processed":1,"doc_size_bytes":2048}}"##;

fn answer(body: &str) -> Value {
    let head = ResponseHead {
        status: 200,
        content_type: JSON,
        stream_requested: false,
    };
    let endpoint = Endpoint::of("POST", PATH);
    dump::response(&ResponseFacts::read(
        &endpoint,
        head,
        body.as_bytes(),
        Limits::default(),
    ))
}

#[test]
fn the_host_or_the_body_is_evidence() {
    for (host, body, expected) in [
        ("api.mistral.ai", "", Some("mistral_ai")),
        (
            "gateway.example",
            r#"{"model":"m","document":{}}"#,
            Some("mistral_ai"),
        ),
        ("gateway.example", r#"{"document":{}}"#, None),
        ("gateway.example", "", None),
    ] {
        let head = RequestHead::new("POST", host, PATH, None, &|_| None);
        let endpoint = recognise(&head.with_body(body.as_bytes()));
        assert_eq!(endpoint.provider(), expected, "{host} {body}");
    }
}

#[test]
fn a_document_becomes_pages() {
    let endpoint = Endpoint::of("POST", PATH);
    for (document, expected) in [
        (
            json!({"type": "document_url", "document_url": "https://a/b.pdf"}),
            json!({"type": "uri", "modality": "document", "uri": "https://a/b.pdf"}),
        ),
        (
            json!({"type": "image_url", "image_url": {"url": "data:image/png;base64,iVBORw0KGgo="}}),
            json!({"type": "blob", "modality": "image", "mime_type": "image/png",
                "content": "<image/png, 8 bytes, sha256 4c4b6a3be131>"}),
        ),
        (
            json!({"type": "file", "file_id": "f-1"}),
            json!({"type": "file", "modality": "document", "file_id": "f-1"}),
        ),
    ] {
        let body = json!({"model": "mistral-ocr-latest", "document": document});
        let body = body.to_string();
        let facts = RequestFacts::read(&endpoint, JSON, body.as_bytes(), Limits::default());
        assert_eq!(facts.input, Some(expected));
        assert_eq!(facts.model.as_deref(), Some("mistral-ocr-latest"));
    }
    let facts = answer(ANSWER);
    assert_eq!(
        facts["output"],
        json!({"pages": [{"index": 0, "markdown": "# Tides"}]})
    );
    assert_eq!(facts["usage_details"]["pages_processed"], 1);
    assert_eq!(facts["model"], "mistral-ocr-2512");
    let refused = answer(r#"{"object":"error","message":"too large","type":"invalid_file"}"#);
    assert_eq!(refused["error"]["message"], "too large");
}

#[test]
fn pages_have_tables_headers_and_annotations_but_no_pictures() {
    let endpoint = Endpoint::of("POST", PATH);
    let body = pieces::fixture("mistral/ocr_request.json");
    let request = dump::request(&RequestFacts::read(
        &endpoint,
        JSON,
        &body,
        Limits::default(),
    ));
    assert_eq!(request["input"]["uri"], "https://tides.example/table.pdf");
    assert_eq!(
        request["content_parameters"]["document_annotation_prompt"],
        "Harbour"
    );
    assert_eq!(request["parameters"]["image_limit"], 4);
    let facts = answer(str::from_utf8(&pieces::fixture("mistral/ocr_response.json")).unwrap());
    let output = &facts["output"];
    assert_eq!(output["document_annotation"], json!({"harbour": "Bergen"}));
    let page = &output["pages"][0];
    assert_eq!(page["header"], "Bergen");
    assert!(
        page["tables"][0]["content"]
            .as_str()
            .expect("text")
            .contains("1.4 m")
    );
    assert_eq!(
        page["images"][0]["annotation"],
        json!({"shows": "a harbour"})
    );
    assert!(!facts.to_string().contains("AAQSkZJRg"), "{facts}");
    assert_eq!(facts["usage_details"]["doc_size_bytes"], 20_480);
}

#[test]
fn any_split_gives_the_same_facts() {
    let body = |bytes: Vec<u8>| Body {
        endpoint: Endpoint::of("POST", PATH),
        content_type: JSON,
        is_stream: false,
        bytes,
    };
    splits::any_split_gives_the_same_facts(&[
        body(ANSWER.as_bytes().to_vec()),
        body(pieces::fixture("mistral/ocr_request.json")),
        body(pieces::fixture("mistral/ocr_response.json")),
    ]);
}
