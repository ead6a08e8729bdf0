//! Regions and Availability Zones.
//!
//! A zone's name means another zone in every account; its id is the same in all of them.
//! <https://docs.aws.amazon.com/ram/latest/userguide/working-with-az-ids.html>

use serde::{Deserialize, Serialize};

use super::Actions;
use super::filter::Filters;
use crate::twin::wire::fault::Answer;
use crate::twin::wire::{Fault, Form, Xml};
use crate::twin::world::{Call, mix};

/// The family's actions.
pub const ACTIONS: Actions =
    &[("DescribeAvailabilityZones", describe_availability_zones), ("DescribeRegions", describe_regions)];

/// A region that is enabled by default: name, what its zones' ids begin with, the letters that its zones' names end in
/// and the numbers that their ids end in.
/// <https://docs.aws.amazon.com/global-infrastructure/latest/regions/aws-availability-zones.html>
const REGIONS: &[(&str, &str, &str, &str)] = &[
    ("ap-northeast-1", "apne1", "acd", "124"),
    ("ap-northeast-2", "apne2", "abcd", "1234"),
    ("ap-northeast-3", "apne3", "abc", "123"),
    ("ap-south-1", "aps1", "abc", "123"),
    ("ap-southeast-1", "apse1", "abc", "123"),
    ("ap-southeast-2", "apse2", "abc", "123"),
    ("ca-central-1", "cac1", "abd", "124"),
    ("eu-central-1", "euc1", "abc", "123"),
    ("eu-north-1", "eun1", "abc", "123"),
    ("eu-west-1", "euw1", "abc", "123"),
    ("eu-west-2", "euw2", "abc", "123"),
    ("eu-west-3", "euw3", "abc", "123"),
    ("sa-east-1", "sae1", "abc", "123"),
    ("us-east-1", "use1", "abcdef", "123456"),
    ("us-east-2", "use2", "abc", "123"),
    ("us-west-1", "usw1", "ab", "13"),
    ("us-west-2", "usw2", "abcd", "1234"),
];

/// An Availability Zone as one account sees it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Zone {
    /// The account's own name for it, such as `us-east-1a`.
    pub name: String,
    /// Its id, the same for every account, such as `use1-az4`.
    pub id: String,
}

/// True for a region that is enabled by default, which are all that the twin has.
#[must_use]
pub fn is_region(name: &str) -> bool {
    REGIONS.iter().any(|(region, ..)| *region == name)
}

/// The zones of a region as an account sees them, by name; none in a region that the twin does not have.
#[must_use]
pub fn zones(seed: u64, account: &str, region: &str) -> Vec<Zone> {
    let Some((_, prefix, letters, numbers)) = REGIONS.iter().find(|(name, ..)| *name == region) else {
        return Vec::new();
    };
    let mut numbers: Vec<char> = numbers.chars().collect();
    numbers.sort_by_key(|number| mix(seed, &format!("zones/{account}/{region}"), u64::from(*number)));
    let zone = |(letter, number)| Zone { name: format!("{region}{letter}"), id: format!("{prefix}-az{number}") };
    letters.chars().zip(numbers).map(zone).collect()
}

/// The zones of the caller's region as the caller's account sees them.
#[must_use]
pub fn of(call: &Call<'_>) -> Vec<Zone> {
    zones(call.world.seed, &call.caller.account, &call.caller.region)
}

fn describe_availability_zones(call: &mut Call<'_>, form: &Form, xml: &mut Xml) -> Answer<()> {
    let (names, ids) = (form.list("ZoneName"), form.list("ZoneId"));
    // Local Zones, Wavelength Zones and zones of regions that are off are what this would add; the twin has none.
    form.boolean("AllAvailabilityZones")?;
    let filters = Filters::read(
        form,
        &["group-name", "opt-in-status", "region-name", "state", "zone-id", "zone-name", "zone-type"],
    )?;
    form.finish()?;
    let all = of(call);
    for (asked, noun, known) in [
        (&names, "availability zone", all.iter().map(|zone| &zone.name).collect::<Vec<_>>()),
        (&ids, "availability zone-id", all.iter().map(|zone| &zone.id).collect()),
    ] {
        if let Some(unknown) = asked.iter().find(|asked| !known.iter().any(|known| known == *asked)) {
            return Err(Fault::new("InvalidParameterValue", format!("Invalid {noun}: [{unknown}]")));
        }
    }
    let region = call.caller.region.clone();
    let chosen = all.into_iter().filter(|zone| {
        (names.is_empty() || names.contains(&zone.name.as_str()))
            && (ids.is_empty() || ids.contains(&zone.id.as_str()))
            && filters.matches(&super::tag::Tags::new(), |name| match name {
                "group-name" => vec![format!("{region}-zg-1")],
                "opt-in-status" => vec![String::from("opt-in-not-required")],
                "region-name" => vec![region.clone()],
                "state" => vec![String::from("available")],
                "zone-id" => vec![zone.id.clone()],
                "zone-name" => vec![zone.name.clone()],
                "zone-type" => vec![String::from("availability-zone")],
                _ => Vec::new(),
            })
    });
    xml.list("availabilityZoneInfo", chosen, |item, zone| {
        item.text("optInStatus", "opt-in-not-required").element("messageSet", |_| {});
        item.text("regionName", &region).text("zoneName", &zone.name).text("zoneId", &zone.id);
        item.text("groupName", format!("{region}-zg-1")).text("networkBorderGroup", &region);
        item.text("zoneType", "availability-zone").text("zoneState", "available");
    });
    Ok(())
}

fn describe_regions(_call: &mut Call<'_>, form: &Form, xml: &mut Xml) -> Answer<()> {
    let names = form.list("RegionName");
    // Regions that are off are what this would add; the twin has none.
    form.boolean("AllRegions")?;
    let filters = Filters::read(form, &["endpoint", "opt-in-status", "region-name"])?;
    form.finish()?;
    if let Some(unknown) = names.iter().find(|name| !is_region(name)) {
        return Err(Fault::new("InvalidParameterValue", format!("Invalid region provided: [{unknown}]")));
    }
    let chosen = REGIONS.iter().map(|(region, ..)| *region).filter(|region| {
        (names.is_empty() || names.contains(region))
            && filters.matches(&super::tag::Tags::new(), |name| match name {
                "endpoint" => vec![endpoint(region)],
                "opt-in-status" => vec![String::from("opt-in-not-required")],
                "region-name" => vec![(*region).to_owned()],
                _ => Vec::new(),
            })
    });
    xml.list("regionInfo", chosen, |item, region| {
        item.text("optInStatus", "opt-in-not-required").text("regionName", region);
        item.text("regionEndpoint", endpoint(region));
    });
    Ok(())
}

fn endpoint(region: &str) -> String {
    format!("ec2.{region}.amazonaws.com")
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::twin::ec2::test_support::{bench, texts};

    #[test]
    fn a_name_means_another_zone_in_another_account() {
        let ids = |account: &str| zones(7, account, "us-east-1").into_iter().map(|zone| zone.id).collect::<Vec<_>>();
        let accounts: Vec<String> = (1..20).map(|number| format!("{number:012}")).collect();
        let mut orders: Vec<Vec<String>> = accounts.iter().map(|account| ids(account)).collect();
        for order in &orders {
            let mut sorted = order.clone();
            sorted.sort();
            assert_eq!(sorted, (1..7).map(|number| format!("use1-az{number}")).collect::<Vec<_>>());
        }
        orders.sort();
        orders.dedup();
        assert!(orders.len() > 10, "{orders:?}");
    }

    #[test]
    fn zones_are_asked_for_by_name_by_id_and_by_filter() {
        let mut bench = bench();
        let all = bench.done("Action=DescribeAvailabilityZones&Filter.1.Name=state&Filter.1.Value.1=available");
        assert_eq!(texts(&all, "zoneName"), ["eu-west-1a", "eu-west-1b", "eu-west-1c"]);
        let one = bench.done("Action=DescribeAvailabilityZones&ZoneId.1=euw1-az2");
        assert_eq!(texts(&one, "zoneId"), ["euw1-az2"]);
        assert_eq!(bench.code("Action=DescribeAvailabilityZones&ZoneName.1=us-east-1a"), "InvalidParameterValue");
        let regions = bench.done("Action=DescribeRegions&RegionName.1=eu-central-1");
        assert_eq!(texts(&regions, "regionEndpoint"), ["ec2.eu-central-1.amazonaws.com"]);
    }
}
