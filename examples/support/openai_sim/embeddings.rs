//! `/embeddings`: vectors of the asked length, as numbers or as base64.
//!
//! Contract: the same text gives the same vector of length one, and texts that share words
//! have similar vectors: every word adds its own pseudo-random direction.

use axum::Router;
use axum::extract::State;
use axum::routing::post;
use base64::Engine as _;
use base64::prelude::BASE64_STANDARD;
use serde_json::{Value, json};

use super::error::ApiError;
use super::fields::{Fields, wrong_type};
use super::state::Simulator;
use super::stream::Answer;
use super::tokens;

/// What the small embedding models give when nobody asks for less.
const DIMENSIONS: u64 = 1536;
const LARGE_DIMENSIONS: u64 = 3072;
/// OpenAI's limit for one request.
const MAX_INPUTS: usize = 2048;

pub(super) fn routes() -> Router<Simulator> {
    Router::new().route("/embeddings", post(create))
}

async fn create(State(_): State<Simulator>, mut body: Fields) -> Result<Answer, ApiError> {
    let model = body.text("model")?;
    let model = body.required("model", model)?;
    let input = body.any("input");
    let inputs = read_inputs(body.required("input", input)?)?;
    let default = if model.contains("large") {
        LARGE_DIMENSIONS
    } else {
        DIMENSIONS
    };
    let dimensions = body.whole_number("dimensions")?.unwrap_or(default);
    if !(1..=LARGE_DIMENSIONS).contains(&dimensions) {
        let message =
            format!("Invalid 'dimensions': expected a value from 1 to {LARGE_DIMENSIONS}.");
        return Err(ApiError::invalid(message).with_param("dimensions"));
    }
    let base64 = match body.text("encoding_format")?.as_deref() {
        None | Some("float") => false,
        Some("base64") => true,
        Some(other) => {
            let supported = "'float' and 'base64'";
            return Err(ApiError::unsupported_value(
                "encoding_format",
                other,
                supported,
            ));
        }
    };
    let data: Vec<Value> = inputs
        .iter()
        .enumerate()
        .map(|(index, input)| {
            let vector = vector(&input.text, dimensions);
            let embedding = if base64 {
                encode(&vector)
            } else {
                json!(vector)
            };
            json!({"object": "embedding", "index": index, "embedding": embedding})
        })
        .collect();
    let tokens: u64 = inputs.iter().map(|input| input.tokens).sum();
    Ok(Answer::Whole(json!({
        "object": "list",
        "data": data,
        "model": model,
        "usage": {"prompt_tokens": tokens, "total_tokens": tokens},
    })))
}

struct Input {
    text: String,
    tokens: u64,
}

/// A text, texts, the tokens of a text, or the tokens of texts.
fn read_inputs(input: Value) -> Result<Vec<Input>, ApiError> {
    let of_numbers = |numbers: &[Value]| Input {
        text: json!(numbers).to_string(),
        tokens: numbers.len() as u64,
    };
    let inputs = match &input {
        Value::String(text) => vec![of_text(text)?],
        Value::Array(items) if items.first().is_some_and(Value::is_number) => {
            vec![of_numbers(items)]
        }
        Value::Array(items) => items
            .iter()
            .map(|item| match item {
                Value::String(text) => of_text(text),
                Value::Array(numbers) => Ok(of_numbers(numbers)),
                other => Err(wrong_type("input", "a string or an array", other)),
            })
            .collect::<Result<_, _>>()?,
        other => return Err(wrong_type("input", "a string or an array", other)),
    };
    if inputs.is_empty() || inputs.len() > MAX_INPUTS {
        let message = format!("Invalid 'input': expected from 1 to {MAX_INPUTS} inputs.");
        return Err(ApiError::invalid(message).with_param("input"));
    }
    Ok(inputs)
}

fn of_text(text: &str) -> Result<Input, ApiError> {
    if text.is_empty() {
        return Err(
            ApiError::invalid("'$.input' is invalid. It must not be empty.").with_param("input"),
        );
    }
    Ok(Input {
        text: text.to_owned(),
        tokens: tokens::count(text),
    })
}

fn vector(text: &str, dimensions: u64) -> Vec<f32> {
    let lowercase = text.to_lowercase();
    let words: Vec<&str> = lowercase
        .split(|character: char| !character.is_alphanumeric())
        .filter(|word| !word.is_empty())
        .collect();
    let sums: Vec<f32> = (0..dimensions)
        .map(|dimension| {
            words
                .iter()
                .map(|word| direction(word, dimension))
                .sum::<f32>()
        })
        // A text without a word has a direction as well.
        .map(|sum| sum + 1e-3)
        .collect();
    let length = sums.iter().map(|sum| sum * sum).sum::<f32>().sqrt();
    sums.into_iter().map(|sum| sum / length).collect()
}

/// A number from -1 to 1 that depends on nothing but its arguments.
fn direction(word: &str, dimension: u64) -> f32 {
    // FNV-1a with a last stir (the finaliser of SplitMix64).
    let mut hash = 0xcbf2_9ce4_8422_2325_u64 ^ dimension.wrapping_mul(0x9e37_79b9_7f4a_7c15);
    for byte in word.bytes() {
        hash = (hash ^ u64::from(byte)).wrapping_mul(0x0100_0000_01b3);
    }
    hash = (hash ^ (hash >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
    hash = (hash ^ (hash >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
    let top = u16::try_from((hash ^ (hash >> 31)) >> 48).unwrap_or_default();
    f32::from(top) / 32_767.5 - 1.0
}

/// Little-endian numbers in base64, as the wire has them.
fn encode(vector: &[f32]) -> Value {
    let bytes: Vec<u8> = vector
        .iter()
        .flat_map(|value| value.to_le_bytes())
        .collect();
    json!(BASE64_STANDARD.encode(bytes))
}
