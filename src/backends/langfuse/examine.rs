//! Whether a Langfuse answers, and knows the keys.
//!
//! Asks `GET {base}/api/public/projects`, which any project's keys may do. Keys that are not known are
//! asked about in the other regions of Langfuse's own cloud, but only if they were meant for that
//! cloud: the keys of a self-hosted Langfuse go to nobody else.

use reqwest::Url;
use serde::Deserialize;

use super::config::LangfuseConfig;
use super::settings::{DEFAULT_BASE_URL, KEY_NAMES};
use crate::backends::checkup::{Answer, Check, Checkup, Prober, Problem, ProblemKind, Step};
use crate::otlp::transport::HttpSettings;

/// A region of the cloud: its name and its address.
pub(crate) type Region = (&'static str, &'static str);

/// Langfuse's own clouds.
pub(crate) const REGIONS: &[Region] = &[
    ("EU", DEFAULT_BASE_URL),
    ("US", "https://us.cloud.langfuse.com"),
    ("Japan", "https://jp.cloud.langfuse.com"),
    ("HIPAA", "https://hipaa.cloud.langfuse.com"),
];

const ADDRESS: &str = "LANGFUSE_BASE_URL or `with_base_url`";
const API: &str = "/api/public/projects";
const KEYS: &str = "LANGFUSE_PUBLIC_KEY and LANGFUSE_SECRET_KEY";

/// How long the keys are that Langfuse makes.
const KEY_LENGTH: usize = 42;
const PREFIXES: [&str; 2] = ["pk-lf-", "sk-lf-"];

#[derive(Deserialize)]
struct Projects {
    data: Vec<Project>,
}

#[derive(Deserialize)]
struct Project {
    id: String,
    #[serde(default)]
    name: String,
}

/// Adds to the check-up what is found out.
pub(crate) fn examine(
    config: &LangfuseConfig,
    settings: &HttpSettings,
    prober: &Prober,
    regions: &[Region],
    checkup: &mut Checkup,
) {
    let question = |config: &LangfuseConfig| config.projects_settings(settings);
    let asked = question(config)
        .map_err(|error| Problem::new(ProblemKind::Setting, error.to_string()))
        .and_then(|question| prober.get(&question, ADDRESS));
    let answer = match asked {
        Ok(answer) => answer,
        Err(problem) => return checkup.checks.push(Check::failed(Step::Reach, problem)),
    };
    let verdict = judge(&answer);
    if matches!(verdict, Verdict::Known(_) | Verdict::Unknown) {
        let found = format!("{} answers", config.base());
        checkup.checks.push(Check::passed(Step::Reach, found));
    }
    answer.check_clock(checkup);
    let check = match verdict {
        Verdict::Known(project) => {
            let [name, id] = [&project.name, &project.id].map(|text| text.escape_debug());
            let found = format!("the keys belong to the project `{name}` ({id})");
            checkup.project = Some(format!("{}/project/{}", config.base(), project.id));
            Check::passed(Step::Keys, found)
        }
        Verdict::Unknown => {
            let knows = |region: &&Region| {
                let there = config.at(region.1).and_then(|there| question(&there).ok());
                let answer = there.and_then(|there| prober.get(&there, ADDRESS).ok());
                answer.is_some_and(|answer| matches!(judge(&answer), Verdict::Known(_)))
            };
            let own = regions.iter().find(|region| config.is_at(region.1));
            let others = regions.iter().filter(|region| !config.is_at(region.1));
            let elsewhere = own.and_then(|_| others.filter(|_| own.is_some()).find(knows));
            Check::failed(Step::Keys, unknown(config, own, elsewhere))
        }
        Verdict::NoSuchPath => {
            let root = config.at_root();
            let is_there = root
                .and_then(|root| question(&root).ok())
                .and_then(|root| prober.get(&root, ADDRESS).ok())
                .is_some_and(|answer| {
                    matches!(judge(&answer), Verdict::Known(_) | Verdict::Unknown)
                });
            Check::failed(Step::Reach, no_such_path(config, &answer, is_there))
        }
        Verdict::Failed(step, problem) => Check::failed(step, problem),
    };
    checkup.checks.push(check);
}

enum Verdict {
    /// The keys belong to this project.
    Known(Project),
    /// Nobody knows the keys here.
    Unknown,
    NoSuchPath,
    Failed(Step, Problem),
}

fn judge(answer: &Answer) -> Verdict {
    let (origin, status, body) = (answer.origin(), answer.status, answer.quoted());
    let failed = |step, kind, sentence| Verdict::Failed(step, Problem::new(kind, sentence));
    match status.as_u16() {
        200..=299 => match serde_json::from_slice::<Projects>(&answer.body) {
            Ok(Projects { data }) => match data.into_iter().next() {
                Some(project) => Verdict::Known(project),
                None => failed(
                    Step::Keys,
                    ProblemKind::Credentials,
                    format!(
                        "{origin} knows the keys but no project of theirs: make new keys in the settings of a project."
                    ),
                ),
            },
            Err(_) => failed(
                Step::Reach,
                ProblemKind::NotTheBackend,
                not_langfuse(answer),
            ),
        },
        300..=399 => failed(Step::Reach, ProblemKind::NotTheBackend, redirect(answer)),
        401 if answer.is_page()
            || serde_json::from_slice::<serde_json::Value>(&answer.body).is_err() =>
        {
            failed(
                Step::Reach,
                ProblemKind::NotTheBackend,
                format!(
                    "{origin} answered {status}, but not in Langfuse's words, so a proxy before it wants \
                     credentials of its own: let requests below /api/public pass it."
                ),
            )
        }
        401 => Verdict::Unknown,
        403 => failed(
            Step::Keys,
            ProblemKind::Credentials,
            format!(
                "{origin} answered {status}, so the keys may not do this: take those of a project, not those of \
                 an organisation; the body is {body}."
            ),
        ),
        404 | 405 => Verdict::NoSuchPath,
        _ => Verdict::Failed(Step::Reach, answer.general_problem()),
    }
}

fn not_langfuse(answer: &Answer) -> String {
    format!(
        "{} answered with {}, not with Langfuse's API, so a proxy or a login stands before it or something \
         else is there: correct {ADDRESS}, with the path under which Langfuse is served if there is one.",
        answer.origin(),
        if answer.is_page() {
            "a web page"
        } else {
            "something else"
        },
    )
}

fn redirect(answer: &Answer) -> String {
    let (origin, status) = (answer.origin(), answer.status);
    let to = answer.location.as_ref().map(|to| to.as_str());
    match to.map(|to| (to, to.strip_suffix(API))) {
        Some((_, Some(base))) => format!(
            "{origin} answered {status}, a redirect, and redirects are not followed because the keys would go \
             along: set LANGFUSE_BASE_URL={base}."
        ),
        Some((to, None)) => format!(
            "{origin} answered {status}, a redirect to {to}, so a login or a proxy stands before Langfuse: let \
             requests below /api/public pass it, or correct {ADDRESS}."
        ),
        None => format!("{origin} answered {status}, a redirect to nowhere: correct {ADDRESS}."),
    }
}

fn no_such_path(config: &LangfuseConfig, answer: &Answer, is_at_root: bool) -> Problem {
    let (origin, path) = (answer.origin(), answer.url.path());
    let base = config.base();
    let prefix = base.strip_prefix(&origin).unwrap_or_default();
    let sentence = if is_at_root {
        format!(
            "{origin} has no Langfuse below {prefix}, but without that: set LANGFUSE_BASE_URL={origin}."
        )
    } else if prefix.is_empty() {
        format!(
            "{origin} has nothing at {path}, so it is no Langfuse or serves it under a path: correct {ADDRESS}, \
             with that path."
        )
    } else {
        format!(
            "{origin} has nothing at {path}: correct the path {prefix} in {ADDRESS}, or leave it out if Langfuse \
             has the host to itself."
        )
    };
    Problem::new(ProblemKind::Path, sentence)
}

fn unknown(config: &LangfuseConfig, own: Option<&Region>, elsewhere: Option<&Region>) -> Problem {
    let base = config.base();
    if let Some((region, url)) = elsewhere {
        return Problem::new(
            ProblemKind::Region,
            format!(
                "The keys belong to the region {region}, but {base} was asked: set LANGFUSE_BASE_URL={url} (or \
                 `with_base_url`)."
            ),
        );
    }
    if let Some(fault) = config.key_fault() {
        return Problem::new(
            ProblemKind::DamagedKey,
            format!(
                "{base} does not know the keys, and {fault}: copy it again from the settings of the project."
            ),
        );
    }
    let reason = match own {
        Some(_) => {
            "nor does any other region of the cloud, so they were mistyped or deleted, or belong to a \
                    Langfuse of your own (then LANGFUSE_BASE_URL is missing)"
        }
        None => {
            "so they were mistyped or deleted, or belong to another Langfuse (then LANGFUSE_BASE_URL is wrong)"
        }
    };
    Problem::new(
        ProblemKind::Credentials,
        format!(
            "{base} does not know the keys, {reason}: look at {KEYS} in the settings of the project."
        ),
    )
}

impl LangfuseConfig {
    /// The same keys at another address.
    fn at(&self, base: &str) -> Option<Self> {
        let base_url = Url::parse(base).ok()?;
        Some(Self {
            base_url,
            ..self.clone()
        })
    }

    /// The same keys at the same host without a path; `None` if there is no path.
    fn at_root(&self) -> Option<Self> {
        let mut base_url = self.base_url.clone();
        let has_path = base_url.path().len() > 1;
        base_url.set_path("");
        has_path.then(|| Self {
            base_url,
            ..self.clone()
        })
    }

    fn is_at(&self, base: &str) -> bool {
        Url::parse(base).is_ok_and(|base| base.origin() == self.base_url.origin())
    }

    /// Both keys, to take them out of texts.
    pub(crate) fn keys(&self) -> [String; 2] {
        [self.public_key.clone(), self.secret_key.expose().to_owned()]
    }

    /// What has happened to a key on its way here.
    fn key_fault(&self) -> Option<String> {
        let named = KEY_NAMES.into_iter().zip(self.keys());
        named.zip(PREFIXES).find_map(|((name, key), prefix)| {
            let fault = if key.contains(['"', '\'', '`']) {
                "has a quotation mark in it".to_owned()
            } else if key
                .chars()
                .any(|one| one.is_whitespace() || one.is_control())
            {
                "has a blank or a line break in it".to_owned()
            } else if !key.is_ascii() {
                "has letters in it that no key has".to_owned()
            } else if !key.starts_with(prefix) {
                format!("does not begin with {prefix}")
            } else if key.len() != KEY_LENGTH {
                format!("is {} characters long in place of {KEY_LENGTH}", key.len())
            } else {
                return None;
            };
            Some(format!("{name} {fault}"))
        })
    }
}
