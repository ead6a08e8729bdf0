//! At most one subnet in each Availability Zone, and an interface in each: what transit gateway attachments and
//! interface endpoints have.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use super::network_interface::{self, Specification};
use super::{State, subnet};
use crate::twin::time::Moment;
use crate::twin::wire::Fault;
use crate::twin::wire::fault::Answer;
use crate::twin::world::Call;

/// Subnets of one VPC, by the id of their zone.
#[derive(Debug, Clone, Default, Serialize, Deserialize)]
pub struct ZonalSubnets(BTreeMap<String, ZonalSubnet>);

/// A subnet and what was made in it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct ZonalSubnet {
    /// The subnet.
    pub subnet_id: String,
    /// The zone's name in the account that owns the subnet.
    pub zone_name: String,
    /// The interface in it, once it was made.
    pub network_interface_id: Option<String>,
}

impl ZonalSubnets {
    /// In the order of their zones' ids.
    pub fn iter(&self) -> impl Iterator<Item = &ZonalSubnet> {
        self.0.values()
    }

    /// True where there is none.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// Adds subnets of the VPC; `state` is its owner's.
    ///
    /// # Errors
    /// `InvalidSubnetID.NotFound`, also for a subnet of another VPC; `DuplicateSubnetsInSameZone`.
    pub fn add(&mut self, state: &State, vpc_id: &str, subnet_ids: &[&str], now: Moment) -> Answer<()> {
        for id in subnet_ids {
            let found = subnet::find(state, id, now)?;
            if found.vpc_id != vpc_id {
                let text = format!("The subnet ID '{id}' does not exist in the vpc '{vpc_id}'");
                return Err(Fault::new("InvalidSubnetID.NotFound", text));
            }
            let (subnet_id, zone_name) = ((*id).to_owned(), found.zone.name.clone());
            let added = ZonalSubnet { subnet_id, zone_name, network_interface_id: None };
            if let Some(other) = self.0.insert(found.zone.id.clone(), added) {
                let text = format!("Subnets {} and {id} are both in zone {}.", other.subnet_id, found.zone.name);
                return Err(Fault::new("DuplicateSubnetsInSameZone", text));
            }
        }
        Ok(())
    }

    /// Takes subnets away and gives them back, so that their interfaces can be released.
    ///
    /// # Errors
    /// `InvalidSubnetID.NotFound` for a subnet that is not among them.
    pub fn take(&mut self, subnet_ids: &[&str]) -> Answer<Self> {
        let mut taken = BTreeMap::new();
        for id in subnet_ids {
            let zone = self.0.iter().find(|(_, subnet)| subnet.subnet_id == *id).map(|(zone, _)| zone.clone());
            match zone.and_then(|zone| self.0.remove_entry(&zone)) {
                Some((zone, subnet)) => taken.insert(zone, subnet),
                None => return Err(subnet::KIND.unknown(id)),
            };
        }
        Ok(Self(taken))
    }

    /// Makes the interfaces that are missing, as `specify` says for a subnet; `call` is the VPC owner's.
    ///
    /// # Errors
    /// What making an interface answers; then nothing was changed.
    pub fn connect(
        &mut self,
        call: &mut Call<'_>,
        specify: impl for<'s> Fn(&'s str) -> Specification<'s>,
    ) -> Answer<()> {
        let mut made = BTreeMap::new();
        for (zone, subnet) in self.0.iter().filter(|(_, subnet)| subnet.network_interface_id.is_none()) {
            match network_interface::create(call, &specify(&subnet.subnet_id)) {
                Ok(interface) => made.insert(zone.clone(), interface),
                Err(fault) => {
                    let now = call.now;
                    made.values().for_each(|id| call.ec2().network_interfaces.release(id, now));
                    return Err(fault);
                }
            };
        }
        for (zone, subnet) in &mut self.0 {
            if let Some(interface) = made.remove(zone) {
                subnet.network_interface_id = Some(interface);
            }
        }
        Ok(())
    }

    /// Lets the interfaces be gone at a moment; `call` is the VPC owner's.
    pub fn release(&self, call: &mut Call<'_>, gone: Moment) {
        let interfaces = &mut call.ec2().network_interfaces;
        self.interfaces().for_each(|id| interfaces.release(id, gone));
    }

    /// The interfaces that there are.
    pub fn interfaces(&self) -> impl Iterator<Item = &String> {
        self.iter().filter_map(|subnet| subnet.network_interface_id.as_ref())
    }
}
