//! A request that is too large: in two parts, and in the end with a shorter text.

use std::time::Instant;

use super::Request;
use super::work_loop::{Parcel, Rounds};
use crate::export::report::DropReason;
use crate::export::scheduler::Waiting;
use crate::otlp::encoded::{Encoded, count};
use crate::otlp::shrink::cut_largest;
use crate::otlp::split::halves;
use crate::otlp::transport::Transport;

impl<T: Transport> Rounds<T> {
    /// Sends it in two parts; what cannot be divided is cut.
    pub(crate) fn split(&mut self, parcel: Waiting<Parcel>, message: String) {
        let mut file = None;
        let mut decoded = None;
        let parcel = parcel.map(|parcel| {
            decoded = parcel.request.encoded.decode();
            file = parcel.file;
            parcel.request
        });
        let compression = parcel.request.encoded.compression;
        let parts = decoded.and_then(|mut request| match count(&request) {
            0 | 1 => cut_largest(&mut request).then(|| vec![request]),
            _ => halves(request).map(|(first, second)| vec![first, second]),
        });
        let parts: Option<Vec<_>> = parts.map(|parts| {
            let encode = |part| Encoded::new(part, compression);
            parts.iter().map(encode).collect()
        });
        let mut ticket = parcel.request.ticket;
        let Some(parts) = parts else {
            ticket.failed(message);
            ticket.dropped(DropReason::TooLarge, ticket.spans());
            return self.forget(file);
        };
        if let (Some(file), Some(shelf)) = (file, &self.setup.shelf) {
            shelf.replace(file, &parts);
            return;
        }
        let now = Instant::now();
        for encoded in parts.into_iter().rev() {
            let mut ticket = ticket.split(encoded.spans);
            ticket.weigh(encoded.body.len());
            let parcel = Parcel {
                request: Request { encoded, ticket },
                file: None,
            };
            self.outbox.push_front(Waiting::new(parcel, now));
        }
    }
}
