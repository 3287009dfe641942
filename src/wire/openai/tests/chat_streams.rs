//! Chat streams of all vendors, whole and cut.

use std::time::Duration;

use serde_json::{Value, json};

use super::{EVENTS, answer, cut, dump, events, stream_of};
use crate::wire::BodyEnd;

const CHAT: &str = "POST /v1/chat/completions";

fn delta(delta: Value) -> Value {
    json!({"choices": [{"index": 0, "delta": delta}]})
}

fn stop(reason: &str) -> Value {
    json!({"choices": [{"index": 0, "delta": {}, "finish_reason": reason}]})
}

/// The facts of a stream that ends as it should.
fn stream(chunks: &[Value]) -> Value {
    let mut body = events(chunks);
    body.extend_from_slice(b"data: [DONE]\n\n");
    answer(CHAT, 200, EVENTS, &body)
}

fn parts(chunks: &[Value]) -> Value {
    stream(chunks)["messages"][0]["parts"].clone()
}

#[test]
fn everything_a_delta_can_hold_is_put_together() {
    let facts = stream(&[
        delta(json!({"role": "assistant", "content": "", "refusal": null})),
        delta(json!({"reasoning_content": "Hm", "reasoning": "Hm"})),
        delta(json!({"reasoning": "m."})),
        delta(json!({"content": "One"})),
        delta(
            json!({"content": [{"type": "text", "text": " two"}, {"type": "thinking",
            "thinking": [{"type": "text", "text": "three?"}]}, {"type": "text", "text": "three"}]}),
        ),
        delta(json!({"annotations": [{"type": "url_citation", "url": "https://a"}]})),
        delta(json!({"refusal": "No"})),
        delta(json!({"refusal": "."})),
        delta(json!({"audio": {"id": "audio_1", "transcript": "La"}})),
        delta(json!({"audio": {"data": "iVBORw==", "transcript": "la"}})),
        delta(json!({"audio": {"data": "DQoaCg=="}})),
        stop("stop"),
    ]);
    assert_eq!(
        facts,
        json!({
            "finish_reasons": ["stop"],
            "annotations": [{"type": "url_citation", "url": "https://a"}],
            "messages": [{"role": "assistant", "finish_reason": "stop", "parts": [
                {"type": "reasoning", "content": "Hmm.three?"},
                {"type": "text", "content": "One twothree"},
                {"type": "refusal", "content": "No."},
                {"type": "text", "content": "Lala"},
                {"type": "blob", "modality": "audio", "mime_type": "image/png",
                    "content": "<image/png, 8 bytes, sha256 4c4b6a3be131>"},
            ]}],
        })
    );
}

#[test]
fn tool_calls_are_told_apart_however_vendors_number_them() {
    let call = |id: &str, name: &str, arguments: Value| json!({"type": "tool_call", "id": id, "name": name, "arguments": arguments});
    let wire = |calls: Value| delta(json!({"tool_calls": calls}));
    // Name and id on every chunk.
    assert_eq!(
        parts(&[
            wire(
                json!([{"index": 0, "id": "a", "function": {"name": "f", "arguments": "{\"x\""}}])
            ),
            wire(json!([{"index": 0, "id": "a", "function": {"name": "f", "arguments": ":1}"}}])),
        ]),
        json!([call("a", "f", json!({"x": 1}))])
    );
    // No index, another id.
    assert_eq!(
        parts(&[
            wire(json!([{"id": "a", "function": {"name": "f", "arguments": "{}"}}])),
            wire(json!([{"id": "b", "function": {"name": "f", "arguments": "{\"x\""}}])),
            wire(json!([{"function": {"arguments": ":1}"}}])),
        ]),
        json!([call("a", "f", json!({})), call("b", "f", json!({"x": 1}))])
    );
    // The same index for all.
    assert_eq!(
        parts(&[
            wire(json!([{"index": 0, "id": "a", "function": {"name": "f", "arguments": "{}"}}])),
            wire(json!([{"index": 0, "id": "b", "function": {"name": "g", "arguments": "{"}}])),
            wire(json!([{"index": 0, "function": {"arguments": "}"}}])),
        ]),
        json!([call("a", "f", json!({})), call("b", "g", json!({}))])
    );
    // Neither index nor id, and an absurd index.
    assert_eq!(
        parts(&[
            wire(json!([{"function": {"name": "f", "arguments": {"x": 1}}}])),
            wire(json!([{"function": {"name": "g", "arguments": "{}"}}])),
            wire(json!([{"index": 4_000_000_000_u64, "function": {"name": "h"}}])),
        ]),
        json!([
            {"type": "tool_call", "name": "f", "arguments": {"x": 1}},
            {"type": "tool_call", "name": "g", "arguments": {}},
            {"type": "tool_call", "name": "h"},
        ])
    );
    // A tool with free input, and the form before there were tools.
    assert_eq!(
        parts(&[
            wire(
                json!([{"index": 0, "id": "a", "type": "custom", "custom": {"name": "sql", "input": "4"}}])
            ),
            wire(json!([{"index": 0, "custom": {"input": "2"}}])),
        ]),
        json!([call("a", "sql", json!("42"))])
    );
    assert_eq!(
        parts(&[
            delta(json!({"function_call": {"name": "f", "arguments": ""}})),
            delta(json!({"function_call": {"arguments": "{}"}})),
        ]),
        json!([{"type": "tool_call", "name": "f", "arguments": {}}])
    );
}

#[test]
fn usage_is_the_last_that_was_said_wherever_it_stands() {
    let usage = |input: u64| json!({"prompt_tokens": input, "completion_tokens": 1});
    let facts = |chunks: &[Value]| stream(chunks)["usage"].clone();
    assert_eq!(
        facts(&[
            json!({"choices": [{"delta": {"content": "a"}}], "usage": usage(5)}),
            json!({"choices": [{"delta": {"content": "b"}}], "usage": usage(6)}),
            json!({"choices": [], "usage": usage(7)}),
            json!({"choices": [], "usage": null}),
        ]),
        json!({"input": 7, "output": 1})
    );
    assert_eq!(
        facts(&[json!({"choices": [], "x_groq": {"usage": usage(8)}})]),
        json!({"input": 8, "output": 1})
    );
    assert_eq!(
        facts(&[json!({"choices": [{"usage": usage(9), "delta": {}}]})]),
        json!({"input": 9, "output": 1})
    );
    assert_eq!(facts(&[delta(json!({"content": "a"}))]), Value::Null);
    assert_eq!(
        stream(&[json!({"choices": [], "usage": {"prompt_tokens": 1, "cost": 0.5}})])["cost"],
        0.5
    );
}

#[test]
fn choices_come_in_any_order_and_are_told_in_theirs() {
    let facts = stream(&[
        json!({"choices": [{"index": 1, "delta": {"content": "b"}}]}),
        json!({"choices": [{"index": 0, "delta": {"content": "a"}}, {"index": 1, "delta": {"content": "B"}}]}),
        json!({"choices": [{"index": 1, "delta": {}, "finish_reason": "length"}]}),
        json!({"choices": [{"index": 0, "delta": {}, "finish_reason": "stop"}]}),
    ]);
    assert_eq!(facts["finish_reasons"], json!(["stop", "length"]));
    assert_eq!(facts["messages"][0]["parts"][0]["content"], "a");
    assert_eq!(facts["messages"][1]["parts"][0]["content"], "bB");
}

#[test]
fn a_message_that_repeats_the_deltas_is_not_told_twice() {
    let chunk = |delta: &str, sum: &str| json!({"choices": [{"index": 0, "delta": {"content": delta}, "message": {"role": "assistant", "content": sum}}]});
    assert_eq!(
        parts(&[chunk("a", "a"), chunk("b", "ab"), stop("stop")]),
        json!([{"type": "text", "content": "ab"}])
    );
}

#[test]
fn a_cut_stream_keeps_what_came_and_invents_nothing() {
    let body = events(&[
        json!({"id": "c", "model": "m", "choices": [{"index": 0, "delta": {"content": "par"}},
            {"index": 1, "delta": {"content": "whole"}, "finish_reason": "stop"}]}),
    ]);
    let expected = json!({
        "id": "c",
        "model": "m",
        "finish_reasons": ["error", "stop"],
        "messages": [
            {"role": "assistant", "finish_reason": "error", "parts": [{"type": "text", "content": "par"}]},
            {"role": "assistant", "finish_reason": "stop", "parts": [{"type": "text", "content": "whole"}]},
        ],
        "incomplete": true,
    });
    assert_eq!(cut(CHAT, &body), expected);
    // Not even a whole event of the next.
    let longer = [body.as_slice(), b"data: {\"choices\":[{\"index\":0,\"del"].concat();
    assert_eq!(cut(CHAT, &longer), expected);
    // The end of the bytes alone says nothing.
    assert_eq!(answer(CHAT, 200, EVENTS, &body), expected);
    let nothing = json!({"finish_reasons": ["error"], "incomplete": true});
    assert_eq!(cut(CHAT, b": comment\n\n"), nothing);
    assert_eq!(cut(CHAT, b""), json!({"incomplete": true}));
}

#[test]
fn a_stream_without_a_last_word_is_whole_if_every_choice_ended() {
    let body = events(&[delta(json!({"content": "a"})), stop("stop")]);
    assert_eq!(answer(CHAT, 200, EVENTS, &body)["incomplete"], Value::Null);
}

#[test]
fn an_error_in_the_middle_is_an_error_with_what_came_before() {
    let before = delta(json!({"content": "par"}));
    let error = json!({"code": "server_error", "message": "m"});
    let bare = json!({"error": error}).to_string();
    for last in [
        format!("data: {bare}\n\n"),
        format!(
            "data: {}\n\n",
            json!({"object": "error", "code": "server_error", "message": "m"})
        ),
        format!("event: error\ndata: {error}\n\n"),
        format!("data: {}\n\n", json!({"type": "error", "error": error})),
        format!("{bare}\n"),
        format!(
            "data: {}\n\n",
            json!({"choices": [{"index": 0, "error": error}]})
        ),
    ] {
        let body = [
            events(std::slice::from_ref(&before)),
            last.clone().into_bytes(),
        ]
        .concat();
        let facts = answer(CHAT, 200, EVENTS, &body);
        assert_eq!(
            facts["error"],
            json!({"code": "server_error", "message": "m"}),
            "{last}"
        );
        assert_eq!(facts["finish_reasons"], json!(["error"]), "{last}");
        assert_eq!(facts["messages"][0]["parts"][0]["content"], "par", "{last}");
    }
    let facts = answer(
        CHAT,
        200,
        EVENTS,
        b"event: error\ndata: upstream timed out\n\n",
    );
    assert_eq!(facts["error"], json!({"message": "upstream timed out"}));
}

#[test]
fn the_first_token_is_the_first_content() {
    let at = Duration::from_millis;
    for content in [
        json!({"content": "a"}),
        json!({"refusal": "a"}),
        json!({"reasoning": "a"}),
        json!({"audio": {"transcript": "a"}}),
        json!({"audio": {"data": "YQ=="}}),
        json!({"tool_calls": [{"index": 0, "function": {"arguments": "{"}}]}),
    ] {
        let mut stream = stream_of(CHAT);
        let role = delta(json!({"role": "assistant", "content": ""}));
        stream.push(&events(&[role]), at(1));
        let call = json!([{"index": 0, "id": "a", "function": {"name": "f", "arguments": ""}}]);
        stream.push(&events(&[delta(json!({"tool_calls": call}))]), at(2));
        stream.push(&events(&[delta(content.clone())]), at(3));
        stream.push(
            &events(&[delta(json!({"content": "b", "refusal": "b"}))]),
            at(4),
        );
        assert_eq!(stream.first_content_at(), Some(at(3)), "{content}");
        assert_eq!(stream.first_chunk_at(), Some(at(1)));
        assert_eq!(stream.chunks(), Some(4));
        assert!(!stream.is_terminal());
        stream.push(b"data: [DO", at(5));
        assert!(!stream.is_terminal());
        stream.push(b"NE]\n\n", at(6));
        assert!(stream.is_terminal());
        assert_eq!(stream.chunks(), Some(4));
    }
    // A call without arguments is still something.
    let mut stream = stream_of(CHAT);
    let call = json!([{"index": 0, "id": "a", "function": {"name": "f"}}]);
    stream.push(&events(&[delta(json!({"tool_calls": call}))]), at(2));
    assert_eq!(stream.first_content_at(), Some(at(2)));
    // The event counts from its data, not from the blank line that a proxy held back.
    let mut stream = stream_of(CHAT);
    stream.push(
        b": PROCESSING\n\ndata: {\"choices\":[{\"delta\":{\"content\":\"a\"}}]}\n",
        at(1),
    );
    assert_eq!(stream.first_content_at(), None);
    stream.push(b"\n", at(2));
    assert_eq!(stream.first_content_at(), Some(at(1)));
}

#[test]
fn an_endless_stream_is_bounded() {
    let mut stream = stream_of(CHAT);
    let text = "0123456789".repeat(1000);
    for index in 0..1000_u64 {
        let chunk = json!({"choices": [
            {"index": 0, "delta": {"content": text}},
            {"index": index, "delta": {"tool_calls": [{"index": index, "id": index.to_string(), "function": {"name": "f", "arguments": text}}]}},
        ]});
        stream.push(&events(&[chunk]), Duration::ZERO);
    }
    let facts = stream.finish(BodyEnd::Cut);
    let json = dump::response(&facts).to_string();
    assert!(json.len() < 4 << 20, "{}", json.len());
    assert!(json.contains("<truncated: 10000000 bytes in total>"));
}

#[test]
fn a_choice_that_was_asked_for_and_never_came_is_missing() {
    let chunk = |index: u64, reason: Value| json!({"choices": [{"index": index, "delta": {"content": "x"}, "finish_reason": reason}]});
    let only_the_second = events(&[chunk(1, json!("stop"))]);
    let both = events(&[chunk(1, json!("stop")), chunk(0, json!("length"))]);
    for (body, choices, reasons, complete) in [
        (&only_the_second, Some(2), &["error", "stop"][..], false),
        (&only_the_second, Some(1), &["stop"], true),
        (&only_the_second, None, &["stop"], true),
        (&both, Some(2), &["length", "stop"], true),
        (&both, Some(3), &["length", "stop", "error"], false),
        (&both, Some(u64::MAX), &["length", "stop", "error"], false),
    ] {
        let mut reader = stream_of(CHAT).with_choices(choices);
        reader.push(body, Duration::ZERO);
        let facts = reader.finish(BodyEnd::Reached);
        assert_eq!(facts.complete, complete, "{choices:?}");
        assert_eq!(facts.finish_reasons[..reasons.len()], *reasons);
        assert!(facts.finish_reasons.len() <= 128);
    }
    // The server says itself that it is over.
    let mut reader = stream_of(CHAT).with_choices(Some(2));
    reader.push(&only_the_second, Duration::ZERO);
    reader.push(b"data: [DONE]\n\n", Duration::ZERO);
    assert!(reader.finish(BodyEnd::Reached).complete);
}

#[test]
fn each_chunk_is_timed_after_the_one_before_if_that_is_wanted() {
    let at = [20, 50, 50, 90].map(Duration::from_millis);
    for wanted in [true, false] {
        let mut reader = stream_of(CHAT).with_gaps(wanted);
        for at in at {
            reader.push(&events(&[delta(json!({"content": "x"}))]), at);
        }
        // No chunk: it says that they are over.
        reader.push(b"data: [DONE]\n\n", Duration::from_secs(1));
        let expected: &[u64] = if wanted { &[30, 0, 40] } else { &[] };
        let expected: Vec<_> = expected
            .iter()
            .copied()
            .map(Duration::from_millis)
            .collect();
        assert_eq!(reader.take_gaps(), expected);
    }
}
