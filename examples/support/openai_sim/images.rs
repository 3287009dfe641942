//! `/images/generations`, `/images/edits`, `/images/variations`: one small picture for all.
//!
//! Contract: the picture is a valid PNG of a single pixel; what is told about it is what was
//! asked for. Models older than `gpt-image` give addresses unless asked for bytes, the others
//! give bytes. The addresses lead nowhere.

use axum::Router;
use axum::body::Bytes;
use axum::extract::State;
use axum::http::HeaderMap;
use axum::routing::post;
use serde_json::{Map, Value, json};

use super::error::ApiError;
use super::fields::Fields;
use super::multipart;
use super::state::{Simulator, now};
use super::stream::{Answer, Event, Streamed};
use super::tokens;

const PIXEL: &str = "iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mP8z8BQDwAEhQGAhKmMIQAAAABJRU5ErkJggg==";
/// What a picture of low quality costs.
const TOKENS_PER_PICTURE: u64 = 272;
const TOKENS_PER_INPUT_PICTURE: u64 = 194;
const MAX_PICTURES: u64 = 10;

pub(super) fn routes() -> Router<Simulator> {
    Router::new()
        .route("/images/generations", post(generate))
        .route("/images/edits", post(edit))
        .route("/images/variations", post(vary))
}

struct ImageRequest {
    model: String,
    prompt: String,
    count: u64,
    size: String,
    quality: String,
    format: Option<String>,
    background: String,
    stream: bool,
    partial: u64,
    pictures: u64,
}

impl ImageRequest {
    /// `pictures` is how many the request brings.
    fn read(mut body: Fields, default_model: &str, pictures: u64) -> Result<Self, ApiError> {
        let or = |value: Option<String>, default: &str| {
            value
                .filter(|value| value != "auto")
                .unwrap_or_else(|| default.to_owned())
        };
        let count = body.whole_number("n")?.unwrap_or(1);
        if !(1..=MAX_PICTURES).contains(&count) {
            let message = format!("Invalid 'n': expected a value from 1 to {MAX_PICTURES}.");
            return Err(ApiError::invalid(message).with_param("n"));
        }
        Ok(Self {
            model: or(body.text("model")?, default_model),
            prompt: body.text("prompt")?.unwrap_or_default(),
            count,
            size: or(body.text("size")?, "1024x1024"),
            quality: or(body.text("quality")?, "low"),
            format: body.text("response_format")?,
            background: or(body.text("background")?, "opaque"),
            stream: body.flag("stream")?.unwrap_or_default(),
            partial: body
                .whole_number("partial_images")?
                .unwrap_or_default()
                .min(3),
            pictures,
        })
    }

    fn is_gpt(&self) -> bool {
        !self.model.starts_with("dall-e")
    }

    fn usage(&self) -> Value {
        let text = tokens::count(&self.prompt);
        let pictures = self.pictures * TOKENS_PER_INPUT_PICTURE;
        let output = self.count * TOKENS_PER_PICTURE;
        json!({
            "input_tokens": text + pictures,
            "input_tokens_details": {"text_tokens": text, "image_tokens": pictures},
            "output_tokens": output,
            "total_tokens": text + pictures + output,
        })
    }

    /// What is known of every picture.
    fn description(&self) -> Value {
        json!({
            "background": self.background,
            "output_format": "png",
            "quality": self.quality,
            "size": self.size,
        })
    }

    fn answer(&self, simulator: &Simulator, kind: &str) -> Answer {
        if self.stream && self.is_gpt() {
            return Answer::Streamed(Streamed {
                events: self.events(kind),
                usage: self.usage(),
            });
        }
        let bytes = self.is_gpt() || self.format.as_deref() == Some("b64_json");
        let picture = || {
            let mut picture = if bytes {
                json!({"b64_json": PIXEL})
            } else {
                let name = simulator.identifier("img");
                json!({"url": format!("https://images.example.com/{name}.png")})
            };
            if !self.prompt.is_empty() {
                picture["revised_prompt"] = json!(self.prompt);
            }
            picture
        };
        let data: Vec<Value> = (0..self.count).map(|_| picture()).collect();
        let mut answer = json!({"created": now().as_secs(), "data": data});
        if self.is_gpt() {
            extend(&mut answer, self.description());
            answer["usage"] = self.usage();
        }
        Answer::Whole(answer)
    }

    fn events(&self, kind: &str) -> Vec<Event> {
        let event = |name: &str, more: Value| {
            let mut event = self.description();
            event["b64_json"] = json!(PIXEL);
            event["created_at"] = json!(now().as_secs());
            extend(&mut event, more);
            Event::typed(&format!("{kind}.{name}"), event)
        };
        let partial = (0..self.partial)
            .map(|index| event("partial_image", json!({"partial_image_index": index})));
        partial
            .chain([event("completed", json!({"usage": self.usage()}))])
            .collect()
    }
}

fn extend(object: &mut Value, more: Value) {
    if let (Value::Object(object), Value::Object(more)) = (object, more) {
        object.extend(more);
    }
}

async fn generate(State(simulator): State<Simulator>, body: Fields) -> Result<Answer, ApiError> {
    let request = ImageRequest::read(body, "dall-e-2", 0)?;
    if request.prompt.is_empty() {
        return Err(ApiError::invalid("Missing required parameter: 'prompt'.")
            .with_param("prompt")
            .with_code("missing_required_parameter"));
    }
    Ok(request.answer(&simulator, "image_generation"))
}

async fn edit(
    State(simulator): State<Simulator>,
    headers: HeaderMap,
    body: Bytes,
) -> Result<Answer, ApiError> {
    let (fields, pictures) = read_form(&headers, &body)?;
    let request = ImageRequest::read(fields, "gpt-image-1", pictures)?;
    Ok(request.answer(&simulator, "image_edit"))
}

async fn vary(
    State(simulator): State<Simulator>,
    headers: HeaderMap,
    body: Bytes,
) -> Result<Answer, ApiError> {
    let (fields, pictures) = read_form(&headers, &body)?;
    let request = ImageRequest::read(fields, "dall-e-2", pictures)?;
    Ok(request.answer(&simulator, "image_variation"))
}

/// A form as a body of the same fields, and how many pictures came with it.
fn read_form(headers: &HeaderMap, body: &[u8]) -> Result<(Fields, u64), ApiError> {
    let parts = multipart::parts(headers, body);
    let pictures = parts.iter().filter(|part| part.name.starts_with("image"));
    let pictures = pictures.count() as u64;
    if pictures == 0 {
        return Err(ApiError::invalid("Missing required parameter: 'image'.")
            .with_param("image")
            .with_code("missing_required_parameter"));
    }
    let fields = parts.iter().filter(|part| part.file.is_none());
    let fields: Map<String, Value> = fields
        .filter_map(|part| {
            let text = multipart::text(&parts, part.name)?;
            let value = match part.name {
                // Forms have texts only.
                "n" | "partial_images" | "stream" => serde_json::from_str(text).ok()?,
                _ => json!(text),
            };
            Some((part.name.to_owned(), value))
        })
        .collect();
    Ok((Fields::from(fields), pictures))
}
