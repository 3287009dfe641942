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
fn each_kind_of_secret_has_a_row() {
    for (kind, text, expected) in [
        (
            "Slack, bot",
            "xoxb-123456789012-123456789012-{key}",
            "xoxb-<redacted>",
        ),
        ("Slack, user", "xoxp-123456789012-{hex}", "xoxp-<redacted>"),
        ("Slack, app", "xapp-1-A0123456789-{hex}", "xapp-<redacted>"),
        ("Stripe", "sk_live_{key}", "sk_live_<redacted>"),
        ("Stripe, restricted", "rk_test_{key}", "rk_test_<redacted>"),
        ("Stripe, webhook", "whsec_{key}", "whsec_<redacted>"),
        ("GitLab", "glpat-4fQ9-zL2mX_bT1kV8nR3w", "glpat-<redacted>"),
        ("GitLab, deploy", "gldt-{key}", "gldt-<redacted>"),
        ("GitHub", "ghs_{key}", "ghs_<redacted>"),
        (
            "npm",
            "//registry/:_authToken=npm_{key}",
            "//registry/:_authToken=npm_<redacted>",
        ),
        ("npm, alone", "npm_{key}", "npm_<redacted>"),
        ("Replicate", "r8_{key}", "r8_<redacted>"),
        ("Voyage", "pa-{key}", "pa-<redacted>"),
        ("Databricks", "dapi{hex}", "dapi<redacted>"),
        ("Databricks, second", "dapi{hex}-2", "dapi<redacted>"),
        ("Pinecone", "pcsk_4fQ9z_{key}", "pcsk_<redacted>"),
        ("Tavily", "tvly-dev-{key}", "tvly-<redacted>"),
        ("Cerebras", "csk-{key}", "csk-<redacted>"),
        ("Jina", "jina_{key}", "jina_<redacted>"),
        (
            "LangSmith",
            "lsv2_pt_{hex}_1234567890",
            "lsv2_pt_<redacted>",
        ),
        (
            "SendGrid",
            "SG.4fQ9zL2mX7bT1kV8nR3wC6.{key}",
            "SG.<redacted>",
        ),
        (
            "Telegram",
            "https://api.telegram.org/bot123456789:AAF4fQ9zL2mX7bT1kV8nR3wC6yH5jD0pG9s/getMe",
            "https://api.telegram.org/bot123456789:<redacted>/getMe",
        ),
        ("Google OAuth", "ya29.a0AfH6SMB_{key}", "ya29.<redacted>"),
        ("Google client", "GOCSPX-{key}", "GOCSPX-<redacted>"),
        (
            "PEM",
            "-----BEGIN RSA PRIVATE KEY-----\n{key}\n{key}==\n-----END RSA PRIVATE KEY-----\nend",
            "-----BEGIN RSA PRIVATE KEY-----<redacted>-----END RSA PRIVATE KEY-----\nend",
        ),
        (
            "PEM in JSON",
            r#"{"pem":"-----BEGIN PRIVATE KEY-----\n{key}\n{key}==\n-----END PRIVATE KEY-----\n"}"#,
            r#"{"pem":"-----BEGIN PRIVATE KEY-----<redacted>-----END PRIVATE KEY-----\n"}"#,
        ),
        (
            "PEM without an end",
            "-----BEGIN PRIVATE KEY-----\n{key}",
            "-----BEGIN PRIVATE KEY-----<redacted>",
        ),
        (
            "AWS",
            "aws_secret_access_key = 4fQ9zL2mX7/bT1kV8nR3wC6yH5+jD0pG9sAeU4oZ",
            "aws_secret_access_key = <redacted>",
        ),
        (
            "AWS in JSON",
            r#"{"SecretAccessKey":"4fQ9zL2mX7/bT1kV8nR3wC6yH5+jD0pG9sAeU4oZ"}"#,
            r#"{"SecretAccessKey":"<redacted>"}"#,
        ),
        (
            "AWS, signed address",
            "?X-Amz-Signature={hex}{hex}",
            "?X-Amz-Signature=<redacted>",
        ),
        (
            "password",
            "password=hunter22 user=ada",
            "password=<redacted> user=ada",
        ),
        (
            "password in JSON",
            r#"{"password": "geheim"}"#,
            r#"{"password": "<redacted>"}"#,
        ),
        (
            "password in JSON of JSON",
            r#"{\"password\":\"geheim\"}"#,
            r#"{\"password\":\"<redacted>\"}"#,
        ),
        (
            "password with all signs",
            r#""pwd":"a(b),[ü];&""#,
            r#""pwd":"<redacted>""#,
        ),
        (
            "password in a form",
            "user=ada&password=geheim&x=1",
            "user=ada&password=<redacted>&x=1",
        ),
        (
            "password as Debug writes it",
            r#"password: Some("geheim")"#,
            r#"password: Some("<redacted>")"#,
        ),
        (
            "password of a connection",
            "Server=db;User=ada;Password=geheim;Encrypt=true",
            "Server=db;User=ada;Password=<redacted>;Encrypt=true",
        ),
        (
            "client secret",
            "grant_type=x&client_secret=abcdefgh",
            "grant_type=x&client_secret=<redacted>",
        ),
        (
            "client secret in JSON",
            r#""clientSecret":"{key}""#,
            r#""clientSecret":"<redacted>""#,
        ),
        (
            "Azure storage",
            "AccountName=a;AccountKey={key}/x+y==;EndpointSuffix=core",
            "AccountName=a;AccountKey=<redacted>;EndpointSuffix=core",
        ),
        (
            "Azure bus",
            "Endpoint=sb://x/;SharedAccessKey={key}=",
            "Endpoint=sb://x/;SharedAccessKey=<redacted>",
        ),
        (
            "Azure API management",
            "Ocp-Apim-Subscription-Key: {hex}",
            "Ocp-Apim-Subscription-Key: <redacted>",
        ),
        (
            "Azure search",
            r#"{"type":"api_key","key":"{key}"}"#,
            r#"{"type":"api_key","key":"<redacted>"}"#,
        ),
        (
            "key of a query",
            "https://x.org/a?key=abcd1234&b=1",
            "https://x.org/a?key=<redacted>&b=1",
        ),
        (
            "token of a query",
            "https://x.org/a?b=1&token=abcd1234",
            "https://x.org/a?b=1&token=<redacted>",
        ),
        (
            "signature of a query",
            "?sv=2024&sig=aB3%2Fd4e5%3D",
            "?sv=2024&sig=<redacted>",
        ),
        ("encoded", "api_key%3Dabcd1234", "api_key%3D<redacted>"),
        (
            "encoded JSON",
            "%22api_key%22%3A%22abcd1234",
            "%22api_key%22%3A%22<redacted>",
        ),
        (
            "cookie",
            "Cookie: sid=4fQ9zL2m; theme=dark\nAccept: x",
            "Cookie: <redacted>\nAccept: x",
        ),
        (
            "cookie that is set",
            "set-cookie: sid=4fQ9zL2m; Path=/; HttpOnly",
            "set-cookie: <redacted>",
        ),
        (
            "cookie in JSON",
            r#"{"cookie":"sid=4fQ9zL2m; a=b"}"#,
            r#"{"cookie":"<redacted>"}"#,
        ),
        (
            "any scheme",
            "Authorization: Geheim abcd1234",
            "Authorization: Geheim <redacted>",
        ),
        (
            "Splunk",
            "authorization: Splunk {hex}",
            "authorization: Splunk <redacted>",
        ),
        (
            "Digest",
            "Authorization: Digest username=\"ada\", response=\"{hex}\"\nAccept: x",
            "Authorization: Digest <redacted>\nAccept: x",
        ),
        (
            "AWS, signed",
            "Authorization: AWS4-HMAC-SHA256 Credential=A/b, SignedHeaders=host, Signature={hex}",
            "Authorization: AWS4-HMAC-SHA256 <redacted>",
        ),
        (
            "token of a header",
            "X-Auth-Token: {key}",
            "X-Auth-Token: <redacted>",
        ),
        (
            "token as code writes it",
            "slack_token = 'abcd1234'",
            "slack_token = '<redacted>'",
        ),
        (
            "Ruby and PHP",
            "'api_key' => 'abcd1234'",
            "'api_key' => '<redacted>'",
        ),
    ] {
        let text = filled(text);
        assert_eq!(redacted(&text), expected, "{kind}: {text}");
        assert_eq!(redact(expected), None, "{kind}: {expected}");
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
        // Prose about secrets.
        "password: required. The password must have 8 characters; password: forgotten?",
        r#"{"password": "must have at least 8 characters", "token": "the token expired in 2024"}"#,
        r#"{"type": "password", "password": "string", "secret": null, "api_key": "", "key": "name"}"#,
        "Cookie: chocolate, oats and sugar. Cookies: none",
        "The secret: practise 10000 hours. The key: sleep. Token: expired",
        "Authorization: see RFC7235 for details",
        "-----BEGIN CERTIFICATE-----\nMIIB4fQ9zL2mX7bT1kV8nR3wC6yH5jD0pG9s\n-----END CERTIFICATE-----",
        "no `-----BEGIN PRIVATE KEY-----` line was found",
        "pa-system-with-a-very-long-name-that-goes-on-and-on dapi tvly- SG.x.y ya29.",
        // Code.
        "api_key=os.environ[\"OPENAI_API_KEY\"], password=getPassword2(), token: Option<String>",
        "let token = tokens.next(); let key = keys[0]; fn f(secret: &Secret, key: &str) -> u64 {}",
        "password: String, api_key: ApiKey, access_token: AccessToken, client_secret: SecretString",
        "self.password = password; if password == other2024 {} token::Identifier2024",
        "PWD=/home/ada2 export TOKEN=$TOKEN_2024 API_KEY=${KEY_2024} key=<your-key-2024>",
        "for key, value in items: dict[key] = value2024; cookie==1.2.3; PyJWT==2.8.0",
        r#"{"max_tokens": 12345678, "prompt_cache_key": "user-12345678", "key": "item_12345678"}"#,
        r#"{"total_tokens": 123, "tokens": "abcd12345678", "token_type": "bearer", "key": "a.b-c2"}"#,
        "object_key=images/2024/picture1.png primary_key=abcd12345678",
        // Hashes and numbers.
        "sha256:e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855",
        r#"{"id": "550e8400-e29b-41d4-a716-446655440000", "key": "550e8400-e29b-41d4-a716-446655440000"}"#,
        "commit=27b62b1d7f7a7d3c1b0a9e8f7a6b5c4d3e2f1a0b etag: \"d41d8cd98f00b204e9800998ecf8427e\"",
        "12345678:30 and 123456789:AAA",
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
        "authorization: digest ",
        "password=",
        "password: ",
        "key=",
        "a_key=",
        "\"password\":\"",
        "cookie:",
        "cookie: =",
        "-----BEGIN PRIVATE KEY-----",
        "-----BEGIN ",
        "SG.",
        "ya29. ",
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
        "password=",
        "client_secret=",
        "Authorization: Geheim ",
        "&key=",
        "AccountKey=",
    ]);
    (prefixes, "[A-Z][a-z0-9]{10}[0-9][A-Za-z0-9]{24,200}")
        .prop_map(|(prefix, rest)| format!("{prefix}{rest}"))
}

proptest! {
    #[test]
    fn nothing_makes_it_panic_and_a_second_time_changes_nothing(
        text in r#"([ -~é…\n]|sk-|sk-proj-|Bearer |eyJ|api-key: |password=|[?&]key=|"secret":"|Cookie: a=|Authorization: |Digest |-----BEGIN PRIVATE KEY-----|://|@|\\n|\\u00|%2|<redacted>|AKIA[A-Z]{16}|[a-z0-9]{8}){0,60}"#,
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
