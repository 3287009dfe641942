//! JSON values that follow each other as they arrive: lines, the elements of one array, or nothing between
//! them.
//!
//! The contract: any split of the bytes gives the same events, and no byte is kept. Only brackets and texts
//! are looked at, so a value need not be valid. A line that breaks off takes nothing with it: a text has no
//! line end in it, and outside of an array a line that begins with an object begins a value. What is no
//! structure is an event up to the end of its line.

use super::{Sink, Splitter};

/// Splits a stream of JSON values.
#[derive(Debug, Default)]
pub(crate) struct ValueSplitter {
    place: Place,
    depth: u64,
    /// Whether something other than white space has come.
    has_begun: bool,
    is_array: bool,
    after_line_end: bool,
}

/// A splitter for a new stream.
pub(crate) fn splitter() -> Box<dyn Splitter> {
    Box::new(ValueSplitter::default())
}

#[derive(Clone, Copy, Debug, Default, PartialEq)]
enum Place {
    #[default]
    Between,
    Structure,
    Text,
    Escape,
    /// In what is no structure.
    Other,
}

/// What a byte does to the event that is being read.
#[derive(PartialEq)]
enum Step {
    /// It belongs to no event.
    Skip,
    Keep,
    /// It is the last of the event.
    End,
    /// The event ended before it.
    EndBefore,
    /// The event ended before it, and it begins the next one.
    Next,
}

impl Splitter for ValueSplitter {
    fn push(&mut self, bytes: &[u8], sink: &mut dyn Sink) {
        let mut start = None;
        for (place, &byte) in bytes.iter().enumerate() {
            let was_open = self.place != Place::Between;
            let from = start.unwrap_or(if was_open { 0 } else { place });
            let before = bytes.get(from..place).unwrap_or_default();
            match self.step(byte) {
                Step::Skip => start = None,
                Step::Keep => start = Some(from),
                Step::End => {
                    sink.data(bytes.get(from..=place).unwrap_or_default());
                    sink.end("");
                    start = None;
                }
                Step::EndBefore => {
                    sink.data(before);
                    sink.end("");
                    start = None;
                }
                Step::Next => {
                    sink.data(before);
                    sink.end("");
                    start = Some(place);
                }
            }
        }
        if let Some(rest) = start.and_then(|start| bytes.get(start..)) {
            sink.data(rest);
        }
    }

    fn finish(&mut self, sink: &mut dyn Sink) {
        if self.place != Place::Between {
            sink.end("");
        }
        *self = Self::default();
    }

    fn split_tail<'a>(&self, tail: &'a [u8]) -> (&'a [u8], &'a [u8]) {
        let place = tail.windows(2).position(|pair| pair == b"\n{");
        match place {
            Some(place) => tail.split_at_checked(place + 1).unwrap_or((tail, &[])),
            None => (tail, &[]),
        }
    }
}

impl ValueSplitter {
    fn step(&mut self, byte: u8) -> Step {
        let after_line_end = std::mem::replace(&mut self.after_line_end, byte == b'\n');
        match (self.place, byte) {
            (Place::Between, byte) => self.between(byte),
            (Place::Text | Place::Escape, b'\n') | (Place::Other, b'\n') => {
                self.place = Place::Between;
                Step::EndBefore
            }
            (Place::Other, _) => Step::Keep,
            (Place::Escape, _) | (Place::Structure, b'"') => {
                self.place = Place::Text;
                Step::Keep
            }
            (Place::Text, b'\\') => {
                self.place = Place::Escape;
                Step::Keep
            }
            (Place::Text, b'"') => {
                self.place = Place::Structure;
                Step::Keep
            }
            (Place::Text, _) => Step::Keep,
            (Place::Structure, b'{') if after_line_end && !self.is_array => {
                self.depth = 1;
                Step::Next
            }
            (Place::Structure, b'{' | b'[') => {
                self.depth += 1;
                Step::Keep
            }
            (Place::Structure, b'}' | b']') => {
                self.depth -= 1;
                if self.depth > 0 {
                    return Step::Keep;
                }
                self.place = Place::Between;
                Step::End
            }
            (Place::Structure, _) => Step::Keep,
        }
    }

    fn between(&mut self, byte: u8) -> Step {
        let is_first = !self.has_begun;
        match byte {
            byte if byte.is_ascii_whitespace() => return Step::Skip,
            // Byte order marks and separators of records.
            0xEF | 0xBB | 0xBF | 0x1E if is_first || byte == 0x1E => return Step::Skip,
            b'[' if is_first => self.is_array = true,
            b',' | b']' if self.is_array => {}
            b'{' | b'[' => {
                self.has_begun = true;
                self.depth = 1;
                self.place = Place::Structure;
                return Step::Keep;
            }
            _ => {
                self.has_begun = true;
                self.place = Place::Other;
                return Step::Keep;
            }
        }
        self.has_begun = true;
        Step::Skip
    }
}

#[cfg(test)]
#[expect(clippy::unwrap_used, reason = "a test fails by panicking")]
mod tests {
    use proptest::prelude::*;

    use super::{Sink, Splitter, ValueSplitter};

    #[derive(Default)]
    struct Events {
        data: Vec<u8>,
        seen: Vec<Vec<u8>>,
    }

    impl Sink for Events {
        fn data(&mut self, bytes: &[u8]) {
            self.data.extend_from_slice(bytes);
        }

        fn end(&mut self, name: &str) {
            assert!(name.is_empty() && !self.data.is_empty());
            self.seen.push(std::mem::take(&mut self.data));
        }
    }

    fn events<'a>(pieces: impl IntoIterator<Item = &'a [u8]>) -> Vec<Vec<u8>> {
        let mut splitter = ValueSplitter::default();
        let mut events = Events::default();
        for piece in pieces {
            splitter.push(piece, &mut events);
        }
        splitter.finish(&mut events);
        assert!(events.data.is_empty(), "data without an event");
        events.seen
    }

    #[test]
    fn every_way_to_write_values_one_after_the_other() {
        for (text, expected) in [
            ("", &[][..]),
            ("{\"a\":1}\n{\"b\":2}\n", &["{\"a\":1}", "{\"b\":2}"][..]),
            ("{\"a\":1}\r\n\r\n{\"b\":2}", &["{\"a\":1}", "{\"b\":2}"]),
            ("{\"a\":1}{\"b\":2}", &["{\"a\":1}", "{\"b\":2}"]),
            ("\u{1e}{}\n\u{1e}{}\n", &["{}", "{}"]),
            ("\u{feff}{}", &["{}"]),
            ("[{\"a\":1},{\"b\":2}]", &["{\"a\":1}", "{\"b\":2}"]),
            (
                " [{\n \"a\": [\n{}]\n}\n,\r\n{\"b\":2}\n]\n",
                &["{\n \"a\": [\n{}]\n}", "{\"b\":2}"],
            ),
            ("[]", &[]),
            ("[1,{}]", &["1,{}]"]),
            ("[[1],[2]]", &["[1]", "[2]"]),
            ("{\"a\":\"}\\\"{\"}{}", &["{\"a\":\"}\\\"{\"}", "{}"]),
            // What breaks off.
            ("{\"a\":\"b\n{\"b\":2}", &["{\"a\":\"b", "{\"b\":2}"]),
            ("{\"a\":\"b\\\n{}", &["{\"a\":\"b\\", "{}"]),
            ("{\"a\":\n{\"b\":2}", &["{\"a\":\n", "{\"b\":2}"]),
            ("{\"a\":1,", &["{\"a\":1,"]),
            ("[{\"a\":1},{\"b\"", &["{\"a\":1}", "{\"b\""]),
            ("{}\nupstream error\n{}", &["{}", "upstream error", "{}"]),
            ("<html>\n</html>", &["<html>", "</html>"]),
            ("{}]}", &["{}", "]}"]),
        ] {
            let seen = events([text.as_bytes()]);
            let seen: Vec<_> = seen
                .iter()
                .map(|one| str::from_utf8(one).unwrap())
                .collect();
            assert_eq!(seen, expected, "{text:?}");
        }
    }

    #[test]
    fn values_begin_after_a_line_end() {
        let split = |tail: &'static str| ValueSplitter::default().split_tail(tail.as_bytes());
        assert_eq!(split("st\"}\n,\n{}"), (&b"st\"}\n,\n"[..], &b"{}"[..]));
        assert_eq!(split("st\"}"), (&b"st\"}"[..], &b""[..]));
        assert_eq!(split(""), (&b""[..], &b""[..]));
    }

    proptest! {
        #[test]
        fn any_split_gives_the_same_events(
            text in "([{}\\[\\],\"\\\\ \n\ra1\u{1e}]|\\{\"a\": ?[\"\\]\\[{}]{0,3}\\}\n){0,40}",
            size in 1_usize..9,
        ) {
            let bytes = text.as_bytes();
            prop_assert_eq!(events(bytes.chunks(size)), events([bytes]));
        }
    }
}
