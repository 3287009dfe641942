//! logfire, without its output on the console.

use logfire::config::AdvancedOptions;

use super::sdk::call;
use crate::case::{Case, Outcome};

pub(super) fn run(case: &Case) -> Outcome {
    let logfire = logfire::configure()
        .with_token("token")
        .with_console(None)
        .with_advanced_options(AdvancedOptions::default().with_base_url(&case.address))
        .finish()
        .unwrap();
    case.measure(logfire, call, |logfire| logfire.shutdown().unwrap())
}
