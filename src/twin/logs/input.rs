//! What the actions of CloudWatch Logs have in common: how names and tags must look, and how a log group is found.

use std::collections::BTreeMap;

use super::state::{LogGroup, Regional};
use crate::twin::wire::fault::{Answer, Fault};
use crate::twin::world::Call;

/// The most tags that a log group may have.
const TAGS: usize = 50;

/// A refused input.
pub(super) fn invalid(message: impl Into<String>) -> Fault {
    Fault::new("InvalidParameterException", message)
}

/// The caller's log groups.
pub(super) fn regional<'a>(call: &'a mut Call<'_>) -> &'a mut Regional {
    call.world.logs.of(&call.caller)
}

/// A log group that a call at this moment sees.
///
/// # Errors
/// `ResourceNotFoundException`.
pub(super) fn find<'a>(call: &'a mut Call<'_>, name: &str) -> Answer<&'a mut LogGroup> {
    let now = call.now;
    let Regional { groups, visibility } = regional(call);
    let unknown = || Fault::new("ResourceNotFoundException", "The specified log group does not exist.");
    groups.get_mut(name).filter(|_| visibility.sees(name, now)).ok_or_else(unknown)
}

/// Refuses what cannot be a log group's name.
pub(super) fn check_name(name: &str) -> Answer<()> {
    let allowed = |letter: char| letter.is_ascii_alphanumeric() || "._-/#".contains(letter);
    if (1..=512).contains(&name.len()) && name.chars().all(allowed) {
        return Ok(());
    }
    Err(invalid(format!("Value '{name}' at 'logGroupName' failed to satisfy constraint: [\\.\\-_/#A-Za-z0-9]+")))
}

/// Refuses what a tag must not be.
pub(super) fn check_tags(tags: &BTreeMap<String, String>) -> Answer<()> {
    let allowed = |letter: char| letter.is_alphanumeric() || letter.is_whitespace() || "_.:/=+-@".contains(letter);
    let fits = |(key, value): (&String, &String)| {
        (1..=128).contains(&key.chars().count())
            && value.chars().count() <= 256
            && key.chars().chain(value.chars()).all(allowed)
    };
    if let Some((key, _)) = tags.iter().find(|tag| !fits(*tag)) {
        return Err(invalid(format!("The tag '{key}' does not satisfy the constraints of tags.")));
    }
    if tags.keys().any(|key| key.to_lowercase().starts_with("aws:")) {
        return Err(invalid("aws: prefixed tag key names are not allowed for external use."));
    }
    Ok(())
}

/// Refuses more tags than a log group may have.
pub(super) fn check_tag_count(tags: &BTreeMap<String, String>) -> Answer<()> {
    if tags.len() > TAGS {
        return Err(Fault::new("TooManyTagsException", format!("A resource can have at most {TAGS} tags.")));
    }
    Ok(())
}
