//! Whatever names, contents and parent links are, the tree keeps its form.

use opentelemetry_sdk::trace::SpanData;
use proptest::prelude::*;

use super::{SETTINGS, Settings, With, at_width, draw, span};
use crate::conventions;
use crate::conventions::observation;
use crate::terminal::text;

#[test]
fn wide_characters_are_measured_and_not_split() {
    let spans = [
        span(1, 0, "翻訳する関数", 0, 100)
            .with(
                observation::INPUT,
                "これは長い文章です。とても長いので切られます。",
            )
            .with(observation::OUTPUT, "👨‍👩‍👧 familj 👨‍👩‍👧 familj 👨‍👩‍👧 familj 👨‍👩‍👧"),
        span(2, 1, "とても長い名前を持つ子供の関数です", 10, 90),
    ];
    insta::assert_snapshot!(draw(&spans, &at_width(30)), @r#"
    trace c639c2482eeb2306df724c3…
    翻訳する関数  0.10s
    │ input   これは長い文章です…
    │ output  👨‍👩‍👧 familj 👨‍👩‍👧 familj…
    └─ とても長い名前を持…  0.08s
    "#);
}

#[test]
fn control_characters_become_visible() {
    let spans = [
        span(1, 0, "clear\x1b[2J\x1b]0;title\x07", 0, 100)
            .with(observation::TYPE, "agent\x1b[31m")
            .with(conventions::REQUEST_MODEL, "gpt\u{202e}4")
            .with(observation::INPUT, "tab\tand\rreturn\u{9b}31m")
            .with(
                observation::OUTPUT,
                r#"{"text": "\u001b[31mred\nline two"}"#,
            )
            .with(observation::LEVEL, "ERROR")
            .with(observation::STATUS_MESSAGE, "\u{2066}isolated\u{2069}\x08"),
        span(2, 1, "new\nline", 10, 90),
    ];
    let text = draw(&spans, &SETTINGS);
    insta::assert_snapshot!(text, @r#"
    trace c639c2482eeb2306df724c3265ea0c62  2 spans
    clear␛[2J␛]0;title␇  agent␛[31m  gpt�4  0.10s
    │ ! ERROR �isolated�␈
    │ input   tab and …
    │ output  ␛[31mred …
    └─ new line  0.08s
    "#);
    assert!(!text.replace('\n', "").contains(char::is_control));
}

#[test]
fn a_long_name_leaves_room_for_what_is_known() {
    let spans = [span(1, 0, &"name ".repeat(100), 0, 100)
        .with(observation::TYPE, "generation")
        .with(conventions::REQUEST_MODEL, "m".repeat(300))];
    insta::assert_snapshot!(draw(&spans, &at_width(60)), @r#"
    trace c639c2482eeb2306df724c3265ea0c62  1 span
    name name name name name name name name…  generation  0.10s
    "#);
}

#[test]
fn a_circle_is_opened_at_its_first_span() {
    let spans = [
        span(1, 3, "third of the circle", 30, 90),
        span(2, 1, "first of the circle", 10, 90),
        span(3, 2, "second of the circle", 20, 90),
        span(4, 3, "hangs on the circle", 5, 90),
        span(5, 5, "its own parent", 40, 90),
        span(6, 0, "root", 0, 100),
    ];
    insta::assert_snapshot!(draw(&spans, &SETTINGS), @r#"
    trace c639c2482eeb2306df724c3265ea0c62  6 spans
    root  0.10s
    first of the circle  0.08s
    └─ second of the circle  0.07s
       ├─ hangs on the circle  0.09s
       └─ third of the circle  0.06s
    its own parent  0.05s
    "#);
}

#[test]
fn doubled_ids_are_shown_twice() {
    let spans = [
        span(1, 0, "root", 0, 100),
        span(2, 1, "one", 10, 20),
        span(2, 1, "other", 30, 40),
        span(3, 2, "child", 12, 15),
    ];
    insta::assert_snapshot!(draw(&spans, &SETTINGS), @r#"
    trace c639c2482eeb2306df724c3265ea0c62  4 spans
    root  0.10s
    ├─ one  0.01s
    │  └─ child  3.0ms
    └─ other  0.01s
    "#);
}

#[test]
fn deep_levels_are_numbered_instead_of_indented() {
    let chain = |levels: u64| -> Vec<SpanData> {
        let mut spans: Vec<SpanData> = (1..=levels)
            .map(|level| {
                span(
                    level,
                    level - 1,
                    &format!("level {}", level - 1),
                    level,
                    2_000,
                )
            })
            .collect();
        spans.push(span(9_999, 1, "the last child", 1_000, 2_000));
        if let Some(deepest) = spans.get_mut(7) {
            *deepest = deepest.clone().with(observation::INPUT, "some input");
        }
        spans
    };
    insta::assert_snapshot!(draw(&chain(9), &at_width(36)), @r#"
    trace c639c2482eeb2306df7…  10 spans
    level 0  2.00s
    ├─ level 1  2.00s
    │  └─ level 2  2.00s
    │     └─ level 3  2.00s
    │        └─ level 4  2.00s
    │           └─ level 5  1.99s
    │              └─ level 6  1.99s
    │                 ⋯7 level 7  1.99s
    │                   input   some in…
    │                 ⋯8 level 8  1.99s
    └─ the last child  1.00s
    "#);

    let text = draw(&chain(500), &at_width(80));
    assert_eq!(
        text.lines().filter(|line| line.contains("level ")).count(),
        500
    );
    assert!(text.contains("⋯499 level 499"));
    assert!(text.lines().all(|line| text::width(line) <= 80));
}

/// Spans with random ids and parents, so that all kinds of wrong links occur.
fn spans() -> impl Strategy<Value = Vec<SpanData>> {
    let parts = (
        0u64..12,
        0u64..14,
        any::<bool>(),
        0u64..50,
        0u64..50,
        "\\PC{0,30}",
    );
    prop::collection::vec(parts, 1..40).prop_map(|spans| {
        spans
            .into_iter()
            .enumerate()
            .map(|(index, (number, parent, is_remote, start, end, name))| {
                let mut span = span(number, parent, &format!("<{index}>"), start, end);
                span.parent_span_is_remote = is_remote;
                span.with(observation::INPUT, name)
            })
            .collect()
    })
}

proptest! {
    #[test]
    fn every_span_is_shown_once(spans in spans(), width in 30usize..120) {
        let hidden = Settings { show_content: false, ..at_width(width) };
        let text = draw(&spans, &hidden);
        for index in 0..spans.len() {
            prop_assert_eq!(text.matches(&format!("<{index}>")).count(), 1, "{}", text);
        }
        // A header, a line a span, an empty line.
        prop_assert_eq!(text.lines().count(), spans.len() + 2);
    }

    #[test]
    fn no_line_is_wider_than_the_terminal(spans in spans(), width in 20usize..120) {
        let text = draw(&spans, &at_width(width));
        for line in text.lines() {
            prop_assert!(text::width(line) <= width, "{}", line);
        }
    }
}
