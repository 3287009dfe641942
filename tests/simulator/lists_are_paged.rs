//! `order`, `limit`, `after` and `before` work for every list; by default the newest object is first.

use serde_json::Value;

use crate::simulator::{Wire, id};

/// A thread with messages `0`, `1`, … and the identifiers they got.
async fn thread_of(wire: &Wire, count: usize) -> (String, Vec<String>) {
    let thread = wire.thread().await;
    let mut messages = Vec::new();
    for number in 0..count {
        messages.push(id(&wire.say(&thread, &number.to_string()).await));
    }
    (thread, messages)
}

fn texts(page: &Value) -> Vec<&str> {
    let data = page["data"].as_array().unwrap();
    data.iter()
        .map(|message| message["content"][0]["text"]["value"].as_str().unwrap())
        .collect()
}

#[tokio::test]
async fn each_query_gives_its_page() {
    let wire = Wire::instant().await;
    let (thread, ids) = thread_of(&wire, 5).await;
    for (query, expected, has_more) in [
        (String::new(), vec!["4", "3", "2", "1", "0"], false),
        ("order=asc".to_owned(), vec!["0", "1", "2", "3", "4"], false),
        ("limit=2".to_owned(), vec!["4", "3"], true),
        ("limit=5".to_owned(), vec!["4", "3", "2", "1", "0"], false),
        (format!("limit=2&after={}", ids[3]), vec!["2", "1"], true),
        (format!("order=asc&after={}", ids[3]), vec!["4"], false),
        (format!("order=asc&after={}", ids[4]), vec![], false),
        (
            format!("order=asc&limit=2&before={}", ids[3]),
            vec!["1", "2"],
            true,
        ),
        (
            format!("order=asc&limit=3&before={}", ids[3]),
            vec!["0", "1", "2"],
            false,
        ),
        (
            format!("order=asc&after={}&before={}", ids[0], ids[4]),
            vec!["1", "2", "3"],
            false,
        ),
        (
            format!("order=asc&after={}&before={}", ids[4], ids[0]),
            vec![],
            false,
        ),
        (
            "order=asc&unknown=1&include%5B%5D=x&limit=1".to_owned(),
            vec!["0"],
            true,
        ),
    ] {
        let page = wire
            .fetch(&format!("/threads/{thread}/messages?{query}"))
            .await;
        assert_eq!(texts(&page), expected, "{query}");
        assert_eq!(page["has_more"], has_more, "{query}");
        assert_eq!(page["object"], "list", "{query}");
        let data = page["data"].as_array().unwrap();
        let first = data
            .first()
            .map_or(Value::Null, |message| message["id"].clone());
        let last = data
            .last()
            .map_or(Value::Null, |message| message["id"].clone());
        assert_eq!(
            (&page["first_id"], &page["last_id"]),
            (&first, &last),
            "{query}"
        );
    }
}

#[tokio::test]
async fn following_last_id_visits_everything_once() {
    let wire = Wire::instant().await;
    let (thread, mut expected) = thread_of(&wire, 23).await;
    expected.reverse();
    let mut seen = Vec::new();
    let mut query = String::new();
    loop {
        let page = wire
            .fetch(&format!("/threads/{thread}/messages?{query}"))
            .await;
        seen.extend(page["data"].as_array().unwrap().iter().map(id));
        if page["has_more"] == false {
            break;
        }
        assert_eq!(seen.len(), 20, "the default limit");
        query = format!("after={}", page["last_id"].as_str().unwrap());
    }
    assert_eq!(seen, expected);
}

#[tokio::test]
async fn assistants_and_runs_are_lists_too() {
    let wire = Wire::instant().await;
    let (first, second) = (wire.assistant().await, wire.assistant().await);
    let page = wire.fetch("/assistants?limit=1").await;
    assert_eq!(
        (id(&page["data"][0]), &page["has_more"]),
        (second, &Value::Bool(true))
    );

    let thread = wire.thread().await;
    let mut runs = Vec::new();
    for _ in 0..3 {
        runs.push(id(&wire.run(&thread, &first).await));
    }
    let page = wire
        .fetch(&format!(
            "/threads/{thread}/runs?order=asc&after={}",
            runs[0]
        ))
        .await;
    let seen: Vec<_> = page["data"].as_array().unwrap().iter().map(id).collect();
    assert_eq!(seen, runs[1..]);
    assert_eq!(page["data"][0]["status"], "completed");
}

#[tokio::test]
async fn a_query_out_of_range_is_refused_by_name() {
    let wire = Wire::instant().await;
    for (query, param, code) in [
        ("limit=0", "limit", Some("integer_below_min_value")),
        ("limit=-1", "limit", Some("integer_below_min_value")),
        ("limit=101", "limit", Some("integer_above_max_value")),
        ("limit=many", "limit", Some("invalid_type")),
        ("order=sideways", "order", Some("invalid_value")),
        ("after=asst_gone", "after", None),
        ("before=asst_gone", "before", None),
    ] {
        let (status, body) = wire.get(&format!("/assistants?{query}")).await;
        assert!(status == 400 || status == 404, "{query}: {status}");
        assert_eq!(body["error"]["param"], param, "{query}");
        assert_eq!(body["error"]["code"].as_str(), code, "{query}");
    }
}
