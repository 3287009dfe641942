//! Messages in any pieces, and what is no message.

use proptest::prelude::*;

use super::{splitter, unwrapping_splitter};
use crate::wire::framing::{Sink, Splitter};

/// A message as a server sends it.
pub(in crate::wire) fn message(headers: &[(&str, &str)], payload: &[u8]) -> Vec<u8> {
    let checksum = |bytes: &[u8]| {
        let mut checksum = flate2::Crc::new();
        checksum.update(bytes);
        checksum.sum().to_be_bytes()
    };
    let mut encoded = Vec::new();
    for (name, value) in headers {
        encoded.push(name.len() as u8);
        encoded.extend(name.as_bytes());
        encoded.push(7);
        encoded.extend((value.len() as u16).to_be_bytes());
        encoded.extend(value.as_bytes());
    }
    let length = (encoded.len() + payload.len() + 16) as u32;
    let mut message = length.to_be_bytes().to_vec();
    message.extend((encoded.len() as u32).to_be_bytes());
    message.extend(checksum(&message));
    message.extend(encoded);
    message.extend(payload);
    message.extend(checksum(&message));
    message
}

/// An event as a server sends it.
pub(in crate::wire) fn event(name: &str, payload: &[u8]) -> Vec<u8> {
    let headers = [
        (":event-type", name),
        (":content-type", "application/json"),
        (":message-type", "event"),
    ];
    message(&headers, payload)
}

#[derive(Default)]
struct Events {
    data: Vec<u8>,
    events: Vec<(String, String)>,
}

impl Sink for Events {
    fn data(&mut self, bytes: &[u8]) {
        self.data.extend_from_slice(bytes);
    }

    fn end(&mut self, name: &str) {
        let data = String::from_utf8_lossy(&std::mem::take(&mut self.data)).into_owned();
        self.events.push((name.to_owned(), data));
    }
}

fn read(mut splitter: Box<dyn Splitter>, bytes: &[u8], length: usize) -> Vec<(String, String)> {
    let mut events = Events::default();
    for piece in bytes.chunks(length) {
        splitter.push(piece, &mut events);
    }
    splitter.finish(&mut events);
    events.events
}

fn owned(events: &[(&str, &str)]) -> Vec<(String, String)> {
    let owned = |(name, data): &(&str, &str)| ((*name).to_owned(), (*data).to_owned());
    events.iter().map(owned).collect()
}

#[test]
fn messages_in_any_pieces_are_events() {
    let exception = [
        (":exception-type", "throttlingException"),
        (":message-type", "exception"),
    ];
    let error = [
        (":message-type", "error"),
        (":error-code", "InternalFailure"),
        (":error-message", "say \"when\""),
    ];
    let stream = [
        event("messageStart", br#"{"role":"assistant"}"#),
        event("empty", b""),
        message(&[], b"nameless"),
        message(&[], b""),
        message(&exception, br#"{"message":"slow"}"#),
        message(&error, b""),
        event("last", b"{}"),
    ]
    .concat();
    let expected = owned(&[
        ("messageStart", r#"{"role":"assistant"}"#),
        ("", "nameless"),
        ("throttlingException", r#"{"message":"slow"}"#),
        ("InternalFailure", r#"{"message":"say \"when\""}"#),
        ("last", "{}"),
    ]);
    for length in [1, 2, 3, 7, 12, 50, stream.len()] {
        assert_eq!(read(splitter(), &stream, length), expected, "{length}");
    }
    // Other kinds of headers are passed over.
    let mut headers =
        b"\x01a\x00\x01b\x03\x00\x01\x01c\x05\x00\x00\x00\x00\x00\x00\x00\x01".to_vec();
    headers.extend(b"\x01d\x06\x00\x02xy\x0b:event-type\x07\x00\x01e");
    let length = (headers.len() + 2 + 16) as u32;
    let mut other = [
        length.to_be_bytes(),
        (headers.len() as u32).to_be_bytes(),
        [0; 4],
    ]
    .concat();
    other.extend(headers);
    other.extend(b"{}\0\0\0\0");
    assert_eq!(read(splitter(), &other, 5), owned(&[("e", "{}")]));
}

#[test]
fn wrapped_events_are_unwrapped() {
    // printf '{"type":"ping","a":"é>"}' | base64
    let wrapped = "eyJ0eXBlIjoicGluZyIsImEiOiLDqT4ifQ==";
    let plain = r#"{"type":"ping","a":"é>"}"#;
    for payload in [
        format!(r#"{{"bytes":"{wrapped}","p":"abcd"}}"#),
        format!(r#"{{"p":"bytes","bytes" : "{wrapped}"}}"#),
        format!(r#"{{ "p":"a""bytes": "{wrapped}"}}"#),
    ] {
        let stream = [
            event("chunk", payload.as_bytes()),
            event("other", b"{\"bytes\":\"AA\"}"),
        ]
        .concat();
        let expected = owned(&[("chunk", plain), ("other", "{\"bytes\":\"AA\"}")]);
        for length in [1, 2, 3, 5, stream.len()] {
            assert_eq!(
                read(unwrapping_splitter(), &stream, length),
                expected,
                "{payload}"
            );
        }
    }
    let without = event("chunk", br#"{"p":"abcd"}"#);
    assert!(read(unwrapping_splitter(), &without, 4).is_empty());
}

#[test]
fn what_is_no_message_is_one_event() {
    for text in ["{\"message\":\"no\"}", "no", "Service Unavailable"] {
        for length in [1, 4, 20] {
            assert_eq!(
                read(splitter(), text.as_bytes(), length),
                owned(&[("", text)])
            );
        }
    }
    // A length below that of a message, headers longer than their message, and a message without end.
    for lengths in [
        [0, 0],
        [15, 0],
        [40, 30],
        [u32::MAX, 0],
        [1 << 30, 200 << 10],
    ] {
        let mut bytes = lengths.map(u32::to_be_bytes).concat();
        bytes.extend(b"\0\0\0\0abc");
        assert_eq!(read(splitter(), &bytes, 3).len(), 1, "{lengths:?}");
    }
    let cut = event("messageStart", br#"{"role":"assistant"}"#);
    let cut = &cut[..cut.len() - 9];
    assert_eq!(
        read(splitter(), cut, 8),
        owned(&[("messageStart", r#"{"role":"assist"#)])
    );
}

#[test]
fn the_end_of_a_stream_is_found_by_a_checksum() {
    let first = event("a", br#"{"text":"aaaaaaaaaaaaaaaaaaaaaaaaaaaaaa"}"#);
    let rest = [event("b", b"{}"), event("c", b"{}")].concat();
    for begin in 1..first.len() {
        let tail = [&first[begin..], &rest].concat();
        let (partial, whole) = splitter().split_tail(&tail);
        assert_eq!((partial, whole), (&first[begin..], rest.as_slice()));
    }
    assert_eq!(
        splitter().split_tail(b"no message"),
        (b"no message".as_slice(), b"".as_slice())
    );
}

proptest! {
    #[test]
    fn any_bytes_in_any_pieces_are_the_same(
        payloads in prop::collection::vec(prop::collection::vec(any::<u8>(), 0..40), 0..5),
        damage in prop::collection::vec((any::<prop::sample::Index>(), any::<u8>()), 0..6),
        length in 1_usize..40,
        unwraps in any::<bool>(),
    ) {
        let mut bytes: Vec<u8> = payloads.iter().flat_map(|payload| event("chunk", payload)).collect();
        for (place, byte) in damage {
            if !bytes.is_empty() {
                let place = place.index(bytes.len());
                bytes[place] = byte;
            }
        }
        let new = if unwraps { unwrapping_splitter } else { splitter };
        prop_assert_eq!(read(new(), &bytes, length), read(new(), &bytes, bytes.len().max(1)));
    }
}
