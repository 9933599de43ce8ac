//! Bugs in the requests that the control plane makes.

use serde_json::{Value, json};

use crate::{aws::Call, witness::Witness};

/// A bug in a request.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum WireBug {
    /// `SubmitJob` is sent again when no answer came, as the SDK does by default.
    BlindRetry,
    /// An answer that did not come is taken for a refusal: the job is submitted again at once.
    UnknownIsThrottled,
    /// A claim is written whatever is there.
    ClaimWithoutCondition,
    /// A job is submitted before the claim is written.
    EffectBeforeCommit,
    /// A verdict replaces those collected before.
    FanInOverwrites,
    /// A stage is written whatever became of it since it was read.
    CommitWithoutRevision,
    /// Of two jobs of one name the oldest is kept, even against the recorded one.
    KeepsTheOldest,
    /// A run leaves the watch by the write that ends it.
    LeavesWatchEarly,
    /// A place in a concurrency group is taken whoever has one.
    TakesAnyPlace,
    /// What is in two gatherings is claimed by both.
    MemberOfSeveral,
    /// Whoever settles a gathering forgets a slot.
    SlotForgotten,
}

fn writes_stage(call: &Call) -> bool {
    call.is("dynamodb", "PutItem") && call.text("/Item/SK/S").starts_with("STAGE#")
}

fn claims(call: &Call) -> bool {
    writes_stage(call) && call.text("/Item/st/S") == "CLAIMED"
}

impl WireBug {
    /// Whether a request is answered at once, and executed after the next `SubmitJob`.
    pub(crate) fn holds(self, call: &Call) -> bool {
        self == Self::EffectBeforeCommit && claims(call)
    }

    /// Whether a `SubmitJob` without an answer is sent again.
    pub(crate) fn resends(self, call: &Call) -> bool {
        self == Self::BlindRetry && call.is("batch", "submitjob")
    }

    /// Whether a `SubmitJob` without an answer is taken for one that was throttled.
    pub(crate) fn takes_for_throttled(self, call: &Call) -> bool {
        self == Self::UnknownIsThrottled && call.is("batch", "submitjob")
    }

    /// The body of a request, if the bug makes it another.
    pub(crate) fn rewrites(self, call: &Call, witness: &Witness) -> Option<Value> {
        let mut body = call.body.clone();
        match self {
            Self::ClaimWithoutCondition if claims(call) => unconditional(&mut body),
            Self::CommitWithoutRevision if writes_stage(call) => unconditional(&mut body),
            Self::FanInOverwrites if call.text("/UpdateExpression").starts_with("ADD res :number, rev :one") => {
                let replaced = call.text("/UpdateExpression").replace("ADD res :number, rev :one", "ADD rev :one");
                let replaced = match replaced.contains("SET ") {
                    true => replaced.replace("SET ", "SET res = :number, "),
                    false => replaced + " SET res = :number",
                };
                *body.get_mut("UpdateExpression")? = json!(replaced);
            }
            Self::TakesAnyPlace if call.text("/UpdateExpression") == "ADD holders :set" => {
                let body = body.as_object_mut()?;
                body.remove("ConditionExpression");
                let values = body.get_mut("ExpressionAttributeValues").and_then(Value::as_object_mut)?;
                values.retain(|name, _| name == ":set");
            }
            Self::LeavesWatchEarly
                if call.is("dynamodb", "PutItem")
                    && matches!(call.text("/Item/st/S"), "SUCCEEDED" | "FAILED" | "CANCELLED") =>
            {
                let item = body.get_mut("Item").and_then(Value::as_object_mut)?;
                item.remove("watch");
                item.remove("watch_at");
            }
            Self::KeepsTheOldest if call.is("batch", "terminatejob") => {
                *body.get_mut("jobId")? = json!(youngest(call.text("/jobId"), witness)?);
            }
            Self::MemberOfSeveral if call.is("dynamodb", "PutItem") && call.text("/Item/SK/S") == "MEMBER" => {
                unconditional(&mut body);
            }
            // The first one is not among those that it asks for.
            Self::SlotForgotten
                if call.is("dynamodb", "Query") && call.text("/ExpressionAttributeValues/:slots/S") == "SLOT#" =>
            {
                *body.pointer_mut("/ExpressionAttributeValues/:slots/S")? = json!("SLOT#00002");
            }
            Self::BlindRetry
            | Self::UnknownIsThrottled
            | Self::ClaimWithoutCondition
            | Self::EffectBeforeCommit
            | Self::FanInOverwrites
            | Self::CommitWithoutRevision
            | Self::KeepsTheOldest
            | Self::LeavesWatchEarly
            | Self::TakesAnyPlace
            | Self::MemberOfSeveral
            | Self::SlotForgotten => return None,
        }
        Some(body)
    }
}

fn unconditional(body: &mut Value) {
    if let Some(body) = body.as_object_mut() {
        body.remove("ConditionExpression");
        body.remove("ExpressionAttributeValues");
    }
}

/// The youngest job of the same name, if that is another.
fn youngest(job: &str, witness: &Witness) -> Option<String> {
    witness.look(|facts| {
        let name = facts.jobs.get(job)?.name.to_string();
        facts.named.get(&name)?.last().filter(|youngest| *youngest != job).cloned()
    })
}
