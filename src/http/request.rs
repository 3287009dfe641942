//! The requests of clients that can be traced.

use reqwest::Request;

use super::versions::async_openai_versions;

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
    fn inspected(self, inspect: impl Fn(&mut Request) + Clone + Send + Sync + 'static) -> Self;
}

mod sealed {
    pub trait Sealed {}
}

impl sealed::Sealed for Request {}

impl TracedRequest for Request {
    const IS_REBUILT: bool = false;

    fn inspected(mut self, inspect: impl Fn(&mut Request) + Clone + Send + Sync + 'static) -> Self {
        inspect(&mut self);
        self
    }
}

/// Implements the trait for the versions of async-openai.
macro_rules! traced_requests {
    ($(($feature:literal, $name:ident, $version:ident),)*) => {$(
        #[cfg(feature = $feature)]
        const _: () = {
            use $version::middleware::HttpRequestFactory;

            impl sealed::Sealed for HttpRequestFactory {}

            impl TracedRequest for HttpRequestFactory {
                const IS_REBUILT: bool = true;

                fn inspected(
                    self,
                    inspect: impl Fn(&mut Request) + Clone + Send + Sync + 'static,
                ) -> Self {
                    Self::new(move || {
                        let (factory, inspect) = (self.clone(), inspect.clone());
                        async move {
                            let mut request = factory.build().await?;
                            inspect(&mut request);
                            Ok(request)
                        }
                    })
                }
            }
        };
    )*};
}

async_openai_versions!(traced_requests);
