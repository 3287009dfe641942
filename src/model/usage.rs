//! Token counts.

/// Token counts of one model call, inclusive as the GenAI conventions define them.
///
/// The details are *parts* of `input_tokens` or `output_tokens`, never additions to them; mappings
/// to backends that add everything up subtract them. Zero details are not written. All counts
/// default to zero.
///
/// # Examples
///
/// ```
/// use tracing_genai::message::Usage;
///
/// // 142 tokens went in, 64 of them from the cache; 23 came out.
/// let usage = Usage::new(142, 23).with_cache_read(64);
/// assert_eq!(usage.cache_read_input_tokens, 64);
/// ```
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
#[non_exhaustive]
pub struct Usage {
    /// All input tokens.
    pub input_tokens: u64,
    /// All output tokens.
    pub output_tokens: u64,
    /// Of the input: read from a cache.
    pub cache_read_input_tokens: u64,
    /// Of the input: written to a cache.
    pub cache_write_input_tokens: u64,
    /// Of the output: reasoning.
    pub reasoning_output_tokens: u64,
    /// Of the input: audio.
    pub audio_input_tokens: u64,
    /// Of the output: audio.
    pub audio_output_tokens: u64,
}

impl Usage {
    /// Counts of all input tokens and all output tokens.
    pub fn new(input_tokens: u64, output_tokens: u64) -> Self {
        Self {
            input_tokens,
            output_tokens,
            ..Self::default()
        }
    }

    /// Sets how many of the input tokens came from a cache.
    #[must_use]
    pub fn with_cache_read(mut self, tokens: u64) -> Self {
        self.cache_read_input_tokens = tokens;
        self
    }

    /// Sets how many of the input tokens were written to a cache.
    #[must_use]
    pub fn with_cache_write(mut self, tokens: u64) -> Self {
        self.cache_write_input_tokens = tokens;
        self
    }

    /// Sets how many of the output tokens were reasoning.
    #[must_use]
    pub fn with_reasoning(mut self, tokens: u64) -> Self {
        self.reasoning_output_tokens = tokens;
        self
    }

    /// Sets how many of the input and of the output tokens were audio.
    #[must_use]
    pub fn with_audio(mut self, input_tokens: u64, output_tokens: u64) -> Self {
        self.audio_input_tokens = input_tokens;
        self.audio_output_tokens = output_tokens;
        self
    }
}
