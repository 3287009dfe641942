//! What a message asks for.

use serde_json::Value;

use crate::text::secrets;
use crate::wire::content::scrubbed;
use crate::wire::facts::{McpSubject, RequestFacts};
use crate::wire::fields::{Fields, Object};

pub(super) fn read(mut fields: Object, facts: &mut RequestFacts) {
    let method = fields.text("method").unwrap_or_default();
    let mut params = fields.object("params").unwrap_or_default();
    params.remove("_meta");
    facts.mcp = McpSubject {
        request_id: fields.id("id"),
        rpc_version: fields.word("jsonrpc").filter(|version| version != "2.0"),
        protocol_version: params.peek("protocolVersion").map(str::to_owned),
        ..McpSubject::default()
    };
    let subject = &mut facts.mcp;
    facts.input = match method.as_str() {
        "tools/call" => {
            subject.tool = params.word("name");
            params.value("arguments")
        }
        "prompts/get" => {
            subject.prompt = params.word("name");
            params.value("arguments")
        }
        _ => {
            if let Some(uri) = params.word("uri") {
                let uri = secrets::redacted(&uri).into_owned();
                params.insert("uri".into(), uri.clone().into());
                subject.resource = Some(uri);
            }
            (!params.is_empty()).then(|| scrubbed(Value::Object(params)))
        }
    };
}
