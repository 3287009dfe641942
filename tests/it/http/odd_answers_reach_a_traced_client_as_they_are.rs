//! Answers of many servers, whole and in pieces: bytes, frames and errors are those of an untraced client, and
//! the spans keep the conventions.

use serde::Deserialize;

use crate::support::outcome::{Answer, Frame, Outcome, Reading, both_at, client, fixtures};
use crate::support::raw_server::Step;

/// What a server has answered somewhere.
#[derive(Deserialize)]
struct Odd {
    what: String,
    path: String,
    status: u16,
    content_type: Option<String>,
    body: String,
}

impl Odd {
    fn head(&self) -> Vec<u8> {
        let kind = self.content_type.iter();
        let kind: String = kind
            .map(|kind| format!("content-type: {kind}\r\n"))
            .collect();
        let length = match self.status {
            204 => String::new(),
            _ => format!("content-length: {}\r\n", self.body.len()),
        };
        // A client that tries again does so at once.
        let head = format!("HTTP/1.1 {} Odd\r\n{kind}{length}", self.status);
        format!("{head}retry-after: 0\r\nx-request-id: req_1\r\n\r\n").into_bytes()
    }

    /// The answer in pieces of this length, each sent when the one before it has been read.
    fn in_pieces(&self, length: usize) -> Vec<Step> {
        let mut steps = vec![Step::Send(self.head())];
        for piece in self.body.as_bytes().chunks(length) {
            steps.extend([Step::Send(piece.to_vec()), Step::Read]);
        }
        steps
    }

    fn at_once(&self) -> Vec<Step> {
        let body = Step::Send(self.body.clone().into_bytes());
        vec![Step::Send(self.head()), body]
    }

    async fn played(&self, script: Vec<Step>, reading: Reading) -> Outcome {
        let client = client().build().unwrap();
        both_at(&self.path, vec![script], reading, client).await
    }

    /// Whether the client takes it for an answer, and does not try again.
    fn is_taken(&self) -> bool {
        self.status < 429
    }
}

fn answers(theme: &str) -> Vec<Odd> {
    let file = fixtures().join("answers").join(theme);
    serde_json::from_slice(&std::fs::read(file).unwrap()).unwrap()
}

fn data_of(answer: &Answer) -> Vec<u8> {
    let data = answer.frames.iter().flat_map(|frame| match frame {
        Frame::Data(data) => data.to_vec(),
        Frame::Trailers(_) => Vec::new(),
    });
    data.collect()
}

async fn all_of(theme: &str) {
    for (number, odd) in answers(theme).iter().enumerate() {
        let what = &odd.what;
        let whole = odd.played(odd.at_once(), Reading::Whole).await;
        if !odd.is_taken() {
            // The client answers it by trying again.
            continue;
        }
        assert_eq!(whole.answer.unwrap().whole.unwrap(), odd.body, "{what}");
        // Words, characters and marks of events are split at other places each time.
        let length = [17, 101, odd.body.len() / 2 + 1][number % 3];
        let split = odd.played(odd.in_pieces(length), Reading::Frames).await;
        let split = split.answer.unwrap();
        assert_eq!(data_of(&split), odd.body.as_bytes(), "{what} by {length}");
    }
}

#[tokio::test]
async fn without_an_answer() {
    all_of("no_answers.json").await;
}

#[tokio::test]
async fn with_errors_of_every_form() {
    all_of("errors.json").await;
}

#[tokio::test]
async fn with_counts_of_every_form() {
    all_of("counts.json").await;
}

#[tokio::test]
async fn with_content_of_every_form() {
    all_of("content.json").await;
}

#[tokio::test]
async fn in_odd_frames() {
    all_of("frames.json").await;
}
