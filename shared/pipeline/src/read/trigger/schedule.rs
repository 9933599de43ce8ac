//! `schedule`.

use chrono_tz::{TZ_VARIANTS, Tz};
use indexmap::IndexMap;
use serde_json::{Map, Value};

use super::{
    super::{
        fields::{Fields, entries, shown},
        param::plain_value,
        value::text,
    },
    Declared,
};
use crate::{
    fault::Report,
    name::ParamName,
    nearest::nearest,
    params::check,
    schedule::ScheduleExpression,
    trigger::ScheduleTrigger,
    yaml::{Key, Node, entries_to_json},
};

/// The keys of `schedule`.
pub(in crate::read) const KEYS: [&str; 4] = ["cron", "rate", "timezone", "params"];

pub(super) fn read(key: &Key, node: &Node, params: &Declared, report: &mut Report<'_>) -> Option<ScheduleTrigger> {
    let fields = Fields::read(node, "schedule", &KEYS, report)?;
    let expression = expression(&fields, report);
    let timezone = fields.get("timezone").map_or_else(|| Some("UTC".to_owned()), |node| timezone(node, report));
    let given = match fields.get("params") {
        Some(node) => given(key, node, params, report),
        None => checked(key, &[], Map::new(), params, report),
    };
    Some(ScheduleTrigger { expression: expression?, timezone: timezone?, params: given? })
}

fn expression(fields: &Fields<'_>, report: &mut Report<'_>) -> Option<ScheduleExpression> {
    let help = "write either `cron: \"0 6 * * ? *\"` or `rate: \"5 minutes\"`";
    let (node, read): (_, fn(&str) -> _) = match (fields.get("cron"), fields.get("rate")) {
        (Some(node), None) => (node, ScheduleExpression::cron),
        (None, Some(node)) => (node, ScheduleExpression::rate),
        (Some(_), Some(node)) => {
            report.add(&node.span, "a schedule has either a cron or a rate, not both", help);
            return None;
        }
        (None, None) => {
            report.add(&fields.start(), "a schedule has neither a cron nor a rate", help);
            return None;
        }
    };
    match read(text(node, "schedule", report)?) {
        Ok(expression) => Some(expression),
        Err(error) => {
            report.add(&node.span, format!("schedule: {}", error.problem), error.help);
            None
        }
    }
}

fn timezone(node: &Node, report: &mut Report<'_>) -> Option<String> {
    let name = text(node, "timezone", report)?;
    if name.parse::<Tz>().is_ok() {
        return Some(name.to_owned());
    }
    let help = match nearest(name, TZ_VARIANTS.iter().map(|zone| zone.name())) {
        Some(near) => format!("did you mean `{near}`?"),
        None => "write a name of the IANA database, as in `Europe/Berlin`, or `UTC`".to_owned(),
    };
    report.add(&node.span, format!("there is no time zone `{}`", shown(name)), help);
    None
}

fn given(key: &Key, node: &Node, params: &Declared, report: &mut Report<'_>) -> Option<Map<String, Value>> {
    let given = entries(node, "params of a schedule", report)?;
    if !plain_value(node, "a schedule's params", report) {
        return None;
    }
    checked(key, given, entries_to_json(given), params, report)
}

/// Checks them as a run's, unless a declaration is faulty itself.
fn checked(
    key: &Key,
    given: &[(Key, Node)],
    values: Map<String, Value>,
    params: &Declared,
    report: &mut Report<'_>,
) -> Option<Map<String, Value>> {
    let specs: Option<IndexMap<_, _>> =
        params.iter().map(|(name, spec)| Some((ParamName::new(name).ok()?, spec.clone()?))).collect();
    let faults = match check(&specs?, &values) {
        Ok(_) => return Some(values),
        Err(faults) => faults,
    };
    for fault in faults.iter() {
        let given = given.iter().find(|(given, _)| given.text == fault.name);
        let span = given.map_or(&key.span, |(given, _)| &given.span);
        report.add(
            span,
            format!("the schedule's {fault}"),
            "its runs could never start: give it under `params` of the schedule",
        );
    }
    None
}
