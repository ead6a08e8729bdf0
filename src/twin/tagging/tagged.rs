//! The resources that can have tags, as this API knows them.

use std::collections::BTreeMap;

use crate::twin::cloudcontrol::{self, GLOBAL};
use crate::twin::wire::fault::{Answer, Fault};
use crate::twin::world::{Call, Caller};

/// A resource that can have tags.
#[derive(Debug, Clone)]
pub(super) struct Tagged {
    pub(super) arn: String,
    /// The tags that this API knows of.
    pub(super) tags: BTreeMap<String, String>,
    pub(super) type_name: String,
    pub(super) identifier: String,
    /// Under which region the resource is kept.
    pub(super) home: String,
}

/// A refused input.
pub(super) fn invalid(message: impl Into<String>) -> Fault {
    Fault::new("InvalidParameterException", message)
}

/// What this API does not tell (<https://docs.aws.amazon.com/resourcegroupstagging/latest/APIReference/supported-services.html>).
const LEFT_OUT: &[&str] = &["AWS::IAM::Role"];

/// The caller's resources in the caller's region; what has no region is in us-east-1.
///
/// # Errors
/// None but those of types.
pub(super) fn all(call: &mut Call<'_>) -> Answer<Vec<Tagged>> {
    let Caller { account, region, .. } = call.caller.clone();
    cloudcontrol::refresh(call.world, &call.caller);
    let homes = if region == "us-east-1" { vec![region.clone(), GLOBAL.to_owned()] } else { vec![region.clone()] };
    let mut found = Vec::new();
    for home in homes {
        let types = call.world.cloud_control.types_of(&account, &home);
        for type_name in types.into_iter().filter(|name| !LEFT_OUT.contains(&name.as_str())) {
            let schema = call.world.cloud_control.schema(&type_name)?;
            if schema.tags.is_none() {
                continue;
            }
            for (identifier, resource) in call.world.cloud_control.kept(&account, &home, &type_name) {
                let Some(arn) = cloudcontrol::arn_of(&schema, &account, &region, identifier, &resource.model) else {
                    continue;
                };
                let earlier = resource.earlier_tags.as_ref().filter(|(_, until)| *until > call.now);
                let tags = match earlier {
                    Some((tags, _)) => tags.clone(),
                    None if resource.ready > call.now => BTreeMap::new(),
                    None => cloudcontrol::tags_of(&schema, &resource.model),
                };
                let (type_name, identifier, home) = (type_name.clone(), identifier.clone(), home.clone());
                found.push(Tagged { arn, tags, type_name, identifier, home });
            }
        }
    }
    found.sort_by(|one, other| one.arn.cmp(&other.arn));
    Ok(found)
}
