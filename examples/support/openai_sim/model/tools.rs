//! Which tools the model calls, with what arguments, and what it makes of their results.
//!
//! Contract: pure but for the identifiers of calls. A tool is called if the question names its
//! subject (`get_weather` is about weather), or a city while the tool takes a place; one call
//! a city if calls may be parallel. Forced calls are made whatever the question says. A
//! parameter for a program gets the one that solves the question's equation. After results the
//! model speaks, so that every loop over tools ends.

use serde_json::{Map, Value, json};

use super::super::state::Simulator;
use super::super::{tokens, tutor};
use super::{Turn, instance};

/// Cities the model has heard of.
const CITIES: [&str; 24] = [
    "Amsterdam",
    "Athens",
    "Beijing",
    "Bergen",
    "Berlin",
    "Boston",
    "Cairo",
    "Copenhagen",
    "Delhi",
    "Helsinki",
    "Lisbon",
    "London",
    "Madrid",
    "New York",
    "Oslo",
    "Paris",
    "Prague",
    "Rome",
    "San Francisco",
    "Stockholm",
    "Sydney",
    "Tokyo",
    "Vienna",
    "Zurich",
];
/// Names of parameters that take a place.
const PLACES: [&str; 5] = ["city", "location", "place", "town", "destination"];
/// Names of parameters that take a program.
const PROGRAMS: [&str; 3] = ["code", "expression", "formula"];
/// Words in a tool's name that do not say what it is about.
const VERBS: [&str; 12] = [
    "get", "set", "fetch", "find", "search", "list", "look", "lookup", "current", "the", "call",
    "tool",
];

/// The tools a request offers.
#[derive(Clone, Debug, Default)]
pub(in super::super) struct Tools {
    pub(in super::super) functions: Vec<Function>,
    pub(in super::super) choice: Choice,
    /// Several calls in one answer are allowed.
    pub(in super::super) parallel: bool,
}

/// A function, or a custom tool that takes free text.
#[derive(Clone, Debug)]
pub(in super::super) struct Function {
    pub(in super::super) name: String,
    pub(in super::super) description: String,
    /// A JSON Schema; null for a custom tool.
    pub(in super::super) parameters: Value,
    pub(in super::super) custom: bool,
}

#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(in super::super) enum Choice {
    None,
    #[default]
    Auto,
    Required,
    Named(String),
}

/// One call the model makes.
#[derive(Clone, Debug)]
pub(in super::super) struct Call {
    pub(in super::super) id: String,
    pub(in super::super) name: String,
    /// JSON of a function's arguments, a custom tool's text.
    pub(in super::super) arguments: String,
    pub(in super::super) custom: bool,
}

impl Call {
    pub(super) fn tokens(&self) -> u64 {
        tokens::count(&self.name) + tokens::count(&self.arguments)
    }
}

impl Tools {
    /// What the model reads about its tools.
    pub(super) fn description(&self) -> String {
        let tools = self.functions.iter().map(|function| {
            let Function {
                name,
                description,
                parameters,
                ..
            } = function;
            format!("{name} {description} {parameters}\n")
        });
        tools.collect()
    }

    /// The calls that `question` asks for.
    pub(in super::super) fn calls(&self, simulator: &Simulator, question: &str) -> Vec<Call> {
        let Some(function) = self.function_for(question) else {
            return Vec::new();
        };
        let mut cities: Vec<Option<&str>> = cities(question).into_iter().map(Some).collect();
        if cities.is_empty() || !function.takes_place() {
            cities = vec![None];
        }
        if !self.parallel {
            cities.truncate(1);
        }
        let call = |city: Option<&str>| Call {
            id: simulator.identifier("call"),
            name: function.name.clone(),
            arguments: function.arguments(question, city),
            custom: function.custom,
        };
        cities.into_iter().map(call).collect()
    }

    fn function_for(&self, question: &str) -> Option<&Function> {
        let asked = || {
            let question = question.to_lowercase();
            self.functions
                .iter()
                .find(|function| function.is_asked_for(&question))
        };
        let placed = || {
            let names_city = !cities(question).is_empty();
            let mut functions = self.functions.iter();
            functions.find(|function| names_city && function.takes_place())
        };
        match &self.choice {
            Choice::None => None,
            Choice::Auto => asked().or_else(placed),
            Choice::Required => asked().or_else(placed).or_else(|| self.functions.first()),
            Choice::Named(name) => self
                .functions
                .iter()
                .find(|function| function.name == *name),
        }
    }
}

impl Function {
    fn is_asked_for(&self, question: &str) -> bool {
        let name = self.name.to_lowercase();
        let mut words = name.split(['_', '-', '.']);
        question.contains(&name)
            || words.any(|word| word.len() > 2 && !VERBS.contains(&word) && question.contains(word))
    }

    fn place_parameter(&self) -> Option<&str> {
        let properties = self.parameters["properties"].as_object()?;
        let mut names = properties.keys().map(String::as_str);
        names.find(|name| PLACES.contains(&name.to_lowercase().as_str()))
    }

    fn takes_place(&self) -> bool {
        self.place_parameter().is_some()
    }

    fn arguments(&self, question: &str, city: Option<&str>) -> String {
        if self.custom {
            return question.to_owned();
        }
        let place = self.place_parameter();
        let mut numbers = instance::numbers(question).into_iter();
        let properties = self.parameters["properties"].as_object();
        let required = self.parameters["required"].as_array();
        let is_required = |name: &str| required.is_none_or(|names| names.contains(&json!(name)));
        let mut arguments = Map::new();
        for (name, schema) in properties.into_iter().flatten() {
            let value = if place == Some(name.as_str()) {
                json!(city.unwrap_or("Oslo"))
            } else if let Some(program) = program_for(name, question) {
                json!(program)
            } else if !is_required(name) {
                continue;
            } else if matches!(schema["type"].as_str(), Some("number" | "integer")) {
                // With nothing but its number as text, the instance can hold no other.
                let number = numbers.next().map(|number| number.to_string());
                instance::of(schema, &number.unwrap_or_default())
            } else {
                instance::of(schema, question)
            };
            arguments.insert(name.clone(), value);
        }
        Value::Object(arguments).to_string()
    }
}

/// What solves the equation of `question`, for a parameter that takes it.
fn program_for(name: &str, question: &str) -> Option<String> {
    PROGRAMS
        .contains(&name)
        .then(|| tutor::program(question))
        .flatten()
        .map(|program| program.expression)
}

/// The cities `question` names, in its order.
fn cities(question: &str) -> Vec<&'static str> {
    let question = question.to_lowercase();
    let mut found: Vec<(usize, &str)> = CITIES
        .iter()
        .filter_map(|city| Some((question.find(&city.to_lowercase())?, *city)))
        .collect();
    found.sort_unstable();
    found.into_iter().map(|(_, city)| city).collect()
}

/// What the model says of the results that end the conversation; nothing if it ends otherwise.
pub(in super::super) fn results(turns: &[Turn]) -> Option<String> {
    let begin = turns
        .iter()
        .rposition(|turn| !matches!(turn, Turn::Result { .. }))
        .map_or(0, |position| position + 1);
    let results: Vec<String> = turns[begin..]
        .iter()
        .filter_map(|turn| match turn {
            Turn::Result { call_id, output } => Some(result(turns, call_id, output)),
            _ => None,
        })
        .collect();
    (!results.is_empty()).then(|| format!("{}.", results.join("; ")))
}

fn result(turns: &[Turn], call_id: &str, output: &str) -> String {
    let calls = turns.iter().filter_map(|turn| match turn {
        Turn::Assistant { calls, .. } => Some(calls),
        _ => None,
    });
    let call = calls.flatten().find(|call| call.id == call_id);
    let output = output.trim().trim_end_matches('.');
    let Some(call) = call else {
        return output.to_owned();
    };
    let arguments: Value = serde_json::from_str(&call.arguments).unwrap_or_default();
    let place = PLACES.iter().find_map(|place| arguments[place].as_str());
    format!("{}: {output}", place.unwrap_or(&call.name))
}
