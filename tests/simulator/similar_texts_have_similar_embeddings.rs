//! An embedding has the requested length and format, and similar texts have similar vectors.

use async_openai_041::types::embeddings::{
    CreateBase64EmbeddingResponse, CreateEmbeddingRequestArgs, EncodingFormat,
};
use serde_json::{Value, json};

use crate::requests::{parsed, shape};
use crate::simulator::Wire;

const PATH: &str = "/embeddings";

fn likeness(first: &[f32], second: &[f32]) -> f32 {
    first.iter().zip(second).map(|(a, b)| a * b).sum()
}

#[tokio::test]
async fn both_encodings_hold_the_same_vectors() {
    let wire = Wire::instant().await;
    let client = wire.typed();
    let mut request = CreateEmbeddingRequestArgs::default();
    request
        .model("text-embedding-3-small")
        .input([
            "The cat sleeps",
            "A cat sleeps here",
            "Quarterly earnings fell",
        ])
        .dimensions(256_u32);
    let numbers = client
        .embeddings()
        .create(request.build().unwrap())
        .await
        .unwrap();
    request.encoding_format(EncodingFormat::Base64);
    let base64: CreateBase64EmbeddingResponse = client
        .embeddings()
        .create_base64(request.build().unwrap())
        .await
        .unwrap();
    assert_eq!(numbers.usage.prompt_tokens, 12);
    assert_eq!(numbers.usage, base64.usage);
    for (numbers, base64) in numbers.data.iter().zip(base64.data) {
        assert_eq!(numbers.embedding.len(), 256);
        assert_eq!(numbers.embedding, Vec::<f32>::from(base64.embedding));
        assert!((likeness(&numbers.embedding, &numbers.embedding) - 1.0).abs() < 1e-4);
    }
    let [cat, other_cat, earnings] = numbers.data.as_slice() else {
        panic!("not three: {numbers:?}")
    };
    let alike = likeness(&cat.embedding, &other_cat.embedding);
    let unlike = likeness(&cat.embedding, &earnings.embedding);
    assert!(alike > 0.4 && unlike < 0.3, "{alike} {unlike}");
}

#[tokio::test]
async fn the_recorded_shape_and_the_lengths_of_the_models() {
    let wire = Wire::instant().await;
    let mut request: Value = parsed(include_str!("../fixtures/embeddings_request.json"));
    request["encoding_format"] = json!("float");
    request["dimensions"] = json!(2);
    let mine = wire.create(PATH, request).await;
    let theirs: Value = parsed(include_str!("../fixtures/embeddings_response.json"));
    assert_eq!(shape(&mine), shape(&theirs));
    for (model, dimensions) in [
        ("text-embedding-3-small", 1536),
        ("text-embedding-3-large", 3072),
        ("text-embedding-ada-002", 1536),
    ] {
        let mine = wire
            .create(PATH, json!({"model": model, "input": [[1, 2], [3]]}))
            .await;
        assert_eq!(
            mine["data"][1]["embedding"].as_array().unwrap().len(),
            dimensions
        );
        assert_eq!(
            mine["usage"]["prompt_tokens"], 3,
            "tokens are counted as they are"
        );
    }
    let tokens = wire
        .create(PATH, json!({"model": "m", "input": [1, 2, 3]}))
        .await;
    assert_eq!(tokens["data"].as_array().unwrap().len(), 1);
}

#[tokio::test]
async fn bad_requests_are_refused_with_the_parameter_at_fault() {
    let wire = Wire::instant().await;
    for (body, param) in [
        (json!({"input": "x"}), "model"),
        (json!({"model": "m"}), "input"),
        (json!({"model": "m", "input": ""}), "input"),
        (json!({"model": "m", "input": []}), "input"),
        (json!({"model": "m", "input": {}}), "input"),
        (
            json!({"model": "m", "input": "x", "dimensions": 0}),
            "dimensions",
        ),
        (
            json!({"model": "m", "input": "x", "encoding_format": "hex"}),
            "encoding_format",
        ),
    ] {
        let (status, answer) = wire.post(PATH, &body).await;
        assert_eq!(
            (status, &answer["error"]["param"]),
            (400, &json!(param)),
            "{body}"
        );
    }
}
