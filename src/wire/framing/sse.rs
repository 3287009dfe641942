//! Server-sent events as they arrive.
//!
//! The contract: any split of the bytes gives the same events; only the name of an event is buffered,
//! its data is passed on as it arrives. Deviates from the standard where servers do: an event without
//! its blank line at the end of the stream counts; a line that begins with `{`, or is `[DONE]`, is an event
//! of its own, because some servers and gateways leave the framing away; `data:` may be repeated; and a
//! name begins a new event if the one before has a name and data.

use super::{Sink, Splitter};

/// Splits a stream of server-sent events.
#[derive(Debug, Default)]
pub(crate) struct EventSplitter {
    line: Line,
    field: Vec<u8>,
    name: Vec<u8>,
    has_data: bool,
    after_carriage_return: bool,
    byte_order_mark: usize,
}

/// A splitter for a new stream.
pub(crate) fn splitter() -> Box<dyn Splitter> {
    Box::new(EventSplitter::default())
}

/// No known field or event has a longer name.
const NAME_BYTES: usize = 128;
const PREFIX: &[u8] = b"data:";
const DONE: &[u8] = b"[DONE]";
const BYTE_ORDER_MARK: &[u8] = b"\xEF\xBB\xBF";

#[derive(Clone, Copy, Debug, Default, PartialEq)]
enum Line {
    /// In the name of the field, or before it.
    #[default]
    Field,
    /// After the colon, where one space is dropped.
    Space(Value),
    /// In data that begin with so many bytes of another `data:`.
    Prefix(usize),
    In(Value),
    /// JSON without any framing.
    Bare,
}

#[derive(Clone, Copy, Debug, PartialEq)]
enum Value {
    Data,
    Event,
    Other,
}

impl Splitter for EventSplitter {
    fn push(&mut self, bytes: &[u8], sink: &mut dyn Sink) {
        let mut rest = self.without_byte_order_mark(bytes);
        while let Some(&byte) = rest.first() {
            if byte == b'\n' && self.after_carriage_return {
                self.after_carriage_return = false;
                rest = rest.get(1..).unwrap_or_default();
                continue;
            }
            self.after_carriage_return = false;
            let end = rest
                .iter()
                .position(|byte| matches!(byte, b'\r' | b'\n'))
                .unwrap_or(rest.len());
            let (line, tail) = rest.split_at(end);
            self.text(line, sink);
            rest = tail;
            if let Some((&byte, tail)) = rest.split_first() {
                self.end_line(sink);
                self.after_carriage_return = byte == b'\r';
                rest = tail;
            }
        }
    }

    fn finish(&mut self, sink: &mut dyn Sink) {
        self.end_line(sink);
        self.end_event(sink);
    }

    fn split_tail<'a>(&self, tail: &'a [u8]) -> (&'a [u8], &'a [u8]) {
        let ends = [b"\n\n".as_slice(), b"\r\n\r\n", b"\r\r"];
        let place = |end: &[u8]| {
            let place = tail.windows(end.len()).position(|bytes| bytes == end)?;
            Some((place, place + end.len()))
        };
        match ends.into_iter().filter_map(place).min() {
            Some((before, after)) => (
                tail.get(..before).unwrap_or_default(),
                tail.get(after..).unwrap_or_default(),
            ),
            None => (tail, &[]),
        }
    }
}

impl EventSplitter {
    fn without_byte_order_mark<'a>(&mut self, bytes: &'a [u8]) -> &'a [u8] {
        let mut rest = bytes;
        while let (Some(expected), Some(byte)) =
            (BYTE_ORDER_MARK.get(self.byte_order_mark), rest.first())
        {
            if byte != expected {
                self.byte_order_mark = BYTE_ORDER_MARK.len();
                break;
            }
            self.byte_order_mark += 1;
            rest = rest.get(1..).unwrap_or_default();
        }
        rest
    }

    /// A piece of a line, without its end.
    fn text(&mut self, piece: &[u8], sink: &mut dyn Sink) {
        let mut rest = piece;
        while !rest.is_empty() {
            match self.line {
                Line::Field => {
                    if self.field.is_empty() && rest.first() == Some(&b'{') {
                        self.end_event(sink);
                        self.has_data = true;
                        self.line = Line::Bare;
                        continue;
                    }
                    let colon = rest.iter().position(|byte| *byte == b':');
                    let name = rest.get(..colon.unwrap_or(rest.len())).unwrap_or_default();
                    extend(&mut self.field, name);
                    let Some(colon) = colon else { return };
                    rest = rest.get(colon + 1..).unwrap_or_default();
                    self.line = Line::Space(self.start_value(sink));
                }
                Line::Space(value) => {
                    if rest.first() == Some(&b' ') {
                        rest = rest.get(1..).unwrap_or_default();
                    }
                    self.line = match value {
                        Value::Data => Line::Prefix(0),
                        value => Line::In(value),
                    };
                }
                Line::Prefix(matched) => {
                    let is_next = PREFIX.get(matched) == rest.first();
                    if is_next {
                        rest = rest.get(1..).unwrap_or_default();
                    }
                    self.line = match (is_next, matched + 1 == PREFIX.len()) {
                        (true, true) => Line::Space(Value::Data),
                        (true, false) => Line::Prefix(matched + 1),
                        (false, _) => {
                            sink.data(PREFIX.get(..matched).unwrap_or_default());
                            Line::In(Value::Data)
                        }
                    };
                }
                Line::In(Value::Event) => {
                    extend(&mut self.name, rest);
                    return;
                }
                Line::In(Value::Data) | Line::Bare => {
                    sink.data(rest);
                    return;
                }
                Line::In(Value::Other) => return,
            }
        }
    }

    fn start_value(&mut self, sink: &mut dyn Sink) -> Value {
        match self.field.as_slice() {
            b"data" => {
                if self.has_data {
                    sink.data(b"\n");
                }
                self.has_data = true;
                Value::Data
            }
            b"event" => {
                if self.has_data && !self.name.is_empty() {
                    self.end_event(sink);
                }
                self.name.clear();
                Value::Event
            }
            _ => Value::Other,
        }
    }

    fn end_line(&mut self, sink: &mut dyn Sink) {
        match self.line {
            Line::Field if self.field.is_empty() => self.end_event(sink),
            Line::Field if self.field.trim_ascii_end() == DONE => {
                self.end_event(sink);
                sink.data(DONE);
                sink.end("");
            }
            // A field without a colon has an empty value.
            Line::Field => {
                self.start_value(sink);
            }
            Line::Bare => self.end_event(sink),
            // No prefix after all.
            Line::Prefix(matched) => sink.data(PREFIX.get(..matched).unwrap_or_default()),
            Line::Space(_) | Line::In(_) => {}
        }
        self.field.clear();
        self.line = Line::Field;
    }

    fn end_event(&mut self, sink: &mut dyn Sink) {
        if std::mem::take(&mut self.has_data) {
            sink.end(&String::from_utf8_lossy(&self.name));
        }
        self.name.clear();
    }
}

fn extend(name: &mut Vec<u8>, bytes: &[u8]) {
    let room = NAME_BYTES.saturating_sub(name.len());
    name.extend(bytes.iter().take(room));
}

#[cfg(test)]
#[expect(clippy::unwrap_used, reason = "a test fails by panicking")]
mod tests {
    use super::{EventSplitter, Sink, Splitter};

    #[derive(Default)]
    struct Events {
        data: Vec<u8>,
        seen: Vec<(String, String)>,
    }

    impl Sink for Events {
        fn data(&mut self, bytes: &[u8]) {
            self.data.extend_from_slice(bytes);
        }

        fn end(&mut self, name: &str) {
            let data = String::from_utf8(std::mem::take(&mut self.data)).unwrap();
            self.seen.push((name.to_owned(), data));
        }
    }

    fn events(pieces: &[&[u8]]) -> Vec<(String, String)> {
        let mut splitter = EventSplitter::default();
        let mut events = Events::default();
        for piece in pieces {
            splitter.push(piece, &mut events);
        }
        splitter.finish(&mut events);
        assert!(events.data.is_empty(), "data without an event");
        events.seen
    }

    #[test]
    fn every_form_of_the_standard_and_some_more() {
        for (text, expected) in [
            ("", &[][..]),
            ("data: a\n\n", &[("", "a")][..]),
            ("data:a\n\ndata:b\n\n", &[("", "a"), ("", "b")]),
            ("data:  a\n\n", &[("", " a")]),
            ("\u{FEFF}data: a\n\n", &[("", "a")]),
            ("event: x\ndata: a\n\ndata: b\n\n", &[("x", "a"), ("", "b")]),
            ("data: a\nevent: x\n\n", &[("x", "a")]),
            ("event: x\n\ndata: a\n\n", &[("", "a")]),
            ("event: x\nevent: y\ndata: a\n\n", &[("y", "a")]),
            ("data: a\ndata: b\n\n", &[("", "a\nb")]),
            ("data: a\ndata\n\n", &[("", "a\n")]),
            ("data\n\n", &[("", "")]),
            (": comment\n\n: PROCESSING\n\ndata: a\n\n", &[("", "a")]),
            ("id: 1\nretry: 5\nother\ndata: a\n\n", &[("", "a")]),
            ("data: a:b: c\n\n", &[("", "a:b: c")]),
            ("data: ü\u{2028}\u{85}\n\n", &[("", "ü\u{2028}\u{85}")]),
            ("\n\n\ndata: a\n\n\n\n", &[("", "a")]),
            ("data: a\n\ndata: b", &[("", "a"), ("", "b")]),
            (
                "data: a\n\n{\"error\":1}\n",
                &[("", "a"), ("", "{\"error\":1}")],
            ),
            (
                "data: a\n{\"error\":1}",
                &[("", "a"), ("", "{\"error\":1}")],
            ),
        ] {
            let expected: Vec<_> = expected
                .iter()
                .map(|(name, data)| ((*name).to_owned(), (*data).to_owned()))
                .collect();
            assert_eq!(events(&[text.as_bytes()]), expected, "{text:?}");
            for ends in ["\r\n", "\r"] {
                let text = text.replace('\n', ends);
                assert_eq!(events(&[text.as_bytes()]), expected, "{text:?}");
                let bytes: Vec<&[u8]> = text.as_bytes().chunks(1).collect();
                assert_eq!(events(&bytes), expected, "{text:?} byte by byte");
            }
        }
    }

    #[test]
    fn an_endless_line_is_not_kept() {
        let mut splitter = EventSplitter::default();
        let mut events = Events::default();
        for _ in 0..1000 {
            splitter.push(&[b'x'; 1000], &mut events);
        }
        splitter.push(b"\nevent: ", &mut events);
        for _ in 0..1000 {
            splitter.push(&[b'x'; 1000], &mut events);
        }
        assert!(splitter.field.capacity() + splitter.name.capacity() < 1024);
    }

    #[test]
    fn events_begin_after_an_empty_line() {
        let none = b"".as_slice();
        for (tail, expected) in [
            (
                b"rest\n\ndata: a\n\n".as_slice(),
                (b"rest".as_slice(), b"data: a\n\n".as_slice()),
            ),
            (b"rest\r\n\r\ndata: a", (b"rest", b"data: a")),
            (b"rest\r\rdata: a\n\n", (b"rest", b"data: a\n\n")),
            (b"rest", (b"rest", none)),
            (b"", (none, none)),
        ] {
            assert_eq!(EventSplitter::default().split_tail(tail), expected);
        }
    }
}
