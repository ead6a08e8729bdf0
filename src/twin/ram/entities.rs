//! What can be shared, and with whom.

use super::input::{invalid, malformed, unknown};
use super::state::{Kind, sharing_enabled};
use super::{Association, Share};
use crate::twin::ec2::transit_gateway;
use crate::twin::time::Duration;
use crate::twin::wire::fault::{Answer, Fault};
use crate::twin::world::{Call, World};

/// Until an association is `ASSOCIATED`, a share `ACTIVE` or `DELETED`.
pub(super) const SETTLED: Duration = Duration::seconds(5, 20, 120);
/// From `ASSOCIATED` until the other account's services know of it.
const EFFECTIVE: Duration = Duration::seconds(10, 45, 120);

/// The one type of resource that the twin can share.
pub(super) const TRANSIT_GATEWAY: &str = "ec2:TransitGateway";

/// The type of a resource, as RAM names it.
pub(super) fn resource_type(arn: &str) -> Option<&'static str> {
    let resource = arn.strip_prefix("arn:aws:ec2:")?.splitn(3, ':').nth(2)?;
    resource.starts_with("transit-gateway/").then_some(TRANSIT_GATEWAY)
}

/// Refuses what the caller cannot share: what is not there, not shareable, or somebody else's.
pub(super) fn check_resource(call: &Call<'_>, arn: &str) -> Answer<()> {
    let parts: Vec<&str> = arn.splitn(6, ':').collect();
    let ["arn", "aws", _service, region, account, _resource] = parts.as_slice() else { return Err(malformed(arn)) };
    if resource_type(arn).is_none() {
        return Err(invalid(format!("The simulated AWS cannot share {arn}.")));
    }
    if *account != call.caller.account {
        let message = format!("You are not authorized to share {arn}: it belongs to another account.");
        return Err(Fault::new("OperationNotPermittedException", message));
    }
    if *region != call.caller.region || !exists(call.world, arn) {
        return Err(unknown(format!("Resource {arn} could not be found.")));
    }
    Ok(())
}

/// Refuses a principal that the share cannot have.
pub(super) fn check_principal(call: &Call<'_>, allow_external: bool, principal: &str) -> Answer<()> {
    if principal.len() == 12 && principal.bytes().all(|digit| digit.is_ascii_digit()) {
        return check_account(call, allow_external, principal);
    }
    let Some(rest) = principal.strip_prefix("arn:aws:organizations::") else {
        return Err(if principal.starts_with("arn:") {
            invalid(format!("The simulated AWS cannot share with {principal}."))
        } else {
            invalid(format!("Principal ID {principal} is malformed. Verify the ID and try again."))
        });
    };
    let parts: Vec<&str> = rest.split_once(':').map(|(_, path)| path.split('/').collect()).unwrap_or_default();
    let organization = call.world.organizations.organization_of(&call.caller.account);
    let enabled = organization.filter(|organization| sharing_enabled(call.world, &organization.id));
    match parts.as_slice() {
        ["organization", id] => {
            let found = enabled.is_some_and(|organization| organization.id == *id);
            if found { Ok(()) } else { Err(unknown(format!("Organization {id} could not be found."))) }
        }
        ["ou", id, unit] => {
            let found =
                enabled.is_some_and(|organization| organization.id == *id && organization.units.contains_key(*unit));
            if found { Ok(()) } else { Err(unknown(format!("OrganizationalUnit {unit} could not be found."))) }
        }
        _ => Err(malformed(principal)),
    }
}

fn check_account(call: &Call<'_>, allow_external: bool, principal: &str) -> Answer<()> {
    let accounts = &call.world.organizations;
    if principal == call.caller.account {
        return Err(invalid("You cannot share resources with your own account."));
    }
    let own = accounts.organization_of(&call.caller.account).map(|organization| organization.id.as_str());
    let other = accounts
        .account(principal, call.now)
        .and_then(|account| accounts.organization_of(&account.id))
        .map(|organization| organization.id.as_str());
    if own.is_some_and(|own| other == Some(own) && sharing_enabled(call.world, own)) {
        return Ok(());
    }
    if allow_external {
        let message = format!("The simulated AWS cannot invite {principal}, which is outside of your organization.");
        return Err(Fault::new("OperationNotPermittedException", message));
    }
    Err(invalid(format!(
        "Principal {principal} is not in your AWS organization. You do not have permission to add external AWS accounts to a resource share."
    )))
}

/// True where the account is outside of the share's owner's organization, or RAM may not share within it.
pub(super) fn is_external(world: &World, share: &Share, principal: &str) -> bool {
    let accounts = &world.organizations;
    let own = accounts.organization_of(&share.owner).map(|organization| organization.id.as_str());
    let other = accounts.organization_of(principal).map(|organization| organization.id.as_str());
    !principal.starts_with("arn:") && (own != other || !own.is_some_and(|own| sharing_enabled(world, own)))
}

/// A new association, made now.
pub(super) fn associate(call: &mut Call<'_>, kind: Kind, entity: String) -> Association {
    let associated_from = call.done_after("resource-share", SETTLED);
    let lag = call.done_after("resource-share-effective", EFFECTIVE).since(call.now);
    let effective_from = associated_from.after(lag);
    Association { kind, entity, created: call.now, associated_from, effective_from, removal: None }
}

/// True where the resource exists.
fn exists(world: &World, arn: &str) -> bool {
    let parts: Vec<&str> = arn.splitn(6, ':').collect();
    let ["arn", "aws", "ec2", region, account, resource] = parts.as_slice() else { return false };
    resource.strip_prefix("transit-gateway/").is_some_and(|id| transit_gateway::exists(world, account, region, id))
}
