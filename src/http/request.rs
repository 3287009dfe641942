//! The requests of clients that can be traced.

use reqwest::Request;

/// Request of a client that can be traced: [`reqwest::Request`], or the factory by which a supported version
/// of async-openai builds one for every attempt.
///
/// A factory is wrapped, never called once more than the client does: a second build would read the files of
/// a form twice.
pub trait TracedRequest: sealed::Sealed {
    /// Whether every attempt builds its request anew.
    #[doc(hidden)]
    const IS_REBUILT: bool;

    /// The request as `inspect` leaves it, which sees it before it is sent.
    #[doc(hidden)]
    fn inspected(self, inspect: impl Fn(&mut Request) + Send + Sync + 'static) -> Self;
}

mod sealed {
    pub trait Sealed {}
}

impl sealed::Sealed for Request {}

impl TracedRequest for Request {
    const IS_REBUILT: bool = false;

    fn inspected(mut self, inspect: impl Fn(&mut Request) + Send + Sync + 'static) -> Self {
        inspect(&mut self);
        self
    }
}

/// Implements the trait for one version of async-openai.
#[cfg(any(feature = "async-openai-041", feature = "async-openai-043"))]
macro_rules! async_openai {
    ($version:ident) => {
        impl sealed::Sealed for $version::middleware::HttpRequestFactory {}

        impl TracedRequest for $version::middleware::HttpRequestFactory {
            const IS_REBUILT: bool = true;

            fn inspected(self, inspect: impl Fn(&mut Request) + Send + Sync + 'static) -> Self {
                let inspect = std::sync::Arc::new(inspect);
                Self::new(move || {
                    let (factory, inspect) = (self.clone(), std::sync::Arc::clone(&inspect));
                    async move {
                        let mut request = factory.build().await?;
                        inspect(&mut request);
                        Ok(request)
                    }
                })
            }
        }
    };
}

#[cfg(feature = "async-openai-041")]
async_openai!(async_openai_041);
#[cfg(feature = "async-openai-043")]
async_openai!(async_openai);
