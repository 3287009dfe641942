//! The defaults that the settings document are those of the code.

use std::collections::BTreeMap;

use crate::backends::langfuse::{config, settings};
use crate::config::environment::Environment;

#[test]
fn of_the_timeout() {
    let none = Environment::Given(BTreeMap::new());
    assert_eq!(settings::TIMEOUT.resolve(None, &none), Ok(config::TIMEOUT));
}
