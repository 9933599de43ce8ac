//! Values as YAML, in any of the ways in which it can be written.

use serde_json::Value;

use crate::dice::Dice;

/// As text.
pub(crate) fn print(value: &Value, dice: &mut Dice) -> String {
    let mut out = String::new();
    if dice.once_in(20) {
        out.push_str(dice.word(&["\u{feff}", "---\n", "# a comment\n", "\n\n", "%YAML 1.2\n---\n"]));
    }
    node(value, 0, &mut out, dice);
    if dice.once_in(20) {
        out = out.replace('\n', "\r\n");
    }
    out
}

/// A node, after its key or dash.
fn node(value: &Value, indent: usize, out: &mut String, dice: &mut Dice) {
    let flow = dice.once_in(3) || indent > 40;
    match value {
        Value::Object(map) if !map.is_empty() && !flow => {
            if indent > 0 {
                out.push('\n');
            }
            for (key, value) in map {
                out.push_str(&" ".repeat(indent));
                scalar(key, out, dice);
                out.push_str(": ");
                node(value, indent + dice.between(1, 4), out, dice);
            }
        }
        Value::Array(items) if !items.is_empty() && !flow => {
            out.push('\n');
            for item in items {
                out.push_str(&" ".repeat(indent));
                out.push_str("- ");
                node(item, indent + dice.between(2, 4), out, dice);
            }
        }
        Value::String(text) => {
            if dice.once_in(30) && !text.is_empty() {
                block(text, indent, out, dice);
            } else {
                scalar(text, out, dice);
            }
            end(out, dice);
        }
        Value::Object(_) | Value::Array(_) | Value::Null | Value::Bool(_) | Value::Number(_) => {
            // JSON is YAML.
            out.push_str(&value.to_string());
            end(out, dice);
        }
    }
}

fn end(out: &mut String, dice: &mut Dice) {
    out.push_str(if dice.once_in(40) { " # why\n" } else { "\n" });
}

/// A text, plain if it can be.
fn scalar(text: &str, out: &mut String, dice: &mut Dice) {
    let plain = !text.is_empty()
        && text.chars().all(|c| c.is_alphanumeric() || "_-./()|$ ".contains(c))
        && text.starts_with(|c: char| c.is_alphabetic() || c == '$')
        && !text.ends_with(' ');
    match dice.between(0, 9) {
        0 if !text.contains('\n') => out.push_str(&format!("'{}'", text.replace('\'', "''"))),
        1..=8 if plain => out.push_str(text),
        _ => out.push_str(&Value::from(text).to_string()),
    }
}

/// A text of several lines.
fn block(text: &str, indent: usize, out: &mut String, dice: &mut Dice) {
    out.push_str(dice.word(&["|\n", ">\n", "|-\n", ">+\n"]));
    for line in text.lines() {
        out.push_str(&" ".repeat(indent + 2));
        out.push_str(line);
        out.push('\n');
    }
}
