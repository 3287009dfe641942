//! What a message of the Model Context Protocol says.

/// A message to a server, as far as headers and the beginning of its body say.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct McpMessage {
    /// `tools/call`, `notifications/initialized` …
    pub(crate) method: String,
    pub(crate) session_id: Option<String>,
    pub(crate) protocol_version: Option<String>,
}

/// What a message is about. Its arguments are the request's input.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct McpSubject {
    /// Under which the answer comes; notifications have none.
    pub(crate) request_id: Option<String>,
    /// The version of JSON-RPC, unless it is the usual one.
    pub(crate) rpc_version: Option<String>,
    /// The version of the protocol that the client asks for.
    pub(crate) protocol_version: Option<String>,
    pub(crate) tool: Option<String>,
    pub(crate) prompt: Option<String>,
    /// Without keys that are part of an address.
    pub(crate) resource: Option<String>,
}

impl McpSubject {
    /// What follows the method in the name of a span.
    pub(crate) fn target(&self) -> Option<&str> {
        self.tool.as_deref().or(self.prompt.as_deref())
    }
}
