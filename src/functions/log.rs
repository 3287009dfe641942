//! The log lines of a span: what was logged inside of it, as opposed to how a function ended, and the attempts
//! of a call that failed.

use opentelemetry::trace::Event;
use opentelemetry::{KeyValue, Value};

use super::events;
use crate::conventions as names;

/// A line of the log.
#[derive(Clone, Copy, Debug)]
pub(crate) struct LogLine<'a>(pub(crate) &'a Event);

impl<'a> LogLine<'a> {
    /// The lines among the events of a span, in order.
    pub(crate) fn among(events: &'a [Event]) -> impl DoubleEndedIterator<Item = Self> {
        events.iter().filter_map(|event| {
            let is_end = events::is_return(event) || events::is_error_of_function(event);
            let is_line = events::attribute(event, events::LEVEL).is_some() && !is_end;
            (is_line || event.name == names::call::ATTEMPT_EVENT).then_some(Self(event))
        })
    }

    /// `ERROR`, `WARN`, `INFO`, `DEBUG` or `TRACE`.
    pub(crate) fn level(self) -> &'a str {
        match events::attribute(self.0, events::LEVEL) {
            Some(Value::String(level)) => level.as_str(),
            _ => "WARN",
        }
    }

    /// The module that logged it.
    pub(crate) fn target(self) -> Option<&'a Value> {
        events::attribute(self.0, events::TARGET)
    }

    /// Its text; empty for a line that has fields only.
    pub(crate) fn message(self) -> &'a str {
        match self.0.name.as_ref() {
            names::call::ATTEMPT_EVENT => "an attempt failed, and another was made",
            _ if events::is_unnamed(self.0) => "",
            message => message,
        }
    }

    /// Its fields besides level and module.
    pub(crate) fn fields(self) -> impl Iterator<Item = &'a KeyValue> {
        let fields = self.0.attributes.iter();
        fields.filter(|field| !events::is_of_layer(field.key.as_str()))
    }
}

#[cfg(test)]
mod tests {
    use std::time::SystemTime;

    use super::*;

    fn event(name: &'static str, attributes: &[(&'static str, &'static str)]) -> Event {
        let attributes = attributes
            .iter()
            .map(|(key, value)| KeyValue::new(*key, *value));
        Event::new(name, SystemTime::UNIX_EPOCH, attributes.collect(), 0)
    }

    #[test]
    fn ends_of_functions_are_no_lines() {
        let events = [
            event(
                "cache is cold",
                &[("level", "INFO"), ("target", "app"), ("size", "3")],
            ),
            event("event src/a.rs:1", &[("level", "INFO"), ("return", "4")]),
            event(
                "exception",
                &[("level", "ERROR"), ("exception.message", "no")],
            ),
            event("event src/a.rs:2", &[("level", "WARN"), ("left", "1")]),
            event(names::call::ATTEMPT_EVENT, &[("error.type", "500")]),
            event("choice", &[("index", "0")]),
        ];
        let lines: Vec<_> = LogLine::among(&events)
            .map(|line| (line.level(), line.message(), line.fields().count()))
            .collect();
        let attempt = "an attempt failed, and another was made";
        assert_eq!(
            lines,
            [
                ("INFO", "cache is cold", 1),
                ("WARN", "", 1),
                ("WARN", attempt, 1)
            ]
        );
    }
}
