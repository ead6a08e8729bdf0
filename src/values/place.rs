//! Where things are: regions and Availability Zones.

use super::{InvalidValue, parsed_text};

/// A region's name, such as `eu-west-1`.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Region(String);

/// The regions lz knows, with the prefix of their zone ids (AWS RAM user guide, "Availability Zone IDs for your AWS
/// resources"; EC2 user guide, "Available Regions").
const REGIONS: &[(&str, &str)] = &[
    ("af-south-1", "afs1"),
    ("ap-east-1", "ape1"),
    ("ap-northeast-1", "apne1"),
    ("ap-northeast-2", "apne2"),
    ("ap-northeast-3", "apne3"),
    ("ap-south-1", "aps1"),
    ("ap-south-2", "aps2"),
    ("ap-southeast-1", "apse1"),
    ("ap-southeast-2", "apse2"),
    ("ap-southeast-3", "apse3"),
    ("ap-southeast-4", "apse4"),
    ("ca-central-1", "cac1"),
    ("ca-west-1", "caw1"),
    ("eu-central-1", "euc1"),
    ("eu-central-2", "euc2"),
    ("eu-north-1", "eun1"),
    ("eu-south-1", "eus1"),
    ("eu-south-2", "eus2"),
    ("eu-west-1", "euw1"),
    ("eu-west-2", "euw2"),
    ("eu-west-3", "euw3"),
    ("il-central-1", "ilc1"),
    ("me-central-1", "mec1"),
    ("me-south-1", "mes1"),
    ("sa-east-1", "sae1"),
    ("us-east-1", "use1"),
    ("us-east-2", "use2"),
    ("us-west-1", "usw1"),
    ("us-west-2", "usw2"),
];

impl Region {
    /// Parses a region's name.
    ///
    /// # Errors
    /// Where lz knows no such region.
    pub fn parse(text: &str) -> Result<Self, InvalidValue> {
        if REGIONS.iter().any(|(name, _)| *name == text) {
            Ok(Self(text.to_owned()))
        } else {
            Err(InvalidValue::new(text, "is not a region that lz knows; one looks like eu-west-1"))
        }
    }

    /// The names of all regions that lz knows.
    #[must_use]
    pub fn known() -> Vec<&'static str> {
        REGIONS.iter().map(|(name, _)| *name).collect()
    }

    /// The name.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// What the ids of its zones start with, such as `euw1`.
    #[must_use]
    pub fn zone_prefix(&self) -> &'static str {
        REGIONS.iter().find(|(name, _)| *name == self.0).map_or("", |(_, prefix)| *prefix)
    }
}

parsed_text!(Region, "a region such as \"eu-west-1\"");

/// An Availability Zone's id, such as `euw1-az1`: the same place in every account, unlike the zone's name (AWS RAM user
/// guide, "Availability Zone IDs for your AWS resources").
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct ZoneId(String);

impl ZoneId {
    /// Parses a zone's id.
    ///
    /// # Errors
    /// Where it is none; a zone's name (`eu-west-1a`) is refused with the reason.
    pub fn parse(text: &str) -> Result<Self, InvalidValue> {
        let is_id = text.split_once("-az").is_some_and(|(prefix, number)| {
            REGIONS.iter().any(|(_, known)| *known == prefix) && number.parse::<u8>().is_ok_and(|number| number > 0)
        });
        if is_id {
            return Ok(Self(text.to_owned()));
        }
        let is_name = REGIONS.iter().any(|(name, _)| text.strip_prefix(name).is_some_and(|letter| letter.len() == 1));
        Err(InvalidValue::new(
            text,
            if is_name {
                "is a zone's name, which means another place in every account; use the zone's id, such as euw1-az1"
            } else {
                "is not a zone id; one looks like euw1-az1"
            },
        ))
    }

    /// The id.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// True where the zone lies in a region.
    #[must_use]
    pub fn is_in(&self, region: &Region) -> bool {
        self.0.split_once("-az").is_some_and(|(prefix, _)| prefix == region.zone_prefix())
    }
}

parsed_text!(ZoneId, "an Availability Zone id such as \"euw1-az1\"");
