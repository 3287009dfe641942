//! Each span is delivered once, even if the process was killed while it sent them.

use std::collections::HashSet;
use std::net::{SocketAddr, TcpListener};

use axum::response::IntoResponse;

use crate::collector::Collector;
use crate::folder::Folder;
use crate::program::{run, run_until, stderr};
use crate::wait::wait_for;

/// Runs a program with the same spool folder, which delivers the spans to a new collector.
fn deliver_rest(address: SocketAddr, variables: &[(&str, &str)]) -> Collector {
    let collector = Collector::on(address, |_, _| ().into_response());
    let output = run("answers", variables);
    assert!(output.status.success(), "{}", stderr(&output));
    collector
}

#[test]
fn what_a_killed_process_has_spooled_is_delivered_once_by_the_next() {
    // A backend that refuses connections, and one that never answers, so that the process is killed while
    // it sends a file.
    for hangs in [false, true] {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let address = listener.local_addr().unwrap();
        let listener = hangs.then_some(listener);
        let (folder, url) = (Folder::new(), format!("http://{address}"));
        let variables = [
            ("LANGFUSE_PUBLIC_KEY", "pk-lf-1"),
            ("LANGFUSE_SECRET_KEY", "sk-lf-geheim"),
            ("LANGFUSE_BASE_URL", url.as_str()),
            ("LANGFUSE_TIMEOUT", "0.3"),
            ("TRACING_GENAI_RETRY_BUDGET", "0"),
            ("TRACING_GENAI_SPOOL_DIR", folder.to_str().unwrap()),
        ];
        let (mut child, _input) = run_until("spooled", "spools and waits", &variables);
        // The connection on which it sends the file, kept until the process is killed.
        let _connection = listener.as_ref().map(|listener| {
            listener.set_nonblocking(true).unwrap();
            // Those from before the file was written do not count.
            while listener.accept().is_ok() {}
            wait_for(|| listener.accept().ok())
        });
        child.kill().unwrap();
        child.wait().unwrap();
        drop(listener);
        let collector = deliver_rest(address, &variables);
        let ids: HashSet<_> = collector.taken().into_iter().map(|s| s.span_id).collect();
        assert_eq!((ids.len(), collector.taken().len()), (51, 51), "{hangs}");
        assert_eq!(std::fs::read_dir(&*folder).unwrap().count(), 0, "{hangs}");
    }
}

#[test]
fn of_several_processes_on_one_folder_each_sends_what_no_other_does() {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let address = listener.local_addr().unwrap();
    drop(listener);
    let (folder, url) = (Folder::new(), format!("http://{address}"));
    let variables = [
        ("LANGFUSE_PUBLIC_KEY", "pk-lf-1"),
        ("LANGFUSE_SECRET_KEY", "sk-lf-geheim"),
        ("LANGFUSE_BASE_URL", url.as_str()),
        ("LANGFUSE_TIMEOUT", "0.3"),
        ("TRACING_GENAI_RETRY_BUDGET", "0"),
        ("TRACING_GENAI_SPOOL_DIR", folder.to_str().unwrap()),
    ];
    let running = [(); 3].map(|()| run_until("spooled", "spools and waits", &variables));
    let mut running = running.into_iter();
    let (mut alive, _input) = running.next().unwrap();
    for (mut child, _input) in running {
        child.kill().unwrap();
        child.wait().unwrap();
    }
    // The spans of the two that were killed, and one of its own; the other process sends its own.
    let collector = deliver_rest(address, &variables);
    wait_for(|| (collector.taken().len() >= 151).then_some(()));
    alive.kill().unwrap();
    alive.wait().unwrap();
    let ids: HashSet<_> = collector.taken().into_iter().map(|s| s.span_id).collect();
    assert_eq!((ids.len(), collector.taken().len()), (151, 151));
}
