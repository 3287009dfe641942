//! The tower service that traces: carries state along, decides nothing.

use std::sync::Arc;
use std::task::{Context, Poll};

use reqwest::Response;
use tower_service::Service;

use super::call::{Call, Options};
use super::future::TraceFuture;
use super::request::RequestFactory;
use crate::context::handle::Handle;
use crate::recorder::Recorder;
use crate::telemetry::Telemetry;

/// Makes a span of every logical call of the service inside, retries included.
#[derive(Clone, Debug)]
pub struct Trace<S> {
    pub(crate) inner: S,
    pub(crate) settings: Settings,
}

/// What a traced service was asked to do.
#[derive(Clone, Debug, Default)]
pub(crate) struct Settings {
    /// Instead of the telemetry of the current subscriber.
    pub(crate) handle: Option<Handle>,
    pub(crate) options: Options,
}

impl Settings {
    pub(crate) fn set_telemetry(&mut self, telemetry: &Telemetry) {
        self.handle = telemetry.handle();
    }

    /// A call, if it is recorded.
    pub(crate) fn call(&self) -> Option<Arc<Call>> {
        let handle = match &self.handle {
            Some(handle) => handle.clone(),
            None => Handle::recording().or_else(Handle::of_unrecorded)?,
        };
        let recorder = Arc::clone(Recorder::of(&handle)?);
        Some(Call::new(handle, recorder, self.options))
    }
}

impl<S, F> Service<F> for Trace<S>
where
    F: RequestFactory,
    S: Service<F, Response = Response>,
    S::Error: 'static,
{
    type Response = Response;
    type Error = S::Error;
    type Future = TraceFuture<S::Future>;

    fn poll_ready(&mut self, context: &mut Context<'_>) -> Poll<Result<(), S::Error>> {
        self.inner.poll_ready(context)
    }

    fn call(&mut self, factory: F) -> Self::Future {
        let Some(call) = self.settings.call() else {
            return TraceFuture::new(self.inner.call(factory), None);
        };
        let factory = observed(factory, Arc::clone(&call));
        let future = call.polled(|| self.inner.call(factory));
        TraceFuture::new(future, Some((call, F::describe)))
    }
}

/// The same requests, seen by a call when they are built.
fn observed<F: RequestFactory>(factory: F, call: Arc<Call>) -> F {
    F::from_fn(move || {
        let request = factory.build_request();
        let call = Arc::clone(&call);
        Box::pin(async move {
            let mut request = request.await?;
            call.request(&mut request);
            Ok(request)
        })
    })
}
