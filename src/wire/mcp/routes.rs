//! Which requests go to a server of the protocol.
//!
//! The contract: a server has any path, so its headers or the method of the message have to say what it is. A
//! client has no header of the protocol before it is initialised. Other protocols speak JSON-RPC too, so without
//! a header only methods count that this one alone has.

use super::Call;
use crate::wire::endpoint::{Endpoint, RequestHead};
use crate::wire::evidence::{has_members, text_member};
use crate::wire::facts::McpMessage;
use crate::wire::route;

const SESSION_ID: &str = "mcp-session-id";
const PROTOCOL_VERSION: &str = "mcp-protocol-version";
/// Longer ids, versions and methods are none.
const LONGEST: usize = 256;
const LONGEST_METHOD: usize = 64;

const TOOL_CALL: &str = "tools/call";
const INITIALIZE: &str = "initialize";
/// Methods that no other protocol has.
const METHODS: [&str; 18] = [
    TOOL_CALL,
    "tools/list",
    "prompts/get",
    "prompts/list",
    "resources/list",
    "resources/read",
    "resources/subscribe",
    "resources/templates/list",
    "resources/unsubscribe",
    "completion/complete",
    "logging/setLevel",
    "server/discover",
    "subscriptions/listen",
    "notifications/initialized",
    "notifications/cancelled",
    "notifications/progress",
    "notifications/roots/list_changed",
    "notifications/message",
];

pub(in crate::wire) fn recognise(head: &RequestHead<'_>) -> Option<Endpoint> {
    let header = |name| {
        let value = head.header(name).map(str::trim);
        value.filter(|value| !value.is_empty() && value.len() <= LONGEST)
    };
    let (session_id, protocol_version) = (header(SESSION_ID), header(PROTOCOL_VERSION));
    let is_known = session_id.is_some() || protocol_version.is_some();
    let (call, method) = match head.method {
        "POST" => of_message(head.body().unwrap_or_default(), is_known)?,
        "GET" if is_known && accepts_events(head) => (&Call::Channel, None),
        "DELETE" if session_id.is_some() => (&Call::Channel, None),
        _ => return None,
    };
    let mut endpoint = Endpoint::new(head, route::unknown(&head.segments), None, call);
    endpoint.mcp = method.map(|method| McpMessage {
        method: method.to_owned(),
        session_id: session_id.map(str::to_owned),
        protocol_version: protocol_version.map(str::to_owned),
    });
    Some(endpoint)
}

fn accepts_events(head: &RequestHead<'_>) -> bool {
    let accepted = head.header("accept").unwrap_or_default();
    accepted.contains("text/event-stream")
}

/// The message that a body is.
fn of_message(body: &[u8], is_known: bool) -> Option<(&'static Call, Option<&str>)> {
    let Some(method) = text_member(body, "method") else {
        let is_answer = is_known && has_members(body, &[&["jsonrpc"], &["result", "error"]]);
        return is_answer.then_some((&Call::Channel, None));
    };
    let is_method = method.len() <= LONGEST_METHOD && method.bytes().all(is_of_method);
    let is_of_protocol = is_known || METHODS.contains(&method) || is_initialize(method, body);
    if !is_method || !is_of_protocol || !has_members(body, &[&["jsonrpc"]]) {
        return None;
    }
    let call = match method {
        TOOL_CALL => &Call::Tool,
        _ if method.starts_with("notifications/") => &Call::Notification,
        _ => &Call::Request,
    };
    Some((call, Some(method)))
}

fn is_of_method(byte: u8) -> bool {
    byte.is_ascii_alphanumeric() || matches!(byte, b'/' | b'_' | b'-' | b'.' | b'$')
}

/// Servers of programming languages are initialised too, but have no such version.
fn is_initialize(method: &str, body: &[u8]) -> bool {
    const VERSION: &[u8] = br#""protocolVersion""#;
    method == INITIALIZE && body.windows(VERSION.len()).any(|text| text == VERSION)
}
