//! A response as the server keeps it, and as it looks at a given time.
//!
//! Contract: `object` is the end of it; earlier states are that object with its results taken
//! out. A cancelled response has no results, whatever its model had in mind.

use std::time::Duration;

use serde_json::{Value, json};

use super::super::error::ApiError;
use super::super::items;
use super::super::lifecycle::{Lifecycle, Status};
use super::super::model::{Finish, Reply, Usage};
use super::super::state::{Simulator, now};
use super::lifecycle;
use super::request::ResponseRequest;

#[derive(Clone)]
pub(in super::super) struct StoredResponse {
    /// As on the wire, finished.
    pub(super) object: Value,
    /// The items its request brought.
    pub(super) input: Vec<Value>,
    /// All items a response that names this one continues.
    pub(super) context: Vec<Value>,
    /// Of a background response.
    pub(super) lifecycle: Option<Lifecycle>,
    cancelled: bool,
}

impl StoredResponse {
    pub(super) fn new(
        simulator: &Simulator,
        request: &ResponseRequest,
        before: Vec<Value>,
        replies: &[Reply],
        usage: Usage,
    ) -> Self {
        let output: Vec<Value> = replies
            .iter()
            .flat_map(|reply| items::output(simulator, reply, request.summary))
            .collect();
        let incomplete = replies.iter().find_map(|reply| match reply.finish {
            Finish::Length => Some("max_output_tokens"),
            Finish::ContentFilter => Some("content_filter"),
            Finish::Stop | Finish::ToolCalls => None,
        });
        let lifecycle = lifecycle(simulator, request.background);
        let completed = lifecycle.map_or_else(now, |lifecycle| lifecycle.completed());
        let mut object = json!({
            "id": simulator.identifier("resp"),
            "object": "response",
            "created_at": now().as_secs(),
            "completed_at": completed.as_secs(),
            "status": if incomplete.is_some() { "incomplete" } else { "completed" },
            "error": null,
            "incomplete_details": incomplete.map(|reason| json!({"reason": reason})),
            "model": request.dated_model(),
            "output": output,
            "usage": usage.responses(),
        });
        if incomplete.is_some() {
            object["completed_at"] = Value::Null;
        }
        for (name, value) in &request.repeated {
            object[name] = value.clone();
        }
        let mut context = before;
        context.extend(request.input.iter().cloned());
        context.extend(output);
        Self {
            object,
            input: request.input.clone(),
            context,
            lifecycle,
            cancelled: false,
        }
    }

    pub(super) fn id(&self) -> String {
        self.object["id"].as_str().unwrap_or_default().to_owned()
    }

    pub(super) fn output(&self) -> &[Value] {
        self.object["output"].as_array().map_or(&[], Vec::as_slice)
    }

    /// As the client that made it sees it, however fast the server is.
    pub(super) fn created(&self) -> Value {
        match self.lifecycle {
            Some(_) => unfinished(&self.object, "queued"),
            None => self.object.clone(),
        }
    }

    /// As a client that asks at `now` sees it.
    pub(super) fn at(&self, now: Duration) -> Value {
        if self.cancelled {
            return unfinished(&self.object, "cancelled");
        }
        let status = self.lifecycle.map(|lifecycle| lifecycle.status(now));
        match status {
            None | Some(Status::Completed) => self.object.clone(),
            Some(status) => unfinished(&self.object, status.as_str()),
        }
    }

    pub(super) fn cancel(&mut self, now: Duration) -> Result<Value, ApiError> {
        let Some(lifecycle) = self.lifecycle else {
            return Err(ApiError::invalid("Cannot cancel a synchronous response."));
        };
        if !self.cancelled && lifecycle.status(now) == Status::Completed {
            return Err(ApiError::invalid("Cannot cancel a completed response."));
        }
        self.cancelled = true;
        Ok(self.at(now))
    }
}

/// `object` before it has results.
pub(super) fn unfinished(object: &Value, status: &str) -> Value {
    let mut earlier = object.clone();
    earlier["status"] = json!(status);
    earlier["output"] = json!([]);
    for name in ["usage", "completed_at", "incomplete_details", "error"] {
        earlier[name] = Value::Null;
    }
    earlier
}
