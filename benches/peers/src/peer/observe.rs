//! `#[observe]` of langfuse-sdk.

use std::hint::black_box;
use std::ops::Range;

use langfuse::{Langfuse, LangfuseConfig, observe};

use crate::case::{Case, Outcome, QUESTION, work};

pub(super) fn run(case: &Case) -> Outcome {
    let runtime = tokio::runtime::Builder::new_multi_thread()
        .worker_threads(1)
        .enable_all()
        .build()
        .unwrap();
    let _entered = runtime.enter();
    case.measure(start(case), call, |langfuse| {
        runtime.block_on(langfuse.shutdown()).unwrap();
    })
}

pub(super) fn start(case: &Case) -> Langfuse {
    let config = LangfuseConfig::builder()
        .public_key("pk-lf-1")
        .secret_key("sk-lf-1")
        .base_url(&case.address)
        .build()
        .unwrap();
    let langfuse = Langfuse::new(config).unwrap();
    langfuse.register_tracing();
    langfuse
}

fn call(_: &Langfuse, numbers: Range<u32>) {
    for number in numbers {
        black_box(solve(black_box(QUESTION), number));
    }
}

#[observe]
fn solve(question: &str, number: u32) -> usize {
    work(question, number)
}
