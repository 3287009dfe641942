//! A generation by hand: for a model that the crate cannot see, while it runs and afterwards.
//!
//! ```sh
//! cargo run --example manual_generation
//! ```
#![expect(clippy::print_stdout, reason = "the answer is for whoever runs this")]

use std::thread::sleep;
use std::time::{Duration, SystemTime};

use tracing_genai::message::{Message, Part, ToolDefinition, Usage};
use tracing_genai::observation::{self, Level};

fn main() -> Result<(), Box<dyn std::error::Error>> {
    let _telemetry = tracing_genai::init()?;
    println!("{}", weather("How warm is it in Oslo?"));
    Ok(())
}

#[tracing::instrument(ret)]
fn weather(question: &str) -> String {
    // Live: it ends when it is dropped.
    let generation = observation::generation("chat local-llama")
        .with_model("local-llama")
        .with_provider("llama.cpp")
        .with_parameter("temperature", 0.2)
        .with_tools([ToolDefinition::function("get_weather").with_description("Weather of a city")])
        .with_input_messages([
            Message::system("Answer in one sentence."),
            Message::user(question),
        ])
        .start();
    sleep(Duration::from_millis(40)); // the model reads
    generation.mark_completion_start();
    sleep(Duration::from_millis(60)); // and writes
    let call = Part::tool_call("call_1", "get_weather", r#"{"city":"Oslo"}"#);
    generation
        .set_output_messages([Message::new("assistant", [call]).with_finish_reason("tool_call")])
        .set_finish_reasons(["tool_call"])
        .set_usage(Usage::new(58, 12).with_cache_read(32));
    drop(generation);

    let celsius = get_weather("Oslo");

    // Finished earlier: a batch that somebody else has run, with its own times.
    let end = SystemTime::now();
    let start = end - Duration::from_secs(3);
    observation::generation("chat local-llama")
        .with_model("local-llama")
        .with_provider("llama.cpp")
        .with_input_messages([
            Message::user(question),
            Message::tool("call_1", serde_json::json!({ "celsius": celsius })),
        ])
        .with_output_messages(
            [Message::assistant("It is 4 °C in Oslo.").with_finish_reason("stop")],
        )
        .with_usage(Usage::new(80, 9))
        .with_completion_start(start + Duration::from_millis(800))
        .with_metadata("batch", 17)
        .record(start, end);

    observation::current()
        .set_level(Level::Warning)
        .set_status_message("the thermometer is old");
    "It is 4 °C in Oslo.".to_owned()
}

#[tracing::instrument(ret)]
fn get_weather(city: &str) -> i64 {
    city.len() as i64
}
