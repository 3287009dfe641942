//! Checks the folder in which spans wait that cannot be delivered.

use std::path::Path;

use crate::backends::checkup;
use crate::backends::checkup::{Check, Checkup, Problem, ProblemKind, Step};
use crate::export::spool;

pub(super) fn examine(folder: &Path) -> Checkup {
    let problems = spool::check(folder.to_owned()).into_iter().map(|problem| {
        let sentence = checkup::sentence(&problem);
        Check::failed(Step::Spool, Problem::new(ProblemKind::Spool, sentence))
    });
    let mut checks: Vec<Check> = problems.collect();
    if checks.is_empty() {
        checks.push(Check::passed(Step::Spool, found(folder)));
    }
    Checkup {
        name: format!("spool in {}", folder.display()),
        checks,
        ..Checkup::default()
    }
}

fn found(folder: &Path) -> String {
    match spool::waiting(folder.to_owned()) {
        (0, _) => "files can be written, and none is waiting".to_owned(),
        (count, bytes) => {
            let kibibytes = bytes.div_ceil(1 << 10);
            format!("files can be written; {count} ({kibibytes} KiB) wait to be sent")
        }
    }
}
