//! async-openai's types can read every object that the simulator sends during the conversation of the tutor.
#![expect(
    deprecated,
    reason = "the last release with Assistants marks all of it"
)]

use std::time::Duration;

use async_openai_041::Client;
use async_openai_041::config::{OPENAI_BETA_HEADER, OpenAIConfig};
use async_openai_041::error::OpenAIError;
use async_openai_041::traits::RequestOptionsBuilder as _;
use async_openai_041::types::assistants::{
    CreateAssistantRequestArgs, CreateMessageRequest, CreateRunRequestArgs,
    CreateThreadAndRunRequest, CreateThreadRequest, MessageContent, MessageObject, MessageRole,
    ModifyAssistantRequest, RunObject, RunStatus, StepDetails,
};

use crate::openai_sim::{self, Builder, Server};
use crate::wait::wait_for_async;

const QUESTION: &str = "I need to solve the equation `3x + 11 = 14`. Can you help me?";
const ANSWER: &str = "Subtract 11 from both sides to get 3x = 3, so x = 1.";

fn client(server: &Server) -> Client<OpenAIConfig> {
    let config = OpenAIConfig::new()
        .with_api_base(server.base_url())
        .with_api_key("any")
        .with_header(OPENAI_BETA_HEADER, "assistants=v2")
        .unwrap();
    Client::with_config(config)
}

fn user(text: &str) -> CreateMessageRequest {
    CreateMessageRequest {
        role: MessageRole::User,
        content: text.into(),
        ..Default::default()
    }
}

fn text(message: &MessageObject) -> &str {
    match message.content.as_slice() {
        [MessageContent::Text(part)] => &part.text.value,
        other => panic!("not one text: {other:?}"),
    }
}

async fn completed(client: &Client<OpenAIConfig>, run: RunObject) -> RunObject {
    wait_for_async(async || {
        let threads = client.threads();
        let runs = threads.runs(&run.thread_id);
        let run = runs.retrieve(&run.id).await.unwrap();
        (run.status == RunStatus::Completed).then_some(run)
    })
    .await
}

#[tokio::test]
async fn a_conversation_with_the_tutor() {
    let server = openai_sim::start().await.unwrap();
    let client = client(&server);

    let request = CreateAssistantRequestArgs::default()
        .model("gpt-4o")
        .name("Math Tutor")
        .instructions("You are a personal math tutor. Answer briefly.")
        .build()
        .unwrap();
    let assistant = client.assistants().create(request).await.unwrap();
    assert_eq!(assistant.name.as_deref(), Some("Math Tutor"));

    let thread = client
        .threads()
        .create(CreateThreadRequest::default())
        .await
        .unwrap();
    let messages = client.threads();
    let messages = messages.messages(&thread.id);
    let question = messages.create(user(QUESTION)).await.unwrap();
    assert_eq!((text(&question), &question.status), (QUESTION, &None));

    let threads = client.threads();
    let runs = threads.runs(&thread.id);
    let request = CreateRunRequestArgs::default()
        .assistant_id(&assistant.id)
        .build()
        .unwrap();
    let run = runs.create(request).await.unwrap();
    assert_eq!((&run.status, &run.usage), (&RunStatus::Queued, &None));
    let run = completed(&client, run).await;
    let usage = run.usage.unwrap();
    assert_eq!(
        usage.total_tokens,
        usage.prompt_tokens + usage.completion_tokens
    );

    let list = messages.list().await.unwrap();
    let [answer, asked] = list.data.as_slice() else {
        panic!("not two: {list:?}")
    };
    assert_eq!(text(answer), ANSWER);
    assert_eq!(answer.run_id.as_ref(), Some(&run.id));
    assert_eq!(answer.assistant_id.as_ref(), Some(&assistant.id));
    assert_eq!(asked, &question);
    let oldest = messages.query(&[("order", "asc"), ("limit", "1")]).unwrap();
    assert_eq!(oldest.list().await.unwrap().data, [question]);

    let steps = runs.steps(&run.id).list().await.unwrap();
    let [step] = steps.data.as_slice() else {
        panic!("not one: {steps:?}")
    };
    let StepDetails::MessageCreation(made) = &step.step_details else {
        panic!("{step:?}")
    };
    assert_eq!(made.message_creation.message_id, answer.id);
    assert_eq!(runs.steps(&run.id).retrieve(&step.id).await.unwrap(), *step);
    assert_eq!(runs.list().await.unwrap().data.len(), 1);
}

#[tokio::test]
async fn a_thread_and_its_run_in_one_call() {
    let server = Builder::default()
        .with_run_duration(Duration::ZERO)
        .start()
        .await
        .unwrap();
    let client = client(&server);
    let request = CreateAssistantRequestArgs::default()
        .model("gpt-4o")
        .build()
        .unwrap();
    let assistant = client.assistants().create(request).await.unwrap();
    let request = CreateThreadAndRunRequest {
        assistant_id: assistant.id.clone(),
        model: Some("gpt-4o-mini".to_owned()),
        thread: Some(CreateThreadRequest {
            messages: Some(vec![user(QUESTION)]),
            ..Default::default()
        }),
        ..Default::default()
    };
    let run = client.threads().create_and_run(request).await.unwrap();
    assert_eq!(run.model, "gpt-4o-mini");
    let run = completed(&client, run).await;
    let list = client
        .threads()
        .messages(&run.thread_id)
        .list()
        .await
        .unwrap();
    assert_eq!(text(&list.data[0]), ANSWER);
    assert!(
        client
            .threads()
            .delete(&run.thread_id)
            .await
            .unwrap()
            .deleted
    );
    assert!(client.threads().retrieve(&run.thread_id).await.is_err());
}

#[tokio::test]
async fn assistants_change_and_go_and_errors_are_typed() {
    let server = openai_sim::start().await.unwrap();
    let client = client(&server);
    let request = CreateAssistantRequestArgs::default()
        .model("gpt-4o")
        .build()
        .unwrap();
    let assistant = client.assistants().create(request).await.unwrap();
    let change = ModifyAssistantRequest {
        name: Some("Physics Tutor".to_owned()),
        ..Default::default()
    };
    let changed = client
        .assistants()
        .update(&assistant.id, change)
        .await
        .unwrap();
    assert_eq!(changed.name.as_deref(), Some("Physics Tutor"));
    assert_eq!(client.assistants().list().await.unwrap().data, [changed]);
    assert!(
        client
            .assistants()
            .delete(&assistant.id)
            .await
            .unwrap()
            .deleted
    );

    match client.assistants().retrieve(&assistant.id).await {
        Err(OpenAIError::ApiError(error)) => {
            let text = error.to_string();
            assert!(text.contains(&format!("No assistant found with id '{}'.", assistant.id)));
        }
        other => panic!("not an API error: {other:?}"),
    }
}
