//! What a call cost, where the vendor says so.

use serde_json::Value;

use crate::wire::fields::Object;

/// xAI counts ten thousand million ticks to the dollar.
const TICKS: f64 = 1e10;

/// The cost in US dollars. Zero is no price: gateways write it where they do not know one, or where
/// another account pays, and then say what that account paid.
pub(super) fn read(usage: &Object) -> Option<f64> {
    let cost = usage.get("cost");
    let total = cost.and_then(|cost| dollars(cost).or_else(|| of(cost, &["total_cost", "total"])));
    let ticks = usage.get("cost_in_usd_ticks").and_then(dollars);
    let upstream = usage.get("cost_details");
    let candidates = [
        total,
        ticks.map(|ticks| ticks / TICKS),
        upstream.and_then(|details| of(details, &["upstream_inference_cost"])),
        of_object(usage, &["total_cost", "estimated_cost"]),
    ];
    candidates.into_iter().flatten().find(|cost| *cost > 0.0)
}

fn of(value: &Value, keys: &[&str]) -> Option<f64> {
    of_object(value.as_object()?, keys)
}

fn of_object(object: &Object, keys: &[&str]) -> Option<f64> {
    keys.iter().find_map(|key| dollars(object.get(*key)?))
}

/// A number, however it is written.
fn dollars(value: &Value) -> Option<f64> {
    let number = match value {
        Value::Number(number) => number.as_f64()?,
        Value::String(text) => text.trim().trim_start_matches('$').parse().ok()?,
        _ => return None,
    };
    (number.is_finite() && number >= 0.0).then_some(number)
}

#[cfg(test)]
#[expect(clippy::unwrap_used, reason = "a test fails by panicking")]
mod tests {
    use serde_json::json;

    use super::read;
    use crate::wire::fields::into_object;

    #[test]
    fn a_cost_is_the_price_that_somebody_paid() {
        for (usage, expected) in [
            (json!({"cost": 0.5}), Some(0.5)),
            (json!({"cost": "0.00042"}), Some(0.00042)),
            (
                json!({"cost": {"total_cost": 0.25, "request_cost": 0.2}}),
                Some(0.25),
            ),
            (json!({"cost_in_usd_ticks": 158_500_000}), Some(0.01585)),
            (json!({"cost_in_usd_ticks": "158500000"}), Some(0.01585)),
            (
                json!({"cost": 0, "cost_details": {"upstream_inference_cost": 0.036}}),
                Some(0.036),
            ),
            (
                json!({"cost": 0.01, "cost_details": {"upstream_inference_cost": 0.009}}),
                Some(0.01),
            ),
            (json!({"cost": 0}), None),
            (json!({"cost": -1}), None),
            (json!({"cost": "free"}), None),
            (json!({"cost": null}), None),
            (json!({}), None),
        ] {
            assert_eq!(
                read(&into_object(usage.clone()).unwrap()),
                expected,
                "{usage}"
            );
        }
    }
}
