//! Finds known calls by the end of their path, and makes templates of paths.
//!
//! The contract: only the end of a path counts, since the same calls are served under many bases (`/v1`,
//! `/openai/deployments/{deployment}`, `/api/projects/{project}`, none at all). A template has a low
//! cardinality and is safe to record: it holds no id, no query and nothing else that a caller chose.

/// A known call: methods (`|` between several, `*` for all), the end of its path, and what it is. In the
/// path, `{name}` matches any segment, `{name}:word` any segment with that ending.
pub(super) type Known<E> = (&'static str, &'static str, E);

/// The path of a call.
#[derive(Debug)]
pub(super) struct Route {
    pub(super) template: String,
    /// What the path holds in place of each `{name}`.
    pub(super) ids: Vec<(&'static str, String)>,
}

/// The first known call that a request is.
pub(super) fn find<E>(
    known: &'static [Known<E>],
    method: &str,
    segments: &[&str],
) -> Option<(&'static E, Route)> {
    let last = segments.last().and_then(|last| last.bytes().last());
    known.iter().find_map(|(methods, pattern, call)| {
        // Most calls are told apart by their last letter.
        let end = pattern.bytes().last();
        if end != last && end != Some(b'}') {
            return None;
        }
        let has_method = |one: &str| one == "*" || one.eq_ignore_ascii_case(method);
        let prefix = prefix(pattern, segments)?;
        if !methods.split('|').any(has_method) {
            return None;
        }
        let (prefix, suffix) = segments.split_at_checked(prefix)?;
        let mut ids = Vec::new();
        if pattern.contains('{') {
            let named = suffix.iter().zip(pattern_segments(pattern));
            ids.extend(named.filter_map(|(segment, expected)| {
                let (name, value) = value(expected, segment)?;
                Some((name, value.to_owned()))
            }));
        }
        let template = template_of(prefix, pattern);
        Some((call, Route { template, ids }))
    })
}

/// How many segments are before those that a pattern matches. Looks from the end, since most calls are told apart by
/// how their paths end.
fn prefix(pattern: &'static str, segments: &[&str]) -> Option<usize> {
    let (mut pattern, mut left) = (pattern, segments.len());
    while !pattern.is_empty() {
        left = left.checked_sub(1)?;
        let segment = *segments.get(left)?;
        let literal = pattern.strip_suffix(segment);
        pattern = match literal.and_then(|rest| rest.strip_suffix('/')) {
            Some(rest) => rest,
            None => {
                let (rest, expected) = pattern.rsplit_once('/')?;
                value(expected, segment)?;
                rest
            }
        };
    }
    Some(left)
}

/// The path of a call that is not known.
pub(super) fn unknown(segments: &[&str]) -> Route {
    let mut template = template_of(segments, "");
    if template.is_empty() {
        template.push('/');
    }
    Route {
        template,
        ids: Vec::new(),
    }
}

fn pattern_segments(pattern: &'static str) -> impl Iterator<Item = &'static str> {
    pattern.split('/').filter(|segment| !segment.is_empty())
}

/// Name and value of a segment for which the pattern has a `{name}`.
fn value<'a>(expected: &'static str, segment: &'a str) -> Option<(&'static str, &'a str)> {
    let (name, word) = expected.strip_prefix('{')?.split_once('}')?;
    Some((name, segment.strip_suffix(word)?))
}

/// Of a path that ends as a pattern says.
fn template_of(segments: &[&str], end: &str) -> String {
    let bytes = segments.iter().map(|segment| segment.len() + 1);
    let mut template = String::with_capacity(bytes.sum::<usize>() + end.len());
    for (index, segment) in segments.iter().enumerate() {
        let before = index.checked_sub(1).and_then(|before| segments.get(before));
        template.push('/');
        template.push_str(segment_of_template(before.copied(), segment));
    }
    template.push_str(end);
    template
}

/// A segment as the template has it: a word of the API, or `{id}` for what a caller chose.
fn segment_of_template<'a>(before: Option<&str>, segment: &'a str) -> &'a str {
    const ID: &str = "{id}";
    // After a plural comes an id, unless it is a word that is known to follow one.
    let is_one_of = before.is_some_and(|before| {
        before.ends_with('s') && is_word(before) && !WORDS_AFTER_PLURALS.contains(&segment)
    });
    if is_version(segment) || segment.len() <= 32 && is_word(segment) && !is_one_of {
        segment
    } else {
        ID
    }
}

/// `v1`, `v1beta`, `v1beta2`.
pub(super) fn is_version(segment: &str) -> bool {
    segment.len() <= 8
        && segment.strip_prefix('v').is_some_and(|rest| {
            let letters = rest.trim_matches(|letter: char| letter.is_ascii_digit());
            letters.len() < rest.len() && matches!(letters, "" | "beta" | "alpha")
        })
}

fn is_word(segment: &str) -> bool {
    segment
        .bytes()
        .all(|byte| byte.is_ascii_lowercase() || matches!(byte, b'_' | b'-'))
}

const WORDS_AFTER_PLURALS: &[&str] = &["batches", "run", "search", "validate"];

#[cfg(test)]
mod tests {
    use super::{Known, find};

    const KNOWN: &[Known<u8>] = &[
        ("POST", "/models/{model}:generate", 1),
        ("GET|POST", "/models/{model}", 2),
        ("*", "/models", 3),
    ];

    /// Kind, route and ids.
    type Found = (u8, String, Vec<(&'static str, String)>);

    fn found(method: &str, path: &str) -> Option<Found> {
        let segments: Vec<&str> = path.split('/').filter(|one| !one.is_empty()).collect();
        find(KNOWN, method, &segments).map(|(call, route)| (*call, route.template, route.ids))
    }

    #[test]
    fn what_the_caller_chose_has_a_name_and_is_not_in_the_template() {
        let model = |model: &str| vec![("model", model.to_owned())];
        for (method, path, expected) in [
            (
                "post",
                "/v1/models/m:generate",
                Some((1, "/v1/models/{model}:generate", model("m"))),
            ),
            (
                "POST",
                "/models/m",
                Some((2, "/models/{model}", model("m"))),
            ),
            (
                "GET",
                "/models/m:generate",
                Some((2, "/models/{model}", model("m:generate"))),
            ),
            ("PUT", "/x/a1/models", Some((3, "/x/{id}/models", vec![]))),
            ("PUT", "/models/m", None),
            ("GET", "", None),
        ] {
            let expected = expected.map(|(call, route, ids)| (call, route.to_owned(), ids));
            assert_eq!(found(method, path), expected, "{method} {path}");
        }
    }
}
