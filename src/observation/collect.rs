//! Collects the items of a stream into one output.
//!
//! Pure. Texts are joined, anything else becomes a JSON array; a mixture is an array too. The output
//! is bounded: over the limit, a mark tells how long the text was or how many values are missing. The
//! result is valid JSON or the beginning of the text, never a broken document.

use std::fmt;

use serde::Serialize;
use serde_json::Value;

use crate::text::{errors, truncate};

/// What one item of a stream means for the observation.
///
/// # Examples
///
/// ```
/// use tracing_genai::observation::StreamItem;
///
/// assert_eq!(StreamItem::value("a"), StreamItem::Text("a".into()));
/// assert_eq!(StreamItem::value(&1), StreamItem::Json(1.into()));
/// assert_eq!(StreamItem::from(None::<String>), StreamItem::Nothing);
/// ```
#[derive(Clone, Debug, PartialEq)]
#[non_exhaustive]
pub enum StreamItem {
    /// A piece of text; pieces are joined.
    Text(String),
    /// A value; values become a list.
    Json(Value),
    /// Not part of the output, such as a heartbeat.
    Nothing,
    /// The stream failed.
    #[non_exhaustive]
    Error {
        /// A name of low cardinality.
        kind: Option<String>,
        /// What happened.
        message: String,
    },
}

impl StreamItem {
    /// Any value: a text is a piece of text, anything else a value.
    pub fn value(value: &(impl Serialize + ?Sized)) -> Self {
        match serde_json::to_value(value) {
            Ok(Value::String(text)) => Self::Text(text),
            Ok(value) => Self::Json(value),
            Err(error) => Self::Json(format!("<not serializable: {error}>").into()),
        }
    }

    /// An error by a name of low cardinality and a message.
    pub fn failed(kind: impl Into<String>, message: impl Into<String>) -> Self {
        Self::Error {
            kind: Some(kind.into()),
            message: message.into(),
        }
    }

    /// An error with all its sources.
    pub fn error<E: std::error::Error + ?Sized>(error: &E) -> Self {
        Self::Error {
            kind: errors::type_name::<E>(),
            message: errors::with_sources(error),
        }
    }

    /// An error of which only the text is known. The alternate form is asked for, in which some
    /// types write their sources too.
    pub(super) fn failure<E: fmt::Display>(error: &E) -> Self {
        Self::Error {
            kind: errors::type_name::<E>(),
            message: errors::shortened(format!("{error:#}")),
        }
    }
}

impl From<String> for StreamItem {
    fn from(text: String) -> Self {
        Self::Text(text)
    }
}

impl From<&str> for StreamItem {
    fn from(text: &str) -> Self {
        Self::Text(text.to_owned())
    }
}

impl From<Value> for StreamItem {
    fn from(value: Value) -> Self {
        Self::Json(value)
    }
}

impl<T: Into<Self>> From<Option<T>> for StreamItem {
    fn from(item: Option<T>) -> Self {
        item.map_or(Self::Nothing, Into::into)
    }
}

/// The output so far.
#[derive(Debug)]
pub(super) struct Collected {
    limit: usize,
    kept: Kept,
    /// Bytes of text or of JSON in `kept`.
    bytes: usize,
    /// Bytes of all texts, also of what is not kept.
    total: u64,
    missing: u64,
}

#[derive(Debug)]
enum Kept {
    /// All joined, and where each piece ended: a value among them turns them into a list.
    Text { joined: String, ends: Vec<usize> },
    /// JSON of each value.
    Values(Vec<String>),
}

impl Collected {
    pub(super) fn new(limit: usize) -> Self {
        Self {
            limit,
            kept: Kept::Text {
                joined: String::new(),
                ends: Vec::new(),
            },
            bytes: 0,
            total: 0,
            missing: 0,
        }
    }

    pub(super) fn set_limit(&mut self, limit: usize) {
        self.limit = limit;
    }

    pub(super) fn push_text(&mut self, piece: &str) {
        if let Kept::Text { joined, ends } = &mut self.kept {
            self.total += piece.len() as u64;
            if self.missing > 0 || piece.is_empty() {
                self.missing += u64::from(!piece.is_empty());
                return;
            }
            let fitting = truncate::head(piece, self.limit.saturating_sub(joined.len()));
            joined.push_str(fitting);
            ends.push(joined.len());
            self.bytes = joined.len();
            self.missing += u64::from(fitting.len() < piece.len());
        } else {
            self.push_json(quoted(piece));
        }
    }

    pub(super) fn push_value(&mut self, value: &Value) {
        if let Kept::Text { joined, ends } = &mut self.kept {
            let mut start = 0;
            let mut values = Vec::with_capacity(ends.len() + 1);
            for &end in ends.iter() {
                values.push(quoted(&joined[start..end]));
                start = end;
            }
            self.bytes = values.iter().map(String::len).sum();
            self.kept = Kept::Values(values);
        }
        self.push_json(value.to_string());
    }

    fn push_json(&mut self, json: String) {
        let Kept::Values(values) = &mut self.kept else {
            return;
        };
        if self.missing > 0 || self.bytes.saturating_add(json.len()) > self.limit {
            self.missing += 1;
            return;
        }
        self.bytes += json.len();
        values.push(json);
    }

    /// The output; `None` if there was nothing to collect.
    pub(super) fn finish(self) -> Option<String> {
        match self.kept {
            Kept::Text { ref joined, .. } if joined.is_empty() && self.missing == 0 => None,
            Kept::Text { mut joined, .. } => {
                if self.missing > 0 {
                    truncate::mark(&mut joined, self.total);
                }
                Some(joined)
            }
            Kept::Values(mut values) => {
                if self.missing > 0 {
                    values.push(quoted(&truncate::left_out(self.missing)));
                }
                Some(format!("[{}]", values.join(",")))
            }
        }
    }
}

fn quoted(text: &str) -> String {
    Value::from(text).to_string()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn texts(limit: usize, pieces: &[&str]) -> Option<String> {
        let mut collected = Collected::new(limit);
        pieces.iter().for_each(|piece| collected.push_text(piece));
        collected.finish()
    }

    #[test]
    fn texts_are_joined() {
        assert_eq!(texts(100, &["x =", "", " 1"]).as_deref(), Some("x = 1"));
        assert_eq!(texts(100, &[]), None);
    }

    #[test]
    fn a_text_is_truncated_at_a_character_and_stays_truncated() {
        let cut = texts(4, &["ab", "éé", "c"]);
        assert_eq!(cut.as_deref(), Some("abé… <truncated: 7 bytes in total>"));
        let cut = texts(3, &["ab", "éé", "c"]);
        assert_eq!(cut.as_deref(), Some("ab… <truncated: 7 bytes in total>"));
        assert_eq!(
            texts(0, &["a"]).as_deref(),
            Some("… <truncated: 1 bytes in total>")
        );
    }

    #[test]
    fn values_are_a_list() {
        let mut collected = Collected::new(100);
        collected.push_value(&Value::from(1));
        collected.push_text("two");
        assert_eq!(collected.finish().as_deref(), Some(r#"[1,"two"]"#));
    }

    #[test]
    fn texts_before_a_value_become_elements() {
        let mut collected = Collected::new(100);
        collected.push_text("a");
        collected.push_text("b");
        collected.push_value(&Value::Null);
        assert_eq!(collected.finish().as_deref(), Some(r#"["a","b",null]"#));
    }

    #[test]
    fn a_list_over_the_limit_is_still_json() {
        let mut collected = Collected::new(3);
        for number in [10, 20, 3] {
            collected.push_value(&Value::from(number));
        }
        let output = collected.finish().unwrap_or_default();
        assert_eq!(output, r#"[10,"<2 more left out>"]"#);
    }
}
