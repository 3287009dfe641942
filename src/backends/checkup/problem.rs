//! What can be wrong, in sentences that say what to do.

use std::fmt;

/// A reason why traces do not arrive as they should.
///
/// # Examples
///
/// ```
/// use tracing_genai::doctor::ProblemKind;
/// use tracing_genai::{Telemetry, doctor};
///
/// let builder = Telemetry::builder().with_variables([("LANGFUSE_TRACING_ENABLED", "off")]);
/// let diagnosis = doctor::examine(&builder);
/// let problem = diagnosis.all_problems().next().unwrap();
/// assert_eq!(problem.kind, ProblemKind::SwitchedOff);
/// println!("{problem}");
/// ```
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct Problem {
    /// Its kind, for programs.
    pub kind: ProblemKind,
    /// One sentence that says what is wrong and what to do about it.
    pub sentence: String,
}

impl Problem {
    pub(crate) fn new(kind: ProblemKind, sentence: String) -> Self {
        Self { kind, sentence }
    }
}

impl fmt::Display for Problem {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str(&self.sentence)
    }
}

/// The kind of a [`Problem`], which has an example.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum ProblemKind {
    /// A setting cannot be used; nothing else was tried.
    Setting,
    /// No backend is configured.
    NothingConfigured,
    /// Everything is switched off.
    SwitchedOff,
    /// The name of the host cannot be resolved.
    UnknownHost,
    /// Nothing listens at the address.
    Refused,
    /// The answer did not come in time.
    TimedOut,
    /// The backend's certificate is not accepted.
    Certificate,
    /// Only one side uses TLS.
    Encryption,
    /// The proxy refuses the request.
    Proxy,
    /// Something else than the backend answers: a web page, a login, a redirect.
    NotTheBackend,
    /// The backend answers, but does not accept traces at this path.
    Path,
    /// The endpoint is for gRPC.
    Grpc,
    /// The backend does not accept the keys, or they lack a permission.
    Credentials,
    /// The keys belong to another region of the backend.
    Region,
    /// A key was damaged when it was copied.
    DamagedKey,
    /// This machine's clock is wrong.
    Clock,
    /// The backend reads attributes that it does not get.
    Mapping,
    /// The folder of the spool cannot be used, or others can read it.
    Spool,
    /// The backend is temporarily unavailable.
    Unavailable,
    /// Anything else.
    Other,
}

/// Makes a sentence of a message: a capital letter first, a full stop last.
pub(crate) fn sentence(text: &str) -> String {
    let mut chars = text.trim().chars();
    let mut sentence: String = match chars.next() {
        // The name of a variable or method stays as it is.
        Some(first) if text.trim().starts_with(|c: char| c.is_ascii_lowercase()) => {
            first.to_uppercase().chain(chars).collect()
        }
        _ => text.trim().to_owned(),
    };
    if !sentence.ends_with(['.', '!', '?']) {
        sentence.push('.');
    }
    sentence
}

/// A panic of this crate.
pub(crate) fn fault() -> Problem {
    let text = "A fault in tracing-genai ended this check; please report it.";
    Problem::new(ProblemKind::Other, text.to_owned())
}
