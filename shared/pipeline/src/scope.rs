//! The names that expressions may use.

mod started;

use std::collections::BTreeSet;

use indexmap::IndexMap;

use crate::{
    nearest::nearest,
    params::{ParamSpec, ParamType},
    template::expression::Expression,
    trigger::Asks,
    when::STATUS_FUNCTIONS,
    yaml::Span,
};

pub(crate) use started::{ASKED_KEYS, Given, MANIFEST_KEYS, S3_KEYS, Started};

/// The names that every run has.
const ALWAYS: [&str; 4] = ["run.id", "pipeline.name", "stage.name", "stage.attempt"];

/// What is in scope in one definition, and what of it has been used.
pub(crate) struct Scope {
    /// The parameters; `None` for one whose declaration is faulty.
    params: IndexMap<String, Option<ParamSpec>>,
    started: Started,
    /// What S3 must be asked about the objects whose upload starts runs.
    asks: Asks,
    used: BTreeSet<String>,
    place: Place,
    /// Whether an expression may speak of the `item` that it is for.
    has_item: bool,
    references: Vec<Reference>,
}

/// Where an expression stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Place {
    /// In what all stages share: what is before a stage is not known there.
    Defaults,
    /// In what is said of a run, before any of its stages starts.
    Run,
    /// In a stage.
    Stage,
    /// In a stage's `when`, which may ask how it went.
    When,
}

/// What an expression of a stage says of another one.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Reference {
    /// The other stage, as expressions write it.
    pub(crate) stage: String,
    /// What of it.
    pub(crate) of: Referred,
    /// Where it is said.
    pub(crate) span: Span,
}

/// What of a stage is spoken of.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Referred {
    /// How it ended.
    Outcome,
    /// One of its outputs.
    Output(String),
}

/// A name that is not in scope.
pub(crate) struct ScopeError {
    pub(crate) message: String,
    pub(crate) help: String,
}

impl Scope {
    pub(crate) fn new(params: IndexMap<String, Option<ParamSpec>>, started: Started) -> Self {
        let (asks, used, references) = (Asks::default(), BTreeSet::new(), Vec::new());
        Self { params, started, asks, used, place: Place::Defaults, has_item: false, references }
    }

    /// What S3 must be asked about the objects whose upload starts runs, by the names used so far.
    pub(crate) fn asks(&self) -> Asks {
        self.asks
    }

    /// From here on expressions stand there.
    pub(crate) fn enter(&mut self, place: Place) {
        self.place = place;
    }

    /// From here on expressions stand in a stage, which has a job for each item, or not.
    pub(crate) fn enter_stage(&mut self, has_item: bool) {
        self.place = Place::Stage;
        self.has_item = has_item;
    }

    /// What was said of other stages since this was asked for the last time.
    pub(crate) fn take_references(&mut self) -> Vec<Reference> {
        std::mem::take(&mut self.references)
    }

    /// The parameters that no expression has used.
    pub(crate) fn unused(&self) -> impl Iterator<Item = &str> {
        self.params.keys().map(String::as_str).filter(|name| !self.used.contains(*name))
    }

    /// The declaration of the parameter that the expression is nothing but.
    pub(crate) fn sole_param(&self, expression: &Expression) -> Option<&ParamSpec> {
        self.params.get(expression.inner().strip_prefix("params.")?)?.as_ref()
    }

    /// Checks every name of an expression that stands at `span`.
    pub(crate) fn check(&mut self, expression: &Expression, span: &Span) -> Vec<ScopeError> {
        let names = expression.names();
        let mut errors: Vec<_> = names.iter().filter_map(|name| self.check_name(name, span)).collect();
        if errors.is_empty() && !expression.is_guarded() {
            errors.extend(names.iter().filter_map(|name| self.check_presence(name)));
        }
        errors
    }

    fn check_name(&mut self, name: &str, span: &Span) -> Option<ScopeError> {
        let mut parts = name.split('.');
        match (parts.next(), parts.next(), parts.next()) {
            (Some("stages"), stage, field) => self.check_stage(name, stage, field, parts.next(), span),
            (Some(function), None, _) if STATUS_FUNCTIONS.contains(&function) => self.check_status(function),
            (Some("params"), None, _) => {
                self.used.extend(self.params.keys().cloned());
                None
            }
            (Some("params"), Some(param), field) => self.check_param(name, param, field),
            (Some("item"), ..) if self.has_item && self.place == Place::Stage => None,
            (Some("item"), ..) if self.place == Place::Stage => Some(no_item()),
            (Some("trigger"), None, _) => None,
            (Some("trigger"), Some(_), _) => self.check_trigger(name),
            _ if self.always().any(|known| known == name) => None,
            _ => Some(self.unknown(name)),
        }
    }

    fn check_param(&mut self, name: &str, param: &str, field: Option<&str>) -> Option<ScopeError> {
        let Some(spec) = self.params.get(param) else {
            return Some(self.unknown(name));
        };
        self.used.insert(param.to_owned());
        match spec.as_ref().map(|spec| &spec.bounds.kind) {
            None | Some(ParamType::Object) => None,
            Some(kind) => field.map(|field| ScopeError {
                message: format!("`params.{param}` is of type {} and has no `.{field}`", kind.as_str()),
                help: format!("write `params.{param}`; filters follow a `|`, as in `params.{param} | json`"),
            }),
        }
    }

    /// Whether there is such a stage is known once all are read.
    fn check_stage(
        &mut self,
        name: &str,
        stage: Option<&str>,
        field: Option<&str>,
        output: Option<&str>,
        span: &Span,
    ) -> Option<ScopeError> {
        match self.place {
            Place::Defaults => {
                return Some(ScopeError {
                    message: format!("`{name}` is not known under `defaults`: each stage has others before it"),
                    help: "write it in the stages that need it".to_owned(),
                });
            }
            Place::Run => return Some(self.unknown(name)),
            Place::Stage | Place::When => {}
        }
        let of = match (field, output) {
            (Some("outcome"), None) => Some(Referred::Outcome),
            (Some("outputs"), Some(output)) => Some(Referred::Output(output.to_owned())),
            _ => None,
        };
        let (Some(stage), Some(of)) = (stage, of) else {
            return Some(ScopeError {
                message: format!("`{name}` is not known"),
                help: "of a stage there are `stages.NAME.outcome`, and `stages.NAME.outputs.OUTPUT`".to_owned(),
            });
        };
        self.references.push(Reference { stage: stage.to_owned(), of, span: span.clone() });
        None
    }

    fn check_status(&self, function: &str) -> Option<ScopeError> {
        (self.place != Place::When).then(|| ScopeError {
            message: format!("`{function}()` is not known here"),
            help: "it is for `when`; how one stage ended is `stages.NAME.outcome`".to_owned(),
        })
    }

    fn check_trigger(&mut self, name: &str) -> Option<ScopeError> {
        self.asks = self.asks.or(Asks::of_name(name));
        if self.started.knows(name) {
            return None;
        }
        let of_upload = ["trigger.s3", "trigger.key"].iter().any(|known| name.starts_with(known));
        if !of_upload || self.started.has_uploads() {
            return Some(self.unknown(name));
        }
        Some(ScopeError {
            message: format!("`{name}` never has a value: no upload starts this pipeline"),
            help: "add `- s3: { prefix: … }` under `on`, or take a parameter instead".to_owned(),
        })
    }

    /// Where nothing takes its place, a name must have a value in every run that starts by itself.
    fn check_presence(&self, name: &str) -> Option<ScopeError> {
        if name.starts_with("trigger.")
            && let Some(runs) = self.started.lacking(name)
        {
            return Some(ScopeError {
                message: format!("`{name}` has no value in {runs}"),
                help: format!("write `{name} | default(\"…\")`, or `{name} or params.…`"),
            });
        }
        let param = name.strip_prefix("params.")?.split('.').next()?;
        let spec = self.params.get(param)?.as_ref()?;
        (!spec.required && spec.default.is_none()).then(|| ScopeError {
            message: format!("`{name}` has no value in runs that are not given `{param}`"),
            help: format!(
                "give `{param}` a `default`; or write `{name} | default(\"…\")`, or `{name} | default([])` for no argument at all"
            ),
        })
    }

    fn unknown(&self, name: &str) -> ScopeError {
        let names = self.names();
        let as_param = format!("params.{name}");
        let near = names.iter().find(|known| **known == as_param).map(String::as_str);
        let help = match near.or_else(|| nearest(name, names.iter().map(String::as_str))) {
            Some(near) => format!("did you mean `{near}`?"),
            None if name.starts_with("params.") => "declare it under `params`".to_owned(),
            None => format!("known here: {}", names.join(", ")),
        };
        ScopeError { message: format!("`{name}` is not known"), help }
    }

    fn names(&self) -> Vec<String> {
        let params = self.params.keys().map(|name| format!("params.{name}"));
        let trigger = self.started.names().into_iter().map(str::to_owned);
        params.chain(trigger).chain(self.always().map(str::to_owned)).take(40).collect()
    }

    /// The names that every run has, as far as they are known at this place.
    fn always(&self) -> impl Iterator<Item = &'static str> {
        let in_stage = self.place != Place::Run;
        ALWAYS.into_iter().filter(move |name| in_stage || !name.starts_with("stage."))
    }
}

fn no_item() -> ScopeError {
    ScopeError {
        message: "`item` is not known here".to_owned(),
        help: "it is for stages with `foreach: { in: …, mode: jobs }`; a child of an array finds its item by its index"
            .to_owned(),
    }
}
