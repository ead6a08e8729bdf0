//! The network interfaces that resources have in subnets. While one is there, neither its subnet nor its security groups
//! can be deleted.

use std::net::Ipv4Addr;

use serde_json::Value;

use super::pointer::Pointer;
use super::state::home;
use crate::twin::ec2::network_interface::{self, InterfaceType, Specification};
use crate::twin::time::Moment;
use crate::twin::wire::fault::Answer;
use crate::twin::world::Call;

/// An interface that a resource is to have.
#[derive(Debug, Clone, PartialEq, Eq)]
struct Wanted {
    subnet: String,
    groups: Vec<String>,
    address: Option<Ipv4Addr>,
    interface_type: InterfaceType,
    description: String,
}

/// The most tasks of a service that the twin makes interfaces for.
const TASKS: u64 = 100;

fn wanted(call: &mut Call<'_>, type_name: &str, model: &Value, identifier: &str) -> Vec<Wanted> {
    let texts = |path: &str| Pointer::of(path).texts(model);
    let text = |name: &str| model[name].as_str().unwrap_or_default().to_owned();
    match type_name {
        "AWS::ElasticLoadBalancingV2::LoadBalancer" => {
            let is_network = model["Type"] == "network";
            let interface_type = if is_network { InterfaceType::NetworkLoadBalancer } else { InterfaceType::Managed };
            let description = format!("ELB {}", text("LoadBalancerFullName"));
            let groups = texts("SecurityGroups/*");
            let mappings = Pointer::of("SubnetMappings/*").values(model);
            let one = |mapping: &Value| Wanted {
                subnet: mapping["SubnetId"].as_str().unwrap_or_default().to_owned(),
                groups: groups.clone(),
                address: mapping["PrivateIPv4Address"].as_str().and_then(|address| address.parse().ok()),
                interface_type,
                description: description.clone(),
            };
            mappings.into_iter().map(one).collect()
        }
        "AWS::ApiGatewayV2::VpcLink" => {
            let groups = texts("SecurityGroupIds/*");
            let one = |subnet: String| Wanted {
                subnet,
                groups: groups.clone(),
                address: None,
                interface_type: InterfaceType::ApiGatewayManaged,
                description: format!("API Gateway managed interface for VPC link {identifier}"),
            };
            texts("SubnetIds/*").into_iter().map(one).collect()
        }
        "AWS::RDS::DBInstance" => {
            let group = text("DBSubnetGroupName");
            let (account, region) = (call.caller.account.clone(), call.caller.region.clone());
            let group = call.world.cloud_control.resource(&account, &region, "AWS::RDS::DBSubnetGroup", &group);
            let subnets = group.map(|group| Pointer::of("SubnetIds/*").texts(&group.model)).unwrap_or_default();
            let count = if model["MultiAZ"] == true { 2 } else { 1 };
            let groups = texts("VPCSecurityGroups/*");
            let one = |subnet: String| Wanted {
                subnet,
                groups: groups.clone(),
                address: None,
                interface_type: InterfaceType::Managed,
                description: "RDSNetworkInterface".to_owned(),
            };
            subnets.into_iter().take(count).map(one).collect()
        }
        "AWS::ECS::Service" => {
            let subnets = texts("NetworkConfiguration/AwsvpcConfiguration/Subnets/*");
            let groups = texts("NetworkConfiguration/AwsvpcConfiguration/SecurityGroups/*");
            let count = model["DesiredCount"].as_u64().unwrap_or(1).min(TASKS);
            let one = |subnet: &String| Wanted {
                subnet: subnet.clone(),
                groups: groups.clone(),
                address: None,
                interface_type: InterfaceType::Managed,
                description: format!("Task of {}", identifier.split('|').next().unwrap_or_default()),
            };
            subnets
                .iter()
                .cycle()
                .take(if subnets.is_empty() { 0 } else { usize::try_from(count).unwrap_or(0) })
                .map(one)
                .collect()
        }
        _ => Vec::new(),
    }
}

/// Makes a new resource's interfaces.
///
/// # Errors
/// What making one answers; then none was made.
pub(crate) fn make(call: &mut Call<'_>, type_name: &str, model: &Value, identifier: &str) -> Answer<Vec<String>> {
    let wanted = wanted(call, type_name, model, identifier);
    make_all(call, &wanted)
}

fn make_all(call: &mut Call<'_>, wanted: &[Wanted]) -> Answer<Vec<String>> {
    let mut made = Vec::new();
    for one in wanted {
        let specification = Specification {
            subnet_id: &one.subnet,
            interface_type: one.interface_type,
            description: one.description.clone(),
            groups: one.groups.clone(),
        };
        match network_interface::create_at(call, &specification, one.address) {
            Ok(id) => made.push(id),
            Err(fault) => {
                let now = call.now;
                release(call, &made, now);
                return Err(fault);
            }
        }
    }
    Ok(made)
}

/// Gives a changed resource the interfaces that it is to have; what it no longer has is gone at `done`.
///
/// # Errors
/// What making one answers; then nothing was changed.
pub(crate) fn change(
    call: &mut Call<'_>,
    type_name: &str,
    model: &Value,
    identifier: &str,
    done: Moment,
) -> Answer<()> {
    let mut wanted = wanted(call, type_name, model, identifier);
    let (account, home) = (call.caller.account.clone(), home(type_name, &call.caller.region));
    let Some(resource) = call.world.cloud_control.resource(&account, &home, type_name, identifier) else {
        return Ok(());
    };
    let there = resource.interfaces.clone();
    if there.is_empty() && wanted.is_empty() {
        return Ok(());
    }
    let now = call.now;
    let (mut kept, mut left) = (Vec::new(), Vec::new());
    for id in there {
        let Some(interface) = call.ec2().network_interfaces.get(&id, now).cloned() else { continue };
        let same = |one: &Wanted| {
            one.subnet == interface.subnet_id && one.address.is_none_or(|address| address == interface.private_ip)
        };
        match wanted.iter().position(same) {
            Some(at) => kept.push((id, wanted.remove(at).groups)),
            None => left.push(id),
        }
    }
    let mut all = make_all(call, &wanted)?;
    let interfaces = &mut call.ec2().network_interfaces;
    for (id, groups) in kept {
        interfaces.set_groups(&id, &groups);
        all.push(id);
    }
    left.iter().for_each(|id| interfaces.release(id, done));
    if let Some(resource) = call.world.cloud_control.regional(&account, &home).find_mut(type_name, identifier) {
        resource.interfaces = all;
    }
    Ok(())
}

/// Lets interfaces be gone at a moment.
pub(crate) fn release(call: &mut Call<'_>, ids: &[String], gone: Moment) {
    if !ids.is_empty() {
        let interfaces = &mut call.ec2().network_interfaces;
        ids.iter().for_each(|id| interfaces.release(id, gone));
    }
}
