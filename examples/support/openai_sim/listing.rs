//! Lists, a page at a time: `order`, `limit`, `after`, `before`.
//!
//! Contract: items come in oldest first and are cut here only; the newest first is the
//! default, as on the wire. Parameters this server does not know are ignored, as there.

use axum::extract::FromRequestParts;
use axum::http::request::Parts;
use serde::Serialize;

use super::error::ApiError;

const DEFAULT_LIMIT: usize = 20;
const MAX_LIMIT: usize = 100;

/// What a list is made of.
pub(super) trait Listed: Serialize {
    fn id(&self) -> &str;
}

/// What a client may ask of a list.
pub(super) struct PageQuery {
    ascending: bool,
    limit: usize,
    after: Option<String>,
    before: Option<String>,
    /// Messages only: those one run has made.
    pub(super) run_id: Option<String>,
}

impl<S: Send + Sync> FromRequestParts<S> for PageQuery {
    type Rejection = ApiError;

    async fn from_request_parts(parts: &mut Parts, _state: &S) -> Result<Self, ApiError> {
        Self::parse(parts.uri.query().unwrap_or_default())
    }
}

impl PageQuery {
    /// Everything, oldest first: what an answer to an addition lists.
    pub(super) fn whole() -> Self {
        Self {
            ascending: true,
            limit: usize::MAX,
            after: None,
            before: None,
            run_id: None,
        }
    }

    fn parse(query: &str) -> Result<Self, ApiError> {
        let mut parsed = Self {
            ascending: false,
            limit: DEFAULT_LIMIT,
            after: None,
            before: None,
            run_id: None,
        };
        for (name, value) in url::form_urlencoded::parse(query.as_bytes()) {
            match name.as_ref() {
                "order" => parsed.ascending = is_ascending(&value)?,
                "limit" => parsed.limit = limit(&value)?,
                "after" => parsed.after = Some(value.into_owned()),
                "before" => parsed.before = Some(value.into_owned()),
                "run_id" => parsed.run_id = Some(value.into_owned()),
                _ => {}
            }
        }
        Ok(parsed)
    }

    /// The page of `items`, which are oldest first, that this query asks for.
    pub(super) fn page<T: Listed>(&self, mut items: Vec<T>) -> Result<Page<T>, ApiError> {
        if !self.ascending {
            items.reverse();
        }
        let start = match &self.after {
            Some(id) => position(&items, id, "after")? + 1,
            None => 0,
        };
        let end = match &self.before {
            Some(id) => position(&items, id, "before")?,
            None => items.len(),
        };
        // A cursor behind the other leaves nothing between them.
        let end = end.max(start);
        // With `before` alone the page is the one that ends at the cursor.
        let from_the_end = self.before.is_some() && self.after.is_none();
        let length = (end - start).min(self.limit);
        let range = if from_the_end {
            end - length..end
        } else {
            start..start + length
        };
        let has_more = length < end - start;
        let data: Vec<T> = items.drain(range).collect();
        Ok(Page {
            object: "list",
            first_id: data.first().map(|item| item.id().to_owned()),
            last_id: data.last().map(|item| item.id().to_owned()),
            data,
            has_more,
        })
    }
}

/// One page, as on the wire.
#[derive(Debug, Serialize)]
pub(super) struct Page<T> {
    object: &'static str,
    data: Vec<T>,
    first_id: Option<String>,
    last_id: Option<String>,
    has_more: bool,
}

fn position<T: Listed>(items: &[T], id: &str, param: &str) -> Result<usize, ApiError> {
    items
        .iter()
        .position(|item| item.id() == id)
        .ok_or_else(|| ApiError::not_found("item", id).with_param(param))
}

fn is_ascending(order: &str) -> Result<bool, ApiError> {
    match order {
        "asc" => Ok(true),
        "desc" => Ok(false),
        other => Err(ApiError::unsupported_value(
            "order",
            other,
            "'asc' and 'desc'",
        )),
    }
}

fn limit(text: &str) -> Result<usize, ApiError> {
    let (message, code) = match text.parse::<i64>() {
        Err(_) => (
            "Invalid type for 'limit': expected an integer, but got a string instead.".to_owned(),
            "invalid_type",
        ),
        Ok(limit) if limit < 1 => (
            format!(
                "Invalid 'limit': integer below minimum value. Expected a value >= 1, but got {limit} instead."
            ),
            "integer_below_min_value",
        ),
        Ok(limit) => match usize::try_from(limit) {
            Ok(limit) if limit <= MAX_LIMIT => return Ok(limit),
            _ => (
                format!(
                    "Invalid 'limit': integer above maximum value. Expected a value <= {MAX_LIMIT}, but got {limit} instead."
                ),
                "integer_above_max_value",
            ),
        },
    };
    Err(ApiError::invalid(message)
        .with_param("limit")
        .with_code(code))
}
