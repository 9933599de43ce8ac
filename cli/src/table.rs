//! Tables for people: as wide as the terminal, or unwrapped where there is none.

use comfy_table::{Cell, Color, ColumnConstraint, ContentArrangement, Table, presets};

/// A table with those headings. Ids, in the columns named so, are never broken: they are there to be copied.
pub(crate) fn with_headings<const N: usize>(headings: [&str; N], colour: bool) -> Table {
    let mut table = Table::new();
    table.load_preset(presets::NOTHING).set_content_arrangement(ContentArrangement::Dynamic).set_header(headings);
    if colour {
        table.enforce_styling();
    } else {
        // A table that is told of no terminal forgets the terminal's width as well.
        let width = table.width();
        table.force_no_tty();
        if let Some(width) = width {
            table.set_width(width);
        }
    }
    for (column, heading) in table.column_iter_mut().zip(headings) {
        column.set_padding((0, 2));
        if matches!(heading, "RUN" | "JOB") {
            column.set_constraint(ColumnConstraint::ContentWidth);
        }
    }
    table
}

/// A status in its colour. `name` begins with the status; what follows says more.
pub(crate) fn status(name: &str) -> Cell {
    let colour = match name.split(' ').next().unwrap_or_default() {
        "SUCCEEDED" => Some(Color::Green),
        "FAILED" => Some(Color::Red),
        "CANCELLED" | "CANCELLING" | "SKIPPED" => Some(Color::Yellow),
        "WAITING" | "QUEUED" => Some(Color::DarkGrey),
        "RUNNING" => Some(Color::Cyan),
        _ => None,
    };
    match colour {
        Some(colour) => Cell::new(name).fg(colour),
        None => Cell::new(name),
    }
}

/// The table's text, without the blanks at the ends of lines.
pub(crate) fn text(table: &Table) -> String {
    let lines: Vec<String> = table.lines().map(|line| line.trim_end().to_owned()).collect();
    lines.join("\n")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_narrow_terminal_breaks_words_but_no_ids() {
        let mut table = with_headings(["STAGE", "STATUS", "JOB"], false);
        let job = "4c7599ae-0a82-49aa-ba5a-4727fcce14a8";
        table.add_row(vec![Cell::new("a stage of many words"), status("RUNNING 5/8, 1 failed"), Cell::new(job)]);
        table.set_width(66);
        let text = text(&table);
        assert!(text.lines().all(|line| line.chars().count() <= 66), "{text}");
        assert!(text.lines().count() > 2 && text.contains(job), "{text}");
    }

    #[test]
    fn without_a_terminal_nothing_is_broken() {
        let mut table = with_headings(["A", "B"], false);
        table.add_row(vec![Cell::new("word ".repeat(100)), status("SUCCEEDED")]);
        assert_eq!(text(&table).lines().count(), 2);
        assert!(!text(&table).contains('\x1b'));
    }
}
