//! Vendors' habits: the name of the model says whose server this pretends to be.
//!
//! Contract: an endpoint answers as OpenAI does; here the answer gets what another server
//! would have done differently, as data, before it is sent. Only chat completions differ unless
//! the table says so. A failure may follow: `openrouter-style/error-stream`; so may a model,
//! `azure-style/o4-mini`.
//!
//! | model | on the wire |
//! |---|---|
//! | `azure-style` | (also on every `/openai/…` path) a first chunk without choices, id and model; filter results everywhere; a choice without `delta`; no `completed_at` in Responses |
//! | `codex-style` | streams without a content type |
//! | `copilot-style` | no `object`; a first chunk with an empty id; `usage.reasoning_tokens`, `copilot_usage` |
//! | `deepseek-style` | `reasoning_content`; usage on the finishing chunk, cached tokens twice; `: keep-alive`; empty lines before a whole body; a 400 is called octets |
//! | `gemini-style` | tool calls whole, without index; finish `stop` although tools are called; usage on every chunk; errors in an array |
//! | `groq-style` | usage on the finishing chunk, in `x_groq` as well, with times as decimals; `delta.reasoning` |
//! | `llamacpp-style` | `timings`; the model is a path; integers as error codes |
//! | `lmdeploy-style` | every tool call has index 0 |
//! | `mistral-style` | usage unasked; thinking as an array in `delta.content`; short call ids; null details; padding; errors without `error` |
//! | `moonshot-style` | usage within the choice |
//! | `ollama-style` | tool calls whole; the same id for every answer |
//! | `openrouter-style` | comments; usage always, beside a second finish reason, with cost; `reasoning`; integers as error codes; late errors with a choice |
//! | `perplexity-style` | no `[DONE]`; message and usage so far on every chunk; cost as an object; citations |
//! | `toy-style` | `created` in milliseconds, as a decimal; a number as id; choices without index; usage of zeros |
//! | `vllm-style` | usage so far on every chunk; `reasoning_content`; call ids on every chunk; late errors without `error` |
//! | `xai-style` | `: keepalive`; cost in ticks; `error` is a text |

mod azure;
mod chunks;
mod errors;
mod hosted;
mod local;

use axum::http::StatusCode;
use serde_json::Value;

use super::stream::{Answer, Streamed};

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Vendor {
    Azure,
    Codex,
    Copilot,
    Deepseek,
    Gemini,
    Groq,
    Llamacpp,
    Lmdeploy,
    Mistral,
    Moonshot,
    Ollama,
    Openrouter,
    Perplexity,
    Toy,
    Vllm,
    Xai,
}

impl Vendor {
    /// The vendor `model` names.
    pub(super) fn of(model: &str) -> Option<Self> {
        model.split('/').find_map(|name| {
            Some(match name.strip_suffix("-style")? {
                "azure" => Self::Azure,
                "codex" => Self::Codex,
                "copilot" => Self::Copilot,
                "deepseek" => Self::Deepseek,
                "gemini" => Self::Gemini,
                "groq" => Self::Groq,
                "llamacpp" => Self::Llamacpp,
                "lmdeploy" => Self::Lmdeploy,
                "mistral" => Self::Mistral,
                "moonshot" => Self::Moonshot,
                "ollama" => Self::Ollama,
                "openrouter" => Self::Openrouter,
                "perplexity" => Self::Perplexity,
                "toy" => Self::Toy,
                "vllm" => Self::Vllm,
                "xai" => Self::Xai,
                _ => return None,
            })
        })
    }

    /// Gives `answer` the vendor's habits.
    pub(super) fn dress(self, answer: &mut Answer) {
        if self == Self::Azure {
            azure::responses(answer);
        }
        match answer {
            Answer::Whole(value) if value["object"] == "chat.completion" => {
                self.dress_whole(value);
                if self == Self::Deepseek {
                    *answer = hosted::deepseek_body(value);
                }
            }
            Answer::Streamed(stream) if chunks::is_chat(stream) => self.dress_stream(stream),
            _ => {}
        }
    }

    fn dress_whole(self, completion: &mut Value) {
        match self {
            Self::Azure => azure::whole(completion),
            Self::Copilot => hosted::copilot_whole(completion),
            Self::Deepseek => hosted::deepseek_whole(completion),
            Self::Gemini => hosted::gemini_whole(completion),
            Self::Groq => hosted::groq_whole(completion),
            Self::Llamacpp => local::llamacpp_whole(completion),
            Self::Mistral => hosted::mistral_whole(completion),
            Self::Ollama => local::ollama_whole(completion),
            Self::Openrouter => hosted::openrouter_whole(completion),
            Self::Perplexity => hosted::perplexity_whole(completion),
            Self::Toy => local::toy_whole(completion),
            Self::Vllm => local::vllm_whole(completion),
            Self::Xai => hosted::xai_whole(completion),
            Self::Codex | Self::Lmdeploy | Self::Moonshot => {}
        }
    }

    fn dress_stream(self, stream: &mut Streamed) {
        match self {
            Self::Azure => azure::stream(stream),
            Self::Codex => {}
            Self::Copilot => hosted::copilot_stream(stream),
            Self::Deepseek => hosted::deepseek_stream(stream),
            Self::Gemini => hosted::gemini_stream(stream),
            Self::Groq => hosted::groq_stream(stream),
            Self::Llamacpp => local::llamacpp_stream(stream),
            Self::Lmdeploy => local::lmdeploy_stream(stream),
            Self::Mistral => hosted::mistral_stream(stream),
            Self::Moonshot => hosted::moonshot_stream(stream),
            Self::Ollama => local::ollama_stream(stream),
            Self::Openrouter => hosted::openrouter_stream(stream),
            Self::Perplexity => hosted::perplexity_stream(stream),
            Self::Toy => local::toy_stream(stream),
            Self::Vllm => local::vllm_stream(stream),
            Self::Xai => hosted::xai_stream(stream),
        }
    }

    /// Gives an error the vendor's shape.
    pub(super) fn dress_error(self, status: StatusCode, body: &mut Value) {
        errors::whole(self, status, body);
    }

    /// Gives the error that ends a chat's stream the vendor's shape.
    pub(super) fn dress_late_error(self, stream: &mut Streamed) {
        errors::late(self, stream);
    }

    /// Whether streams come without a content type.
    pub(super) fn hides_streams(self) -> bool {
        self == Self::Codex
    }

    /// What the body of an error is called, if it is not called JSON.
    pub(super) fn error_kind(self, status: StatusCode) -> Option<&'static str> {
        let octets = self == Self::Deepseek && status == StatusCode::BAD_REQUEST;
        octets.then_some("application/octet-stream")
    }
}
