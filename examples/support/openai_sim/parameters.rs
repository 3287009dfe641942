//! Parameters that Chat Completions and Responses share.
//!
//! Contract: one reading for both, so that the model behind them cannot tell them apart.

use serde_json::Value;

use super::error::ApiError;
use super::fields::Fields;
use super::model::{Choice, Function};

/// The tier that answers when `asked` is asked for.
pub(super) fn used_tier(asked: Option<String>) -> String {
    match asked.as_deref() {
        None | Some("auto") => "default".to_owned(),
        Some("fast") => "priority".to_owned(),
        Some(tier) => tier.to_owned(),
    }
}

/// A function as Chat Completions nests it and Responses writes it flat.
pub(super) fn read_function(mut function: Fields, custom: bool) -> Result<Function, ApiError> {
    let name = function.text("name")?;
    Ok(Function {
        name: function.required("name", name)?,
        description: function.text("description")?.unwrap_or_default(),
        parameters: function.any("parameters").unwrap_or_default(),
        custom,
    })
}

/// Both endpoints' forms of `tool_choice`; what forces another kind of tool forces nothing.
pub(super) fn read_choice(choice: Option<&Value>) -> Choice {
    match choice {
        Some(Value::String(choice)) if choice == "none" => Choice::None,
        Some(Value::String(choice)) if choice == "required" => Choice::Required,
        Some(choice @ Value::Object(_)) => {
            let nested = [&choice["function"]["name"], &choice["custom"]["name"]];
            let mut names = nested.into_iter().chain([&choice["name"]]);
            let name = names.find_map(Value::as_str);
            name.map_or(Choice::Auto, |name| Choice::Named(name.to_owned()))
        }
        _ => Choice::Auto,
    }
}
