//! Arguments hidden with `skip` are not exported, and `self` is never captured, skipped or not.

use crate::support::{mapped, plain};

#[derive(Debug)]
struct Client {
    #[expect(dead_code, reason = "read by `Debug` only")]
    key: &'static str,
}

impl Client {
    #[tracing::instrument(ret, err)]
    fn ask(&self, question: &str) -> Result<usize, String> {
        Ok(question.len())
    }

    #[tracing::instrument(skip(password))]
    async fn log_in(self, user: &str, password: &str) {
        let _ = (user, password);
    }
}

fn work() {
    let client = Client { key: "sk-secret" };
    let _ = client.ask("why?");
    crate::support::in_runtime(client.log_in("ada", "hunter2"));
}

#[test]
fn for_any_destination() {
    for memory in [plain(work), mapped(work)] {
        assert_eq!(memory.spans().len(), 2);
        let all = format!("{:?}", memory.spans());
        assert!(!all.contains("sk-secret"), "{all}");
        assert!(!all.contains("hunter2"), "{all}");
        assert!(!all.contains("\"self\""), "{all}");
    }
}

#[test]
fn and_the_other_arguments_are_the_input() {
    let memory = mapped(work);
    let input = |name: &str| {
        let span = memory.span(name);
        span.text("langfuse.observation.input").map(str::to_owned)
    };
    assert_eq!(input("ask").as_deref(), Some(r#"{"question":"why?"}"#));
    assert_eq!(input("log_in").as_deref(), Some(r#"{"user":"ada"}"#));
}
