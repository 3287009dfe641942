//! The integration tests. A module is a room, and in it a file is a behaviour, named after the sentence that
//! it tests.
#![expect(clippy::unwrap_used, reason = "a test fails by panicking")]
#![expect(unreachable_pub, reason = "nothing of a test binary is reachable")]

#[path = "../../examples/assistant_tools/tutor/mod.rs"]
mod assistant_tools;
#[path = "../../examples/math_tutor.rs"]
#[expect(dead_code, reason = "its `main` is for `cargo run`")]
mod math_tutor;
mod support;

use math_tutor::openai_sim;

mod backends;
mod config;
mod context;
mod destination;
mod doctor;
mod export;
mod functions;
mod http;
mod metrics;
mod observation;
mod pipeline;
mod recorder;
mod repository;
mod runs;
mod telemetry;
mod wire;
