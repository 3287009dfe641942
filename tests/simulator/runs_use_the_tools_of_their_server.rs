//! Code for equations and files for questions about books, in one step unless parallel calls are switched
//! off. Images come before the text.
#![expect(
    deprecated,
    reason = "the last release with Assistants marks all of it"
)]

use async_openai_041::types::assistants::{MessageContent, RunStepObject};
use serde_json::{Value, json};

use crate::requests::shape;
use crate::simulator::{Wire, function, run_path};

const CONTENT: &str = "include[]=step_details.tool_calls[*].file_search.results[*].content";

fn tools() -> Value {
    json!([{"type": "code_interpreter"}, {"type": "file_search"}])
}

#[tokio::test]
async fn an_equation_is_computed_with_code() {
    let wire = Wire::instant().await;
    let assistant = wire.assistant_with("gpt-4o", tools()).await;
    for (question, input, logs) in [
        ("3x + 11 = 14", "x = (14-11)/3\nprint(x)", "1.0\n"),
        ("x + 2 = 5", "x = 5-2\nprint(x)", "3\n"),
        ("2y - 3 = 4", "y = (4+3)/2\nprint(y)", "3.5\n"),
        ("7 = 3z", "z = 7/3\nprint(z)", "2.3333333333333335\n"),
        (
            "-2x + 1 = 4x",
            "x = (0-1)/(-6)\nprint(x)",
            "0.16666666666666666\n",
        ),
    ] {
        let run = wire.asked(&assistant, question, json!({})).await;
        let run = wire.until(&run, &["completed"]).await;
        let steps = wire.steps(&run).await;
        let call = &steps[0]["step_details"]["tool_calls"][0];
        let expected = json!({"input": input, "outputs": [{"type": "logs", "logs": logs}]});
        assert_eq!(call["code_interpreter"], expected, "{question}");
        assert_eq!(call.as_object().unwrap().len(), 3, "{call}");
    }
    let run = wire.asked(&assistant, "What is algebra?", json!({})).await;
    assert_eq!(wire.steps(&run).await.len(), 1);
}

#[tokio::test]
async fn files_are_searched_and_cited_and_their_content_is_sent_on_request() {
    let wire = Wire::instant().await;
    let assistant = wire.assistant_with("gpt-4o", tools()).await;
    let question = "Look into the book and solve 3x + 11 = 14";
    let run = wire.asked(&assistant, question, json!({})).await;
    let run = wire.until(&run, &["completed"]).await;
    let steps = wire.steps(&run).await;
    let calls = steps[0]["step_details"]["tool_calls"].as_array().unwrap();
    let kinds: Vec<_> = calls.iter().map(|call| &call["type"]).collect();
    assert_eq!(kinds, ["code_interpreter", "file_search"]);
    assert_eq!(
        calls[1]["file_search"]["results"][0]["content"],
        Value::Null
    );

    let path = format!("{}/steps?order=asc&{CONTENT}", run_path(&run));
    let full = wire.fetch(&path).await;
    let fixture = include_str!("../fixtures/steps_response.json");
    let mut recorded: Value = serde_json::from_str(fixture).unwrap();
    let recorded_calls = &mut recorded["data"][0]["step_details"]["tool_calls"];
    let recorded_calls = recorded_calls.as_array_mut().unwrap();
    // The recorded run also drew an image and called a function.
    recorded_calls.pop();
    let outputs = &mut recorded_calls[0]["code_interpreter"]["outputs"];
    outputs.as_array_mut().unwrap().pop();
    assert_eq!(shape(&full), shape(&recorded));
    let one = format!(
        "{}/steps/{}?{CONTENT}",
        run_path(&run),
        full["data"][0]["id"].as_str().unwrap()
    );
    assert_eq!(wire.fetch(&one).await, full["data"][0]);

    let thread = run["thread_id"].as_str().unwrap();
    let messages = wire.fetch(&format!("/threads/{thread}/messages")).await;
    let text = &messages["data"][0]["content"][0]["text"];
    let (annotation, value) = (&text["annotations"][0], text["value"].as_str().unwrap());
    let place = |name: &str| usize::try_from(annotation[name].as_u64().unwrap()).unwrap();
    let cited: String = value
        .chars()
        .skip(place("start_index"))
        .take(place("end_index") - place("start_index"))
        .collect();
    assert_eq!(cited, annotation["text"].as_str().unwrap());
    assert!(value.ends_with("so x = 1【4:0†algebra.md】."), "{value}");
}

#[tokio::test]
async fn tools_have_a_step_each_if_calls_may_not_be_parallel() {
    let wire = Wire::instant().await;
    let mut all = tools();
    all.as_array_mut().unwrap().push(function("python", "code"));
    let assistant = wire.assistant_with("gpt-4o", all).await;
    let question = "Search the notes for 3x + 11 = 14";
    for (parallel, expected) in [(true, vec![3]), (false, vec![1, 1, 1])] {
        let fields = json!({"parallel_tool_calls": parallel});
        let run = wire.asked(&assistant, question, fields).await;
        let run = wire.until(&run, &["requires_action"]).await;
        let steps = wire.steps(&run).await;
        let calls: Vec<usize> = steps
            .iter()
            .map(|step| step["step_details"]["tool_calls"].as_array().unwrap().len())
            .collect();
        assert_eq!(calls, expected);
        let waiting = steps.last().unwrap();
        assert_eq!(
            (&waiting["status"], &waiting["usage"]),
            (&json!("in_progress"), &Value::Null)
        );
        for step in steps {
            let typed: RunStepObject = serde_json::from_value(step).unwrap();
            assert_eq!(typed.object, "thread.run.step");
        }
    }
}

#[tokio::test]
async fn a_picture_stands_before_the_text() {
    let wire = Wire::instant().await;
    let drawing = wire.assistant_with("gpt-4o", tools()).await;
    let named = wire.assistant_with("run-image", json!([])).await;
    for (assistant, steps) in [(drawing, 2), (named, 1)] {
        let question = "Draw the graph of 3x + 11 = 14";
        let run = wire.asked(&assistant, question, json!({})).await;
        let run = wire.until(&run, &["completed"]).await;
        assert_eq!(wire.steps(&run).await.len(), steps);
        let thread = run["thread_id"].as_str().unwrap();
        let client = wire.typed();
        let list = client.threads().messages(thread).list().await.unwrap();
        let [MessageContent::ImageFile(image), MessageContent::Text(text)] =
            list.data[0].content.as_slice()
        else {
            panic!("{list:?}")
        };
        assert!(image.image_file.file_id.starts_with("file-"));
        assert!(text.text.value.ends_with("x = 1."));
    }
}
