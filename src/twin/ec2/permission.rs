//! `IpPermissions`: how requests name the rules of security groups.

use super::security_group_rule::{Direction, Peer, Rule, Traffic};
use super::{cidr, security_group};
use crate::twin::wire::fault::Answer;
use crate::twin::wire::{Fault, Form};

/// Reads `IpPermissions.N`, one rule for every peer of every permission.
///
/// # Errors
/// `InvalidParameterValue`, `MissingParameter`, `InvalidGroupId.Malformed`, `InvalidPermission.Malformed`.
pub fn read(form: &Form, direction: Direction, account: &str) -> Answer<Vec<Rule>> {
    let mut rules = Vec::new();
    for permission in form.forms("IpPermissions") {
        let traffic = read_traffic(permission)?;
        let before = rules.len();
        for (peer, form) in read_peers(permission, account)? {
            let description = form.optional("Description").filter(|text| !text.is_empty());
            if description.is_some_and(|text| text.chars().count() > 255) {
                let text = "Description must be no longer than 255 characters";
                return Err(Fault::new("InvalidParameterValue", text));
            }
            let description = description.map(str::to_owned);
            rules.push(Rule { direction, traffic: traffic.clone(), peer, description });
        }
        if rules.len() == before {
            let text = "The request must contain an IpRange, an Ipv6Range, a PrefixListId or a UserIdGroupPair in \
                        every IpPermission";
            return Err(Fault::new("MissingParameter", text));
        }
    }
    Ok(rules)
}

fn read_traffic(form: &Form) -> Answer<Traffic> {
    let text = form.required("IpProtocol")?;
    let ports = (form.integer("FromPort")?, form.integer("ToPort")?);
    let invalid = |text: String| Err(Fault::new("InvalidParameterValue", text));
    let protocol = match text.to_ascii_lowercase().as_str() {
        "-1" | "all" => return Ok(Traffic::all()),
        "tcp" | "6" => "tcp",
        "udp" | "17" => "udp",
        "icmp" | "1" => "icmp",
        "icmpv6" | "58" => "icmpv6",
        other => {
            return match other.parse::<u8>() {
                Ok(number) => Ok(Traffic { protocol: number.to_string(), ports: None }),
                Err(_) => Err(Fault::new("InvalidPermission.Malformed", format!("Unsupported IP protocol \"{text}\""))),
            };
        }
    };
    let ports = match (protocol, ports) {
        ("icmp" | "icmpv6", (from, to)) => (from.unwrap_or(-1), to.unwrap_or(-1)),
        (_, (Some(from), Some(to))) => (from, to),
        _ => return invalid(String::from("Must specify both from and to ports with TCP/UDP.")),
    };
    let (least, most) = if matches!(protocol, "tcp" | "udp") { (0, 65_535) } else { (-1, 255) };
    let in_order = !matches!(protocol, "tcp" | "udp") || ports.0 <= ports.1;
    if !in_order || !(least..=most).contains(&ports.0) || !(least..=most).contains(&ports.1) {
        return invalid(format!("Invalid {} port range ({}:{})", protocol.to_ascii_uppercase(), ports.0, ports.1));
    }
    Ok(Traffic { protocol: protocol.to_owned(), ports: Some(ports) })
}

fn read_peers<'a>(form: &'a Form, account: &str) -> Answer<Vec<(Peer, &'a Form)>> {
    let mut peers = Vec::new();
    for one in form.forms("IpRanges") {
        peers.push((Peer::Ipv4(cidr::parse("cidrIp", one.required("CidrIp")?)?), one));
    }
    for one in form.forms("Ipv6Ranges") {
        let text = one.required("CidrIpv6")?;
        let block = text.parse::<ipnet::Ipv6Net>().map_err(|_| {
            let text = format!("Value ({text}) for parameter cidrIpv6 is invalid. This is not a valid CIDR block.");
            Fault::new("InvalidParameterValue", text)
        })?;
        peers.push((Peer::Ipv6(block.trunc()), one));
    }
    for one in form.forms("PrefixListIds") {
        peers.push((Peer::PrefixList(one.required("PrefixListId")?.to_owned()), one));
    }
    for one in form.forms("Groups") {
        let id = one.required("GroupId")?;
        security_group::KIND.check(id)?;
        let user_id = one.optional("UserId").unwrap_or(account).to_owned();
        peers.push((Peer::Group { id: id.to_owned(), user_id }, one));
    }
    Ok(peers)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn code(query: &str) -> String {
        let form = Form::parse(query.as_bytes());
        read(&form, Direction::Ingress, "111111111111").unwrap_err().code
    }

    #[test]
    fn protocols_and_ports_that_aws_does_not_take_are_refused() {
        let peer = "IpPermissions.1.IpRanges.1.CidrIp=10.0.0.0/8";
        for (rest, expected) in [
            ("IpPermissions.1.IpProtocol=sctpx", "InvalidPermission.Malformed"),
            ("IpPermissions.1.IpProtocol=tcp", "InvalidParameterValue"),
            (
                "IpPermissions.1.IpProtocol=tcp&IpPermissions.1.FromPort=2&IpPermissions.1.ToPort=1",
                "InvalidParameterValue",
            ),
            (
                "IpPermissions.1.IpProtocol=udp&IpPermissions.1.FromPort=1&IpPermissions.1.ToPort=65536",
                "InvalidParameterValue",
            ),
            ("IpPermissions.1.FromPort=1", "MissingParameter"),
        ] {
            assert_eq!(code(&format!("{rest}&{peer}")), expected, "{rest}");
        }
        assert_eq!(code("IpPermissions.1.IpProtocol=-1"), "MissingParameter");
    }

    #[test]
    fn a_protocol_is_the_same_by_name_and_by_number() {
        let rule = |protocol: &str| {
            let query = format!(
                "IpPermissions.1.IpProtocol={protocol}&IpPermissions.1.FromPort=443&IpPermissions.1.ToPort=443\
                 &IpPermissions.1.IpRanges.1.CidrIp=10.1.2.3/8"
            );
            read(&Form::parse(query.as_bytes()), Direction::Ingress, "111111111111").unwrap()
        };
        assert_eq!(rule("6"), rule("tcp"));
        assert_eq!(rule("tcp")[0].peer, Peer::Ipv4("10.0.0.0/8".parse().unwrap()));
    }
}
