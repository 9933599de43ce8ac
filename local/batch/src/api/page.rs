//! Pages of lists.

use crate::{Error, table::resources::Resource};

/// The most that a page holds: 100, or `max_results` if it is less.
///
/// # Errors
/// If it is no number from 1.
pub(super) fn size(max_results: Option<i64>) -> Result<usize, Error> {
    match max_results {
        None => Ok(100),
        Some(size) if size >= 1 => Ok(usize::try_from(size).unwrap_or(100).min(100)),
        Some(size) => Err(Error::client(format!("maxResults is {size}; it may be 1 to 100"))),
    }
}

/// Cuts `items`, of which one more than `size` was asked for, and answers whether there are more.
pub(super) fn cut<T>(items: &mut Vec<T>, size: usize) -> bool {
    let more = items.len() > size;
    items.truncate(size);
    more
}

/// The error of a token that no page was given with.
pub(super) fn unknown_token(token: &str) -> Error {
    Error::client(format!("nextToken {token:?} is not one that was given out: start again without it"))
}

/// A page of resources.
#[derive(Debug)]
pub(super) struct Page<R> {
    pub(super) items: Vec<R>,
    pub(super) next_token: Option<String>,
}

/// The page of `all`, which come by name, that begins after `token`: those named, or all if none is.
///
/// # Errors
/// If the page's size makes no sense.
pub(super) fn of<R: Resource>(
    mut all: Vec<R>,
    names: &[&str],
    max_results: Option<i64>,
    token: Option<&str>,
) -> Result<Page<R>, Error> {
    let size = size(max_results)?;
    all.retain(|resource| names.is_empty() || names.contains(&resource.name()));
    all.retain(|resource| token.is_none_or(|token| resource.name() > token));
    let more = cut(&mut all, size);
    let next_token = all.last().filter(|_| more).map(|last| last.name().to_owned());
    Ok(Page { items: all, next_token })
}
