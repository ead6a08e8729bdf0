//! The entries of network ACLs.
//!
//! <https://docs.aws.amazon.com/vpc/latest/userguide/nacl-rules.html>

use std::collections::BTreeMap;

use ipnet::Ipv4Net;
use serde::{Deserialize, Serialize};

use super::{Actions, cidr, network_acl};
use crate::twin::wire::fault::Answer;
use crate::twin::wire::{Fault, Form, Xml};
use crate::twin::world::Call;

/// The family's actions.
pub const ACTIONS: Actions =
    &[("CreateNetworkAclEntry", create), ("DeleteNetworkAclEntry", delete), ("ReplaceNetworkAclEntry", replace)];

/// The greatest number that an entry may have; the one after it is AWS's own, which denies everything.
const GREATEST: i64 = 32766;

/// An entry, without its direction and number.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Entry {
    protocol: String,
    action: String,
    range: Ipv4Net,
    ports: Option<(i64, i64)>,
    icmp: Option<(i64, i64)>,
}

impl Entry {
    /// The entry by which a default network ACL lets everything through.
    #[must_use]
    pub fn allow_all() -> Self {
        Self { action: String::from("allow"), ..deny_all() }
    }
}

fn deny_all() -> Entry {
    let (protocol, action) = (String::from("-1"), String::from("deny"));
    Entry { protocol, action, range: Ipv4Net::default(), ports: None, icmp: None }
}

/// Keys of two parts are no keys of JSON: a list of keys and entries is.
pub mod listed {
    use std::collections::BTreeMap;

    use serde::{Deserialize, Deserializer, Serialize, Serializer};

    use super::Entry;

    /// Writes the map as a list.
    ///
    /// # Errors
    /// The serializer's.
    pub fn serialize<S: Serializer>(entries: &BTreeMap<(bool, u16), Entry>, serializer: S) -> Result<S::Ok, S::Error> {
        entries.iter().collect::<Vec<_>>().serialize(serializer)
    }

    /// Reads the map from a list.
    ///
    /// # Errors
    /// The deserializer's.
    pub fn deserialize<'de, D: Deserializer<'de>>(deserializer: D) -> Result<BTreeMap<(bool, u16), Entry>, D::Error> {
        Ok(Vec::<((bool, u16), Entry)>::deserialize(deserializer)?.into_iter().collect())
    }
}

/// Which entry a request is about.
fn read_place(form: &Form) -> Answer<(&str, (bool, u16))> {
    let acl = form.required("NetworkAclId")?;
    form.required("RuleNumber")?;
    form.required("Egress")?;
    let number = form.integer("RuleNumber")?.unwrap_or_default();
    let egress = form.boolean("Egress")?.unwrap_or_default();
    match u16::try_from(number).ok().filter(|_| (1..=GREATEST).contains(&number)) {
        Some(known) => Ok((acl, (egress, known))),
        None => {
            let text = format!("Value ({number}) for parameter ruleNumber is invalid.");
            Err(Fault::new("InvalidParameterValue", text))
        }
    }
}

fn read_entry(form: &Form) -> Answer<Entry> {
    form.required("RuleAction")?;
    let action = form.one_of("RuleAction", &["allow", "deny"])?.unwrap_or_default().to_owned();
    let protocol = form.required("Protocol")?.to_owned();
    if protocol.parse::<i16>().ok().is_none_or(|number| !(-1..=255).contains(&number)) {
        let text = format!("Value ({protocol}) for parameter protocol is invalid. Unknown protocol.");
        return Err(Fault::new("InvalidParameterValue", text));
    }
    let range = cidr::parse("cidrBlock", form.required("CidrBlock")?)?;
    let two = |name: &str, first: &str, second: &str| -> Answer<Option<(i64, i64)>> {
        let Some(part) = form.form(name) else { return Ok(None) };
        Ok(part.integer(first)?.zip(part.integer(second)?))
    };
    let (ports, icmp) = (two("PortRange", "From", "To")?, two("Icmp", "Type", "Code")?);
    let missing = match protocol.as_str() {
        "6" | "17" if ports.is_none() => Some("portRange"),
        "1" if icmp.is_none() => Some("icmpTypeCode"),
        _ => None,
    };
    if let Some(missing) = missing {
        return Err(Fault::new("MissingParameter", format!("The request must contain the parameter {missing}")));
    }
    form.finish()?;
    Ok(Entry { protocol, action, range, ports, icmp })
}

/// The entries of a network ACL that the call sees.
fn entries<'c>(call: &'c mut Call<'_>, acl: &str) -> Answer<&'c mut BTreeMap<(bool, u16), Entry>> {
    let now = call.now;
    let state = call.ec2();
    network_acl::find(state, acl, now)?;
    let acl = state.network_acls.get_mut(acl).ok_or_else(|| network_acl::KIND.unknown(acl))?;
    Ok(&mut acl.entries)
}

fn create(call: &mut Call<'_>, form: &Form, xml: &mut Xml) -> Answer<()> {
    let (acl, place) = read_place(form)?;
    let entry = read_entry(form)?;
    let entries = entries(call, acl)?;
    if entries.contains_key(&place) {
        let text = format!("The network acl entry identified by {} already exists.", place.1);
        return Err(Fault::new("NetworkAclEntryAlreadyExists", text));
    }
    entries.insert(place, entry);
    xml.text("return", true);
    Ok(())
}

fn replace(call: &mut Call<'_>, form: &Form, xml: &mut Xml) -> Answer<()> {
    let (acl, place) = read_place(form)?;
    let entry = read_entry(form)?;
    *entries(call, acl)?.get_mut(&place).ok_or_else(|| unknown(place.1))? = entry;
    xml.text("return", true);
    Ok(())
}

fn delete(call: &mut Call<'_>, form: &Form, xml: &mut Xml) -> Answer<()> {
    let (acl, place) = read_place(form)?;
    form.finish()?;
    entries(call, acl)?.remove(&place).ok_or_else(|| unknown(place.1))?;
    xml.text("return", true);
    Ok(())
}

fn unknown(number: u16) -> Fault {
    let text = format!("The network acl entry identified by {number} does not exist.");
    Fault::new("InvalidNetworkAclEntry.NotFound", text)
}

/// Writes a network ACL's entries, those that leave first, each direction ending with AWS's own.
pub fn write(xml: &mut Xml, entries: &BTreeMap<(bool, u16), Entry>) {
    let last = deny_all();
    let directions = [true, false].into_iter().flat_map(|direction| {
        let own = entries.iter().filter(move |((egress, _), _)| *egress == direction);
        own.map(|(place, entry)| (*place, entry)).chain([((direction, 32767), &last)])
    });
    xml.list("entrySet", directions, |item, ((egress, number), entry)| {
        item.text("ruleNumber", number).text("protocol", &entry.protocol).text("ruleAction", &entry.action);
        item.text("egress", egress).text("cidrBlock", entry.range);
        if let Some((from, to)) = entry.ports {
            item.element("portRange", |xml| {
                xml.text("from", from).text("to", to);
            });
        }
        if let Some((kind, code)) = entry.icmp {
            item.element("icmpTypeCode", |xml| {
                xml.text("type", kind).text("code", code);
            });
        }
    });
}

#[cfg(test)]
mod tests {
    use crate::twin::ec2::test_support::{bench, text, texts};

    #[test]
    fn entries_are_made_replaced_and_deleted() {
        let mut bench = bench();
        let vpc = bench.vpc("10.0.0.0/16");
        let of_vpc = format!("Action=DescribeNetworkAcls&Filter.1.Name=vpc-id&Filter.1.Value.1={vpc}");
        let acl = text(&bench.done(&of_vpc), "networkAclId").to_owned();
        let entry = |verb: &str, number: u32, rest: &str| {
            format!("Action={verb}NetworkAclEntry&NetworkAclId={acl}&RuleNumber={number}&Egress=false{rest}")
        };
        let deny = "&RuleAction=deny&CidrBlock=192.0.2.0/24&Protocol=";
        for (query, code) in [
            (entry("Create", 32767, &format!("{deny}-1")), "InvalidParameterValue"),
            (entry("Create", 100, &format!("{deny}-1")), "NetworkAclEntryAlreadyExists"),
            (entry("Create", 50, &format!("{deny}6")), "MissingParameter"),
            (entry("Create", 50, &format!("{deny}tcp")), "InvalidParameterValue"),
            (entry("Replace", 50, &format!("{deny}-1")), "InvalidNetworkAclEntry.NotFound"),
            (entry("Delete", 50, ""), "InvalidNetworkAclEntry.NotFound"),
        ] {
            assert_eq!(bench.code(&query), code, "{query}");
        }
        bench.done(&entry("Create", 50, &format!("{deny}6&PortRange.From=22&PortRange.To=22")));
        bench.done(&entry("Replace", 100, &format!("{deny}-1")));
        let described = bench.done(&of_vpc);
        assert_eq!(texts(&described, "ruleNumber"), ["100", "32767", "50", "100", "32767"]);
        assert_eq!(texts(&described, "ruleAction"), ["allow", "deny", "deny", "deny", "deny"]);
        bench.done(&entry("Delete", 50, ""));
    }
}
