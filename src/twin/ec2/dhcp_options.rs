//! DHCP option sets, and which of them a VPC uses.
//!
//! <https://docs.aws.amazon.com/vpc/latest/userguide/DHCPOptionSet.html>

use std::collections::BTreeMap;
use std::net::Ipv4Addr;

use serde::{Deserialize, Serialize};

use super::describe::Describe;
use super::kind::Kind;
use super::look::Look;
use super::page::USUAL;
use super::{Actions, tag, visibility, vpc};
use crate::twin::time::Moment;
use crate::twin::wire::fault::Answer;
use crate::twin::wire::{Fault, Form, Xml};
use crate::twin::world::Call;

/// The family's actions.
pub const ACTIONS: Actions = &[
    ("AssociateDhcpOptions", associate_dhcp_options),
    ("CreateDhcpOptions", create_dhcp_options),
    ("DeleteDhcpOptions", delete_dhcp_options),
    ("DescribeDhcpOptions", describe_dhcp_options),
];

/// DHCP option sets.
pub const KIND: Kind = Kind {
    prefix: "dopt-",
    resource_type: "dhcp-options",
    not_found: "InvalidDhcpOptionID.NotFound",
    not_found_message: "The dhcpOption ID '{}' does not exist",
    malformed: "InvalidDhcpOptionsId.Malformed",
    exists: |state, id, _| state.dhcp_options.sets.contains_key(id),
};

/// What a VPC without any option set says (EC2 API reference, AssociateDhcpOptions).
pub const NONE: &str = "default";

/// Stands for the addresses of Amazon's own name servers.
const AMAZON: &str = "AmazonProvidedDNS";

/// The options that may be set, each with the most values that it takes.
const KEYS: &[(&str, usize)] = &[
    ("domain-name", 1),
    ("domain-name-servers", 4),
    ("ipv6-address-preferred-lease-time", 1),
    ("netbios-name-servers", 4),
    ("netbios-node-type", 1),
    ("ntp-servers", 4),
];

const FILTERS: &[&str] = &["dhcp-options-id", "key", "owner-id", "tag", "value"];

/// The option sets in one account and region.
#[derive(Debug, Clone, Default, Serialize, Deserialize)]
pub struct State {
    sets: BTreeMap<String, Options>,
    /// AWS's own set, which every new VPC uses; made with the first one.
    default: Option<String>,
}

/// The values of each option.
type Options = BTreeMap<String, Vec<String>>;

/// The id of AWS's own set in the caller's account and region.
pub fn default_set(call: &mut Call<'_>) -> String {
    let region = call.caller.region.clone();
    if let Some(known) = &call.ec2().dhcp_options.default {
        return known.clone();
    }
    let id = call.new_id("dopt");
    let domain = match region.as_str() {
        "us-east-1" => "ec2.internal".to_owned(),
        region => format!("{region}.compute.internal"),
    };
    let pair = |key: &str, value: String| (key.to_owned(), vec![value]);
    let options = [pair("domain-name", domain), pair("domain-name-servers", AMAZON.to_owned())];
    let state = &mut call.ec2().dhcp_options;
    state.sets.insert(id.clone(), options.into());
    state.default = Some(id.clone());
    id
}

fn create_dhcp_options(call: &mut Call<'_>, form: &Form, xml: &mut Xml) -> Answer<()> {
    let mut options = Options::new();
    for configuration in form.forms("DhcpConfiguration") {
        let key = configuration.required("Key")?;
        let values: Vec<String> = configuration.list("Value").into_iter().map(str::to_owned).collect();
        check(key, &values)?;
        if options.insert(key.to_owned(), values).is_some() {
            return Err(invalid(key, "it is given twice"));
        }
    }
    if options.is_empty() {
        return Err(Fault::new("MissingParameter", "The request must contain the parameter dhcpConfigurations"));
    }
    let tags = tag::specified(form, "TagSpecification", KIND.resource_type)?;
    form.finish()?;
    let id = call.new_id("dopt");
    visibility::created(call, &id);
    let state = call.ec2();
    state.dhcp_options.sets.insert(id.clone(), options.clone());
    state.tags.set(&id, tags);
    let look = Look::at(call);
    xml.element("dhcpOptions", |xml| write(xml, look, &id, &options));
    Ok(())
}

/// Checks the values of an option. <https://docs.aws.amazon.com/AWSEC2/latest/APIReference/API_CreateDhcpOptions.html>
fn check(key: &str, values: &[String]) -> Answer<()> {
    let Some((_, most)) = KEYS.iter().find(|(known, _)| *known == key) else {
        return Err(invalid(key, "it is no option"));
    };
    if values.is_empty() || values.len() > *most || values.iter().any(String::is_empty) {
        return Err(invalid(key, &format!("it takes 1 to {most} values")));
    }
    let is_right = |value: &String| match key {
        "domain-name" => value.len() <= 253 && value.bytes().all(|byte| byte.is_ascii_graphic() || byte == b' '),
        "domain-name-servers" => value == AMAZON || value.parse::<Ipv4Addr>().is_ok(),
        "netbios-node-type" => matches!(value.as_str(), "1" | "2" | "4" | "8"),
        "ipv6-address-preferred-lease-time" => value.parse().is_ok_and(|seconds: u32| seconds >= 140),
        _ => value.parse::<Ipv4Addr>().is_ok(),
    };
    match values.iter().find(|value| !is_right(value)) {
        Some(wrong) => Err(invalid(key, &format!("it takes no value '{wrong}'"))),
        None => Ok(()),
    }
}

fn invalid(key: &str, reason: &str) -> Fault {
    Fault::new("InvalidParameterValue", format!("Value for dhcp option '{key}' is invalid: {reason}"))
}

/// A set, or none, from now on for all that lease an address in the VPC.
fn associate_dhcp_options(call: &mut Call<'_>, form: &Form, xml: &mut Xml) -> Answer<()> {
    let (id, vpc_id) = (form.required("DhcpOptionsId")?, form.required("VpcId")?);
    form.finish()?;
    let now = call.now;
    let state = call.ec2();
    if id != NONE {
        find(state, id, now)?;
    }
    vpc::find(state, vpc_id, now)?;
    if let Some(vpc) = state.vpcs.get_mut(vpc_id) {
        id.clone_into(&mut vpc.dhcp_options_id);
    }
    xml.text("return", true);
    Ok(())
}

fn find<'a>(state: &'a super::State, id: &str, now: Moment) -> Answer<&'a Options> {
    KIND.find(state, id, now, |state| state.dhcp_options.sets.get(id))
}

fn delete_dhcp_options(call: &mut Call<'_>, form: &Form, xml: &mut Xml) -> Answer<()> {
    let id = form.required("DhcpOptionsId")?;
    form.finish()?;
    let now = call.now;
    let state = call.ec2();
    find(state, id, now)?;
    if state.vpcs.all().any(|(_, vpc)| vpc.dhcp_options_id == id) {
        let text = format!("The dhcpOptions '{id}' has dependencies and cannot be deleted.");
        return Err(Fault::new("DependencyViolation", text));
    }
    let sets = &mut state.dhcp_options;
    sets.sets.remove(id);
    sets.default.take_if(|default| default == id);
    state.tags.forget(id);
    xml.text("return", true);
    Ok(())
}

fn describe_dhcp_options(call: &mut Call<'_>, form: &Form, xml: &mut Xml) -> Answer<()> {
    let describe = Describe::read(form, &KIND, "DhcpOptionsId", FILTERS, Some(USUAL))?;
    let look = Look::at(call);
    let all = look.state.dhcp_options.sets.iter();
    let selection = describe.select(look.state, look.now, all, |id, options, name| match name {
        "dhcp-options-id" => vec![id.to_owned()],
        "key" => options.keys().cloned().collect(),
        "owner-id" => vec![look.account.to_owned()],
        "value" => options.values().flatten().cloned().collect(),
        _ => Vec::new(),
    })?;
    selection.write(xml, "dhcpOptionsSet", |xml, id, options| write(xml, look, id, options));
    Ok(())
}

fn write(xml: &mut Xml, look: Look<'_>, id: &str, options: &Options) {
    xml.text("dhcpOptionsId", id).text("ownerId", look.account);
    xml.list("dhcpConfigurationSet", options, |item, (key, values)| {
        item.text("key", key).list("valueSet", values, |item, value| {
            item.text("value", value);
        });
    });
    tag::write(xml, look.state.tags.of(id));
}

#[cfg(test)]
mod tests {
    use crate::twin::ec2::test_support::{bench, text};

    const CREATE: &str = "Action=CreateDhcpOptions&DhcpConfiguration.1.Key=domain-name-servers\
                          &DhcpConfiguration.1.Value.1=10.0.0.2&DhcpConfiguration.1.Value.2=10.0.1.2";

    #[test]
    fn a_vpc_has_awss_own_set_until_it_is_given_another_one() {
        let mut bench = bench();
        let vpc = bench.vpc("10.0.0.0/16");
        let describe = format!("Action=DescribeVpcs&VpcId.1={vpc}");
        let own = text(&bench.done(&describe), "dhcpOptionsId").to_owned();
        let described = bench.done(&format!("Action=DescribeDhcpOptions&DhcpOptionsId.1={own}"));
        assert!(described.contains("AmazonProvidedDNS") && described.contains(".compute.internal"), "{described}");
        let made = text(&bench.done(CREATE), "dhcpOptionsId").to_owned();
        let associate = |id: &str| format!("Action=AssociateDhcpOptions&DhcpOptionsId={id}&VpcId={vpc}");
        bench.done(&associate(&made));
        assert_eq!(text(&bench.done(&describe), "dhcpOptionsId"), made);
        let delete = format!("Action=DeleteDhcpOptions&DhcpOptionsId={made}");
        assert_eq!(bench.code(&delete), "DependencyViolation");
        bench.done(&associate("default"));
        assert_eq!(text(&bench.done(&describe), "dhcpOptionsId"), "default");
        bench.done(&delete);
        assert_eq!(bench.code(&associate(&made)), "InvalidDhcpOptionID.NotFound");
        bench.done(&associate(&own));
    }

    #[test]
    fn options_are_checked() {
        let mut bench = bench();
        for (key, value) in [
            ("domain-name-servers", "10.0.0"),
            ("domain-name-servers", "amazon"),
            ("ntp-servers", "AmazonProvidedDNS"),
            ("netbios-node-type", "3"),
            ("domain", "example.com"),
        ] {
            let create =
                format!("Action=CreateDhcpOptions&DhcpConfiguration.1.Key={key}&DhcpConfiguration.1.Value.1={value}");
            assert_eq!(bench.code(&create), "InvalidParameterValue", "{key} {value}");
        }
        assert_eq!(bench.code("Action=CreateDhcpOptions"), "MissingParameter");
        let five: String =
            (1..=5).map(|number| format!("&DhcpConfiguration.1.Value.{number}=10.0.0.{number}")).collect();
        let create = format!("Action=CreateDhcpOptions&DhcpConfiguration.1.Key=ntp-servers{five}");
        assert_eq!(bench.code(&create), "InvalidParameterValue");
    }
}
