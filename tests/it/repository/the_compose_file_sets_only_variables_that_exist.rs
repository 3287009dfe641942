//! A variable that nothing reads is a setting that silently does nothing. So every variable of the compose
//! file must be read by this crate, by its examples, or by the image that receives it.

use std::collections::{BTreeMap, BTreeSet};
use std::path::Path;

use serde_norway::Value;

fn project() -> &'static Path {
    Path::new(env!("CARGO_MANIFEST_DIR"))
}

/// The environment of each service, merge keys applied.
fn environments() -> BTreeMap<String, BTreeSet<String>> {
    let text = std::fs::read_to_string(project().join("docker-compose.yml")).unwrap();
    let mut file: Value = serde_norway::from_str(&text).unwrap();
    file.apply_merge().unwrap();
    let services = file["services"].as_mapping().unwrap();
    let names = |service: &Value| {
        let environment = service["environment"].as_mapping();
        let keys = environment.into_iter().flat_map(|map| map.keys());
        keys.map(|key| key.as_str().unwrap().to_owned()).collect()
    };
    services
        .iter()
        .map(|(name, service)| (name.as_str().unwrap().to_owned(), names(service)))
        .collect()
}

/// The variables set here that Langfuse v4 reads (langfuse.com/self-hosting/configuration).
const LANGFUSE: &[&str] = &[
    "CLICKHOUSE_CLUSTER_ENABLED",
    "CLICKHOUSE_MIGRATION_URL",
    "CLICKHOUSE_PASSWORD",
    "CLICKHOUSE_URL",
    "CLICKHOUSE_USER",
    "DATABASE_URL",
    "ENCRYPTION_KEY",
    "HOSTNAME",
    "LANGFUSE_INIT_ORG_ID",
    "LANGFUSE_INIT_ORG_NAME",
    "LANGFUSE_INIT_PROJECT_ID",
    "LANGFUSE_INIT_PROJECT_NAME",
    "LANGFUSE_INIT_PROJECT_PUBLIC_KEY",
    "LANGFUSE_INIT_PROJECT_SECRET_KEY",
    "LANGFUSE_INIT_USER_EMAIL",
    "LANGFUSE_INIT_USER_NAME",
    "LANGFUSE_INIT_USER_PASSWORD",
    "LANGFUSE_S3_EVENT_UPLOAD_ACCESS_KEY_ID",
    "LANGFUSE_S3_EVENT_UPLOAD_BUCKET",
    "LANGFUSE_S3_EVENT_UPLOAD_ENDPOINT",
    "LANGFUSE_S3_EVENT_UPLOAD_FORCE_PATH_STYLE",
    "LANGFUSE_S3_EVENT_UPLOAD_PREFIX",
    "LANGFUSE_S3_EVENT_UPLOAD_REGION",
    "LANGFUSE_S3_EVENT_UPLOAD_SECRET_ACCESS_KEY",
    "LANGFUSE_S3_MEDIA_UPLOAD_ACCESS_KEY_ID",
    "LANGFUSE_S3_MEDIA_UPLOAD_BUCKET",
    "LANGFUSE_S3_MEDIA_UPLOAD_ENDPOINT",
    "LANGFUSE_S3_MEDIA_UPLOAD_FORCE_PATH_STYLE",
    "LANGFUSE_S3_MEDIA_UPLOAD_PREFIX",
    "LANGFUSE_S3_MEDIA_UPLOAD_REGION",
    "LANGFUSE_S3_MEDIA_UPLOAD_SECRET_ACCESS_KEY",
    "NEXTAUTH_SECRET",
    "NEXTAUTH_URL",
    "REDIS_AUTH",
    "REDIS_HOST",
    "REDIS_PORT",
    "SALT",
    "TELEMETRY_ENABLED",
];

/// Variables without which Langfuse does not start.
const NEEDED: &[&str] = &[
    "CLICKHOUSE_MIGRATION_URL",
    "CLICKHOUSE_PASSWORD",
    "CLICKHOUSE_URL",
    "CLICKHOUSE_USER",
    "DATABASE_URL",
    "ENCRYPTION_KEY",
    "LANGFUSE_S3_EVENT_UPLOAD_BUCKET",
    "REDIS_AUTH",
    "REDIS_HOST",
    "SALT",
];

fn set(names: &[&str]) -> BTreeSet<String> {
    names.iter().map(|name| (*name).to_owned()).collect()
}

#[test]
fn langfuse_reads_all_that_it_is_given_and_is_given_all_that_it_needs() {
    let environments = environments();
    for service in ["langfuse-web", "langfuse-worker"] {
        let given = &environments[service];
        let unknown: Vec<_> = given.difference(&set(LANGFUSE)).cloned().collect();
        assert_eq!(unknown, [""; 0], "{service}");
        assert!(set(NEEDED).is_subset(given), "{service}");
    }
    let provisions = |name: &String| name.starts_with("LANGFUSE_INIT_");
    assert_eq!(
        environments["langfuse-web"]
            .iter()
            .filter(|name| provisions(name))
            .count(),
        9
    );
}

#[test]
fn the_demo_is_given_what_the_crate_and_its_examples_read() {
    // Another test compares the guide's table with the crate.
    let guide = std::fs::read_to_string(project().join("src/guide/settings.md")).unwrap();
    let environments = environments();
    for service in ["demo", "phoenix-demo", "collector-demo"] {
        for name in &environments[service] {
            let is_of_examples = name == "OPENAI_API_KEY";
            let is_of_crate = guide.contains(&format!("`{name}`"));
            assert!(is_of_examples || is_of_crate, "{service}: {name}");
        }
    }
}

#[test]
fn the_collector_is_given_what_its_configuration_names() {
    let text = std::fs::read_to_string(project().join("deploy/otel-collector.yaml")).unwrap();
    serde_norway::from_str::<Value>(&text).unwrap();
    let named = text.split("${env:").skip(1);
    let named: BTreeSet<String> = named
        .map(|rest| rest.split('}').next().unwrap().to_owned())
        .collect();
    assert_eq!(named, environments()["collector"]);
}

#[test]
fn what_listens_listens_on_this_machine_unless_one_variable_says_otherwise() {
    let text = std::fs::read_to_string(project().join("docker-compose.yml")).unwrap();
    let file: Value = serde_norway::from_str(&text).unwrap();
    let mut open = 0;
    for (name, service) in file["services"].as_mapping().unwrap() {
        let ports = service["ports"].as_sequence();
        for port in ports.into_iter().flatten() {
            let port = port.as_str().unwrap();
            let is_local = port.starts_with("${BIND_ADDRESS:-127.0.0.1}:");
            assert!(is_local, "{name:?}: {port}");
            open += 1;
        }
    }
    assert_eq!(open, 4, "the web page, the media, Phoenix, the collector");
}

#[test]
fn every_service_has_limits_and_what_waits_waits_for_health() {
    let text = std::fs::read_to_string(project().join("docker-compose.yml")).unwrap();
    let mut file: Value = serde_norway::from_str(&text).unwrap();
    file.apply_merge().unwrap();
    for (name, service) in file["services"].as_mapping().unwrap() {
        assert!(service["mem_limit"].is_string(), "{name:?}");
        assert!(service["cpus"].is_number(), "{name:?}");
        let waits = service["depends_on"].as_mapping();
        for (other, how) in waits.into_iter().flatten() {
            let other = &file["services"][other];
            match how["condition"].as_str().unwrap() {
                "service_healthy" => assert!(other["healthcheck"]["test"].is_sequence()),
                how => assert_eq!(how, "service_completed_successfully"),
            }
        }
        let image = service["image"].as_str().unwrap();
        let is_built = service["build"].is_string();
        let tag = image.rsplit(':').next().unwrap();
        assert!(is_built || tag.contains('.'), "{image} is not fixed");
    }
}

#[test]
fn no_secret_has_a_value_in_the_file() {
    let text = std::fs::read_to_string(project().join("docker-compose.yml")).unwrap();
    let script = std::fs::read_to_string(project().join("deploy/secrets.sh")).unwrap();
    let made = script.lines().filter_map(|line| line.strip_prefix("keep "));
    let made: BTreeSet<&str> = made.map(|rest| rest.split(' ').next().unwrap()).collect();
    assert!(made.len() > 8);
    for name in made {
        let uses = text.matches(&format!("${{{name}")).count();
        let required = text
            .matches(&format!("${{{name}:?run deploy/up.sh}}"))
            .count();
        assert!(uses > 0 && uses == required, "{name}");
    }
}

#[test]
fn a_batch_of_the_collector_is_smaller_than_langfuse_takes() {
    let text = std::fs::read_to_string(project().join("deploy/otel-collector.yaml")).unwrap();
    let file: Value = serde_norway::from_str(&text).unwrap();
    let batch = &file["exporters"]["otlphttp/langfuse"]["sending_queue"]["batch"];
    assert_eq!(batch["sizer"].as_str(), Some("bytes"));
    assert!(batch["max_size"].as_u64().unwrap() < 4_500_000);
}
