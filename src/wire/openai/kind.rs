//! The calls of the API: what each of them is.

use crate::conventions::{api_type, operation};
use crate::wire::facts::{AssistantsEndpoint, StoredAnswer};
use crate::wire::verdict::Expected;

/// What a call does.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum EndpointKind {
    Chat,
    /// Stored completions: listing, reading, changing, deleting.
    StoredChat,
    Completions,
    Response,
    ResponseRetrieve,
    ResponseDelete,
    ResponseCancel,
    ResponseInputItems,
    ResponseCompact,
    ResponseInputTokens,
    ConversationCreate,
    /// A conversation: reading, changing, deleting.
    Conversation,
    /// Items of a conversation: adding, reading, deleting.
    ConversationItems,
    Embeddings,
    ImageGeneration,
    ImageEdit,
    ImageVariation,
    Speech,
    Transcription,
    Translation,
    Moderation,
    Assistants(AssistantsEndpoint),
}

impl EndpointKind {
    /// The operation in the words of the convention, if it has one.
    pub(super) fn operation(self) -> Option<&'static str> {
        Some(match self {
            Self::Chat | Self::Response | Self::ResponseCompact => operation::CHAT,
            Self::Completions => operation::TEXT_COMPLETION,
            Self::ResponseRetrieve => operation::FETCH_RESPONSE,
            Self::Embeddings => operation::EMBEDDINGS,
            Self::ImageGeneration
            | Self::ImageEdit
            | Self::ImageVariation
            | Self::Speech
            | Self::Transcription
            | Self::Translation => operation::GENERATE_CONTENT,
            Self::Assistants(AssistantsEndpoint::AssistantCreate) => operation::CREATE_AGENT,
            Self::Assistants(AssistantsEndpoint::RunCreate | AssistantsEndpoint::ThreadAndRun) => {
                operation::INVOKE_AGENT
            }
            _ => return None,
        })
    }

    /// The family of the API.
    pub(super) fn api_type(self) -> Option<&'static str> {
        Some(match self {
            Self::Chat | Self::StoredChat => api_type::CHAT_COMPLETIONS,
            Self::Response
            | Self::ResponseRetrieve
            | Self::ResponseDelete
            | Self::ResponseCancel
            | Self::ResponseInputItems
            | Self::ResponseCompact
            | Self::ResponseInputTokens => api_type::RESPONSES,
            Self::Assistants(_) => api_type::ASSISTANTS,
            _ => return None,
        })
    }

    /// Whether a model works for this very call.
    pub(super) fn is_inference(self) -> bool {
        matches!(
            self,
            Self::Chat
                | Self::Completions
                | Self::Response
                | Self::ResponseCompact
                | Self::Embeddings
                | Self::ImageGeneration
                | Self::ImageEdit
                | Self::ImageVariation
                | Self::Speech
                | Self::Transcription
                | Self::Translation
                | Self::Moderation
        )
    }

    /// What a success of this call has to hold to be an answer.
    pub(super) fn expects(self) -> Expected {
        match self {
            Self::Chat | Self::Completions => Expected::Members(&["choices"]),
            Self::Response | Self::ResponseRetrieve | Self::ResponseCancel => {
                Expected::Members(&["output", "id", "status"])
            }
            Self::ResponseCompact => Expected::Members(&["output", "id"]),
            Self::ResponseInputTokens => Expected::Members(&["input_tokens"]),
            Self::ResponseInputItems => Expected::Json,
            Self::Embeddings => Expected::Members(&["data", "embeddings", "embedding"]),
            Self::ImageGeneration | Self::ImageEdit | Self::ImageVariation => {
                Expected::Members(&["data", "images", "created"])
            }
            Self::Speech => Expected::Media,
            Self::Transcription | Self::Translation => Expected::TextOrJson,
            Self::Moderation => Expected::Members(&["results", "categories"]),
            // Other products serve these paths too, so the objects say what they are.
            Self::Assistants(
                AssistantsEndpoint::AssistantCreate
                | AssistantsEndpoint::RunCreate
                | AssistantsEndpoint::ThreadAndRun,
            ) => Expected::Json,
            _ => Expected::Anything,
        }
    }

    pub(super) fn assistants(self) -> Option<AssistantsEndpoint> {
        match self {
            Self::Assistants(endpoint) => Some(endpoint),
            _ => None,
        }
    }

    pub(super) fn stored_answer(self) -> Option<StoredAnswer> {
        match self {
            Self::Response => Some(StoredAnswer::Created),
            Self::ResponseRetrieve | Self::ResponseCancel => Some(StoredAnswer::Fetched),
            _ => None,
        }
    }
}
