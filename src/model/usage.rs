//! Token counts.

use crate::conventions;

/// Token counts of one model call, inclusive as the GenAI conventions define them.
///
/// The details are *parts* of `input_tokens` or `output_tokens`, never additions to them; mappings
/// to backends that add everything up subtract them. Zero details are not written. The two wholes
/// default to `None` (nobody counted), the details to zero.
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
    /// All input tokens; `None` if nobody counted them.
    pub input_tokens: Option<u64>,
    /// All output tokens; `None` if nobody counted them, or there is no output, as with embeddings.
    pub output_tokens: Option<u64>,
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
    /// Of the input: images.
    pub image_input_tokens: u64,
    /// Of the output: images.
    pub image_output_tokens: u64,
    /// Of the audio of the input: read from a cache. These tokens are also a part of
    /// `cache_read_input_tokens`.
    pub cached_audio_input_tokens: u64,
}

impl Usage {
    /// Counts of all input tokens and all output tokens.
    pub fn new(input_tokens: u64, output_tokens: u64) -> Self {
        Self {
            input_tokens: Some(input_tokens),
            output_tokens: Some(output_tokens),
            ..Self::default()
        }
    }

    /// Sets the input tokens alone, for what has no output.
    #[must_use]
    pub fn with_input(mut self, tokens: u64) -> Self {
        self.input_tokens = Some(tokens);
        self
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

    /// Sets how many of the input and of the output tokens were images.
    #[must_use]
    pub fn with_image(mut self, input_tokens: u64, output_tokens: u64) -> Self {
        self.image_input_tokens = input_tokens;
        self.image_output_tokens = output_tokens;
        self
    }

    /// Sets how many of the audio tokens of the input came from a cache.
    #[must_use]
    pub fn with_cached_audio(mut self, tokens: u64) -> Self {
        self.cached_audio_input_tokens = tokens;
        self
    }

    /// Whether nothing was counted, or only zeros.
    pub(crate) fn is_zero(self) -> bool {
        self.plus(Self::new(0, 0)) == Self::new(0, 0)
    }

    /// Both together, count by count.
    #[must_use]
    pub(crate) fn plus(self, other: Self) -> Self {
        let sum = |one: u64, other: u64| Some(one.saturating_add(other));
        self.each(other, sum).unwrap_or(self)
    }

    /// What is left of these counts without others; `None` if there is more of any of the others.
    pub(crate) fn minus(self, other: Self) -> Option<Self> {
        self.each(other, u64::checked_sub)
    }

    /// Each count with the same count of the other; `None` if any of them has no result.
    fn each(mut self, mut other: Self, with: impl Fn(u64, u64) -> Option<u64>) -> Option<Self> {
        let whole = |one: Option<u64>, other: Option<u64>| {
            if one.is_none() && other.is_none() {
                return Some(None);
            }
            with(one.unwrap_or_default(), other.unwrap_or_default()).map(Some)
        };
        self.input_tokens = whole(self.input_tokens, other.input_tokens)?;
        self.output_tokens = whole(self.output_tokens, other.output_tokens)?;
        for (_, detail) in DETAILS {
            let own = detail(&mut self);
            *own = with(*own, *detail(&mut other))?;
        }
        Some(self)
    }

    /// The counts by the attributes that hold them: the wholes that somebody counted, and the details that
    /// are not zero.
    pub(crate) fn attributes(mut self) -> impl Iterator<Item = (&'static str, u64)> {
        let wholes = [
            (conventions::USAGE_INPUT_TOKENS, self.input_tokens),
            (conventions::USAGE_OUTPUT_TOKENS, self.output_tokens),
        ];
        let details =
            DETAILS.map(|(key, detail)| (key, Some(*detail(&mut self)).filter(|n| *n > 0)));
        let counts = wholes.into_iter().chain(details);
        counts.filter_map(|(key, tokens)| Some((key, tokens?)))
    }
}

/// Finds one of the details of the counts.
type Detail = fn(&mut Usage) -> &mut u64;

/// The attribute of each detail, and where it is.
const DETAILS: [(&str, Detail); 8] = [
    (conventions::USAGE_CACHE_READ_INPUT_TOKENS, |usage| {
        &mut usage.cache_read_input_tokens
    }),
    (conventions::USAGE_CACHE_WRITE_INPUT_TOKENS, |usage| {
        &mut usage.cache_write_input_tokens
    }),
    (conventions::USAGE_REASONING_OUTPUT_TOKENS, |usage| {
        &mut usage.reasoning_output_tokens
    }),
    (conventions::USAGE_AUDIO_INPUT_TOKENS, |usage| {
        &mut usage.audio_input_tokens
    }),
    (conventions::USAGE_AUDIO_OUTPUT_TOKENS, |usage| {
        &mut usage.audio_output_tokens
    }),
    (conventions::USAGE_IMAGE_INPUT_TOKENS, |usage| {
        &mut usage.image_input_tokens
    }),
    (conventions::USAGE_IMAGE_OUTPUT_TOKENS, |usage| {
        &mut usage.image_output_tokens
    }),
    (conventions::USAGE_CACHED_AUDIO_INPUT_TOKENS, |usage| {
        &mut usage.cached_audio_input_tokens
    }),
];
