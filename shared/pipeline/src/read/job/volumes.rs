//! `volumes`: what is mounted, by the path in the container.

use super::names::is_name;
use crate::{
    fault::Report,
    job::{Volume, VolumeSource},
    read::{
        fields::{Fields, shown},
        value::{boolean, text},
    },
    yaml::{Key, Node},
};

/// The keys of a file system of EFS.
pub(in crate::read) const EFS_KEYS: [&str; 5] = ["efs", "root", "access_point", "iam", "read_only"];
/// The keys of a folder of the host.
pub(in crate::read) const HOST_KEYS: [&str; 2] = ["host", "read_only"];

const EXAMPLE: &str = "write `/data: { efs: fs-0123456789abcdef0 }`, or, on EC2, `/scratch: { host: /mnt/scratch }`";

pub(super) fn read(key: &Key, node: &Node, report: &mut Report<'_>) -> Option<Volume> {
    if !is_path(&key.text) {
        report.add(&key.span, format!("`{}` is no path in a container", shown(&key.text)), EXAMPLE);
    }
    let [efs, root, access_point, iam, read_only] = EFS_KEYS;
    let fields = Fields::read(node, "a volume", &[efs, root, access_point, iam, read_only, HOST_KEYS[0]], report)?;
    let read_only = fields.get(read_only).map_or(Some(false), |node| boolean(node, "read_only", report));
    let of_efs = [root, access_point, iam].into_iter().find_map(|key| fields.entry(key));
    let source = match (fields.get(efs), fields.get("host")) {
        (Some(node), None) => of_file_system(node, &fields, report),
        (None, Some(node)) if of_efs.is_none() => path(node, "host", report).map(VolumeSource::Host),
        (Some(_) | None, Some(_)) | (None, None) => {
            report.add(&fields.start(), "a volume must be either `efs` or `host`", EXAMPLE);
            None
        }
    };
    Some(Volume { source: source?, read_only: read_only? })
}

fn of_file_system(node: &Node, fields: &Fields<'_>, report: &mut Report<'_>) -> Option<VolumeSource> {
    let file_system = id(node, "fs-", "a file system of EFS", report);
    let access_point = fields.get("access_point").map(|node| id(node, "fsap-", "an access point of EFS", report));
    let root = fields.get("root").map(|node| path(node, "root", report));
    // `EFSAuthorizationConfig`: with an access point the root must be left out.
    if let (Some(node), Some(_)) = (fields.get("root"), &access_point) {
        let help = "leave one of them out: an access point has its own folder";
        report.add(&node.span, "root and access_point cannot both be said", help);
    }
    let iam = fields.get("iam").map_or(Some(false), |node| boolean(node, "iam", report));
    Some(VolumeSource::Efs {
        file_system: file_system?,
        root: root.flatten(),
        access_point: access_point.flatten(),
        iam: iam?,
    })
}

fn id(node: &Node, prefix: &str, what: &str, report: &mut Report<'_>) -> Option<String> {
    let given = text(node, what, report)?;
    let valid = given.strip_prefix(prefix).is_some_and(|hex| is_name(hex, 40, ""));
    if !valid {
        let help = format!("write its id, `{prefix}0123456789abcdef0`");
        report.add(&node.span, format!("`{}` is not the id of {what}", shown(given)), help);
    }
    valid.then(|| given.to_owned())
}

fn path(node: &Node, what: &str, report: &mut Report<'_>) -> Option<String> {
    let given = text(node, what, report)?;
    if !is_path(given) {
        let help = "write the whole path, beginning with `/`";
        report.add(&node.span, format!("{what}: `{}` is no path", shown(given)), help);
    }
    Some(given.to_owned())
}

fn is_path(text: &str) -> bool {
    text.starts_with('/') && text.len() <= 4096 && !text.chars().any(char::is_control)
}
