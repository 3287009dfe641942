//! Why an answer ended, in the provider's words.
//!
//! The contract: an answer that was blocked is no plain success, even if a part of it came, and neither is one
//! that ended for a reason that nobody wishes for. A reason that is not known is one of those.

/// What a reason says of the answer.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Ending {
    Stop,
    Length,
    /// A filter keeps it back.
    Blocked,
    /// Something failed.
    Failed,
}

impl Ending {
    pub(super) fn of(reason: &str) -> Self {
        match reason {
            "STOP" => Self::Stop,
            "MAX_TOKENS" => Self::Length,
            "SAFETY"
            | "RECITATION"
            | "BLOCKLIST"
            | "PROHIBITED_CONTENT"
            | "SPII"
            | "MODEL_ARMOR"
            | "IMAGE_SAFETY"
            | "IMAGE_PROHIBITED_CONTENT"
            | "IMAGE_RECITATION" => Self::Blocked,
            _ => Self::Failed,
        }
    }

    /// The convention's word.
    pub(super) fn word(self) -> &'static str {
        match self {
            Self::Stop => "stop",
            Self::Length => "length",
            Self::Blocked => "content_filter",
            Self::Failed => "error",
        }
    }

    /// What is wrong with such an answer, in a sentence.
    pub(super) fn complaint(self, reason: &str, sentence: Option<&str>) -> Option<String> {
        let complaint = match self {
            Self::Stop | Self::Length => return None,
            Self::Blocked => format!("the answer was blocked: {reason}"),
            Self::Failed => format!("the answer ended with the reason `{reason}`"),
        };
        Some(with_sentence(complaint, sentence))
    }
}

/// What is wrong with an answer that was not given because of the prompt.
pub(super) fn blocked_prompt(reason: &str, sentence: Option<&str>) -> String {
    with_sentence(format!("the prompt was blocked: {reason}"), sentence)
}

fn with_sentence(complaint: String, sentence: Option<&str>) -> String {
    match sentence {
        Some(sentence) => format!("{complaint}: {sentence}"),
        None => complaint,
    }
}

#[cfg(test)]
mod tests {
    use super::Ending;

    #[test]
    fn only_two_reasons_are_no_complaint() {
        for (reason, word, complaint) in [
            ("STOP", "stop", None),
            ("MAX_TOKENS", "length", None),
            (
                "RECITATION",
                "content_filter",
                Some("the answer was blocked: RECITATION: why"),
            ),
            (
                "MALFORMED_FUNCTION_CALL",
                "error",
                Some("the answer ended with the reason `MALFORMED_FUNCTION_CALL`: why"),
            ),
            (
                "SOMETHING_NEW",
                "error",
                Some("the answer ended with the reason `SOMETHING_NEW`: why"),
            ),
        ] {
            let ending = Ending::of(reason);
            assert_eq!(ending.word(), word);
            assert_eq!(ending.complaint(reason, Some("why")).as_deref(), complaint);
        }
    }
}
