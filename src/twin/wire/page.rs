//! Pages of lists in JSON answers.

use crate::twin::world::mix;

/// One page of `items`, and the token of the next. A token is only good for the list that gave it, which `list` names.
/// A `size` of zero gives an empty page with a token, as AWS may.
///
/// Returns nothing where the token is not one of this list's.
pub fn page<T>(items: Vec<T>, token: Option<&str>, size: usize, list: &str) -> Option<(Vec<T>, Option<String>)> {
    let mark = format!("{:016x}", mix(0, list, 0));
    let start = match token {
        None => 0,
        Some(token) => usize::from_str_radix(token.strip_prefix(&mark)?, 16).ok()?,
    };
    let total = items.len();
    let rest: Vec<T> = items.into_iter().skip(start).take(size).collect();
    let end = start + rest.len();
    Some((rest, (end < total).then(|| format!("{mark}{end:08x}"))))
}
