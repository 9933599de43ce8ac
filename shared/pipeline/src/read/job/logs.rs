//! `logs`: where what a job says goes.

use super::{map, secrets};
use crate::{
    fault::Report,
    job::Logs,
    nearest::suggestion,
    read::{
        fields::{Fields, shown},
        value::{scalar, text},
    },
    yaml::{Key, Node},
};

/// The keys of it.
pub(in crate::read) const KEYS: [&str; 3] = ["driver", "options", "secrets"];

/// The drivers of `LogConfiguration`, less `awsfirelens`, which needs a second container.
const DRIVERS: [&str; 8] = ["awslogs", "splunk", "fluentd", "gelf", "json-file", "journald", "logentries", "syslog"];
/// Those that Fargate has.
pub(super) const ON_FARGATE: [&str; 2] = ["awslogs", "splunk"];

pub(super) fn read(node: &Node, report: &mut Report<'_>) -> Option<Logs> {
    let fields = Fields::read(node, "logs", &KEYS, report)?;
    let help = "write `logs: { driver: awslogs, options: { awslogs-group: my-group } }`";
    let driver = fields.required("driver", help, report).and_then(|node| driver(node, report));
    let option =
        |_: &Key, node: &Node, report: &mut Report<'_>| scalar(node, "an option", report).map(|s| s.text.clone());
    let options = map(fields.get("options"), "options", report, option);
    let secret = |_: &Key, node: &Node, report: &mut Report<'_>| secrets::read(node, report);
    let secrets = map(fields.get("secrets"), "secrets", report, secret);
    Some(Logs { driver: driver?, options, secrets })
}

fn driver(node: &Node, report: &mut Report<'_>) -> Option<String> {
    let given = text(node, "driver", report)?;
    let known = DRIVERS.contains(&given);
    if !known {
        report.add(&node.span, format!("there is no log driver `{}`", shown(given)), suggestion(given, &DRIVERS));
    }
    known.then(|| given.to_owned())
}
