//! Which functions of the program are the tools that a model has asked for.
//!
//! Pure. A function can only be a call's tool if it has the tool's name, ran after the model was asked, and no
//! argument that it recorded says otherwise. Of those, a pair is one if nothing else comes into question for
//! either of them, the arguments and the result considered. Functions that only could be exchanged for each
//! other are the tools of these calls, but it is not said which is whose. Whatever is less certain than that is
//! no match: two spans are better than a wrong one.

use std::time::{Duration, SystemTime};

use opentelemetry::SpanId;
use serde_json::{Map, Value};

/// How far clocks may be apart that read the same time.
const SLACK: Duration = Duration::from_millis(5);

/// A call that a model has asked for.
#[derive(Clone, Debug)]
pub(super) struct Wanted<'a> {
    pub(super) name: &'a str,
    pub(super) arguments: Option<Value>,
    /// As text; `None` if it is not known.
    pub(super) result: Option<String>,
    /// When the model was asked, and when its answer was there.
    pub(super) asked: (SystemTime, SystemTime),
}

/// A function that ran.
#[derive(Clone, Debug)]
pub(super) struct Ran {
    pub(super) name: String,
    pub(super) arguments: Vec<(String, Value)>,
    /// What it returned, as far as it was recorded.
    pub(super) output: Option<String>,
    pub(super) start: SystemTime,
    pub(super) span: SpanId,
    pub(super) parent: SpanId,
}

/// The call that a function was made for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Fit {
    pub(super) call: usize,
    /// Whether it was made for this call and no other of the same name.
    pub(super) is_certain: bool,
}

/// The call of each function.
pub(super) fn matched(calls: &[Wanted<'_>], functions: &[Ran]) -> Vec<Option<Fit>> {
    let is_inner = |inner: &Ran| {
        let mut others = functions.iter();
        others.any(|outer| outer.span == inner.parent && is_same_name(&outer.name, &inner.name))
    };
    let mut scores: Vec<Vec<Option<u8>>> = functions
        .iter()
        .map(|ran| match is_inner(ran) {
            true => vec![None; calls.len()],
            false => calls.iter().map(|call| score(call, ran)).collect(),
        })
        .collect();
    let mut fits = vec![None; functions.len()];
    while let Some((function, call)) = only_pair(&scores) {
        fits[function] = Some(Fit {
            call,
            is_certain: true,
        });
        scores[function].fill(None);
        scores.iter_mut().for_each(|row| row[call] = None);
    }
    for function in 0..functions.len() {
        let group = group_of(&scores, function);
        for (function, call) in &group {
            let first = group.first().map_or(0, |(_, call)| *call);
            let is_alike = |(other, of): &(usize, usize)| {
                calls[*of].arguments == calls[first].arguments
                    && calls[*of].result.is_some()
                    && calls[*of].result == calls[first].result
                    && functions[*other].output == functions[*function].output
            };
            fits[*function] = Some(Fit {
                call: *call,
                is_certain: group.iter().all(is_alike),
            });
        }
        for (function, call) in group {
            scores[function].fill(None);
            scores.iter_mut().for_each(|row| row[call] = None);
        }
    }
    fits
}

/// How much speaks for a pair; `None` if something speaks against it.
fn score(call: &Wanted<'_>, ran: &Ran) -> Option<u8> {
    let (asked, answered) = call.asked;
    if !is_same_name(call.name, &ran.name) || ran.start + SLACK < asked {
        return None;
    }
    let by_arguments = u8::from(agreement(call.arguments.as_ref(), &ran.arguments)?);
    // While the answer streams, a name alone is no evidence.
    if by_arguments == 0 && ran.start + SLACK < answered {
        return None;
    }
    let has_same_result = call.result.is_some() && call.result == ran.output;
    Some(by_arguments + u8::from(has_same_result))
}

/// A function and a call that are each other's only choice.
fn only_pair(scores: &[Vec<Option<u8>>]) -> Option<(usize, usize)> {
    (0..scores.len()).find_map(|function| {
        let call = only(choices_of_function(scores, function))?;
        let back = only(choices_of_call(scores, call))?;
        (back == function).then_some((function, call))
    })
}

fn only(choices: Vec<usize>) -> Option<usize> {
    match choices[..] {
        [one] => Some(one),
        _ => None,
    }
}

/// The calls for which most speaks.
fn choices_of_function(scores: &[Vec<Option<u8>>], function: usize) -> Vec<usize> {
    let row = scores[function].iter().copied();
    best(row.enumerate())
}

fn choices_of_call(scores: &[Vec<Option<u8>>], call: usize) -> Vec<usize> {
    let column = scores.iter().map(|row| row[call]);
    best(column.enumerate())
}

fn best(scores: impl Iterator<Item = (usize, Option<u8>)> + Clone) -> Vec<usize> {
    let most = scores.clone().filter_map(|(_, score)| score).max();
    let best = scores.filter(|(_, score)| score.is_some() && *score == most);
    best.map(|(index, _)| index).collect()
}

/// As many functions as calls, of which each could be each other's; in order.
fn group_of(scores: &[Vec<Option<u8>>], function: usize) -> Vec<(usize, usize)> {
    let calls = choices_of_function(scores, function);
    let alike = |other: &usize| choices_of_function(scores, *other) == calls;
    let functions: Vec<usize> = (0..scores.len()).filter(alike).collect();
    let is_closed = calls
        .iter()
        .all(|call| choices_of_call(scores, *call) == functions);
    if calls.len() != functions.len() || !is_closed {
        return Vec::new();
    }
    functions.into_iter().zip(calls).collect()
}

/// Whether two names are the same but for the way in which languages write them.
pub(super) fn is_same_name(one: &str, other: &str) -> bool {
    one == other || letters(one) == letters(other)
}

/// What is the same of a name in whatever language it is written.
pub(super) fn letters(name: &str) -> String {
    let letters = name.chars().filter(|char| char.is_alphanumeric());
    letters.flat_map(char::to_lowercase).collect()
}

/// Whether what the function recorded is what the model wrote; `None` if it is not, `false` if nothing can be
/// compared.
fn agreement(wanted: Option<&Value>, recorded: &[(String, Value)]) -> Option<bool> {
    let Some(Value::Object(wanted)) = wanted else {
        return Some(false);
    };
    let mut agrees = false;
    for (name, value) in recorded {
        let by_name = named(wanted, name).map(|wanted| is_same(wanted, value));
        let as_whole = match value {
            Value::Object(fields) => of_fields(wanted, fields),
            Value::String(text) => match serde_json::from_str(text) {
                Ok(Value::Object(fields)) => of_fields(wanted, &fields),
                _ => Some(false),
            },
            _ => Some(false),
        };
        match (by_name, as_whole) {
            (Some(Some(false)), _) | (None, None) => return None,
            (Some(Some(true)), _) | (None, Some(true)) => agrees = true,
            _ => {}
        }
    }
    Some(agrees)
}

/// The same for a structure that stands for all arguments.
fn of_fields(wanted: &Map<String, Value>, fields: &Map<String, Value>) -> Option<bool> {
    let mut agrees = false;
    for (name, value) in fields {
        match named(wanted, name).map(|wanted| is_same(wanted, value)) {
            Some(Some(false)) => return None,
            Some(Some(true)) => agrees = true,
            _ => {}
        }
    }
    Some(agrees)
}

fn named<'a>(wanted: &'a Map<String, Value>, name: &str) -> Option<&'a Value> {
    let mut fields = wanted.iter();
    let found = fields.find(|(field, _)| is_same_name(field, name));
    found.map(|(_, value)| value)
}

/// Whether two values are the same; `None` if that cannot be said, since what was recorded is `Debug` text.
fn is_same(wanted: &Value, recorded: &Value) -> Option<bool> {
    match (wanted, recorded) {
        (Value::String(wanted), Value::String(recorded)) => {
            // A variant of an enum is written in another way.
            Some(wanted == recorded || is_same_name(wanted, recorded))
        }
        (Value::Number(wanted), Value::Number(recorded)) => {
            Some(wanted.as_f64() == recorded.as_f64())
        }
        (Value::Bool(wanted), Value::Bool(recorded)) => Some(wanted == recorded),
        (wanted, recorded) if wanted == recorded => Some(true),
        _ => None,
    }
}

#[cfg(test)]
mod tests;
