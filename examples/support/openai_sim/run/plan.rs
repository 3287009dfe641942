//! What a run will do: decided when it is made, and again when outputs of functions come.
//!
//! Contract: pure but for identifiers and the cache of prompts. First the calls the server
//! answers itself, then rounds of functions, then the message. With `parallel_tool_calls` all
//! calls are made in one step and one round; without it each tool has a step of its own and
//! each call of a function its own round. An equation is answered by the tutor, anything else by
//! what the functions returned. Each phase takes the time of [`Pace`](super::Pace), which its
//! steps share.

use std::collections::VecDeque;
use std::time::Duration;

use serde_json::{Value, json};

use super::super::lifecycle::Pace;
use super::super::messages::Message;
use super::super::model::{self, Call, Turn};
use super::super::state::Simulator;
use super::super::threads::Thread;
use super::super::{tokens, tutor};
use super::step::{Speech, Step, Work};
use super::tools::{self, Calls};
use super::{Configuration, End, Fate, Phase, Run, Usage};

/// A run that nobody finishes by then has expired, if its model asks for that.
const SOON: Duration = Duration::from_millis(200);
/// What a slow run takes at least.
const SLOW: Duration = Duration::from_millis(1500);

const QUOTA: End = End::Failed {
    code: "rate_limit_exceeded",
    message: "You exceeded your current quota.",
};
const SERVER: End = End::Failed {
    code: "server_error",
    message: "Sorry, something went wrong.",
};

impl Run {
    /// Asks the model to answer `thread`.
    pub(in super::super) fn new(
        simulator: &Simulator,
        thread: &Thread,
        assistant_id: String,
        configuration: Configuration,
        now: Duration,
    ) -> Self {
        let mut messages = thread.messages.iter().rev();
        let question = messages.find(|message| message.role == "user");
        let question = question.map(Message::text).unwrap_or_default();
        let instructions = Some(configuration.instructions.clone()).filter(|text| !text.is_empty());
        let prompt = instructions
            .into_iter()
            .chain(thread.messages.iter().map(Message::text))
            .collect();
        let fate = Fate::of(&configuration.model);
        let pace = match fate {
            Fate::Slow => Pace::lasting((simulator.pace().total() * 3).max(SLOW)),
            _ => simulator.pace(),
        };
        let patience = match fate {
            Fate::Expired => pace.total() * 2 + SOON,
            _ => simulator.run_expiry(),
        };
        let calls = Calls::of(simulator, &configuration, &question);
        let parallel = configuration.parallel_tool_calls;
        let mut run = Self {
            id: simulator.identifier("run"),
            assistant_id,
            thread_id: thread.object.id.clone(),
            fate,
            configuration,
            created: now,
            expires: now.saturating_add(patience),
            pace,
            phases: Vec::new(),
            cancelled: None,
            delivered: false,
            question,
            prompt,
            rounds: rounds(calls.functions, parallel),
        };
        let mut builtin = steps(calls.builtin, parallel);
        if fate == Fate::UnknownStep {
            let activity = json!([{"type": "mcp_list_tools", "server_label": "lessons"}]);
            builtin.insert(0, Work::Foreign("activities", activity));
        }
        run.plan(simulator, builtin, now);
        run
    }

    /// Takes what functions returned, an output for each call, and goes on.
    pub(in super::super) fn submit(
        &mut self,
        simulator: &Simulator,
        outputs: &[(String, String)],
        now: Duration,
    ) {
        let step = self
            .phases
            .last_mut()
            .and_then(|phase| phase.steps.last_mut());
        if let Some(step) = step {
            step.answered = Some(now);
            if let Work::Calls(calls) = &mut step.work {
                for call in calls.iter_mut() {
                    let output = outputs.iter().find(|(id, _)| call["id"] == id.as_str());
                    if let Some((_, output)) = output {
                        call["function"]["output"] = json!(output);
                        self.prompt.push(output.clone());
                    }
                }
            }
        }
        self.plan(simulator, Vec::new(), now);
    }

    /// Plans the phase that begins at `begun` with `works`.
    fn plan(&mut self, simulator: &Simulator, works: Vec<Work>, begun: Duration) {
        let mut works = works;
        let end = match self.rounds.pop_front() {
            Some(calls) => {
                match works.last_mut() {
                    Some(Work::Calls(builtin)) if self.configuration.parallel_tool_calls => {
                        builtin.extend(calls);
                    }
                    _ => works.push(Work::Calls(calls)),
                }
                End::Action
            }
            None => self.finish(simulator, &mut works),
        };
        let waits = self.fate == Fate::Expired && matches!(end, End::Completed);
        let last = begun.saturating_add(self.pace.total());
        let started = begun.saturating_add(self.pace.queued());
        // What fails in place of a message takes the message's time.
        let slots = works.len() + usize::from(!matches!(works.last(), Some(Work::Message(_))));
        let slots = u32::try_from(slots.max(1)).unwrap_or(u32::MAX);
        let slot = last.saturating_sub(started) / slots;
        let count = works.len();
        let mut steps = Vec::new();
        let mut opened = started;
        for (index, work) in works.into_iter().enumerate() {
            let waiting = matches!(end, End::Action) && index + 1 == count;
            let ends_phase = index + 1 == count && (waiting || matches!(work, Work::Message(_)));
            let ended = if ends_phase { last } else { opened + slot };
            let fails =
                matches!(&work, Work::Message(speech) if speech.incomplete == Some("run_failed"));
            steps.push(Step {
                id: simulator.identifier("step"),
                begun: opened + slot / 3,
                ended,
                answered: None,
                fails,
                usage: self.usage_of(simulator, &work),
                work,
            });
            opened = ended;
        }
        self.phases.push(Phase {
            begun,
            started,
            ended: if waits { Duration::MAX } else { last },
            steps,
            end,
        });
    }

    /// Adds the message to `works`, or what happens in its place.
    fn finish(&self, simulator: &Simulator, works: &mut Vec<Work>) -> End {
        if self.fate == Fate::Failed {
            return QUOTA;
        }
        if self.fate == Fate::Expired {
            return End::Completed;
        }
        let read = tokens::count_prompt(self.prompt.iter().map(String::as_str));
        let limit = self.configuration.max_prompt_tokens;
        if limit.is_some_and(|limit| read > limit) {
            return End::Incomplete("max_prompt_tokens");
        }
        let mut speech = self.speech(simulator, works);
        let used = self.phases.iter().flat_map(|phase| &phase.steps);
        let used: u64 = used
            .filter_map(|step| step.usage.as_ref().map(Usage::completion))
            .sum();
        let limit = self.configuration.max_completion_tokens.unwrap_or(u64::MAX);
        let whole = tokens::count(&speech.text);
        let end = match self.fate {
            Fate::FailedStep | Fate::StreamError => {
                speech.shorten(whole / 2, "run_failed");
                SERVER
            }
            Fate::Incomplete => {
                speech.shorten(whole / 2, "max_tokens");
                End::Incomplete("max_completion_tokens")
            }
            _ if whole > limit.saturating_sub(used) => {
                speech.shorten(limit.saturating_sub(used), "max_tokens");
                End::Incomplete("max_completion_tokens")
            }
            _ => End::Completed,
        };
        works.push(Work::Message(speech));
        end
    }

    fn speech(&self, simulator: &Simulator, works: &[Work]) -> Speech {
        let earlier = self.phases.iter().flat_map(|phase| &phase.steps);
        let calls: Vec<&Value> = earlier
            .map(|step| &step.work)
            .chain(works)
            .filter_map(|work| match work {
                Work::Calls(calls) => Some(calls),
                Work::Message(_) | Work::Foreign(..) => None,
            })
            .flatten()
            .collect();
        let mut text = tutor::solve(&self.question)
            .or_else(|| told(&calls))
            .unwrap_or_else(|| tutor::answer(&self.question));
        let searched = calls.iter().any(|call| call["type"] == "file_search");
        let citation = searched.then(|| format!("【4:0†{}】", tools::FOUND_NAME));
        if let Some(citation) = &citation {
            let end = text.trim_end_matches('.').len();
            text.insert_str(end, citation);
        }
        let drawn = calls
            .iter()
            .find_map(|call| call["code_interpreter"]["outputs"][1]["image"]["file_id"].as_str());
        let image = match drawn {
            Some(file) => Some(file.to_owned()),
            None => (self.fate == Fate::Image).then(|| simulator.hyphenated("file")),
        };
        Speech {
            message_id: simulator.identifier("msg"),
            image,
            text,
            citation,
            incomplete: None,
        }
    }

    /// What the model uses for `work`, which it then has behind it.
    fn usage_of(&mut self, simulator: &Simulator, work: &Work) -> Option<Usage> {
        let mut read = tokens::count_prompt(self.prompt.iter().map(String::as_str));
        if !self.configuration.tools.is_empty() {
            let tools = json!(self.configuration.tools).to_string();
            read += tokens::count(&tools);
        }
        let cached = model::cached_tokens(simulator, &self.configuration.model, &self.prompt);
        let written = match work {
            Work::Message(speech) => {
                return Some(Usage::new(read, cached, tokens::count(&speech.text)));
            }
            Work::Calls(calls) => calls,
            Work::Foreign(..) => return None,
        };
        let mut tokens = 0;
        for call in written {
            let kind = call["type"].as_str().unwrap_or_default();
            let asked = match kind {
                "function" => format!("{} {}", call[kind]["name"], call[kind]["arguments"]),
                "code_interpreter" => call[kind]["input"].to_string(),
                _ => kind.to_owned(),
            };
            tokens += tokens::count(&asked);
            self.prompt.push(asked);
            if kind != "function" {
                self.prompt.push(call[kind].to_string());
            }
        }
        Some(Usage::new(read, cached, tokens))
    }
}

impl Speech {
    /// Leaves what `limit` tokens hold, and the first word at least.
    fn shorten(&mut self, limit: u64, reason: &'static str) {
        let first = tokens::pieces(&self.text)
            .first()
            .map_or(0, |piece| piece.len());
        let end = tokens::beginning(&self.text, limit).len().max(first);
        self.text.truncate(end);
        let text = &self.text;
        self.citation = self
            .citation
            .take()
            .filter(|cited| text.contains(cited.as_str()));
        self.incomplete = Some(reason);
    }
}

/// What the functions returned, as a sentence.
fn told(calls: &[&Value]) -> Option<String> {
    let answered = calls
        .iter()
        .filter(|call| call["function"]["output"].is_string());
    let text = |value: &Value| value.as_str().unwrap_or_default().to_owned();
    let mut asked = Vec::new();
    let mut results = Vec::new();
    for call in answered {
        let function = &call["function"];
        results.push(Turn::Result {
            call_id: text(&call["id"]),
            output: text(&function["output"]),
        });
        asked.push(Call {
            id: text(&call["id"]),
            name: text(&function["name"]),
            arguments: text(&function["arguments"]),
            custom: false,
        });
    }
    let mut turns = vec![Turn::Assistant {
        text: String::new(),
        calls: asked,
    }];
    turns.extend(results);
    model::results(&turns)
}

/// The calls the server answers itself, by steps.
fn steps(calls: Vec<Value>, parallel: bool) -> Vec<Work> {
    match calls {
        calls if calls.is_empty() => Vec::new(),
        calls if parallel => vec![Work::Calls(calls)],
        calls => calls
            .into_iter()
            .map(|call| Work::Calls(vec![call]))
            .collect(),
    }
}

/// The calls of functions, by rounds.
fn rounds(calls: Vec<Value>, parallel: bool) -> VecDeque<Vec<Value>> {
    match calls {
        calls if calls.is_empty() => VecDeque::new(),
        calls if parallel => VecDeque::from([calls]),
        calls => calls.into_iter().map(|call| vec![call]).collect(),
    }
}
