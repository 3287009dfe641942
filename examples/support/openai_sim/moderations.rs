//! `/moderations`: what a text is about that it should not be.
//!
//! Contract: pure; a few plain words raise a flag, everything else is fine.

use axum::Router;
use axum::extract::State;
use axum::routing::post;
use serde_json::{Map, Value, json};

use super::error::ApiError;
use super::fields::Fields;
use super::state::Simulator;
use super::stream::Answer;

/// Every category of the model, and the words that belong to it here.
const CATEGORIES: [(&str, &[&str]); 13] = [
    ("harassment", &["idiot"]),
    ("harassment/threatening", &[]),
    ("hate", &["hate"]),
    ("hate/threatening", &[]),
    ("illicit", &["steal", "shoplift"]),
    ("illicit/violent", &["bomb"]),
    ("self-harm", &[]),
    ("self-harm/instructions", &[]),
    ("self-harm/intent", &[]),
    ("sexual", &[]),
    ("sexual/minors", &[]),
    ("violence", &["kill", "bomb"]),
    ("violence/graphic", &[]),
];

pub(super) fn routes() -> Router<Simulator> {
    Router::new().route("/moderations", post(create))
}

async fn create(State(simulator): State<Simulator>, mut body: Fields) -> Result<Answer, ApiError> {
    let model = body.text("model")?;
    let model = model.unwrap_or_else(|| "omni-moderation-latest".to_owned());
    let input = body.any("input");
    let results: Vec<Value> = match body.required("input", input)? {
        Value::Array(items) if items.first().is_some_and(Value::is_string) => {
            items.iter().map(judge).collect()
        }
        other => vec![judge(&other)],
    };
    let id = simulator.hyphenated("modr");
    Ok(Answer::Whole(
        json!({"id": id, "model": model, "results": results}),
    ))
}

/// The judgement of one input, a text or a list of parts.
fn judge(input: &Value) -> Value {
    let text = input.to_string().to_lowercase();
    let mut categories = Map::new();
    let mut scores = Map::new();
    let mut kinds = Map::new();
    let mut flagged = false;
    for (category, words) in CATEGORIES {
        let found = words.iter().any(|word| text.contains(word));
        flagged |= found;
        categories.insert(category.to_owned(), json!(found));
        scores.insert(
            category.to_owned(),
            json!(if found { 0.97 } else { 0.0001 }),
        );
        kinds.insert(category.to_owned(), json!(["text"]));
    }
    json!({
        "flagged": flagged,
        "categories": categories,
        "category_scores": scores,
        "category_applied_input_types": kinds,
    })
}
