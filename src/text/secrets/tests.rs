use proptest::prelude::*;

use crate::text::secrets::*;

/// Stands in the tables for a key, so that no scanner takes this file for a leak.
const KEY: &str = "4fQ9zL2mX7bT1kV8nR3wC6yH5jD0pG9sAeU4oZ2iF7qB1tM8x";
const HEX: &str = "8f14e45fceea167a5a36dedd4bea2543";

fn filled(text: &str) -> String {
    text.replace("{key}", KEY).replace("{hex}", HEX)
}

#[test]
fn secrets_are_replaced_and_what_is_around_them_stays() {
    for (text, expected) in [
        ("sk-{key}", "sk-<redacted>"),
        ("sk-{hex}", "sk-<redacted>"),
        (
            "Incorrect API key provided: sk-proj-{key}. You",
            "Incorrect API key provided: sk-proj-<redacted>. You",
        ),
        ("sk-proj-ab_{key}-x_{key}", "sk-proj-<redacted>"),
        ("(sk-ant-api03-{key}-AA)", "(sk-ant-<redacted>)"),
        ("sk-or-v1-{hex}{hex}", "sk-or-v1-<redacted>"),
        (
            "sk-lf-1234abcd-56ef-78ab-90cd-1234567890ab",
            "sk-lf-<redacted>",
        ),
        (
            "pk-lf-1234abcd-56ef-78ab-90cd-1234567890ab",
            "pk-lf-<redacted>",
        ),
        ("gsk_{key}", "gsk_<redacted>"),
        (
            "?key=AIzaSyD-1234567890abcdefghijklmnopqrstu&x=1",
            "?key=AIza<redacted>&x=1",
        ),
        ("xai-{key}{key}", "xai-<redacted>"),
        ("hf_{key}", "hf_<redacted>"),
        ("pplx-{key}", "pplx-<redacted>"),
        ("nvapi-{key}", "nvapi-<redacted>"),
        (r"key:\nvapi-{key}", r"key:\nvapi-<redacted>"),
        ("ghp_{key}", "ghp_<redacted>"),
        ("gho_{key}", "gho_<redacted>"),
        ("github_pat_11AAAA_{key}", "github_pat_<redacted>"),
        ("id AKIAIOSFODNN7EXAMPLE.", "id AKIA<redacted>."),
        ("Bearer {key}", "Bearer <redacted>"),
        ("authorization=Bearer%20{key}", "authorization=<redacted>"),
        ("--header bearer:{key}", "--header bearer:<redacted>"),
        (
            "Authorization: Basic dXNlcjpwYXNz",
            "Authorization: Basic <redacted>",
        ),
        (
            "Authorization: Basic c2VjcmV0cw==",
            "Authorization: Basic <redacted>",
        ),
        (
            r#"{"authorization": "Bearer abcd1234"}"#,
            r#"{"authorization": "Bearer <redacted>"}"#,
        ),
        (
            r#"{\"Authorization\":\"abcd1234\"}"#,
            r#"{\"Authorization\":\"<redacted>\"}"#,
        ),
        (
            "you sent Basic cGstbGYtMTIzNDpzay1sZi0xMjM0",
            "you sent Basic <redacted>",
        ),
        (
            "proxy-authorization: Basic dXNlcjpwYXNz",
            "proxy-authorization: Basic <redacted>",
        ),
        ("api-key: {hex}", "api-key: <redacted>"),
        ("x-api-key={hex}, next", "x-api-key=<redacted>, next"),
        ("OPENAI_API_KEY=my.own!key4", "OPENAI_API_KEY=<redacted>"),
        (r#""apiKey": "{hex}""#, r#""apiKey": "<redacted>""#),
        (
            "https://user:geheim@host/path",
            "https://user:<redacted>@host/path",
        ),
        (
            "(https://user:p%40ss@host)",
            "(https://user:<redacted>@host)",
        ),
        (
            "eyJhbGciOiJIUzI1NiJ9.eyJzdWIiOiIxMjM0In0.dozjgNryP4J3jVmNHl0w5N",
            "<redacted>",
        ),
        (
            "token eyJhbGciOiJub25lIn0.eyJzdWIiOiIxMjM0In0. end",
            "token <redacted>. end",
        ),
        // In JSON inside of a text, and in an address.
        (r"said:\nsk-proj-{key}\n", r"said:\nsk-proj-<redacted>\n"),
        (
            r"said \u0022sk-proj-{key}\u0022",
            r"said \u0022sk-proj-<redacted>\u0022",
        ),
        ("?q=%22sk-proj-{key}%22", "?q=%22sk-proj-<redacted>%22"),
        ("export-sk-proj-{key}", "export-sk-proj-<redacted>"),
        ("“sk-proj-{key}”", "“sk-proj-<redacted>”"),
        ("ghp_{key} and hf_{key}", "ghp_<redacted> and hf_<redacted>"),
    ] {
        let text = filled(text);
        assert_eq!(redacted(&text), expected, "{text}");
        assert_eq!(redact(expected), None, "{expected}");
    }
}

#[test]
fn prose_hashes_and_names_stay() {
    for text in [
        "",
        "no secret here",
        "the task-force on risk-management-strategies-2024",
        "sk-learn-compatible-estimators and sk-2024-annual-report-on-skating",
        "sk-internationalization",
        "sk-proj-, sk-lf-… and sk-proj-********************abcd",
        "pk-lf-1",
        "The bearer of bad news; Bearer token is invalid",
        "bearer authentication-scheme-not-supported",
        "Bearer misunderstandings",
        "api_key: None, api-key: missing or invalid, apikey=required",
        "set the environment variable OPENAI_API_KEY to your key",
        "WWW-Authenticate: Basic realm=x; Authorization: Basic authentication",
        "Authorization: required",
        "Visual Basic VisualStudioCode and Visual Basic 2019",
        "hf_transformers_pipeline_kwargs gsk_ AIza xai-grok-4-fast-reasoning-0709 pplx-7b-online",
        "AKIA AKIAIOSFODNN7EXAMPLES akiaiosfodnn7example",
        "d41d8cd98f00b204e9800998ecf8427e",
        "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855",
        "27b62b1d7f7a7d3c1b0a9e8f7a6b5c4d3e2f1a0b 550e8400-e29b-41d4-a716-446655440000",
        "eyJhbGciOiJIUzI1NiJ9 eyJx.y eyJhbGciOiJIUzI1NiJ9.short",
        "https://cloud.langfuse.com:443/api?user=a:b@c http://localhost:4318/v1/traces",
        "ada@example.org, gpt-4o-mini-2024-07-18, claude-sonnet-4-5-20250929, asst_abc123",
        "größer als 3 µs – ‘sk-’",
    ] {
        assert_eq!(redact(text), None, "{text}");
    }
}

#[test]
fn names_without_an_end_take_linear_time() {
    // Each would take minutes if every piece looked at all that follows.
    for piece in [
        "sk-",
        "api-key:",
        "api-key ",
        "bearer=",
        "Bearer ",
        "eyJ.",
        "://",
        "://a:b",
        "authorization:",
        "-",
    ] {
        assert!(redact(&piece.repeat(50_000)).is_none(), "{piece}");
    }
}

fn any_secret() -> impl Strategy<Value = String> {
    let prefixes = prop::sample::select(vec![
        "sk-",
        "sk-proj-",
        "sk-ant-api03-",
        "sk-lf-",
        "pk-lf-",
        "gsk_",
        "xai-",
        "hf_",
        "ghp_",
        "github_pat_",
        "Bearer ",
        "api-key: ",
        "Authorization: Basic ",
        "Authorization: Bearer ",
        "x-api-key=",
    ]);
    (prefixes, "[A-Z][a-z0-9]{10}[0-9][A-Za-z0-9]{24,200}")
        .prop_map(|(prefix, rest)| format!("{prefix}{rest}"))
}

proptest! {
    #[test]
    fn nothing_makes_it_panic_and_a_second_time_changes_nothing(
        text in r#"([ -~é…\n]|sk-|sk-proj-|Bearer |eyJ|api-key: |://|@|\\n|\\u00|%2|<redacted>|AKIA[A-Z]{16}|[a-z0-9]{8}){0,60}"#,
    ) {
        if let Some(once) = redact(&text) {
            prop_assert_ne!(&once, &text);
            prop_assert_eq!(redact(&once), None, "{}", once);
        }
    }

    #[test]
    fn no_secret_is_left(
        before in r#"([ -~é…\n]{0,40}[ \n"'(=:,é])?"#,
        secret in any_secret(),
        after in r#"([ \n"'),;é][ -~é…\n]{0,40})?"#,
    ) {
        let token = secret.rsplit(' ').next().unwrap();
        let token = token.rsplit('=').next().unwrap();
        let out = redacted(&format!("{before}{secret}{after}")).into_owned();
        prop_assert!(!out.contains(token), "{}", out);
        let end = &token[token.len() - 20..];
        prop_assert!(!out.contains(end), "{}", out);
    }
}
