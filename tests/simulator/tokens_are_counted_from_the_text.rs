//! More text is more tokens, and a prompt that was sent before is cached.

use serde_json::{Value, json};

use crate::openai_sim::tokens;
use crate::simulator::{Wire, id};

#[test]
fn a_text_has_about_a_token_every_four_characters() {
    for (text, expected) in [
        ("", 0),
        ("   \n", 0),
        ("x", 1),
        ("3x + 11 = 14", 6),
        ("Hello, world!", 4),
        ("1234567", 3),
        ("simultaneously", 3),
        ("Ünïcödé", 2),
    ] {
        assert_eq!(tokens::count(text), expected, "{text:?}");
    }
    let prose = "Subtract eleven from both sides of the equation, then divide what is left on \
                 either side by three, and the value of the unknown remains.";
    let characters_a_token = prose.len() as f64 / tokens::count(prose) as f64;
    assert!(
        (3.0..6.0).contains(&characters_a_token),
        "{characters_a_token}"
    );
}

async fn usage(wire: &Wire, thread: &str, assistant: &str, question: &str) -> Value {
    wire.say(thread, question).await;
    let run = id(&wire.run(thread, assistant).await);
    wire.fetch(&format!("/threads/{thread}/runs/{run}")).await["usage"].clone()
}

#[tokio::test]
async fn usage_is_that_of_instructions_messages_and_answer() {
    let wire = Wire::instant().await;
    let (assistant, thread) = (wire.assistant().await, wire.thread().await);
    let question = "Solve 3x + 11 = 14, please";
    let usage = usage(&wire, &thread, &assistant, question).await;

    let prompt = tokens::count_prompt(["You are a mathematics tutor.", question]);
    let completion = tokens::count("Subtract 11 from both sides to get 3x = 3, so x = 1.");
    assert_eq!(
        usage,
        json!({
            "prompt_tokens": prompt,
            "completion_tokens": completion,
            "total_tokens": prompt + completion,
            "prompt_token_details": {"cached_tokens": 0},
            "completion_tokens_details": {"reasoning_tokens": 0},
        })
    );
}

#[tokio::test]
async fn a_follow_up_finds_the_earlier_prompt_cached() {
    let wire = Wire::instant().await;
    let (assistant, thread) = (wire.assistant().await, wire.thread().await);
    let question = "Solve 3x + 11 = 14, please";
    let first = usage(&wire, &thread, &assistant, question).await;
    let second = usage(&wire, &thread, &assistant, "And 5x = 10?").await;

    let shared =
        tokens::count_message("You are a mathematics tutor.") + tokens::count_message(question);
    assert_eq!(second["prompt_token_details"]["cached_tokens"], shared);
    assert!(shared <= first["prompt_tokens"].as_u64().unwrap());
    assert!(shared < second["prompt_tokens"].as_u64().unwrap());
}

#[tokio::test]
async fn the_cache_is_of_the_server_not_of_the_thread() {
    let wire = Wire::instant().await;
    let assistant = wire.assistant().await;
    for cached in [0, tokens::count_message("You are a mathematics tutor.")] {
        let thread = wire.thread().await;
        let usage = usage(&wire, &thread, &assistant, &format!("Solve {cached}x = 10")).await;
        assert_eq!(usage["prompt_token_details"]["cached_tokens"], cached);
    }
}
