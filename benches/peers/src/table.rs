//! The figures, as text.

use crate::Measured;
use crate::case::Outcome;
use crate::peer::Peer;

pub(crate) fn functions(all: &[Measured]) {
    if all.is_empty() {
        return;
    }
    println!(
        "{:<26} {:<7} {:>4} {:>17} {:>6} {:>17} {:>6} {:>7} {:>6} {:>8}",
        "a function, two arguments",
        "version",
        "gzip",
        "caller, µs",
        "ratio",
        "process, µs",
        "ratio",
        "bytes",
        "lost",
        "peak"
    );
    println!(
        "{:<39} {:>17} {:>6} {:>17} {:>6} {:>7}",
        "  and a result", "min / median", "", "min / median", "", "each"
    );
    let base = all.iter().find(|one| one.case.peer == Peer::Sdk);
    for one in all {
        let peer = one.case.peer;
        let ratio = |figure: fn(&Measured) -> (f64, f64)| {
            base.map_or(String::new(), |base| {
                format!("{:.2}", figure(one).0 / figure(base).0)
            })
        };
        let pair = |(minimum, median)| format!("{minimum:>8.2} /{median:>7.2}");
        println!(
            "  {:<24} {:<7} {:>4} {:>17} {:>6} {:>17} {:>6} {:>7} {:>6} {:>4.0} MiB",
            peer.title(),
            one.version(),
            if peer.is_compressed() { "yes" } else { "no" },
            pair(one.caller()),
            ratio(Measured::caller),
            pair(one.process()),
            ratio(Measured::process),
            one.bytes(),
            one.lost(),
            one.all(|outcome| outcome.peak_mib).1
        );
    }
}

/// Pairs of calls without and with tracing.
pub(crate) fn calls(all: &[Measured]) {
    if all.is_empty() {
        return;
    }
    println!(
        "\n{:<26} {:<7} {:>4} {:>15} {:>15} {:>23} {:>7} {:>6}",
        "a model call, 2 kB",
        "version",
        "gzip",
        "added, caller",
        "added, process",
        "process, µs",
        "bytes",
        "lost"
    );
    for pair in all.chunks_exact(2) {
        let [plain, traced] = pair else {
            continue;
        };
        let peer = traced.case.peer;
        let (before, after) = (plain.process().0, traced.process().0);
        println!(
            "  {:<24} {:<7} {:>4} {:>12.1} µs {:>12.1} µs {:>23} {:>7} {:>6}",
            peer.title(),
            traced.version(),
            if peer.is_compressed() { "yes" } else { "no" },
            traced.caller().0 - plain.caller().0,
            after - before,
            format!("{before:.1} → {after:.1}"),
            traced.bytes(),
            traced.lost()
        );
    }
}

impl Measured {
    fn caller(&self) -> (f64, f64) {
        self.each(|outcome| outcome.caller_us)
    }

    fn process(&self) -> (f64, f64) {
        self.each(|outcome| outcome.process_us)
    }

    /// The minimum and the median of a figure, for one function or call.
    fn each(&self, figure: fn(&Outcome) -> f64) -> (f64, f64) {
        let (minimum, median) = self.all(figure);
        let count = f64::from(self.case.count);
        (minimum / count, median / count)
    }

    fn all(&self, figure: fn(&Outcome) -> f64) -> (f64, f64) {
        let figures = self.outcomes.iter();
        let mut figures: Vec<f64> = figures.map(|(outcome, _)| figure(outcome)).collect();
        figures.sort_by(f64::total_cmp);
        (figures[0], figures[figures.len() / 2])
    }

    /// What a function or call that arrived took on the wire.
    fn bytes(&self) -> u64 {
        let spans: u64 = self.outcomes.iter().map(|(_, arrived)| arrived.spans).sum();
        let bytes: u64 = self.outcomes.iter().map(|(_, arrived)| arrived.bytes).sum();
        bytes * self.case.peer.spans() / spans.max(1)
    }

    /// What part of all that was to arrive did not.
    fn lost(&self) -> String {
        let each = u64::from(self.case.count) * self.case.peer.spans();
        let wanted = each * self.outcomes.len() as u64;
        let arrived: u64 = self.outcomes.iter().map(|(_, arrived)| arrived.spans).sum();
        if arrived == wanted {
            return "–".to_owned();
        }
        format!("{:.1}%", 100.0 * (1.0 - arrived as f64 / wanted as f64))
    }

    fn version(&self) -> String {
        let told = self
            .outcomes
            .iter()
            .find_map(|(one, _)| one.version.clone());
        told.or_else(|| self.case.peer.package().and_then(locked))
            .unwrap_or_default()
    }
}

/// The newest version of a crate in the lock file, which lists them in their order.
fn locked(package: &str) -> Option<String> {
    let name = format!("name = \"{package}\"\nversion = \"");
    let (_, after) = include_str!("../Cargo.lock").rsplit_once(&name)?;
    let (version, _) = after.split_once('"')?;
    Some(version.to_owned())
}
