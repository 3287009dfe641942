//! Which call a request makes, and in which dialect.
//!
//! The contract: never decided by host alone, which names the provider. Where the path is common English, the
//! body has to look like a model's request too. Of a call that no dialect recognises, only method and route
//! are known: neither provider nor anything of its bodies.

use super::dialect::Unknown;
use super::endpoint::{Endpoint, RequestHead};
use super::{anthropic, bedrock, cohere, gemini, mcp, mistral, ollama, openai, route, tgi};

/// Recognises the calls of one dialect.
type Recognise = fn(&RequestHead<'_>) -> Option<Endpoint>;

/// The first that recognises a call reads it. A new dialect is one line here.
const DIALECTS: &[Recognise] = &[
    // Before OpenAI, whose embeddings end alike.
    ollama::recognise,
    openai::recognise,
    anthropic::recognise,
    bedrock::recognise,
    gemini::recognise,
    cohere::recognise,
    mistral::recognise,
    tgi::recognise,
    mcp::recognise,
];

/// Recognises the call that a request makes.
pub(crate) fn recognise(head: &RequestHead<'_>) -> Endpoint {
    // What follows an upgrade is not HTTP.
    let upgrade = head.header("upgrade");
    let is_upgrade = upgrade.is_some_and(|to| to.eq_ignore_ascii_case("websocket"));
    let known = DIALECTS.iter().find_map(|recognise| recognise(head));
    known
        .filter(|_| !is_upgrade)
        .unwrap_or_else(|| Endpoint::new(head, route::unknown(&head.segments), None, &Unknown))
}

#[cfg(test)]
impl Endpoint {
    /// The call of a request to a path, which may have a query.
    pub(crate) fn of(method: &str, target: &str) -> Self {
        let target = target.split_once('#').map_or(target, |(target, _)| target);
        let (path, query) = match target.split_once('?') {
            Some((path, query)) => (path, Some(query)),
            None => (target, None),
        };
        recognise(&RequestHead::new(method, "", path, query, &|_| None))
    }
}

#[cfg(test)]
mod tests {
    use super::recognise;
    use crate::wire::endpoint::RequestHead;

    #[test]
    fn an_upgrade_is_no_call_of_a_model() {
        let header = |name: &str| (name == "upgrade").then_some("websocket");
        let path = "/v1/responses/resp_1";
        let plain = RequestHead::new("GET", "", path, None, &|_| None);
        let upgrade = RequestHead::new("GET", "", path, None, &header);
        assert_eq!(recognise(&plain).response_id(), Some("resp_1"));
        assert_eq!(recognise(&upgrade).response_id(), None);
        assert_eq!(recognise(&upgrade).route(), "/v1/responses/{id}");
    }
}
