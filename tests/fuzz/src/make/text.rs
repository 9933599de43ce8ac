//! Changing a text, line by line, word by word, character by character.

use crate::{dice::Dice, make::words};

/// The longest text that is made, in bytes: beyond it a definition is refused for its length alone.
const LONGEST: usize = 264 * 1024;

/// Changes a text a few times. Parts may come from `others`.
pub(crate) fn mutate(text: &mut String, others: &[String], dice: &mut Dice) {
    for _ in 0..=dice.small(7) {
        match dice.between(0, 9) {
            0..=3 if !text.is_empty() => lines(text, others, dice),
            4..=6 => word(text, dice),
            _ => characters(text, others, dice),
        }
        if text.len() > LONGEST {
            text.truncate(text.floor_char_boundary(LONGEST));
        }
    }
}

/// Changes whole lines.
fn lines(text: &mut String, others: &[String], dice: &mut Dice) {
    let mut lines: Vec<&str> = text.split_inclusive('\n').collect();
    let last = lines.len().saturating_sub(1);
    let (from, to) = (dice.between(0, last), dice.between(0, last));
    let long;
    match dice.between(0, 6) {
        0 => lines.swap(from.min(last), to.min(last)),
        1 => drop(lines.drain(from.min(lines.len())..(from + dice.small(4)).min(lines.len()))),
        2 => lines.extend_from_within(from.min(lines.len())..(from + dice.small(4)).min(lines.len())),
        3 => {
            let other = dice.pick(others).map_or("", String::as_str);
            let theirs: Vec<&str> = other.split_inclusive('\n').collect();
            let begin = dice.between(0, theirs.len());
            let taken = theirs.get(begin..(begin + dice.small(8)).min(theirs.len())).unwrap_or_default();
            let at = to.min(lines.len());
            drop(lines.splice(at..at, taken.iter().copied()));
        }
        4 => {
            let indented = lines.get(from).map(|line| format!("{}{line}", " ".repeat(dice.small(6))));
            long = indented.unwrap_or_default();
            replace(&mut lines, from, &long);
        }
        5 => {
            let less = lines.get(from).map(|line| line.strip_prefix("  ").unwrap_or(line)).unwrap_or_default();
            replace(&mut lines, from, less);
        }
        _ => {
            // Many of one kind: what is quadratic shows.
            let times = dice.small(20_000);
            long = lines.get(from).map(|line| line.repeat(times.min(LONGEST / line.len().max(1)))).unwrap_or_default();
            replace(&mut lines, from, &long);
        }
    }
    *text = lines.concat();
}

fn replace<'a>(lines: &mut [&'a str], at: usize, by: &'a str) {
    if let Some(line) = lines.get_mut(at) {
        *line = by;
    }
}

/// Replaces a word by another.
fn word(text: &mut String, dice: &mut Dice) {
    let is_word = |c: char| c.is_alphanumeric() || c == '_' || c == '-' || c == '.';
    let at = position(text, dice);
    let start = text.get(at..).and_then(|rest| rest.find(is_word)).map_or(text.len(), |found| at + found);
    let end = text.get(start..).and_then(|rest| rest.find(|c| !is_word(c))).map_or(text.len(), |found| start + found);
    text.replace_range(start..end, &words::any(dice));
}

/// Cuts characters out, puts some in, or copies some.
fn characters(text: &mut String, others: &[String], dice: &mut Dice) {
    let from = position(text, dice);
    let to = text.ceil_char_boundary((from + dice.small(64)).min(text.len()));
    let part = match dice.between(0, 4) {
        0 => String::new(),
        1 | 2 => words::any(dice),
        3 => text.get(from..to).unwrap_or_default().repeat(dice.small(5_000).min(LONGEST / (to - from).max(1))),
        _ => {
            let other = dice.pick(others).map_or("", String::as_str);
            let begin = position(other, dice);
            let end = other.ceil_char_boundary((begin + dice.small(200)).min(other.len()));
            other.get(begin..end).unwrap_or_default().to_owned()
        }
    };
    let end = if dice.once_in(2) { from } else { to };
    text.replace_range(from..end, &part);
}

fn position(text: &str, dice: &mut Dice) -> usize {
    text.floor_char_boundary(dice.between(0, text.len()))
}
