//! JSON: any, and changed.

use serde_json::{Map, Number, Value, json};

use crate::{
    dice::Dice,
    make::{text, words},
};

/// Any JSON, not deep.
pub(crate) fn any(dice: &mut Dice, depth: usize) -> Value {
    match dice.between(0, if depth == 0 { 5 } else { 8 }) {
        0 => Value::Null,
        1 => Value::Bool(dice.once_in(2)),
        2 => number(dice),
        3..=5 => Value::String(words::any(dice)),
        6 => (0..dice.small(6)).map(|_| any(dice, depth - 1)).collect(),
        7 => Value::Object((0..dice.small(6)).map(|_| (words::any(dice), any(dice, depth - 1))).collect()),
        _ => large(dice),
    }
}

fn number(dice: &mut Dice) -> Value {
    match dice.between(0, 7) {
        0 => json!(dice.small(20)),
        1 => json!(-1),
        2 => json!(dice.any()),
        3 => json!(i64::MIN),
        4 => json!(u64::MAX),
        5 => Number::from_f64(f64::from_bits(dice.any())).map_or(json!(0.5), Value::Number),
        6 => json!(1e308),
        _ => json!(dice.small(20_000)),
    }
}

/// Much of something.
fn large(dice: &mut Dice) -> Value {
    let times = dice.small(30_000);
    match dice.between(0, 2) {
        0 => Value::String(dice.word(&["x", "é", "a/", "\"", "\0", "${{ a }}", "a,"]).repeat(times)),
        1 => vec![json!(dice.word(&["", "x", "yy"])); times].into(),
        _ => (0..times.min(100))
            .fold(json!(1), |inner, _| if dice.once_in(2) { json!([inner]) } else { json!({ "a": inner }) }),
    }
}

/// Changes a value a few times. Texts that are JSON themselves, as messages are, are changed inside.
pub(crate) fn mutate(value: &mut Value, others: &[Value], dice: &mut Dice) {
    for _ in 0..=dice.small(5) {
        let target = dice.between(0, count(value).saturating_sub(1));
        if let Some(node) = nth(value, &mut { target }) {
            change(node, others, dice);
        }
    }
}

fn change(node: &mut Value, others: &[Value], dice: &mut Dice) {
    if let Value::String(inner) = node
        && !dice.once_in(4)
    {
        *inner = match serde_json::from_str::<Value>(inner) {
            Ok(mut value) if value.is_object() || value.is_array() => {
                mutate(&mut value, others, dice);
                value.to_string()
            }
            Ok(_) | Err(_) => {
                let mut changed = std::mem::take(inner);
                text::mutate(&mut changed, &[], dice);
                changed
            }
        };
        return;
    }
    match dice.between(0, 6) {
        0 => *node = any(dice, 2),
        1 => *node = other(others, dice),
        2 => *node = json!([node.take()]),
        3 => *node = json!({ words::any(dice): node.take() }),
        _ => match node {
            Value::Object(map) => change_object(map, dice),
            Value::Array(items) => change_array(items, others, dice),
            Value::Number(_) | Value::Null | Value::Bool(_) => *node = number(dice),
            Value::String(text) => *text = words::any(dice),
        },
    }
}

fn change_object(map: &mut Map<String, Value>, dice: &mut Dice) {
    let keys: Vec<String> = map.keys().cloned().collect();
    let Some(key) = dice.pick(&keys).cloned() else { return drop(map.insert(words::any(dice), any(dice, 1))) };
    match dice.between(0, 3) {
        0 => drop(map.remove(&key)),
        1 => {
            let value = map.remove(&key).unwrap_or_default();
            map.insert(words::any(dice), value);
        }
        2 => drop(map.insert(words::any(dice), any(dice, 2))),
        _ => drop(map.insert(key, any(dice, 2))),
    }
}

fn change_array(items: &mut Vec<Value>, others: &[Value], dice: &mut Dice) {
    let at = dice.between(0, items.len());
    match dice.between(0, 3) {
        0 => items.truncate(at),
        1 => items.insert(at, other(others, dice)),
        2 => items.insert(at, any(dice, 2)),
        _ => {
            let copy = items.get(at).cloned().unwrap_or_default();
            // Some hundreds of messages or records in one event are the most that there can be.
            items.extend(std::iter::repeat_n(copy, dice.small(300)));
        }
    }
}

/// A part of another event, or all of it.
fn other(others: &[Value], dice: &mut Dice) -> Value {
    let mut whole = dice.pick(others).cloned().unwrap_or_default();
    let target = dice.between(0, count(&whole).saturating_sub(1));
    nth(&mut whole, &mut { target }).map(Value::take).unwrap_or_default()
}

/// How many nodes it has.
fn count(value: &Value) -> usize {
    match value {
        Value::Array(items) => 1 + items.iter().map(count).sum::<usize>(),
        Value::Object(map) => 1 + map.values().map(count).sum::<usize>(),
        Value::Null | Value::Bool(_) | Value::Number(_) | Value::String(_) => 1,
    }
}

/// The node of that number.
fn nth<'a>(value: &'a mut Value, left: &mut usize) -> Option<&'a mut Value> {
    if *left == 0 {
        return Some(value);
    }
    *left -= 1;
    match value {
        Value::Array(items) => items.iter_mut().find_map(|item| nth(item, left)),
        Value::Object(map) => map.values_mut().find_map(|item| nth(item, left)),
        Value::Null | Value::Bool(_) | Value::Number(_) | Value::String(_) => None,
    }
}
