//! Stacks: each resource of a template as a resource of the zone.

use std::collections::BTreeMap;

use sha2::{Digest, Sha256};

use super::ExpandError;
use super::addresses::{NetworkAddresses, stack_resource};
use super::expansion::{Expansion, Placement};
use crate::graph::{Address, AnyRef};
use crate::kinds::{DeletionPolicy, Scope, StackResource, account_address, caller_address};
use crate::property::Property;
use crate::values::hexadecimal;
use crate::zone::{Purpose, Stack, StackDeletion, StackMember, StackTarget, Zone};

/// How many hexadecimal digits of a hash end a name.
const HASH: usize = 4;

/// Adds every stack.
pub(super) fn expand(expansion: &mut Expansion<'_>) -> Result<(), ExpandError> {
    let zone = expansion.zone;
    for stack in zone.stacks.values() {
        let placement = Placement::account(zone, &stack.name.account, scope_of(zone, stack)?);
        for (logical_id, member) in &stack.resources {
            let after = member.after.iter().map(|other| stack_resource(&stack.name, other)).collect::<Vec<_>>();
            let spec = resource(zone, stack, logical_id, member);
            expansion.add(&placement, stack_resource(&stack.name, logical_id), spec, after)?;
        }
    }
    Ok(())
}

/// Whose a stack is: of the workload that it is for; else of the hub, where the networking account has it.
fn scope_of(zone: &Zone, stack: &Stack) -> Result<Scope, ExpandError> {
    if let Some(workload) = &stack.workload {
        return Ok(Scope::Workload(workload.clone()));
    }
    let account = zone.accounts.get(&stack.name.account);
    let account = account.ok_or_else(|| ExpandError::UnknownAccount(stack.name.account.clone()))?;
    Ok(match account.purpose {
        Purpose::Networking => Scope::Hub,
        Purpose::Workload { .. } => Scope::Workload(stack.name.account.clone()),
    })
}

fn resource(zone: &Zone, stack: &Stack, logical_id: &str, member: &StackMember) -> StackResource {
    let mut properties: BTreeMap<String, Property<AnyRef>> = BTreeMap::new();
    for (name, value) in &member.properties {
        properties.insert(name.clone(), value.clone().map(&mut |target| address(&target)));
    }
    let prefix = format!("{}-{}-{}-{logical_id}", zone.name, stack.name.account, stack.name.stack);
    let hash = hexadecimal(&Sha256::digest(&prefix))[..HASH].to_owned();
    if let Some((property, name)) = member.rules.physical_name(&prefix, &hash) {
        properties.entry(property).or_insert(Property::Text(name));
    }
    let deletion = match member.deletion {
        StackDeletion::Delete => DeletionPolicy::Delete,
        StackDeletion::Retain => DeletionPolicy::Retain,
        StackDeletion::RetainExceptOnCreate => DeletionPolicy::RetainExceptOnCreate,
        StackDeletion::Snapshot => DeletionPolicy::Snapshot,
    };
    StackResource { rules: member.rules.clone(), properties, deletion, keeps_replaced: member.keeps_replaced }
}

fn address(target: &StackTarget) -> AnyRef {
    let address: Address = match target {
        StackTarget::Resource { stack, logical_id } => stack_resource(stack, logical_id),
        StackTarget::Account(account) => account_address(account),
        StackTarget::Caller => caller_address(),
        StackTarget::Vpc(network) => NetworkAddresses::of(network).vpc(),
        StackTarget::Subnet { network, tier, zone } => NetworkAddresses::of(network).subnet(tier, zone),
        StackTarget::EndpointGroup(network) => NetworkAddresses::of(network).endpoint_security_group(),
    };
    AnyRef::Address(address)
}
