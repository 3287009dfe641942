//! Request bodies, read field by field.
//!
//! Contract: whatever is wrong with a body is refused in OpenAI's words with the path of the
//! parameter at fault, which derived deserialisers cannot do. Each method takes its field
//! out; [`Fields::finish`] refuses what nobody took. A null is a field that is not there.

use axum::body::Bytes;
use axum::extract::{FromRequest, Request};
use axum::response::IntoResponse as _;
use serde_json::{Map, Value};

use super::error::ApiError;

#[derive(Debug, Default)]
pub(super) struct Fields {
    /// Empty at the top, else the parent's path.
    path: String,
    values: Map<String, Value>,
}

impl<S: Send + Sync> FromRequest<S> for Fields {
    type Rejection = ApiError;

    async fn from_request(request: Request, state: &S) -> Result<Self, ApiError> {
        let body = Bytes::from_request(request, state)
            .await
            .map_err(|rejection| {
                let message = rejection.body_text();
                ApiError::refused(rejection.into_response().status(), message)
            })?;
        Self::parse(&body)
    }
}

impl Fields {
    /// Reads `body`; nothing at all is an object without fields.
    pub(super) fn parse(body: &[u8]) -> Result<Self, ApiError> {
        if body.is_empty() {
            return Ok(Self::default());
        }
        match serde_json::from_slice(body) {
            Ok(Value::Object(values)) => Ok(Self {
                path: String::new(),
                values,
            }),
            _ => Err(ApiError::invalid(
                "We could not parse the JSON body of your request. (HINT: This likely means you \
                 aren't using your HTTP library correctly. The OpenAI API expects a JSON \
                 payload, but what was sent was not valid JSON.)",
            )),
        }
    }
}

impl From<Map<String, Value>> for Fields {
    /// For bodies that did not come as JSON.
    fn from(values: Map<String, Value>) -> Self {
        Self {
            path: String::new(),
            values,
        }
    }
}

impl Fields {
    /// The path of the field `name`, as errors write it.
    pub(super) fn param(&self, name: &str) -> String {
        if self.path.is_empty() {
            name.to_owned()
        } else {
            format!("{}.{name}", self.path)
        }
    }

    /// The field as it came, which stays to be read.
    pub(super) fn copy(&self, name: &str) -> Option<Value> {
        self.values.get(name).cloned()
    }

    pub(super) fn any(&mut self, name: &str) -> Option<Value> {
        self.values.remove(name).filter(|value| !value.is_null())
    }

    /// `value`, or the refusal of a body without it.
    pub(super) fn required<T>(&self, name: &str, value: Option<T>) -> Result<T, ApiError> {
        value.ok_or_else(|| {
            let param = self.param(name);
            ApiError::invalid(format!("Missing required parameter: '{param}'."))
                .with_param(param)
                .with_code("missing_required_parameter")
        })
    }

    pub(super) fn text(&mut self, name: &str) -> Result<Option<String>, ApiError> {
        self.typed(name, "a string", |value| match value {
            Value::String(text) => Ok(text),
            other => Err(other),
        })
    }

    pub(super) fn number(&mut self, name: &str) -> Result<Option<f64>, ApiError> {
        self.typed(name, "a decimal", |value| value.as_f64().ok_or(value))
    }

    pub(super) fn whole_number(&mut self, name: &str) -> Result<Option<u64>, ApiError> {
        self.typed(name, "an integer", |value| value.as_u64().ok_or(value))
    }

    pub(super) fn flag(&mut self, name: &str) -> Result<Option<bool>, ApiError> {
        self.typed(name, "a boolean", |value| value.as_bool().ok_or(value))
    }

    pub(super) fn object(&mut self, name: &str) -> Result<Option<Map<String, Value>>, ApiError> {
        self.typed(name, "an object", |value| match value {
            Value::Object(values) => Ok(values),
            other => Err(other),
        })
    }

    /// An object whose own fields are read one by one.
    pub(super) fn nested(&mut self, name: &str) -> Result<Option<Self>, ApiError> {
        let path = self.param(name);
        Ok(self.object(name)?.map(|values| Self { path, values }))
    }

    /// A list of objects whose own fields are read one by one.
    pub(super) fn nested_list(&mut self, name: &str) -> Result<Option<Vec<Self>>, ApiError> {
        let path = self.param(name);
        let Some(list) = self.typed(name, "an array of objects", |value| match value {
            Value::Array(list) => Ok(list),
            other => Err(other),
        })?
        else {
            return Ok(None);
        };
        list.into_iter()
            .enumerate()
            .map(|(index, value)| {
                let path = format!("{path}[{index}]");
                match value {
                    Value::Object(values) => Ok(Self { path, values }),
                    other => Err(wrong_type(&path, "an object", &other)),
                }
            })
            .collect::<Result<_, _>>()
            .map(Some)
    }

    /// Refuses fields that no one has taken.
    pub(super) fn finish(self) -> Result<(), ApiError> {
        match self.values.keys().next() {
            None => Ok(()),
            Some(name) => {
                let param = self.param(name);
                Err(ApiError::invalid(format!("Unknown parameter: '{param}'."))
                    .with_param(param)
                    .with_code("unknown_parameter"))
            }
        }
    }

    /// What is left, for objects that are stored as they came.
    pub(super) fn into_rest(self) -> Map<String, Value> {
        self.values
    }

    fn typed<T>(
        &mut self,
        name: &str,
        expected: &str,
        read: impl FnOnce(Value) -> Result<T, Value>,
    ) -> Result<Option<T>, ApiError> {
        self.any(name)
            .map(|value| {
                read(value).map_err(|other| wrong_type(&self.param(name), expected, &other))
            })
            .transpose()
    }
}

/// The refusal of a value of another type than `expected`.
pub(super) fn wrong_type(param: &str, expected: &str, got: &Value) -> ApiError {
    let got = match got {
        Value::Null => "null",
        Value::Bool(_) => "a boolean",
        Value::Number(number) if number.is_f64() => "a decimal",
        Value::Number(_) => "an integer",
        Value::String(_) => "a string",
        Value::Array(_) => "an array",
        Value::Object(_) => "an object",
    };
    let message =
        format!("Invalid type for '{param}': expected {expected}, but got {got} instead.");
    ApiError::invalid(message)
        .with_param(param)
        .with_code("invalid_type")
}
