//! Definitions by their JSON Schema: a key that the language gains is met without being named here.

use serde_json::{Map, Value, json};

use crate::{
    dice::Dice,
    make::{expression, json, words},
};

/// A definition, mostly a likely one.
pub(crate) fn definition(schema: &Value, dice: &mut Dice) -> Value {
    let mut made = Maker { root: schema, dice }.value(schema, "", 12);
    if let Value::Object(map) = &mut made {
        // What almost every definition has: else most would be refused for the same few reasons.
        if !dice.once_in(10) {
            map.insert("pipeline".to_owned(), json!("made"));
            let defaults = map.entry("defaults").or_insert_with(|| json!({}));
            if let Value::Object(defaults) = defaults {
                defaults.entry("image").or_insert_with(|| json!("busybox"));
            }
        }
    }
    made
}

struct Maker<'a> {
    root: &'a Value,
    dice: &'a mut Dice,
}

impl Maker<'_> {
    /// A value of the schema, under that key.
    fn value(&mut self, schema: &Value, key: &str, depth: usize) -> Value {
        if depth == 0 || self.dice.once_in(60) {
            return json::any(self.dice, 1);
        }
        if let Some(name) = schema.get("$ref").and_then(Value::as_str) {
            let root = self.root;
            let named = name.strip_prefix('#').and_then(|pointer| root.pointer(pointer)).unwrap_or(&Value::Null);
            return self.value(named, key, depth - 1);
        }
        let either = ["anyOf", "oneOf"].iter().find_map(|word| schema.get(*word)).and_then(Value::as_array);
        if let Some(either) = either {
            let one = self.dice.pick(either).unwrap_or(&Value::Null);
            return self.value(one, key, depth - 1);
        }
        if let Some(constant) = schema.get("const") {
            return constant.clone();
        }
        match schema.get("type").and_then(Value::as_str) {
            Some("object") => self.object(schema, key, depth),
            Some("array") => {
                let most = if self.dice.once_in(50) { 60 } else { 4 };
                let items = schema.get("items").unwrap_or(&Value::Null);
                (0..self.dice.between(usize::from(key == "command"), most))
                    .map(|_| self.value(items, key, depth - 1))
                    .collect()
            }
            Some("string") => Value::String(self.text(key)),
            Some("integer" | "number") => self.number(schema),
            Some("boolean") => Value::Bool(self.dice.once_in(2)),
            _ => json::any(self.dice, 2),
        }
    }

    fn object(&mut self, schema: &Value, key: &str, depth: usize) -> Value {
        let mut made = Map::new();
        let required: Vec<&str> =
            schema.get("required").and_then(Value::as_array).into_iter().flatten().filter_map(Value::as_str).collect();
        for (name, of) in schema.get("properties").and_then(Value::as_object).into_iter().flatten() {
            let wanted = if required.contains(&name.as_str()) { !self.dice.once_in(40) } else { self.dice.once_in(4) };
            if wanted {
                made.insert(name.clone(), self.value(of, name, depth - 1));
            }
        }
        if let Some(of) = schema.get("additionalProperties").filter(|of| of.is_object()) {
            let most = if self.dice.once_in(60) { 40 } else { 4 };
            for _ in 0..self.dice.between(1, most) {
                let name = words::for_key(key, self.dice);
                made.insert(name, self.value(of, key, depth - 1));
            }
        }
        if self.dice.once_in(40) {
            made.insert(words::any(self.dice), json::any(self.dice, 1));
        }
        Value::Object(made)
    }

    fn text(&mut self, key: &str) -> String {
        match key {
            "when" => expression::expression(self.dice, 3),
            "command" | "env" if self.dice.once_in(3) => format!("${{{{ {} }}}}", expression::expression(self.dice, 3)),
            key => words::for_key(key, self.dice),
        }
    }

    fn number(&mut self, schema: &Value) -> Value {
        let bound = |word: &str| schema.get(word).and_then(Value::as_u64).and_then(|bound| usize::try_from(bound).ok());
        let (least, most) = (bound("minimum").unwrap_or(0), bound("maximum").unwrap_or(100));
        match self.dice.between(0, 20) {
            0 => json!(most.saturating_add(1)),
            1 => json!(least.saturating_sub(1)),
            2 => json!(most),
            3 => json::any(self.dice, 0),
            4 => json!(1.5),
            _ => json!(least + self.dice.small(most.saturating_sub(least))),
        }
    }
}
