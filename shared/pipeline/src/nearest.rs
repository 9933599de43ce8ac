//! What somebody may have meant.

use crate::fault::excerpt;

/// The candidate most like the text, if any is like it at all.
pub(crate) fn nearest<'a>(text: &str, candidates: impl IntoIterator<Item = &'a str>) -> Option<&'a str> {
    if text.len() > 64 {
        return None;
    }
    let text = text.to_lowercase();
    let allowed = 1 + text.chars().count() / 4;
    candidates
        .into_iter()
        .map(|candidate| (strsim::osa_distance(&text, &candidate.to_lowercase()), candidate))
        .filter(|(distance, _)| *distance <= allowed)
        .min_by_key(|(distance, _)| *distance)
        .map(|(_, candidate)| candidate)
}

/// "did you mean …?", or else what there is.
pub(crate) fn suggestion(text: &str, candidates: &[&str]) -> String {
    match nearest(text, candidates.iter().copied()) {
        Some(near) => format!("did you mean `{}`?", excerpt(near)),
        None => {
            let known: Vec<_> = candidates.iter().map(|candidate| excerpt(candidate)).collect();
            format!("known here: {}", known.join(", "))
        }
    }
}
