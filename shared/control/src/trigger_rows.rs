//! The triggers of a definition as the table has them.

use pipeline::{Asks, Definition, EventCondition, ObjectFilter, S3Trigger, SqsTrigger, Trigger};

use crate::table::trigger_item::TriggerRow;

/// The rows of a version of a pipeline. `inbox_bucket` is the bucket of those that name none.
pub(crate) fn trigger_rows(definition: &Definition, version: u32, inbox_bucket: &str) -> Vec<TriggerRow> {
    let mut rows: Vec<TriggerRow> = Vec::new();
    for (position, trigger) in (0..).zip(&definition.triggers) {
        let row = match trigger {
            Trigger::S3(s3) => of_uploads(s3, definition, inbox_bucket),
            Trigger::Sqs(sqs) => of_messages(sqs, definition),
            Trigger::Schedule(_) => continue,
        };
        // One may name the inbox bucket, and another leave it out.
        if !rows.iter().any(|before| before.is_same_item(&row)) {
            rows.push(TriggerRow { position, version, ..row });
        }
    }
    rows
}

fn of_uploads(s3: &S3Trigger, definition: &Definition, inbox_bucket: &str) -> TriggerRow {
    TriggerRow {
        source: format!("s3:{}", s3.bucket.as_deref().unwrap_or(inbox_bucket)),
        objects: s3.objects.clone(),
        when: condition(s3.when.as_ref()),
        // The stages of a run over a manifest know no object.
        asks: if s3.gather.is_some() { s3.asks() } else { s3.asks().or(definition.asks) },
        binds: !s3.params.is_empty(),
        gather: s3.gather.clone(),
        ..plain(definition)
    }
}

fn of_messages(sqs: &SqsTrigger, definition: &Definition) -> TriggerRow {
    TriggerRow {
        source: format!("sqs:{}", sqs.queue),
        when: condition(sqs.when.as_ref()),
        binds: sqs.params.is_some(),
        gather: sqs.batch.clone(),
        ..plain(definition)
    }
}

fn plain(definition: &Definition) -> TriggerRow {
    TriggerRow {
        source: String::new(),
        pipeline: definition.name.as_str().to_owned(),
        objects: ObjectFilter::default(),
        when: None,
        asks: Asks::default(),
        binds: false,
        gather: None,
        position: 0,
        version: 0,
    }
}

fn condition(when: Option<&EventCondition>) -> Option<String> {
    when.map(|when| when.as_str().to_owned())
}
