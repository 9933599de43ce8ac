//! `secrets`: where the values of variables are kept.

use super::names::{arn_rest, is_name};
use crate::{
    fault::Report,
    job::Secret,
    read::{
        fields::{Fields, shown},
        settings::variable_name,
        value::text,
    },
    yaml::{Content, Key, Node},
};

/// The keys of what Secrets Manager keeps.
pub(in crate::read) const SECRET_KEYS: [&str; 2] = ["secret", "key"];
/// The keys of what Systems Manager keeps.
pub(in crate::read) const PARAMETER_KEYS: [&str; 1] = ["parameter"];

const EXAMPLE: &str = "write `{ secret: prod/db, key: password }` for Secrets Manager, or `{ parameter: /prod/token }` for \
                       Systems Manager; never the value itself";

/// The secret that a variable has.
pub(super) fn variable(key: &Key, node: &Node, report: &mut Report<'_>) -> Option<Secret> {
    variable_name(key, report);
    read(node, report)
}

/// Where a value is kept.
pub(super) fn read(node: &Node, report: &mut Report<'_>) -> Option<Secret> {
    let Content::Mapping(_) = &node.content else {
        report.add(&node.span, "a secret must say where it is kept", EXAMPLE);
        return None;
    };
    let known = [SECRET_KEYS[0], SECRET_KEYS[1], PARAMETER_KEYS[0]];
    let fields = Fields::read(node, "a secret", &known, report)?;
    match (fields.get("secret"), fields.get("parameter")) {
        (Some(secret), None) => of_secrets_manager(secret, fields.get("key"), report),
        (None, Some(node)) if fields.get("key").is_none() => parameter(node, report),
        (Some(_) | None, Some(_)) | (None, None) => {
            report.add(&fields.start(), "a secret must say where it is kept, once", EXAMPLE);
            None
        }
    }
}

/// `CreateSecret`: up to 512 letters, digits and `/_+=.@-`; those that AWS services keep have a `!` too.
fn of_secrets_manager(node: &Node, key: Option<&Node>, report: &mut Report<'_>) -> Option<Secret> {
    let id = text(node, "secret", report)?;
    let rest = arn_rest(id, "secretsmanager").and_then(|rest| rest.strip_prefix("secret:"));
    // Behind an ARN may stand a key, a version's stage, and its id.
    let mut parts = rest.unwrap_or(id).split(':');
    let name = parts.next().unwrap_or_default();
    let more = parts.count();
    if !is_name(name, 512, "/_+=.@-!") || !(more == 0 || (rest.is_some() && more == 3)) {
        let help = "its name, or its ARN: `arn:aws:secretsmanager:REGION:ACCOUNT:secret:NAME`";
        report.add(&node.span, format!("`{}` is not a secret of Secrets Manager", shown(id)), help);
        return None;
    }
    let Some(key_node) = key else { return Some(Secret::Secret { id: id.to_owned(), key: None }) };
    let key = text(key_node, "key", report)?;
    if more > 0 || key.is_empty() || key.contains(':') {
        let help = "the name of a value in the secret, which is a JSON object; without `:`, and not if the ARN says it";
        report.add(&key_node.span, format!("`{}` cannot be the key", shown(key)), help);
    }
    Some(Secret::Secret { id: id.to_owned(), key: Some(key.to_owned()) })
}

fn parameter(node: &Node, report: &mut Report<'_>) -> Option<Secret> {
    let id = text(node, "parameter", report)?;
    let name = arn_rest(id, "ssm").and_then(|rest| rest.strip_prefix("parameter")).unwrap_or(id);
    if !is_name(name, 1011, "/_.-") {
        let help = "its name, as `/prod/token`, or its ARN: `arn:aws:ssm:REGION:ACCOUNT:parameter/prod/token`";
        report.add(&node.span, format!("`{}` is not a parameter of Systems Manager", shown(id)), help);
        return None;
    }
    Some(Secret::Parameter(id.to_owned()))
}
