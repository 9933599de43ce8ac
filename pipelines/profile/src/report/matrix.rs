//! How the numeric columns move together.

use super::Profile;
use super::html::escape;

/// The lower half of the matrix, or nothing for fewer than two numeric columns.
pub(super) fn section(profile: &Profile<'_>) -> String {
    let name = |position: &usize| profile.plan.columns.get(*position).map_or("", |column| &column.name);
    let names: Vec<&str> = profile.correlations.columns.iter().map(name).collect();
    if names.len() < 2 {
        return String::new();
    }
    let heads = names
        .iter()
        .take(names.len() - 1)
        .map(|name| format!("<th scope=\"col\"><span>{}</span></th>", escape(name).replace('_', "_<wbr>")));
    let rows = names.iter().skip(1).zip(&profile.correlations.rows).map(|(name, row)| {
        let cells: String = row.iter().map(cell).collect();
        format!("<tr><th scope=\"row\">{}</th>{cells}</tr>", escape(name))
    });
    format!(
        "<section><h2>Together</h2><p class=\"note\">Pearson’s correlation of the numeric columns, over the records that have both: \
         <span class=\"rise\">1 rise together</span>, 0 unrelated, <span class=\"fall\">−1 one rises as the other falls</span></p>\
         <figure class=\"panel scroll\"><table class=\"matrix\"><thead><tr><td></td>{}</tr></thead><tbody>{}</tbody></table></figure></section>\n",
        heads.collect::<String>(),
        rows.collect::<String>()
    )
}

fn cell(coefficient: &Option<f64>) -> String {
    let Some(value) = coefficient else { return "<td class=\"none\">–</td>".into() };
    let side = if *value < 0.0 { "fall" } else { "rise" };
    let text = format!("{:.2}", value.abs());
    let sign = if *value < 0.0 && text != "0.00" { "−" } else { "" };
    let strong = if value.abs() > 0.55 { " strong" } else { "" };
    format!("<td class=\"{side}{strong}\" style=\"--heat:{:.0}%\">{sign}{text}</td>", value.abs() * 100.0)
}
