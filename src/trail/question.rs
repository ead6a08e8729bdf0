//! What CloudTrail is asked about a finding.

use std::collections::BTreeSet;

use ipnet::IpNet;
use serde_json::Value;

use crate::discover::Live;
use crate::graph::AnyRef;
use crate::kinds::fields::KeyPart;
use crate::kinds::{Desired, Identity, KindName, Realm};
use crate::plan::{Attribute, Evidence, Identified, identify};
use crate::sweep::{Class, Finding, FindingId};
use crate::values::{AccountId, Label};

/// Who did it?
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Question {
    /// The finding.
    pub finding: FindingId,
    /// The account whose events are looked through.
    pub account: AccountId,
    /// True where its events are those of a service that has no regions.
    pub is_global: bool,
    /// The calls that may have done it.
    pub calls: Vec<&'static str>,
    /// What such a call is about.
    pub about: About,
}

/// What a call is about.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum About {
    /// All of these: ids, ARNs and ranges.
    Ids(BTreeSet<String>),
    /// A resource that is gone, and whose id nobody remembers but the call that made it, by this address.
    Lost {
        /// The address that it carried as a tag.
        address: String,
        /// The calls that make such a resource.
        makers: &'static [&'static str],
    },
}

/// What CloudTrail can be asked about findings: each that is about a resource in an account whose id is known.
#[must_use]
pub fn questions<'a>(
    zone: &Label,
    desired: &Desired,
    live: &Live,
    evidence: &Evidence,
    findings: impl Iterator<Item = &'a Finding>,
) -> Vec<Question> {
    let identified = identify(zone, desired, live, evidence);
    findings.filter_map(|finding| question(finding, desired, &identified)).collect()
}

fn question(finding: &Finding, desired: &Desired, identified: &Identified<'_>) -> Option<Question> {
    let (kind, account) = (finding.kind?, finding.account.clone()?);
    let known = kind.calls();
    let names: Vec<&'static str> = match finding.class {
        Class::Unmanaged => known.make.to_vec(),
        Class::Missing => known.unmake.to_vec(),
        Class::Changed | Class::Weakened if finding.aws_id.is_none() => known.unmake.to_vec(),
        Class::Changed | Class::Weakened => changing(kind, finding),
        Class::Violated | Class::Unreachable => return None,
    };
    let about = match &finding.aws_id {
        Some(id) => About::Ids(marks(id)),
        None => of_missing(kind, finding, desired, identified, known.make)?,
    };
    let is_nothing = names.is_empty() || matches!(&about, About::Ids(ids) if ids.is_empty());
    let is_global = kind.realm() == Realm::Organization && kind != KindName::RamOrganizationSharing;
    (!is_nothing).then(|| Question { finding: finding.id.clone(), account, is_global, calls: names, about })
}

fn changing(kind: KindName, finding: &Finding) -> Vec<&'static str> {
    let others = finding.attributes.iter().any(|one| one.attribute != Attribute::Tags);
    let tags = finding.attributes.iter().any(|one| one.attribute == Attribute::Tags);
    let mut names = Vec::new();
    if others {
        names.extend_from_slice(kind.calls().change);
    }
    if tags {
        names.extend(kind.tagging().operations().iter().map(|operation| operation.name));
    }
    names
}

/// Something that is gone is told by what AWS keeps unique about it, or else by the tag that it was made with.
fn of_missing(
    kind: KindName,
    finding: &Finding,
    desired: &Desired,
    identified: &Identified<'_>,
    makers: &'static [&'static str],
) -> Option<About> {
    let address = finding.address.as_ref()?;
    if kind.identity() == Identity::Tag {
        return Some(About::Lost { address: address.to_string(), makers });
    }
    let mut ids = BTreeSet::new();
    for part in desired.get(address)?.spec.key()? {
        match part {
            KeyPart::Reference(AnyRef::Address(referred)) => {
                ids.extend(marks(&identified.by_address.get(&referred)?.observed.id));
            }
            KeyPart::Reference(AnyRef::Id(_)) | KeyPart::Nothing => {}
            KeyPart::Text(text) => ids.extend(marks(&text)),
        }
    }
    Some(About::Ids(ids))
}

/// The ids, ARNs and ranges in lz's own id of something: what a call that is about it names.
fn marks(id: &str) -> BTreeSet<String> {
    let is_mark = |part: &&str| part.starts_with("arn:") || part.parse::<IpNet>().is_ok() || is_aws_id(part);
    id.split('|').filter(is_mark).map(str::to_owned).collect()
}

/// `vpc-0a1b2c3d`: a prefix, a hyphen and at least eight hexadecimal digits.
pub(super) fn is_aws_id(text: &str) -> bool {
    let is_digit = |byte: u8| byte.is_ascii_digit() || (b'a'..=b'f').contains(&byte);
    text.rsplit_once('-').is_some_and(|(_, digits)| digits.len() >= 8 && digits.bytes().all(is_digit))
}

/// A text that a member of a call may be: an id itself, or the name at the end of an ARN.
pub(super) fn names(mark: &str, leaf: &Value) -> bool {
    let Some(text) = leaf.as_str() else { return false };
    let resource = mark.strip_prefix("arn:").and_then(|arn| arn.splitn(5, ':').nth(4));
    let name = resource.and_then(|resource| resource.split_once(['/', ':'])).map(|(_, name)| name);
    text == mark || Some(text) == name
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn what_a_call_names() {
        let firewall = "arn:aws:network-firewall:eu-west-1:111122223333:firewall/acme-egress";
        for leaf in [firewall, "acme-egress"] {
            assert!(names(firewall, &json!(leaf)), "{leaf}");
        }
        assert!(!names(firewall, &json!("acme-ingress")) && !names(firewall, &json!(7)));
        assert_eq!(marks("rtb-0123456789abcdef0|0.0.0.0/0|payments-prod").len(), 2);
        assert!(!is_aws_id("route-table") && is_aws_id("tgw-rtb-0123456789abcdef0"));
    }
}
