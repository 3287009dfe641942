//! How long a text may be that is sent.
//!
//! Two limits, both said by [`truncate::shorten`]: one of this crate, in bytes, for every text, so that no
//! single text makes a span that no backend takes; and OpenTelemetry's, in characters, for values of
//! attributes, unless set by nobody. The first also bounds what is kept of a call while it is read.

use crate::config::environment::Environment;
use crate::config::error::ConfigError;
use crate::config::settings::Setting;
use crate::text::truncate;
use crate::text::truncate::{Room, Unit};

const FIELD: &str = "TRACING_GENAI_FIELD_LIMIT";
const VALUE: [&str; 2] = [
    "OTEL_SPAN_ATTRIBUTE_VALUE_LENGTH_LIMIT",
    "OTEL_ATTRIBUTE_VALUE_LENGTH_LIMIT",
];
/// Bytes of a text that are sent unless said otherwise.
const FIELD_BYTES: usize = 1 << 20;

pub(crate) const SETTINGS: &[Setting] = &[
    Setting {
        names: &[FIELD],
        meaning: "bytes of one text that are kept and sent; what is cut says so, and JSON stays JSON",
        default: "`1048576`",
        in_code: "`with_field_limit`",
    },
    Setting {
        names: &VALUE,
        meaning: "characters of an attribute's value that are sent",
        default: "–",
        in_code: "`with_max_attribute_characters`",
    },
];

/// What the code says; `None` where it says nothing.
#[derive(Clone, Copy, Debug, Default)]
pub(crate) struct Said {
    pub(crate) bytes: Option<usize>,
    pub(crate) characters: Option<usize>,
}

impl Said {
    /// Completed by the environment and the defaults.
    pub(crate) fn or(self, environment: &Environment) -> Result<TextLimits, ConfigError> {
        let number = |name: &str, unit: &str| {
            let expected = format!("a whole number of {unit}, such as `4096`");
            environment.parsed(name, &expected, |value| value.parse().ok())
        };
        let bytes = match self.bytes {
            Some(bytes) => Some(bytes),
            None => number(FIELD, "bytes")?,
        };
        let characters = match (self.characters, environment.first(&VALUE)) {
            (None, Some((name, _))) => number(name, "characters")?,
            (in_code, _) => in_code,
        };
        Ok(TextLimits {
            bytes: bytes.unwrap_or(FIELD_BYTES),
            characters,
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
}

impl TextLimits {
    /// How many bytes of a text are kept until it is sent: masks see more than they let through.
    pub(crate) fn kept(self) -> usize {
        self.bytes.max(FIELD_BYTES)
    }

    /// As much of a text as may be sent; `None` if that is all of it.
    pub(crate) fn truncate(self, text: &str, is_value: bool) -> Option<String> {
        let bytes = Room {
            unit: Unit::Bytes,
            most: self.bytes,
        };
        let most = self.characters.filter(|_| is_value);
        let in_characters = most.and_then(|most| {
            let unit = Unit::Characters;
            truncate::shorten(text, Room { unit, most })
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
        };
        let truncate = |text, is_value| limits.truncate(text, is_value);
        assert_eq!(truncate("abcd", true), None);
        assert_eq!(truncate("abcdef", false), None);
        let characters = Some("abcd… <cut: 6 characters in all>".to_owned());
        assert_eq!(truncate("abcdef", true), characters);
        let bytes = Some("ééé… <cut: 10 bytes in all>".to_owned());
        assert_eq!(truncate("ééééé", false), bytes);
        let both = Some("ééé… <cut: 5 characters in all>".to_owned());
        assert_eq!(truncate("ééééé", true), both);
    }
}
