//! What went wrong.

/// What went wrong.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct ErrorFacts {
    /// The provider's `type`.
    pub(crate) kind: Option<String>,
    /// The provider's `code`, also a numeric one.
    pub(crate) code: Option<String>,
    /// At most 1,000 characters, from a body that was understood.
    pub(crate) message: Option<String>,
    pub(crate) param: Option<String>,
    /// The request's id, where the body names it.
    pub(crate) request_id: Option<String>,
}

impl ErrorFacts {
    /// A name for the error that few errors share with it: its code, unless that is a mere number
    /// and there is a type. Absent: the status of the response has to do.
    pub(crate) fn name(&self) -> Option<&str> {
        let number = |code: &&str| code.bytes().all(|byte| byte.is_ascii_digit());
        let code = self.code.as_deref();
        code.filter(|code| !number(code))
            .or(self.kind.as_deref())
            .or(code)
    }
}
