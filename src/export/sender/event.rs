//! The one place where the sender waits: for a command, an answer, or the time.

use std::future::poll_fn;
use std::pin::{Pin, pin};
use std::task::Poll;
use std::time::Instant;

use futures_channel::mpsc::UnboundedReceiver;
use futures_core::Stream;
use tokio::task::{Id, JoinSet};

use super::batch::Command;
use crate::otlp::outcome::SendOutcome;

/// What has happened.
pub(crate) enum SenderEvent {
    Command(Command),
    /// Nothing more will come.
    Closed,
    /// An attempt has ended; without an outcome if it panicked.
    Done(Id, Option<SendOutcome>),
    Time,
}

/// Waits for the next event; `inbox` is `None` once it is closed.
pub(crate) async fn next(
    mut inbox: Option<&mut UnboundedReceiver<Command>>,
    tasks: &mut JoinSet<SendOutcome>,
    wake_at: Option<Instant>,
) -> SenderEvent {
    let mut sleep = pin!(wake_at.map(|at| tokio::time::sleep_until(at.into())));
    poll_fn(|context| {
        if let Some(inbox) = &mut inbox
            && let Poll::Ready(command) = Pin::new(&mut **inbox).poll_next(context)
        {
            return Poll::Ready(command.map_or(SenderEvent::Closed, SenderEvent::Command));
        }
        match tasks.poll_join_next_with_id(context) {
            Poll::Ready(Some(Ok((id, outcome)))) => {
                return Poll::Ready(SenderEvent::Done(id, Some(outcome)));
            }
            Poll::Ready(Some(Err(error))) => {
                return Poll::Ready(SenderEvent::Done(error.id(), None));
            }
            // Without tasks there is nothing to wait for.
            Poll::Ready(None) | Poll::Pending => {}
        }
        if let Some(sleep) = sleep.as_mut().as_pin_mut()
            && sleep.poll(context).is_ready()
        {
            return Poll::Ready(SenderEvent::Time);
        }
        Poll::Pending
    })
    .await
}
