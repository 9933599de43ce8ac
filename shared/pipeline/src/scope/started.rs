//! What the triggers of a definition give its runs: the names under `trigger`.

use std::collections::BTreeSet;

/// What an upload's trigger has: `trigger.s3.<key>`.
pub(crate) const S3_KEYS: [&str; 6] = ["bucket", "key", "uri", "size", "etag", "version"];
/// What S3 tells of an object only if it is asked, by name: `trigger.s3.<key>.<name>`.
pub(crate) const ASKED_KEYS: [&str; 2] = ["metadata", "tags"];

/// What a run over a manifest has: `trigger.manifest.<key>`.
pub(crate) const MANIFEST_KEYS: [&str; 5] = ["uri", "bucket", "key", "items", "complete"];

/// The names that runs have by the triggers that start them.
#[derive(Debug, Default, Clone)]
pub(crate) struct Started {
    triggers: Vec<Given>,
}

/// What the runs of one trigger have.
#[derive(Debug, Default, Clone)]
pub(crate) struct Given {
    names: BTreeSet<String>,
    /// Whether something of it could not be read, so that there may be more.
    partial: bool,
    kind: Kind,
}

/// What starts them.
#[derive(Debug, Default, Clone, Copy, PartialEq, Eq)]
enum Kind {
    Object,
    Manifest,
    #[default]
    Other,
}

impl Given {
    /// An upload, whose key has these parts; `None` if that could not be read.
    pub(crate) fn upload<'p>(parts: Option<impl Iterator<Item = &'p str>>) -> Self {
        let partial = parts.is_none();
        let s3 = S3_KEYS.iter().chain(&ASKED_KEYS).map(|key| format!("trigger.s3.{key}"));
        let parts = parts.into_iter().flatten().map(|part| format!("trigger.key.{part}"));
        Self { names: s3.chain(parts).collect(), partial, kind: Kind::Object }
    }

    /// A manifest of what has these parts of the key in common, and perhaps a marker.
    pub(crate) fn manifest<'p>(by: impl Iterator<Item = &'p str>, marker: bool) -> Self {
        let manifest = MANIFEST_KEYS.iter().map(|key| format!("trigger.manifest.{key}"));
        let s3 = S3_KEYS.iter().filter(|_| marker).map(|key| format!("trigger.s3.{key}"));
        let parts = by.map(|part| format!("trigger.key.{part}"));
        Self { names: manifest.chain(s3).chain(parts).collect(), partial: false, kind: Kind::Manifest }
    }

    /// There may be more, because it could not all be read.
    pub(crate) fn partly(self, partial: bool) -> Self {
        Self { partial, ..self }
    }

    /// A schedule or a message.
    pub(crate) fn nothing() -> Self {
        Self::default()
    }

    /// Its names.
    pub(crate) fn names(&self) -> impl Iterator<Item = &str> {
        self.names.iter().map(String::as_str)
    }

    pub(crate) fn has(&self, name: &str) -> bool {
        let asked = |known: &str| ASKED_KEYS.iter().any(|key| known.strip_prefix("trigger.s3.") == Some(key));
        let within = |known: &str| name.strip_prefix(known).is_some_and(|rest| rest.starts_with('.'));
        let of_asked = || self.names().any(|known| asked(known) && within(known));
        let whole = ["trigger.s3", "trigger.key", "trigger.manifest"].contains(&name)
            && self.names().any(|known| known.starts_with(name));
        self.names.contains(name)
            || whole
            || of_asked()
            || (self.partial && (name.starts_with("trigger.key.") || self.kind == Kind::Manifest))
    }
}

impl Started {
    pub(crate) fn add(&mut self, given: Given) {
        self.triggers.push(given);
    }

    /// Whether the runs of some trigger have it.
    pub(crate) fn knows(&self, name: &str) -> bool {
        self.triggers.iter().any(|given| given.has(name))
    }

    /// Whether an upload starts runs.
    pub(crate) fn has_uploads(&self) -> bool {
        self.triggers.iter().any(|given| given.kind == Kind::Object)
    }

    /// In which runs of those that start by themselves it has no value, if in any.
    pub(crate) fn lacking(&self, name: &str) -> Option<&'static str> {
        let lacks = |kind: Kind| self.triggers.iter().any(|given| given.kind == kind && !given.has(name));
        if lacks(Kind::Other) {
            Some("runs that a schedule or a message starts")
        } else if lacks(Kind::Manifest) {
            Some("runs over a manifest")
        } else if lacks(Kind::Object) {
            Some("the runs of another trigger")
        } else {
            let of_object = ASKED_KEYS.iter().any(|key| name.starts_with(&format!("trigger.s3.{key}.")));
            of_object.then_some("runs of objects without it")
        }
    }

    /// All names, each once.
    pub(crate) fn names(&self) -> BTreeSet<&str> {
        self.triggers.iter().flat_map(Given::names).collect()
    }
}
