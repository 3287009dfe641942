//! Read by the typed client.

use async_openai_041::types::audio::{
    AudioInput, CreateSpeechRequest, CreateSpeechResponseStreamEvent, CreateTranscriptionRequest,
    CreateTranscriptionResponseStreamEvent, CreateTranslationRequest, SpeechModel,
    TranscriptionUsage, Voice,
};
use async_openai_041::types::completions::CreateCompletionRequest;
use async_openai_041::types::images::{
    CreateImageEditRequest, CreateImageRequest, Image, ImageEditInput, ImageGenStreamEvent,
    ImageInput,
};
use async_openai_041::types::moderations::CreateModerationRequest;
use serde_json::{Value, json};

use crate::requests::{collect, keys, parsed, shape};
use crate::simulator::Wire;

fn read<T: serde::de::DeserializeOwned>(value: Value) -> T {
    serde_json::from_value(value).unwrap()
}

#[tokio::test]
async fn completions() {
    let wire = Wire::instant().await;
    let client = wire.typed();
    let body = parsed(include_str!("../fixtures/completion_request.json"));
    let whole = wire.create("/completions", body.clone()).await;
    let theirs = parsed(include_str!("../fixtures/completion_response.json"));
    assert_eq!(shape(&whole), shape(&theirs));
    assert_eq!(whole["model"], theirs["model"]);
    assert_eq!(whole["choices"][1]["finish_reason"], "length");

    let mut request: CreateCompletionRequest = read(body);
    request.prompt = "Solve 3x + 11 = 14".into();
    request.max_tokens = Some(100);
    let whole = client.completions().create(request.clone()).await.unwrap();
    let expected = " Subtract 11 from both sides to get 3x = 3, so x = 1.";
    assert_eq!(whole.choices[0].text, expected);
    request.stream = Some(true);
    let stream = client.completions().create_stream(request).await.unwrap();
    let texts = collect(stream).await.into_iter().map(|chunk| {
        let [choice] = <[_; 1]>::try_from(chunk.unwrap().choices).unwrap();
        choice.text
    });
    assert_eq!(texts.collect::<String>(), expected);

    let body = json!({"model": "m", "prompt": ["a", "b"], "n": 2, "echo": true});
    let whole = wire.create("/completions", body).await;
    let choices = whole["choices"].as_array().unwrap();
    assert_eq!(choices.len(), 4, "prompts times n");
    assert!(choices[3]["text"].as_str().unwrap().starts_with("b "));
}

#[tokio::test]
async fn images() {
    let wire = Wire::instant().await;
    let client = wire.typed();
    let body = json!({"model": "gpt-image-1", "prompt": "A cat"});
    let whole = wire.create("/images/generations", body.clone()).await;
    let theirs = parsed(include_str!("../fixtures/image_response.json"));
    assert_eq!(shape(&whole), shape(&theirs));

    let old: CreateImageRequest = read(json!({"model": "dall-e-3", "prompt": "A cat", "n": 2}));
    let old = client.images().generate(old).await.unwrap();
    assert!(
        old.data
            .iter()
            .all(|image| matches!(**image, Image::Url { .. }))
    );
    assert_eq!((old.data.len(), old.usage), (2, None));

    let mut streamed = body;
    streamed["stream"] = json!(true);
    streamed["partial_images"] = json!(2);
    let request: CreateImageRequest = read(streamed);
    let stream = client.images().generate_stream(request).await.unwrap();
    let kinds: Vec<bool> = collect(stream)
        .await
        .into_iter()
        .map(|event| matches!(event.unwrap(), ImageGenStreamEvent::Completed(_)))
        .collect();
    assert_eq!(kinds, [false, false, true]);

    let edit = CreateImageEditRequest {
        image: ImageEditInput::Image(ImageInput::from_vec_u8("cat.png".to_owned(), vec![1, 2, 3])),
        prompt: "Make it a dog".to_owned(),
        ..Default::default()
    };
    let edited = client.images().edit(edit).await.unwrap();
    assert!(matches!(
        *edited.data[0],
        Image::B64Json { .. } | Image::Url { .. }
    ));
    assert_eq!(wire.post("/images/generations", &json!({})).await.0, 400);
    assert_eq!(wire.post("/images/edits", &json!({})).await.0, 400);
}

#[tokio::test]
async fn speech() {
    let wire = Wire::instant().await;
    let client = wire.typed();
    let request = CreateSpeechRequest {
        input: "Hello there, how are you?".to_owned(),
        model: SpeechModel::Gpt4oMiniTts,
        voice: Voice::Alloy,
        ..Default::default()
    };
    let sound = client.audio().speech().create(request).await.unwrap();
    assert!(sound.bytes.starts_with(b"RIFF"));
    assert!(sound.bytes.len() > 1000);

    let body = json!({"model": "gpt-4o-mini-tts", "input": "Hello", "voice": "alloy"});
    let mut streamed = body.clone();
    streamed["stream_format"] = json!("sse");
    let events = wire.stream("/audio/speech", &streamed).await;
    let events: Vec<CreateSpeechResponseStreamEvent> =
        events.iter().map(|event| read(event.json())).collect();
    let last = events.last().unwrap();
    assert!(matches!(
        last,
        CreateSpeechResponseStreamEvent::SpeechAudioDone(_)
    ));
    let mut cut = body;
    cut["model"] = json!("cut");
    let request = wire.request(reqwest::Method::POST, "/audio/speech");
    let response = request.body(cut.to_string()).send().await.unwrap();
    assert_eq!(response.headers()["content-type"], "audio/mpeg");
    assert!(
        response.bytes().await.is_err(),
        "sound is cut as everything else"
    );
}

fn transcription(model: &str) -> CreateTranscriptionRequest {
    CreateTranscriptionRequest {
        file: AudioInput::from_vec_u8("solve_this.wav".to_owned(), vec![7; 20_000]),
        model: model.to_owned(),
        ..Default::default()
    }
}

#[tokio::test]
async fn transcriptions() {
    let wire = Wire::instant().await;
    let client = wire.typed();
    let audio = client.audio();
    let tokens = audio
        .transcription()
        .create(transcription("gpt-4o-transcribe"))
        .await
        .unwrap();
    assert_eq!(tokens.text, "solve this.");
    assert!(matches!(tokens.usage, TranscriptionUsage::Tokens(_)));
    let seconds = audio
        .transcription()
        .create(transcription("whisper-1"))
        .await
        .unwrap();
    assert!(matches!(seconds.usage, TranscriptionUsage::Duration(_)));

    let mut streamed = transcription("gpt-4o-transcribe");
    streamed.stream = Some(true);
    let stream = audio.transcription().create_stream(streamed).await.unwrap();
    let mut text = String::new();
    let mut done = None;
    for event in collect(stream).await {
        match event.unwrap() {
            CreateTranscriptionResponseStreamEvent::TranscriptTextDelta(delta) => {
                text.push_str(&delta.delta);
            }
            CreateTranscriptionResponseStreamEvent::TranscriptTextDone(last) => done = Some(last),
            other @ CreateTranscriptionResponseStreamEvent::TranscriptTextSegment(_) => {
                panic!("{other:?}")
            }
        }
    }
    assert_eq!(
        (text.as_str(), done.unwrap().text.as_str()),
        ("solve this.", "solve this.")
    );

    let request = CreateTranslationRequest {
        file: AudioInput::from_vec_u8("speech.wav".to_owned(), vec![7; 20_000]),
        model: "whisper-1".to_owned(),
        ..Default::default()
    };
    let translated = audio.translation().create(request).await.unwrap();
    assert_eq!(translated.text, "Hello there.");
    let failing = audio
        .transcription()
        .create(transcription("error-401"))
        .await;
    assert!(failing.is_err(), "the model of a form is read");
}

#[tokio::test]
async fn transcriptions_have_the_recorded_shapes_and_other_forms() {
    let wire = Wire::instant().await;
    let send = async |model: &str, format: &str| {
        let field = |name: &str, value: &str| {
            format!("--b0\r\nContent-Disposition: form-data; name=\"{name}\"\r\n\r\n{value}\r\n")
        };
        let body = format!(
            "{}{}--b0\r\nContent-Disposition: form-data; name=\"file\"; filename=\"audio.wav\"\r\n\
             Content-Type: audio/wav\r\n\r\nRIFF\r\n--b0--\r\n",
            field("model", model),
            field("response_format", format),
        );
        let request = wire
            .request(reqwest::Method::POST, "/audio/transcriptions")
            .header("Content-Type", "multipart/form-data; boundary=b0");
        let response = request.body(body).send().await.unwrap();
        let kind = response.headers()["content-type"]
            .to_str()
            .unwrap()
            .to_owned();
        (kind, response.text().await.unwrap())
    };
    for (model, theirs) in [
        (
            "gpt-4o-transcribe",
            include_str!("../fixtures/transcription_response_tokens.json"),
        ),
        (
            "whisper-1",
            include_str!("../fixtures/transcription_response_duration.json"),
        ),
    ] {
        let (_, mine) = send(model, "json").await;
        assert_eq!(shape(&parsed(&mine)), shape(&parsed(theirs)));
    }
    let (kind, text) = send("whisper-1", "text").await;
    assert_eq!(
        (kind.as_str(), text.as_str()),
        ("text/plain; charset=utf-8", "Hello there.\n")
    );
    let (kind, text) = send("whisper-1", "vtt").await;
    assert_eq!(kind, "text/vtt; charset=utf-8");
    assert!(text.starts_with("WEBVTT"));
    let (_, text) = send("whisper-1", "verbose_json").await;
    assert_eq!(parsed(&text)["segments"][0]["text"], "Hello there.");
    let (_, text) = send("whisper-1", "song").await;
    assert_eq!(parsed(&text)["error"]["param"], "response_format");
}

#[tokio::test]
async fn moderations() {
    let wire = Wire::instant().await;
    let body = json!({"input": ["What a lovely day", "I will kill you"]});
    let mine = wire.create("/moderations", body.clone()).await;
    let theirs = parsed(include_str!("../fixtures/moderation_response.json"));
    assert_eq!(mine["model"], theirs["model"]);
    assert_eq!(keys(&mine), keys(&theirs));
    let request: CreateModerationRequest = read(body);
    let judged = wire.typed().moderations().create(request).await.unwrap();
    let flags: Vec<bool> = judged.results.iter().map(|result| result.flagged).collect();
    assert_eq!(flags, [false, true]);
    assert!(judged.results[1].categories.violence);
}
