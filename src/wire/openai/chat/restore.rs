//! The finish reason of an answer whose end was read but not its middle.

use serde_json::Value;

use crate::wire::fields::{Fields, Object, into_object};
use crate::wire::framing::tail::end_of;

/// Adds the finish reason to the only choice, if the end of the body has it.
pub(in crate::wire::openai) fn restore_finish_reason(fields: &mut Object, end: &[u8]) {
    if let Some(Value::Array(choices)) = fields.get_mut("choices")
        && let [Value::Object(choice)] = choices.as_mut_slice()
        && let Some(reason) = finish_reason(end)
    {
        choice.entry("finish_reason").or_insert(reason.into());
    }
}

/// The finish reason of the last choice of a whole answer.
fn finish_reason(tail: &[u8]) -> Option<String> {
    let mut end = end_of(r#"{"choices":[{"#, "finish_reason", tail)?;
    let choice = end.list("choices").into_iter().next()?;
    into_object(choice)?.word("finish_reason")
}

#[cfg(test)]
mod tests {
    use super::finish_reason;

    #[test]
    fn a_choice_is_known_by_what_it_closes() {
        let chat = br#"end"},"logprobs":null,"finish_reason":"length"}],"usage":{"a":1}}"#;
        assert_eq!(finish_reason(chat).as_deref(), Some("length"));
        let other = br#"end","finish_reason":"length"}}],"usage":{"a":1}}"#;
        assert_eq!(finish_reason(other), None);
    }
}
