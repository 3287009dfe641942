//! Chats that are answered as a whole or refused.

use serde_json::json;
use tracing_genai::context::{self, Attributes};
use tracing_genai::testing::{InMemory, ReceivedSpan};

use super::{assert_is_the_chat, only_call, reference, replayed, shown};
use crate::support::reply_server::{Reply, ReplyServer};
use crate::support::versions::{Version, with_each_version};
use crate::support::{mapped_async, only};

async fn chat(version: Version, case: &str) -> (InMemory, ReceivedSpan) {
    let call = only_call(case);
    let memory = replayed(call.chat_reply(), async |url| {
        let client = version.client(url);
        let answer = client.chat(&call.chat_request()).await.unwrap();
        assert_eq!(answer["model"], call.answering_model());
    })
    .await;
    let span = only(&memory);
    assert_eq!(span.name, format!("chat {}", call.asked_model()));
    assert_is_the_chat(&span, call);
    (memory, span)
}

async fn plain(version: Version) {
    let (_, span) = chat(version, "chat_plain").await;
    assert_eq!(
        shown(&span, "model.parameters"),
        json!({"service_tier": "default"}),
        "nothing was sent, so nothing is shown"
    );
}

async fn with_parameters(version: Version) {
    let (_, span) = chat(version, "chat_params").await;
    let parameters = shown(&span, "model.parameters");
    assert_eq!(parameters["temperature"], 0.2);
    assert_eq!(parameters["seed"], 7);
    assert_eq!(parameters.get("frequency_penalty"), None);
}

/// The wrapper omits them although they were sent.
async fn with_parameters_that_the_wrapper_drops(version: Version) {
    let call = only_call("chat_plain");
    let mut request = call.chat_request();
    let dropped = json!({
        "stop": ["END"], "user": "u-1", "logprobs": true, "top_logprobs": 2,
        "parallel_tool_calls": false, "store": true, "tool_choice": "none",
    });
    request
        .as_object_mut()
        .unwrap()
        .extend(dropped.as_object().unwrap().clone());
    let memory = replayed(call.chat_reply(), async |url| {
        let client = version.client(url);
        client.chat(&request).await.unwrap();
    })
    .await;
    let parameters = shown(&only(&memory), "model.parameters");
    assert_eq!(parameters["stop"], json!(["END"]));
    // Who asks is content.
    assert_eq!(parameters.get("user"), None);
    for name in [
        "logprobs",
        "top_logprobs",
        "parallel_tool_calls",
        "store",
        "tool_choice",
    ] {
        assert_eq!(parameters[name], dropped[name], "{name}");
    }
}

/// Name, user, session, tags and metadata come from a scope. They are set on every span inside and are not
/// sent to the provider, where the `user_id=` of the wrapper is a `TypeError`.
async fn with_what_the_wrapper_takes_as_extra_arguments(version: Version) {
    let call = only_call("chat_langfuse_kwargs");
    let server = ReplyServer::start([call.chat_reply()]).await;
    let scope = Attributes::new()
        .with_user("u-meta")
        .with_session("s-meta")
        .with_tag("t")
        .with_metadata("k", "v")
        .with_metadata("n", 3)
        .with_generation_name(call.name);
    let memory = mapped_async(async {
        let client = version.client(server.url());
        let request = call.chat_request();
        let ask = client.chat(&request);
        context::scope(scope).wrap(ask).await.unwrap();
    })
    .await;
    let span = only(&memory);
    assert_eq!(span.name, "my-gen");
    assert_is_the_chat(&span, call);
    assert_eq!(span.text("user.id"), Some("u-meta"));
    assert_eq!(span.text("session.id"), Some("s-meta"));
    assert_eq!(span.text("langfuse.trace.metadata.k"), Some("v"));
    assert_eq!(span.int("langfuse.trace.metadata.n"), Some(3));
    let tags = tracing_genai::testing::Value::Array(vec!["t".into()]);
    assert_eq!(span.attributes["langfuse.trace.tags"], tags);
}

async fn with_three_choices(version: Version) {
    let (_, span) = chat(version, "chat_n3").await;
    assert_eq!(shown(&span, "output").as_array().unwrap().len(), 3);
}

async fn of_a_reasoning_model(version: Version) {
    let (_, span) = chat(version, "chat_reasoning").await;
    // The wrapper invents a temperature, which such a model does not support.
    assert_eq!(shown(&span, "model.parameters").get("temperature"), None);
}

async fn with_tools(version: Version) {
    let (_, span) = chat(version, "chat_tools").await;
    let names = &shown(&span, "output")[0]["tool_calls"];
    assert_eq!(names.as_array().unwrap().len(), 2);
}

async fn with_a_schema_for_the_answer(version: Version) {
    let call = only_call("chat_parse");
    let mut request = call.chat_request();
    let schema = call.json("metadata.response_format").unwrap();
    request["response_format"] = json!({"type": "json_schema", "json_schema": {"name": "A", "strict": true, "schema": schema}});
    let memory = replayed(call.chat_reply(), async |url| {
        let client = version.client(url);
        client.chat(&request).await.unwrap();
    })
    .await;
    let span = only(&memory);
    assert_eq!(span.text("gen_ai.output.type"), Some("json"));
    assert_eq!(
        span.text("langfuse.observation.metadata.call.schema_name"),
        Some("A")
    );
    assert_eq!(
        shown(&span, "output")[0]["content"],
        call.outputs()[0]["content"]
    );
    assert_eq!(shown(&span, "input"), call.json("input").unwrap());
}

async fn refused(version: Version) {
    let call = only_call("chat_error");
    let message = call.text("status_message").unwrap();
    let (_, message) = message.split_once(" - ").unwrap();
    let error = json!({"error": {"message": message, "type": "invalid_request_error",
        "param": null, "code": "model_not_found"}});
    let memory = replayed(Reply::json(404, error), async |url| {
        let client = version.client(url);
        assert!(client.chat(&call.chat_request()).await.is_err());
    })
    .await;
    let span = only(&memory);
    assert_eq!(span.text("langfuse.observation.level"), call.text("level"));
    assert_eq!(
        span.text("langfuse.observation.status_message"),
        Some(message)
    );
    assert_eq!(span.error.as_deref(), Some(message));
    assert_eq!(
        span.text("langfuse.observation.model.name"),
        Some("error-model")
    );
    assert_eq!(shown(&span, "input"), call.json("input").unwrap());
    // The wrapper exports none of these.
    assert_eq!(span.int("http.response.status_code"), Some(404));
    assert_eq!(span.text("error.type"), Some("model_not_found"));
    assert_eq!(
        span.text("langfuse.observation.metadata.call.request_id"),
        Some("req_scripted")
    );
    // Without a usage, Langfuse would estimate one.
    assert_eq!(shown(&span, "usage_details")["total"], 0);
}

/// The caller reads the raw body.
async fn read_raw(version: Version) {
    chat(version, "chat_raw_response").await;
}

async fn and_a_stream_and_embeddings_in_one_client(version: Version) {
    let [chat, stream, embedding] = reference::calls("async_chat")[..] else {
        panic!("three calls")
    };
    let vectors = json!({"object": "list", "model": embedding.answering_model(),
        "data": [{"object": "embedding", "index": 0, "embedding": vec![0.5; 8]}],
        "usage": {"prompt_tokens": 9, "total_tokens": 9}});
    let whole = crate::support::reply_server::Ending::Whole;
    let replies = [
        chat.chat_reply(),
        stream.chat_stream(whole),
        Reply::json(200, vectors),
    ];
    let server = ReplyServer::start(replies).await;
    let memory = mapped_async(async {
        use futures_util::StreamExt;
        let client = version.client(server.url());
        client.chat(&chat.chat_request()).await.unwrap();
        let request = stream.chat_stream_request();
        let items = client.chat_stream(&request).await.unwrap();
        items.for_each(async |_| ()).await;
        let request = json!({"model": "text-embedding-3-small", "input": embedding.text("input")});
        client.embed(&request).await.unwrap();
    })
    .await;
    let mut spans = memory.spans();
    spans.sort_by_key(|span| span.start);
    let [first, second, third] = &spans[..] else {
        panic!("{spans:?}")
    };
    assert_is_the_chat(first, chat);
    assert_is_the_chat(second, stream);
    assert_eq!(shown(first, "output"), shown(second, "output"));
    assert_eq!(third.int("gen_ai.embeddings.dimension.count"), Some(8));
}

with_each_version!(
    plain,
    with_parameters,
    with_parameters_that_the_wrapper_drops,
    with_what_the_wrapper_takes_as_extra_arguments,
    with_three_choices,
    of_a_reasoning_model,
    with_tools,
    with_a_schema_for_the_answer,
    refused,
    read_raw,
    and_a_stream_and_embeddings_in_one_client
);
