//! Names of events for destinations without a mapping.
//!
//! `tracing` names an event without a message by file and line, which tells nobody what it is, and
//! tracing-opentelemetry adds `level` and `target`, which no convention has. Runs last, since whatever reads an
//! event before knows it by these.

use opentelemetry::Key;
use opentelemetry::trace::Event;
use opentelemetry_sdk::trace::SpanData;

use super::events;
use crate::conventions::event;

/// Names events by what they are: what a function returned, its error, or a log line, which keeps level and
/// target under names of this crate's.
pub(crate) fn name_events(span: &mut SpanData) {
    span.events.events.iter_mut().for_each(name);
}

fn name(event: &mut Event) {
    let is_return = events::is_return(event);
    if is_return {
        event.name = event::RETURN.into();
    } else if events::is_unnamed(event) {
        event.name = event::LOG.into();
    }
    if is_return || events::is_error_of_function(event) {
        event
            .attributes
            .retain(|one| !events::is_of_layer(one.key.as_str()));
        return;
    }
    for attribute in &mut event.attributes {
        match attribute.key.as_str() {
            events::LEVEL => attribute.key = Key::from_static_str(event::LEVEL),
            events::TARGET => attribute.key = Key::from_static_str(event::TARGET),
            _ => {}
        }
    }
}

#[cfg(test)]
mod tests {
    use std::time::SystemTime;

    use opentelemetry::KeyValue;

    use super::*;

    fn named(event: &str, attributes: &[(&'static str, &'static str)]) -> (String, Vec<String>) {
        let attributes = attributes
            .iter()
            .map(|(key, value)| KeyValue::new(*key, *value));
        let mut event = Event::new(event.to_owned(), SystemTime::now(), attributes.collect(), 0);
        name(&mut event);
        let keys = event.attributes.iter().map(|one| one.key.to_string());
        (event.name.to_string(), keys.collect())
    }

    #[test]
    fn events_are_named_by_what_they_are() {
        let of_layer = [("level", "INFO"), ("target", "app")];
        let with = |key| [of_layer[0], of_layer[1], (key, "1")];
        for (recorded, attributes, name, keys) in [
            ("event src/a.rs:1", with("return"), "return", vec!["return"]),
            (
                "exception",
                with("exception.message"),
                "exception",
                vec!["exception.message"],
            ),
            (
                "event src/a.rs:2",
                with("attempt"),
                "log",
                vec![event::LEVEL, event::TARGET, "attempt"],
            ),
            (
                "cache miss",
                with("key"),
                "cache miss",
                vec![event::LEVEL, event::TARGET, "key"],
            ),
        ] {
            let keys: Vec<String> = keys.into_iter().map(str::to_owned).collect();
            assert_eq!(
                named(recorded, &attributes),
                (name.to_owned(), keys),
                "{recorded}"
            );
        }
    }
}
