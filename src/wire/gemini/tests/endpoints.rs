//! Which calls are recognised, and what their addresses say.

use crate::wire::endpoint::{Endpoint, RequestHead};
use crate::wire::recognise::recognise;

fn seen(host: &str, path: &str) -> (Option<&'static str>, Option<String>, String) {
    let endpoint = recognise(&RequestHead::new("POST", host, path, None, &|_| None));
    (
        endpoint.provider(),
        endpoint.model().map(str::to_owned),
        endpoint.route().to_owned(),
    )
}

#[test]
fn the_verb_behind_a_model_is_the_call() {
    let gemini = "generativelanguage.googleapis.com";
    let vertex = "europe-west1-aiplatform.googleapis.com";
    let project = "/v1/projects/p-1/locations/europe-west1";
    for (host, path, provider, model, route) in [
        (
            gemini,
            "/v1beta/models/gemini-2.5-pro:generateContent",
            "gcp.gemini",
            "gemini-2.5-pro",
            "/v1beta/models/{model}:generateContent",
        ),
        (
            gemini,
            "/v1beta/tunedModels/tide-1:streamGenerateContent",
            "gcp.gemini",
            "tunedModels/tide-1",
            "/v1beta/tunedModels/{model}:streamGenerateContent",
        ),
        (
            "gateway.example",
            "/google/v1/models/m:embedContent",
            "gcp.gemini",
            "m",
            "/google/v1/models/{model}:embedContent",
        ),
        (
            vertex,
            &format!("{project}/publishers/google/models/gemini-2.5-flash:generateContent"),
            "gcp.vertex_ai",
            "gemini-2.5-flash",
            "/v1/projects/{id}/locations/{id}/publishers/{id}/models/{model}:generateContent",
        ),
        (
            "127.0.0.1",
            &format!("{project}/endpoints/1234:generateContent"),
            "gcp.vertex_ai",
            "endpoints/1234",
            "/v1/projects/{id}/locations/{id}/endpoints/{model}:generateContent",
        ),
    ] {
        let model = Some(model.to_owned());
        assert_eq!(
            seen(host, path),
            (Some(provider), model, route.to_owned()),
            "{path}"
        );
    }
}

#[test]
fn other_calls_of_the_api_are_unknown() {
    for path in [
        "/v1beta/cachedContents",
        "/v1beta/files/f-1",
        "/v1beta/models/m:batchGenerateContent",
        "/v1beta/models/m",
        "/v1beta/generateContent",
        "/v1/models/m:predict",
    ] {
        let endpoint = Endpoint::of("POST", path);
        assert!(!endpoint.reads_bodies(), "{path}");
        assert_eq!(endpoint.provider(), None, "{path}");
    }
    assert_eq!(
        Endpoint::of("GET", "/v1beta/models/m:generateContent").provider(),
        None
    );
}

#[test]
fn tokens_are_counted_by_no_model() {
    let endpoint = Endpoint::of("POST", "/v1beta/models/m:countTokens");
    assert!(!endpoint.is_inference());
    assert_eq!(endpoint.operation(), None);
    assert_eq!(endpoint.route(), "/v1beta/models/{model}:countTokens");
}
