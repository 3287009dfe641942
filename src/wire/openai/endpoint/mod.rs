//! Which call it is, by method and the end of the path.
//!
//! The contract: never by host, because the same paths are served under many bases (`/v1`,
//! `/openai/deployments/{deployment}`, `/api/projects/{project}`, none at all); the route is safe
//! to show and to count by, since it holds no id, no query and nothing else that a caller chose.

mod routes;

use crate::conventions::{api_type, operation};
use routes::ROUTES;

/// A call that is known, or any other.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Endpoint {
    kind: Kind,
    method: String,
    route: String,
    ids: Vec<(&'static str, String)>,
    deployment: Option<String>,
    stream: bool,
    stream_cursor: Option<i64>,
    ascending: bool,
    api_version: Option<String>,
}

/// What a call does.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub(crate) enum Kind {
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
    AssistantCreate,
    /// Assistants: listing, reading, changing, deleting.
    Assistant,
    ThreadCreate,
    /// A thread: reading, changing, deleting.
    Thread,
    MessageCreate,
    /// Messages of a thread: listing, reading, changing, deleting.
    Message,
    RunCreate,
    /// A thread and its first run at once.
    ThreadAndRun,
    RunList,
    RunRetrieve,
    RunModify,
    RunCancel,
    RunSubmitToolOutputs,
    RunSteps,
    Other,
}

impl Kind {
    /// Whether such a call belongs to the Assistants API.
    pub(crate) fn is_assistants(self) -> bool {
        matches!(
            self,
            Self::AssistantCreate
                | Self::Assistant
                | Self::ThreadCreate
                | Self::Thread
                | Self::MessageCreate
                | Self::Message
                | Self::RunCreate
                | Self::ThreadAndRun
                | Self::RunList
                | Self::RunRetrieve
                | Self::RunModify
                | Self::RunCancel
                | Self::RunSubmitToolOutputs
                | Self::RunSteps
        )
    }
}

impl Endpoint {
    /// Recognises a call. `path` may have a query.
    pub(crate) fn of(method: &str, path: &str) -> Self {
        let (path, query) = path.split_once('?').unwrap_or((path, ""));
        let path = path.split_once('#').map_or(path, |(path, _)| path);
        let segments: Vec<&str> = path
            .split('/')
            .filter(|segment| !segment.is_empty())
            .collect();
        let mut endpoint = Self {
            kind: Kind::Other,
            method: method.to_ascii_uppercase(),
            route: String::new(),
            ids: Vec::new(),
            deployment: None,
            stream: false,
            stream_cursor: None,
            ascending: false,
            api_version: None,
        };
        endpoint.read_query(query);
        endpoint.deployment = segments
            .windows(2)
            .find(|pair| matches!(pair, ["deployments", _]))
            .and_then(|pair| pair.last())
            .map(|deployment| (*deployment).to_owned());
        let known = ROUTES.iter().find_map(|(methods, pattern, kind)| {
            let methods_match =
                *methods == "*" || methods.split('|').any(|one| one == endpoint.method);
            let start = methods_match
                .then(|| matches(pattern, &segments))
                .flatten()?;
            Some((*kind, *pattern, start))
        });
        let prefix = match known {
            Some((kind, pattern, start)) => {
                endpoint.kind = kind;
                for (segment, name) in segments.iter().skip(start).zip(pattern_segments(pattern)) {
                    if let Some(name) = placeholder(name) {
                        endpoint.ids.push((name, (*segment).to_owned()));
                    }
                }
                start
            }
            None => segments.len(),
        };
        for (index, segment) in segments.iter().take(prefix).enumerate() {
            let before = index.checked_sub(1).and_then(|before| segments.get(before));
            endpoint.route.push('/');
            endpoint.route.push_str(template(before.copied(), segment));
        }
        endpoint
            .route
            .push_str(known.map_or("", |(_, pattern, _)| pattern));
        if endpoint.route.is_empty() {
            endpoint.route.push('/');
        }
        endpoint
    }

    fn read_query(&mut self, query: &str) {
        for (name, value) in query.split('&').filter_map(|pair| pair.split_once('=')) {
            match name {
                "stream" => self.stream = value == "true",
                "order" => self.ascending = value == "asc",
                "starting_after" => self.stream_cursor = value.parse().ok(),
                "api-version" => self.api_version = Some(value.to_owned()),
                _ => {}
            }
        }
    }

    pub(crate) fn kind(&self) -> Kind {
        self.kind
    }

    /// In capitals.
    pub(crate) fn method(&self) -> &str {
        &self.method
    }

    /// The path with names in place of ids: `/v1/threads/{thread_id}/runs`.
    pub(crate) fn route(&self) -> &str {
        &self.route
    }

    /// The operation in the words of the convention, if it has one.
    pub(crate) fn operation(&self) -> Option<&'static str> {
        Some(match self.kind {
            Kind::Chat | Kind::Response | Kind::ResponseCompact => operation::CHAT,
            Kind::Completions => operation::TEXT_COMPLETION,
            Kind::ResponseRetrieve => operation::FETCH_RESPONSE,
            Kind::Embeddings => operation::EMBEDDINGS,
            Kind::ImageGeneration
            | Kind::ImageEdit
            | Kind::ImageVariation
            | Kind::Speech
            | Kind::Transcription
            | Kind::Translation => operation::GENERATE_CONTENT,
            Kind::AssistantCreate => operation::CREATE_AGENT,
            Kind::RunCreate | Kind::ThreadAndRun => operation::INVOKE_AGENT,
            _ => return None,
        })
    }

    /// The family of the API.
    pub(crate) fn api_type(&self) -> Option<&'static str> {
        Some(match self.kind {
            Kind::Chat | Kind::StoredChat => api_type::CHAT_COMPLETIONS,
            Kind::Response
            | Kind::ResponseRetrieve
            | Kind::ResponseDelete
            | Kind::ResponseCancel
            | Kind::ResponseInputItems
            | Kind::ResponseCompact
            | Kind::ResponseInputTokens => api_type::RESPONSES,
            _ if self.is_assistants() => api_type::ASSISTANTS,
            _ => return None,
        })
    }

    /// Whether a model works for this very call, so that model, usage and cost belong to it.
    pub(crate) fn is_inference(&self) -> bool {
        matches!(
            self.kind,
            Kind::Chat
                | Kind::Completions
                | Kind::Response
                | Kind::ResponseCompact
                | Kind::Embeddings
                | Kind::ImageGeneration
                | Kind::ImageEdit
                | Kind::ImageVariation
                | Kind::Speech
                | Kind::Transcription
                | Kind::Translation
                | Kind::Moderation
        )
    }

    /// Whether the call belongs to the Assistants API.
    pub(crate) fn is_assistants(&self) -> bool {
        self.kind.is_assistants()
    }

    /// An id from the path by its name in the route: `response_id`, `thread_id` …
    pub(crate) fn id(&self, name: &str) -> Option<&str> {
        self.ids
            .iter()
            .find(|(known, _)| *known == name)
            .map(|(_, id)| id.as_str())
    }

    pub(crate) fn response_id(&self) -> Option<&str> {
        self.id("response_id")
    }

    /// The conversation, or the thread of the Assistants API.
    pub(crate) fn conversation_id(&self) -> Option<&str> {
        self.id("conversation_id").or_else(|| self.thread_id())
    }

    pub(crate) fn thread_id(&self) -> Option<&str> {
        self.id("thread_id")
    }

    pub(crate) fn run_id(&self) -> Option<&str> {
        self.id("run_id")
    }

    /// The deployment of Azure, which stands for the model.
    pub(crate) fn deployment(&self) -> Option<&str> {
        self.deployment.as_deref()
    }

    /// Whether the query asks for a stream: a stored answer is streamed again.
    pub(crate) fn stream(&self) -> bool {
        self.stream
    }

    /// After which event the stream of a stored answer goes on.
    pub(crate) fn stream_cursor(&self) -> Option<i64> {
        self.stream_cursor
    }

    /// Whether a list was asked for from its oldest element on.
    pub(crate) fn is_ascending(&self) -> bool {
        self.ascending
    }

    /// The same method and route, without what they seemed to mean.
    pub(crate) fn without_meaning(self) -> Self {
        Self {
            kind: Kind::Other,
            ids: Vec::new(),
            deployment: None,
            api_version: None,
            ..self
        }
    }

    /// Azure's `api-version`.
    pub(crate) fn api_version(&self) -> Option<&str> {
        self.api_version.as_deref()
    }
}

fn pattern_segments(pattern: &str) -> impl DoubleEndedIterator<Item = &str> + Clone {
    pattern.split('/').filter(|segment| !segment.is_empty())
}

fn placeholder(segment: &str) -> Option<&str> {
    segment.strip_prefix('{')?.strip_suffix('}')
}

/// Where in the path the pattern begins, if the path ends in it.
fn matches(pattern: &str, segments: &[&str]) -> Option<usize> {
    let start = segments
        .len()
        .checked_sub(pattern_segments(pattern).count())?;
    let (prefix, suffix) = segments.split_at(start);
    // Other protocols with the same words.
    let foreign = ["chatkit", "realtime", "organization"];
    if prefix.iter().any(|segment| foreign.contains(segment)) {
        return None;
    }
    suffix
        .iter()
        .zip(pattern_segments(pattern))
        .all(|(segment, expected)| placeholder(expected).is_some() || segment == &expected)
        .then_some(start)
}

/// What a route shows of a segment: words of the API, but nothing that somebody chose.
fn template<'a>(before: Option<&str>, segment: &'a str) -> &'a str {
    const ID: &str = "{id}";
    // `v1`, `v1beta`, `v1beta2`.
    let is_version = segment.len() <= 8
        && segment.strip_prefix('v').is_some_and(|rest| {
            let letters = rest.trim_matches(|letter: char| letter.is_ascii_digit());
            letters.len() < rest.len() && matches!(letters, "" | "beta")
        });
    // After a plural comes one of them, unless it is a word that is known to stand there.
    let is_one_of = before.is_some_and(|before| {
        before.ends_with('s') && is_word(before) && !WORDS_AFTER_PLURALS.contains(&segment)
    });
    if is_version || segment.len() <= 32 && is_word(segment) && !is_one_of {
        segment
    } else {
        ID
    }
}

fn is_word(segment: &str) -> bool {
    segment
        .bytes()
        .all(|byte| byte.is_ascii_lowercase() || matches!(byte, b'_' | b'-'))
}

const WORDS_AFTER_PLURALS: &[&str] = &["run", "search", "validate"];

#[cfg(test)]
mod tests;
