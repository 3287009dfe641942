//! Multipart bodies as they arrive: small fields are kept, files become markers.
//!
//! The contract: any split of the bytes gives the same fields; memory is bounded by the limits, whatever
//! the size of the files; a body that is not what its header says gives no fields.

use serde_json::Value;

use crate::text::base64::Digest;
use crate::wire::fields::Object;
use crate::wire::limits::{Budget, Limits, Text};
use crate::wire::media::Media;

/// A part with longer headers is ignored.
const HEADER_BYTES: usize = 16 << 10;
/// As much is looked at in one go.
const PIECE_BYTES: usize = 16 << 10;
const ENTRY_BYTES: usize = 512;

#[derive(Debug)]
pub(crate) struct Reader {
    budget: Budget,
    /// What precedes every part, with the line end that belongs to it.
    delimiter: Vec<u8>,
    buffer: Vec<u8>,
    state: State,
    fields: Object,
}

#[derive(Debug)]
enum State {
    Body(Option<Part>),
    /// After a delimiter: another part, or the end.
    Delimited,
    Headers,
    Done,
    Failed,
}

#[derive(Debug)]
struct Part {
    name: String,
    body: Body,
}

#[derive(Debug)]
enum Body {
    Field(Text, Vec<u8>),
    File {
        filename: String,
        media_type: Option<String>,
        /// `None` if it was not read whole.
        digest: Option<Box<Digest>>,
    },
}

/// The boundary that a content type names.
pub(crate) fn boundary(content_type: &str) -> Option<&str> {
    let (kind, parameters) = content_type.split_once(';')?;
    if !kind.trim().eq_ignore_ascii_case("multipart/form-data") {
        return None;
    }
    parameter(parameters, "boundary").filter(|boundary| (1..=200).contains(&boundary.len()))
}

/// A parameter of a header, quoted or not.
fn parameter<'a>(parameters: &'a str, name: &str) -> Option<&'a str> {
    parameters.split(';').find_map(|pair| {
        let (key, value) = pair.split_once('=')?;
        key.trim()
            .eq_ignore_ascii_case(name)
            .then(|| value.trim().trim_matches('"'))
    })
}

impl Reader {
    pub(crate) fn new(boundary: &str, limits: Limits) -> Self {
        Self {
            budget: limits.budget(),
            delimiter: format!("\r\n--{boundary}").into_bytes(),
            // The first delimiter has no line before it.
            buffer: b"\r\n".to_vec(),
            state: State::Body(None),
            fields: Object::new(),
        }
    }

    pub(crate) fn push(&mut self, bytes: &[u8]) {
        for piece in bytes.chunks(PIECE_BYTES) {
            if matches!(self.state, State::Done | State::Failed) {
                return;
            }
            self.buffer.extend_from_slice(piece);
            while self.step() {}
        }
    }

    /// Goes on with the end of the body, after a part that was not read.
    pub(crate) fn skip_to(&mut self, tail: &[u8]) {
        match std::mem::replace(&mut self.state, State::Body(None)) {
            State::Body(Some(mut part)) => {
                if let Body::File { digest, .. } = &mut part.body {
                    // Size and hash of a part are those of nothing.
                    *digest = None;
                }
                self.end(part);
            }
            state @ (State::Done | State::Failed) => self.state = state,
            State::Body(None) | State::Delimited | State::Headers => {}
        }
        self.buffer.clear();
        self.push(tail);
    }

    /// Whether there may be more to do with what is in the buffer.
    fn step(&mut self) -> bool {
        match &mut self.state {
            State::Body(part) => {
                let found = find(&self.buffer, &self.delimiter);
                // The end of the buffer may be the beginning of a delimiter.
                let safe = self.buffer.len().saturating_sub(self.delimiter.len() - 1);
                let end = found.unwrap_or(safe);
                if let Some(part) = part {
                    part.push(self.buffer.get(..end).unwrap_or_default(), &mut self.budget);
                }
                if found.is_none() {
                    self.buffer.drain(..end);
                    return false;
                }
                self.buffer.drain(..end + self.delimiter.len());
                if let State::Body(Some(part)) =
                    std::mem::replace(&mut self.state, State::Delimited)
                {
                    self.end(part);
                }
                true
            }
            State::Delimited => {
                if self.buffer.len() < 2 {
                    return false;
                }
                self.state = match self.buffer.get(..2) {
                    Some(b"\r\n") => State::Headers,
                    Some(b"--") => State::Done,
                    _ => State::Failed,
                };
                self.buffer.drain(..2);
                true
            }
            State::Headers => match find(&self.buffer, b"\r\n\r\n") {
                Some(end) => {
                    let headers =
                        String::from_utf8_lossy(self.buffer.get(..end).unwrap_or_default());
                    self.state = State::Body(Part::of(&headers, &self.budget));
                    // The line end before the delimiter of an empty body.
                    self.buffer.drain(..end + 4);
                    true
                }
                None => {
                    if self.buffer.len() > HEADER_BYTES {
                        self.state = State::Failed;
                    }
                    false
                }
            },
            State::Done | State::Failed => {
                self.buffer = Vec::new();
                false
            }
        }
    }

    fn end(&mut self, part: Part) {
        if !self.budget.affords(ENTRY_BYTES) {
            return;
        }
        let value = match part.body {
            Body::Field(mut text, incomplete) => {
                text.push(&String::from_utf8_lossy(&incomplete), &mut self.budget);
                Value::String(text.finish())
            }
            Body::File {
                filename,
                media_type,
                digest,
            } => {
                let media_type = media_type.as_deref();
                let marker = match digest {
                    Some(digest) => {
                        let (marker, bytes) = digest.finish_with_bytes(media_type);
                        self.budget.keep(&marker, bytes);
                        marker.to_string()
                    }
                    None => format!("<{}, not read>", media_type.unwrap_or("file")),
                };
                let file = [("filename", filename), ("content", marker)];
                let file = file.map(|(key, value)| (key.to_owned(), Value::String(value)));
                Value::Object(file.into_iter().collect())
            }
        };
        match self.fields.get_mut(&part.name) {
            Some(Value::Array(values)) => values.push(value),
            Some(first) => *first = Value::Array(vec![first.take(), value]),
            None => {
                self.fields.insert(part.name, value);
            }
        }
    }

    /// Takes the media that were kept.
    pub(crate) fn take_media(&mut self) -> Media {
        self.budget.take_media()
    }

    /// The fields, and whether the body came to its end.
    pub(crate) fn finish(self) -> (Object, bool) {
        (self.fields, matches!(self.state, State::Done))
    }
}

impl Part {
    fn of(headers: &str, budget: &Budget) -> Option<Self> {
        let header = |name: &str| {
            headers.lines().find_map(|line| {
                let (key, value) = line.split_once(':')?;
                key.trim().eq_ignore_ascii_case(name).then(|| value.trim())
            })
        };
        let disposition = header("content-disposition")?;
        let name = parameter(disposition, "name")?;
        // `image[]` is one of several.
        let name = name.strip_suffix("[]").unwrap_or(name).to_owned();
        let body = match parameter(disposition, "filename") {
            Some(filename) => Body::File {
                filename: filename.to_owned(),
                media_type: header("content-type").map(str::to_owned),
                digest: Some(Box::new(Digest::keeping(budget.medium()))),
            },
            None => Body::Field(Text::default(), Vec::new()),
        };
        Some(Self { name, body })
    }

    fn push(&mut self, bytes: &[u8], budget: &mut Budget) {
        match &mut self.body {
            Body::File { digest, .. } => {
                if let Some(digest) = digest {
                    digest.push(bytes);
                }
            }
            Body::Field(text, incomplete) => {
                // A character may be split over two pieces.
                incomplete.extend_from_slice(bytes);
                let valid = match str::from_utf8(incomplete) {
                    Ok(piece) => piece.len(),
                    Err(error) if error.error_len().is_none() => error.valid_up_to(),
                    Err(_) => incomplete.len(),
                };
                let rest = incomplete.split_off(valid);
                text.push(&String::from_utf8_lossy(incomplete), budget);
                *incomplete = rest;
            }
        }
    }
}

fn find(haystack: &[u8], needle: &[u8]) -> Option<usize> {
    let first = *needle.first()?;
    let mut from = 0;
    while let Some(at) = haystack.get(from..)?.iter().position(|byte| *byte == first) {
        if haystack.get(from + at..)?.starts_with(needle) {
            return Some(from + at);
        }
        from += at + 1;
    }
    None
}

#[cfg(test)]
#[expect(clippy::unwrap_used, reason = "a test fails by panicking")]
mod tests {
    use serde_json::{Value, json};

    use super::{Reader, boundary};
    use crate::wire::limits::Limits;

    const BODY: &str = "preamble\r\n--XX\r\n\
        Content-Disposition: form-data; name=\"model\"\r\n\r\n\
        whisper-1\r\n--XX\r\n\
        content-disposition: form-data; name=\"file\"; filename=\"a b.wav\"\r\n\
        content-type: audio/wav\r\n\r\n\
        RIFF\r\n--X\r\n--XX\r\n\
        Content-Disposition: form-data; name=\"prompt\"\r\n\r\n\
        grüße\r\n--XX\r\n\
        Content-Disposition: form-data; name=\"tag[]\"\r\n\r\n\
        a\r\n--XX\r\n\
        Content-Disposition: form-data; name=\"tag[]\"\r\n\r\n\
        \r\n--XX--\r\n";

    fn read(body: &[u8], length: usize) -> (Value, bool) {
        let mut reader = Reader::new("XX", Limits::default());
        for piece in body.chunks(length) {
            reader.push(piece);
        }
        let (fields, complete) = reader.finish();
        (Value::Object(fields), complete)
    }

    #[test]
    fn any_split_gives_fields_and_markers() {
        let expected = json!({
            "model": "whisper-1",
            "file": {"filename": "a b.wav", "content": "<audio/wav, 9 bytes, sha256 9e12d2a1de57>"},
            "prompt": "grüße",
            "tag": ["a", ""],
        });
        let (whole, complete) = read(BODY.as_bytes(), BODY.len());
        assert!(complete);
        let marker = whole["file"]["content"].as_str().unwrap();
        assert!(marker.starts_with("<audio/wav, 9 bytes, sha256 "));
        for key in ["model", "prompt", "tag"] {
            assert_eq!(whole[key], expected[key]);
        }
        for length in 1..BODY.len() {
            assert_eq!(read(BODY.as_bytes(), length), (whole.clone(), true));
        }
    }

    #[test]
    fn what_is_no_multipart_gives_nothing() {
        for body in ["", "{\"model\":\"m\"}", "--XXjunk", "--XX\r\nno headers"] {
            assert_eq!(read(body.as_bytes(), 3), (json!({}), false), "{body}");
        }
        assert_eq!(boundary("multipart/form-data; boundary=XX"), Some("XX"));
        assert_eq!(
            boundary("Multipart/Form-Data; a=b; Boundary=\"X X\""),
            Some("X X")
        );
        assert_eq!(boundary("multipart/form-data"), None);
        assert_eq!(boundary("application/json; boundary=XX"), None);
    }

    #[test]
    fn what_stands_behind_a_part_that_was_not_read_is_there() {
        let whole = read(BODY.as_bytes(), BODY.len()).0;
        let prompt = BODY
            .find("Content-Disposition: form-data; name=\"prompt\"")
            .unwrap();
        for start in 0..prompt - 8 {
            for end in [0, 1, 60, 100, 150, 180] {
                let mut reader = Reader::new("XX", Limits::default());
                reader.push(&BODY.as_bytes()[..end.min(start)]);
                reader.skip_to(&BODY.as_bytes()[start..]);
                let (fields, complete) = reader.finish();
                assert!(complete);
                assert_eq!(fields["prompt"], whole["prompt"]);
            }
        }
        let mut reader = Reader::new("XX", Limits::default());
        reader.push(BODY.split_once("RIFF").unwrap().0.as_bytes());
        reader.skip_to(b"\r\n--XX--");
        let file = json!({"filename": "a b.wav", "content": "<audio/wav, not read>"});
        assert_eq!(reader.finish().0["file"], file);
    }

    #[test]
    fn files_are_not_kept() {
        let mut reader = Reader::new("XX", Limits::default());
        reader.push(b"--XX\r\nContent-Disposition: form-data; name=file; filename=x\r\n\r\n");
        for _ in 0..1000 {
            reader.push(&[b'-'; 10_000]);
        }
        assert!(reader.buffer.capacity() < 100_000);
        reader.push(b"\r\n--XX--");
        let (fields, _) = reader.finish();
        let marker = fields["file"]["content"].as_str().unwrap();
        assert!(marker.contains("10000000 bytes"), "{marker}");
    }
}
