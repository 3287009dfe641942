//! How long a text may be that is sent.
//!
//! Two limits: one of this crate, in bytes, for every text, so that no single text makes a span that no
//! backend takes; and OpenTelemetry's, in characters, for values of attributes, if it is set. The first also
//! bounds what is kept of a call while it is read. A text that was truncated says so.

use crate::config::environment::Environment;
use crate::config::error::ConfigError;
use crate::config::parser;
use crate::config::setting::{Row, Setting};
use crate::text::truncate;
use crate::text::truncate::{LengthLimit, Unit};

/// Masks see at least this much of a text, in bytes.
const LEAST_KEPT: usize = 1 << 20;

static FIELD: Setting<usize> = Setting::new(
    &["TRACING_GENAI_FIELD_LIMIT"],
    "bytes of one text that are kept and sent; a truncated text says so, and JSON stays JSON",
    parser::number("a whole number of bytes, such as `4096`"),
)
.default("1048576")
.methods(&["with_field_limit"]);

static VALUE: Setting<usize> = Setting::new(
    &[
        "OTEL_SPAN_ATTRIBUTE_VALUE_LENGTH_LIMIT",
        "OTEL_ATTRIBUTE_VALUE_LENGTH_LIMIT",
    ],
    "characters of an attribute's value that are sent",
    parser::number("a whole number of characters, such as `4096`"),
)
.methods(&["with_max_attribute_characters"]);

pub(crate) static SETTINGS: &[&Row] = &[&FIELD.row, &VALUE.row];

/// Bytes of a medium, such as an image, that are sent at most to a destination that gets media.
const MEDIUM: usize = 4 << 20;

/// What is set in code.
#[derive(Clone, Copy, Debug, Default)]
pub(crate) struct TextLimitSettings {
    pub(crate) bytes: Option<usize>,
    pub(crate) characters: Option<usize>,
}

impl TextLimitSettings {
    pub(crate) fn resolve(self, environment: &Environment) -> Result<TextLimits, ConfigError> {
        let bytes = FIELD.choose(self.bytes, environment)?;
        Ok(TextLimits {
            bytes: FIELD.resolve(self.bytes, environment)?,
            // As base64, four characters are three bytes.
            medium: bytes.map_or(MEDIUM, |bytes| (bytes / 4 * 3).min(MEDIUM)),
            characters: VALUE.choose(self.characters, environment)?,
        })
    }
}

/// How long a text may be.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct TextLimits {
    /// Any.
    pub(crate) bytes: usize,
    /// The value of an attribute of a span, an event or a link.
    pub(crate) characters: Option<usize>,
    /// Bytes of a medium that are sent; it becomes a marker if it has more.
    pub(crate) medium: usize,
}

impl TextLimits {
    /// How many bytes of a text are kept until it is sent: masks see more than they let through.
    pub(crate) fn kept(self) -> usize {
        self.bytes.max(LEAST_KEPT)
    }

    /// As much of a text as is sent; `None` if that is all of it.
    pub(crate) fn truncate(self, text: &str, is_value: bool) -> Option<String> {
        let bytes = LengthLimit {
            unit: Unit::Bytes,
            max: self.bytes,
        };
        let max = self.characters.filter(|_| is_value);
        let in_characters = max.and_then(|max| {
            let unit = Unit::Characters;
            truncate::shorten(text, LengthLimit { unit, max })
        });
        let in_bytes = truncate::shorten(in_characters.as_deref().unwrap_or(text), bytes);
        in_bytes.or(in_characters)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_stricter_limit_counts() {
        let limits = TextLimits {
            bytes: 6,
            characters: Some(4),
            medium: 0,
        };
        let truncate = |text, is_value| limits.truncate(text, is_value);
        assert_eq!(truncate("abcd", true), None);
        assert_eq!(truncate("abcdef", false), None);
        let characters = Some("abcd… <truncated: 6 characters in total>".to_owned());
        assert_eq!(truncate("abcdef", true), characters);
        let bytes = Some("ééé… <truncated: 10 bytes in total>".to_owned());
        assert_eq!(truncate("ééééé", false), bytes);
        let both = Some("ééé… <truncated: 5 characters in total>".to_owned());
        assert_eq!(truncate("ééééé", true), both);
    }
}
