//! A mask gets the text of a message with markers, and what it takes away takes its medium with it.

use std::borrow::Cow;
use std::sync::{Arc, Mutex};

use tracing_genai::TelemetryBuilder;

use crate::support::media::{answer, png, question, sent, texts};

#[tokio::test]
async fn and_decides_what_becomes_of_them() {
    let seen = Arc::<Mutex<Vec<String>>>::default();
    let [kept, hidden] = [png(900), png(800)];
    let request = question(&[kept.clone(), hidden.clone()]);
    let call = ("/v1/chat/completions", &request, answer());
    let settings = {
        let seen = Arc::clone(&seen);
        move |builder: TelemetryBuilder| {
            builder.with_mask(move |_, text| {
                seen.lock().unwrap().push(text.to_owned());
                let text = text.replace("<image/png, 800 bytes, ", "<hidden, ");
                Cow::Owned(text.replace("What", "***"))
            })
        }
    };
    let (with, _) = sent(None, settings, call).await;
    let all = texts(&with);
    assert!(all.contains(&kept) && !all.contains(&hidden), "{all}");
    assert!(
        all.contains("*** is it?") && all.contains("<hidden, "),
        "{all}"
    );
    let seen = seen.lock().unwrap().concat();
    assert!(seen.contains("<image/png, 900 bytes, ") && seen.contains("What is it?"));
    assert!(!seen.contains(&kept) && !seen.contains(&hidden));
}
