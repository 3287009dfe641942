//! Forms with files, as image edits and transcriptions send them.
//!
//! Contract: pure; whole bodies in memory, which is what the simulator has anyway. What is no
//! form has no parts.

use axum::http::{HeaderMap, header};

/// One field of a form.
#[derive(Clone, Copy, Debug)]
pub(super) struct Part<'body> {
    pub(super) name: &'body str,
    pub(super) file: Option<&'body str>,
    pub(super) content: &'body [u8],
}

/// The parts of `body`, if `headers` say it is a form.
pub(super) fn parts<'body>(headers: &HeaderMap, body: &'body [u8]) -> Vec<Part<'body>> {
    let Some(boundary) = boundary(headers) else {
        return Vec::new();
    };
    let delimiter = format!("--{boundary}");
    let mut parts = Vec::new();
    let mut rest = after(body, delimiter.as_bytes());
    while let Some(begun) = rest {
        let next = format!("\r\n{delimiter}");
        let Some(end) = find(begun, next.as_bytes()) else {
            break;
        };
        parts.extend(part(&begun[..end]));
        rest = Some(&begun[end + next.len()..]);
    }
    parts
}

/// The text of the field `name`; files have none.
pub(super) fn text<'body>(parts: &[Part<'body>], name: &str) -> Option<&'body str> {
    let part = parts.iter().find(|part| part.name == name)?;
    std::str::from_utf8(part.content).ok()
}

fn boundary(headers: &HeaderMap) -> Option<String> {
    let kind = headers.get(header::CONTENT_TYPE)?.to_str().ok()?;
    let parameters = kind.strip_prefix("multipart/form-data")?;
    let (_, boundary) = parameters.split_once("boundary=")?;
    let boundary = boundary.split(';').next()?;
    Some(boundary.trim().trim_matches('"').to_owned())
}

/// A part from behind its delimiter to before the next one.
fn part(bytes: &[u8]) -> Option<Part<'_>> {
    let content = after(bytes, b"\r\n\r\n")?;
    let head = &bytes[..bytes.len() - content.len()];
    let head = std::str::from_utf8(head).ok()?;
    let line = head.lines().find(|line| {
        line.to_ascii_lowercase()
            .starts_with("content-disposition:")
    })?;
    Some(Part {
        name: parameter(line, "name")?,
        file: parameter(line, "filename"),
        content,
    })
}

/// The value of `name="value"`.
fn parameter<'line>(line: &'line str, name: &str) -> Option<&'line str> {
    let marked = line.split(';').map(str::trim);
    marked
        .filter_map(|field| field.split_once('='))
        .find_map(|(key, value)| (key == name).then(|| value.trim_matches('"')))
}

fn after<'bytes>(bytes: &'bytes [u8], mark: &[u8]) -> Option<&'bytes [u8]> {
    find(bytes, mark).map(|position| &bytes[position + mark.len()..])
}

fn find(bytes: &[u8], mark: &[u8]) -> Option<usize> {
    bytes.windows(mark.len()).position(|window| window == mark)
}
