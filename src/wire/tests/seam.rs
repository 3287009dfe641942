//! A dialect needs nothing but its own folder: recognition, framing, facts.

use std::time::Duration;

use crate::model::message::Message;
use crate::wire::dialect::{
    Activity, Assembler, Dialect, Framing, RequestBody, ResponseHead, StreamEnd,
};
use crate::wire::endpoint::{Endpoint, RequestHead};
use crate::wire::facts::{RequestFacts, ResponseFacts};
use crate::wire::fields::{Fields, Object};
use crate::wire::framing::{Sink, Splitter};
use crate::wire::limits::Limits;
use crate::wire::route::{self, Known};
use crate::wire::{BodyEnd, ResponseReader};

const JSON: Option<&str> = Some("application/json");

/// An API that streams lines of JSON and has the model in its path.
#[derive(Debug)]
struct Talk;

const CALLS: &[Known<Talk>] = &[("POST", "/talk/{model}:begin", Talk)];

fn recognise(head: &RequestHead<'_>) -> Option<Endpoint> {
    head.header("talk-version")?;
    let (talk, route) = route::find(CALLS, head.method, &head.segments)?;
    let model = route.ids.first().map(|(_, model)| model.clone());
    let mut endpoint = Endpoint::new(head, route, "talker", talk);
    endpoint.model = model;
    endpoint.is_stream = true;
    Some(endpoint)
}

fn endpoint() -> Endpoint {
    let header = |name: &str| (name == "talk-version").then_some("1");
    let head = RequestHead::new(
        "POST",
        "talk.example",
        "/v1/talk/parrot:begin",
        None,
        &header,
    );
    recognise(&head).unwrap()
}

impl Dialect for Talk {
    fn operation(&self) -> Option<&'static str> {
        Some("chat")
    }

    fn is_inference(&self) -> bool {
        true
    }

    fn request(&self, mut body: RequestBody, facts: &mut RequestFacts) {
        let text = body.fields.word("say");
        facts.messages.extend(text.map(Message::user));
    }

    fn framing(&self, head: &ResponseHead<'_>) -> Option<Framing> {
        (head.is_success() && head.stream_requested).then_some(Framing::Stream(lines))
    }

    fn assembler(&self, _limits: Limits) -> Option<Box<dyn Assembler>> {
        Some(Box::<Words>::default())
    }
}

#[derive(Debug, Default)]
struct Words(Vec<String>);

impl Assembler for Words {
    fn event(&mut self, _name: &str, mut event: Object, _at: Duration) -> Activity {
        match event.word("word") {
            Some(word) => {
                self.0.push(word);
                Activity::Content
            }
            None => Activity::Nothing,
        }
    }

    fn finish(self: Box<Self>, _end: StreamEnd) -> ResponseFacts {
        ResponseFacts {
            output: Some(self.0.join(" ").into()),
            // The format has no end of its own.
            complete: true,
            ..ResponseFacts::default()
        }
    }
}

fn lines() -> Box<dyn Splitter> {
    Box::<Lines>::default()
}

#[derive(Debug, Default)]
struct Lines {
    has_data: bool,
}

impl Splitter for Lines {
    fn push(&mut self, bytes: &[u8], sink: &mut dyn Sink) {
        for piece in bytes.split_inclusive(|byte| *byte == b'\n') {
            let line = piece.strip_suffix(b"\n");
            sink.data(line.unwrap_or(piece));
            self.has_data = true;
            if line.is_some() {
                self.finish(sink);
            }
        }
    }

    fn finish(&mut self, sink: &mut dyn Sink) {
        if std::mem::take(&mut self.has_data) {
            sink.end("");
        }
    }

    fn split_tail<'a>(&self, tail: &'a [u8]) -> (&'a [u8], &'a [u8]) {
        let end = tail.iter().position(|byte| *byte == b'\n');
        tail.split_at(end.map_or(tail.len(), |end| end + 1))
    }
}

fn reader() -> ResponseReader {
    let head = ResponseHead {
        status: 200,
        content_type: JSON,
        stream_requested: true,
    };
    ResponseReader::new(&endpoint(), head, Limits::default())
}

const ANSWER: &[u8] = b"{\"role\":\"parrot\"}\n{\"word\":\"good\"}\n{\"word\":\"day\"}";

#[test]
fn the_address_and_the_body_of_a_request_become_facts() {
    let endpoint = endpoint();
    assert_eq!(endpoint.route(), "/v1/talk/{model}:begin");
    assert_eq!(endpoint.provider(), Some("talker"));
    let body = br#"{"say": "hello"}"#;
    let facts = RequestFacts::read(&endpoint, JSON, body, Limits::default());
    assert_eq!(facts.model.as_deref(), Some("parrot"));
    assert_eq!(facts.messages, [Message::user("hello")]);
    assert!(facts.stream);
}

#[test]
fn a_framing_of_its_own_gives_the_same_facts_for_every_split() {
    for size in 1..=ANSWER.len() {
        let mut reader = reader();
        for (at, piece) in (1..).zip(ANSWER.chunks(size)) {
            reader.push(piece, Duration::from_secs(at));
        }
        // The line with the first word ends with the 34th byte.
        let content_at = Duration::from_secs(34_u64.div_ceil(size as u64));
        assert_eq!(reader.first_content_at(), Some(content_at));
        let facts = reader.finish(BodyEnd::Reached);
        assert_eq!(facts.output, Some("good day".into()), "{size}");
        assert!(facts.complete && facts.error.is_none());
    }
}

#[test]
fn the_end_of_a_stream_is_split_by_the_same_framing() {
    let mut reader = reader();
    reader.push(b"{\"word\":\"good\"}\n{\"word\":", Duration::ZERO);
    reader.skip_to(b"ight\"}\n{\"word\":\"day\"}\n".to_vec());
    assert_eq!(reader.chunks(), None);
    assert_eq!(reader.finish(BodyEnd::Reached).output, Some("good".into()));
}

#[test]
fn what_follows_a_value_and_is_none_makes_no_stream_of_it() {
    let endpoint = Endpoint::of("POST", "/v1/embeddings");
    let head = ResponseHead {
        status: 200,
        content_type: JSON,
        stream_requested: true,
    };
    let read = |body: &str, size: usize| {
        let pieces = body.as_bytes().chunks(size);
        super::pieces::response(&endpoint, head, Limits::default(), pieces)
    };
    for body in ["{\"a\":1}\n2{\"b\":1}", "{\"a\":1}\n{\"b\":1}", "{} x"] {
        for size in 1..body.len() {
            assert_eq!(read(body, size), read(body, body.len()), "{body} {size}");
        }
    }
}
