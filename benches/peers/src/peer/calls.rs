//! Model calls over HTTP, one after the other, by clients that are traced or not.

use std::hint::black_box;
use std::ops::Range;

use genai::adapter::AdapterKind;
use genai::chat::{ChatMessage, ChatRequest};
use genai::resolver::{AuthData, Endpoint, ServiceTargetResolver};
use genai::{ModelIden, ServiceTarget};
use langfuse_openai::observe_openai;
use tokio::runtime::Runtime;

use super::{observe, ours, sdk};
use crate::case::{Case, Outcome};

const MODEL: &str = "gpt-4o-mini";

/// async-openai, by itself or with this crate's layer.
pub(super) fn async_openai(case: &Case, is_traced: bool) -> Outcome {
    use async_openai::Client;
    use async_openai::config::OpenAIConfig;
    use async_openai::types::chat::{
        ChatCompletionRequestUserMessage, CreateChatCompletionRequestArgs,
    };

    let config = OpenAIConfig::new()
        .with_api_base(format!("{}/v1", case.address))
        .with_api_key("simulated");
    let client = Client::with_config(config);
    let (client, telemetry) = if is_traced {
        let client = client.with_http_service(tracing_genai::openai::http_service());
        (client, Some(ours::start_langfuse(case)))
    } else {
        (client, None)
    };
    let question = question();
    let call = |runtime: &Runtime, numbers: Range<u32>| {
        runtime.block_on(async {
            for _ in numbers {
                let message = ChatCompletionRequestUserMessage::from(question.as_str());
                let request = CreateChatCompletionRequestArgs::default()
                    .model(MODEL)
                    .messages([message.into()])
                    .build()
                    .unwrap();
                black_box(client.chat().create(request).await.unwrap());
            }
        });
    };
    case.measure(runtime(), call, |_| {
        if let Some(telemetry) = telemetry {
            ours::end(&telemetry);
        }
    })
}

/// The version of async-openai that langfuse-openai wraps, by itself or wrapped.
pub(super) fn langfuse_openai(case: &Case, is_traced: bool) -> Outcome {
    use async_openai_033::Client;
    use async_openai_033::config::OpenAIConfig;
    use async_openai_033::types::chat::{
        ChatCompletionRequestUserMessage, CreateChatCompletionRequestArgs,
    };

    let config = OpenAIConfig::new()
        .with_api_base(format!("{}/v1", case.address))
        .with_api_key("simulated");
    let client = Client::with_config(config);
    let runtime = runtime();
    let langfuse = is_traced.then(|| {
        let _entered = runtime.enter();
        observe::start(case)
    });
    let question = question();
    let call = |runtime: &Runtime, numbers: Range<u32>| {
        runtime.block_on(async {
            for _ in numbers {
                let message = ChatCompletionRequestUserMessage::from(question.as_str());
                let request = CreateChatCompletionRequestArgs::default()
                    .model(MODEL)
                    .messages([message.into()])
                    .build()
                    .unwrap();
                let answer = if is_traced {
                    observe_openai(&client).create(request).await
                } else {
                    client.chat().create(request).await
                };
                black_box(answer.unwrap());
            }
        });
    };
    case.measure(runtime, call, |runtime| {
        if let Some(langfuse) = langfuse {
            runtime.block_on(langfuse.shutdown()).unwrap();
        }
    })
}

/// genai, whose spans go nowhere or to the SDK.
pub(super) fn genai(case: &Case, is_traced: bool) -> Outcome {
    let endpoint = format!("{}/v1/", case.address);
    let resolver = ServiceTargetResolver::from_resolver_fn(
        move |target: ServiceTarget| -> Result<ServiceTarget, genai::resolver::Error> {
            Ok(ServiceTarget {
                endpoint: Endpoint::from_owned(endpoint.clone()),
                auth: AuthData::from_single("simulated"),
                model: ModelIden::new(AdapterKind::OpenAI, target.model.model_name),
            })
        },
    );
    let client = genai::Client::builder()
        .with_service_target_resolver(resolver)
        .build()
        .unwrap();
    let provider = is_traced.then(|| {
        let provider = sdk::provider(case, true);
        sdk::install(&provider);
        provider
    });
    let question = question();
    let call = |runtime: &Runtime, numbers: Range<u32>| {
        runtime.block_on(async {
            for _ in numbers {
                let message = ChatMessage::user(question.as_str());
                let request = ChatRequest::new(vec![message]);
                black_box(client.exec_chat(MODEL, request, None).await.unwrap());
            }
        });
    };
    case.measure(runtime(), call, |_| {
        if let Some(provider) = provider {
            provider.shutdown().unwrap();
        }
    })
}

/// The caller's thread makes the calls.
fn runtime() -> Runtime {
    tokio::runtime::Builder::new_current_thread()
        .enable_all()
        .build()
        .unwrap()
}

/// Two kilobytes.
fn question() -> String {
    "Solve 3x + 11 = 14. ".repeat(100)
}
