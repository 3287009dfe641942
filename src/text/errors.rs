//! Errors as text: a message that says everything once, and a name of low cardinality.
//!
//! Pure. The message is limited in length, because some errors hold the whole body of a response, and
//! holds no key, because servers repeat what they were sent. The name is one that a person wrote in
//! source code, never a part of the data.

use std::error::Error;
use std::iter::successors;

use crate::text::{secrets, truncate};

/// Bytes of an error's text that are kept.
const MAX_MESSAGE: usize = 1_000;
/// The longest text that is taken for the name of a type.
const MAX_NAME: usize = 64;
/// How many sources are followed: an error may be its own source.
const MAX_SOURCES: usize = 32;

/// The error and its sources, outermost first. Many errors repeat their source in their own text;
/// nothing is repeated here.
pub(crate) fn with_sources<E: Error + ?Sized>(error: &E) -> String {
    let sources = error.source().into_iter().flat_map(and_sources);
    chain(error.to_string(), sources.map(ToString::to_string))
}

/// The error and its sources, outermost first.
pub(crate) fn and_sources<'a>(
    error: &'a (dyn Error + 'static),
) -> impl Iterator<Item = &'a (dyn Error + 'static)> {
    successors(Some(error), |error| (*error).source()).take(MAX_SOURCES)
}

/// Joins the text of an error and those of its sources.
pub(crate) fn chain(message: String, sources: impl IntoIterator<Item = String>) -> String {
    let mut text = message;
    for source in sources {
        if text.len() > MAX_MESSAGE {
            break;
        }
        if !text.contains(&source) {
            text.push_str(": ");
            text.push_str(&source);
        }
    }
    shortened(text)
}

/// The text without keys: all of it, or its beginning and a mark. Keys go first: a part of a key
/// would not be recognised.
pub(crate) fn shortened(text: String) -> String {
    let mut text = secrets::redact(&text).unwrap_or(text);
    let end = truncate::head(&text, MAX_MESSAGE).len();
    if end < text.len() {
        text.truncate(end);
        text.push('…');
    }
    text
}

/// The type's own name: `OpenAIError` of `async_openai::error::OpenAIError`; one that is just called
/// `Error` keeps where it comes from, as in `reqwest::Error` and `std::io::Error`. `None` if the type
/// says nothing about the error, as a box or a text does.
pub(crate) fn type_name<E: ?Sized>() -> Option<String> {
    let path = std::any::type_name::<E>();
    if path.starts_with(['&', '(', '[']) || path.starts_with("dyn ") {
        return None;
    }
    let path = path.split('<').next().unwrap_or(path);
    let segments: Vec<&str> = path.split("::").collect();
    let (name, origin) = segments.split_last()?;
    match *name {
        "Box" | "Arc" | "Rc" | "String" | "Cow" => None,
        "Error" => {
            let is_std = matches!(origin.first(), Some(&("std" | "core" | "alloc")));
            let origin = &origin[..origin.len().min(if is_std { 2 } else { 1 })];
            Some([origin, &["Error"]].concat().join("::"))
        }
        name => is_type_name(name).then(|| name.to_owned()),
    }
}

/// The name with which a `Debug` text begins: `NotFound` of `NotFound { id: 7 }`, `ApiError` of
/// `ApiError(…)`, `Timeout` of `Timeout`. Prose has none.
pub(crate) fn leading_name(text: &str) -> Option<&str> {
    let end = text
        .find(|c: char| !(c.is_ascii_alphanumeric() || c == '_'))
        .unwrap_or(text.len());
    let (name, rest) = text.split_at(end);
    let is_debug = rest.is_empty() || rest.starts_with('(') || rest.starts_with(" {");
    (is_debug && is_type_name(name)).then_some(name)
}

fn is_type_name(name: &str) -> bool {
    name.len() <= MAX_NAME
        && name.starts_with(|first: char| first.is_ascii_uppercase())
        && name.contains(|c: char| c.is_ascii_lowercase())
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::fmt;

    #[derive(Debug)]
    struct Layer(&'static str, Option<Box<Layer>>);

    impl fmt::Display for Layer {
        fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
            formatter.write_str(self.0)
        }
    }

    impl Error for Layer {
        fn source(&self) -> Option<&(dyn Error + 'static)> {
            self.1.as_deref().map(|source| source as _)
        }
    }

    #[test]
    fn every_source_is_named_once() {
        let io = Layer("connection refused", None);
        let client = Layer("request failed: connection refused", Some(Box::new(io)));
        let own = Layer("no answer", Some(Box::new(client)));
        assert_eq!(
            with_sources(&own),
            "no answer: request failed: connection refused"
        );
    }

    #[test]
    fn a_body_in_an_error_is_truncated_at_a_character() {
        let text = shortened("é".repeat(600));
        assert_eq!(text.chars().count(), 501);
        assert!(text.ends_with("é…"));
        assert_eq!(shortened("short".into()), "short");
    }

    #[test]
    fn no_part_of_a_key_is_left_at_the_end() {
        let text = format!("{}sk-proj-4fQ9zL2mX7bT1kV8nR3wC6yH5jD0", " ".repeat(985));
        let shortened = shortened(text);
        assert!(shortened.ends_with(" sk-proj-<redact…"), "{shortened}");
    }

    #[test]
    fn types_have_short_names() {
        let name = type_name::<std::io::Error>();
        assert_eq!(name.as_deref(), Some("std::io::Error"));
        let name = type_name::<serde_json::Error>();
        assert_eq!(name.as_deref(), Some("serde_json::Error"));
        assert_eq!(type_name::<Layer>().as_deref(), Some("Layer"));
        assert_eq!(type_name::<Box<dyn Error>>(), None);
        assert_eq!(type_name::<dyn Error>(), None);
        assert_eq!(type_name::<&str>(), None);
        assert_eq!(type_name::<String>(), None);
    }

    #[test]
    fn debug_texts_begin_with_a_name_and_prose_does_not() {
        for (text, name) in [
            ("NotFound { id: 7 }", Some("NotFound")),
            ("ApiError(ApiError { message: \"no\" })", Some("ApiError")),
            ("Timeout", Some("Timeout")),
            ("Connection refused (os error 111)", None),
            ("\"boom\"", None),
            ("HTTP", None),
            ("cannot divide by zero", None),
            ("", None),
        ] {
            assert_eq!(leading_name(text), name, "{text}");
        }
    }
}
