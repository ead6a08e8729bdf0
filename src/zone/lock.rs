//! `lz.lock`: what must not move when the zone's files change, and what must not come to mean another thing when tags do. It is
//! meant for git, beside the files.

use std::collections::{BTreeMap, BTreeSet};
use std::path::Path;

use serde::{Deserialize, Serialize};

use super::{NetworkName, Zone, ZoneIdentity};
use crate::graph::{Address, InvalidAddress};
use crate::values::{AccountId, Cidr, InvalidValue, Label, ZoneId};
use crate::whole_file::{self, Readers};

/// The file's name in the zone's directory.
pub const FILE_NAME: &str = "lz.lock";

/// The only version of the format so far.
const VERSION: i64 = 1;

const HEADER: &str = "\
# Written by lz; keep it in git. It pins what must not move when the zone's files change: the ranges of VPCs and subnets,
# the Availability Zones; and what the zone is known by beside tags: its organization, accounts and resources, by AWS's ids.
# `lz lock` shows it. To free the range of a VPC that is gone for good, delete its tables here.

";

/// What is pinned.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Lock {
    /// Which zone this is; none in a lock that no run on AWS has written yet, or an older lz.
    pub zone: Option<ZoneIdentity>,
    /// The zones' ids by their labels `az1`, `az2` ….
    pub availability_zones: BTreeMap<Label, ZoneId>,
    /// The accounts' ids, by name, as far as they are known.
    pub accounts: BTreeMap<Label, AccountId>,
    /// AWS's ids of what is costly to lose, by address. Those of resources that have left the files stay until a run of lz
    /// has seen them deleted.
    pub resources: BTreeMap<Address, String>,
    /// The VPCs' ranges. Those of networks that have left the files stay, so that nobody else is given their range.
    pub networks: BTreeMap<NetworkName, LockedNetwork>,
}

/// A VPC's pinned ranges.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct LockedNetwork {
    /// The VPC's range.
    pub cidr: Cidr,
    /// The subnets' ranges by tier, in the order of the zones' labels.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub subnets: BTreeMap<Label, Vec<Cidr>>,
}

/// The file as it is written.
#[derive(Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct LockFile {
    version: i64,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    zone: Option<ZoneIdentity>,
    #[serde(default)]
    availability_zones: BTreeMap<String, ZoneId>,
    #[serde(default)]
    accounts: BTreeMap<String, AccountId>,
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    resources: BTreeMap<String, String>,
    #[serde(default)]
    networks: BTreeMap<String, LockedNetwork>,
}

/// Why a lock cannot be used.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum LockError {
    /// It is not what lz writes.
    #[error("the lock cannot be read: {message}")]
    Unreadable {
        /// What is wrong.
        message: String,
        /// Where, in bytes from the start of the text.
        span: std::ops::Range<usize>,
    },
    /// Another version of lz wrote it.
    #[error("the lock has version {found}, and this lz knows version {VERSION} only")]
    Version {
        /// The version it has.
        found: i64,
    },
    /// A name in it is none.
    #[error("the lock cannot be read: {0}")]
    Name(#[from] InvalidValue),
    /// An address in it is none.
    #[error("the lock cannot be read: {0}")]
    Address(#[from] InvalidAddress),
}

/// Why a lock's file could not be read.
#[derive(Debug, thiserror::Error)]
pub enum ReadError {
    /// The file system refuses.
    #[error("{path} could not be read: {cause}")]
    File {
        /// The file.
        path: String,
        /// Why.
        #[source]
        cause: std::io::Error,
    },
    /// It is no lock.
    #[error("{path}: {cause}")]
    Lock {
        /// The file.
        path: String,
        /// Why.
        #[source]
        cause: LockError,
    },
}

/// Why a lock could not be written.
#[derive(Debug, thiserror::Error)]
#[error("{path} could not be written: {cause}")]
pub struct WriteError {
    path: String,
    #[source]
    cause: std::io::Error,
}

impl Lock {
    /// Parses a lock's text.
    ///
    /// # Errors
    /// Where it is not a lock of a version that this lz knows.
    pub fn parse(text: &str) -> Result<Self, LockError> {
        let unreadable = |error: toml::de::Error| LockError::Unreadable {
            message: error.message().to_owned(),
            span: error.span().unwrap_or(0..0),
        };
        // The version decides whether the rest can be understood at all.
        let table: toml::Table = text.parse().map_err(unreadable)?;
        if let Some(found) = table.get("version").and_then(toml::Value::as_integer)
            && found != VERSION
        {
            return Err(LockError::Version { found });
        }
        let file: LockFile = toml::from_str(text).map_err(unreadable)?;
        Ok(Self {
            zone: file.zone,
            availability_zones: with_names(file.availability_zones, Label::parse)?,
            accounts: with_names(file.accounts, Label::parse)?,
            resources: with_names(file.resources, Address::parse)?,
            networks: with_names(file.networks, NetworkName::parse)?,
        })
    }

    /// The lock's text, sorted, the same for the same lock.
    ///
    /// # Errors
    /// None is known; the serializer could have one.
    pub fn to_text(&self) -> Result<String, toml::ser::Error> {
        let file = LockFile {
            version: VERSION,
            zone: self.zone.clone(),
            availability_zones: with_texts(&self.availability_zones),
            accounts: with_texts(&self.accounts),
            resources: with_texts(&self.resources),
            networks: with_texts(&self.networks),
        };
        Ok(format!("{HEADER}{}", toml::to_string(&file)?))
    }

    /// Reads the lock in a directory; none where there is none.
    ///
    /// # Errors
    /// Where the file system refuses, or it is not a lock of a version that this lz knows.
    pub fn read(directory: &Path) -> Result<Option<Self>, ReadError> {
        let file = directory.join(FILE_NAME);
        let path = || file.display().to_string();
        match std::fs::read_to_string(&file) {
            Ok(text) => Self::parse(&text).map(Some).map_err(|cause| ReadError::Lock { path: path(), cause }),
            Err(error) if error.kind() == std::io::ErrorKind::NotFound => Ok(None),
            Err(cause) => Err(ReadError::File { path: path(), cause }),
        }
    }

    /// Writes the lock into the zone's directory, whole or not at all.
    ///
    /// # Errors
    /// Where the file system refuses.
    pub fn write(&self, directory: &Path) -> Result<(), WriteError> {
        let path = directory.join(FILE_NAME);
        let text = self.to_text().map_err(std::io::Error::other);
        let written = text.and_then(|text| whole_file::write(&path, text.as_bytes(), Readers::Usual));
        written.map_err(|cause| WriteError { path: path.display().to_string(), cause })
    }

    /// The lock with an account's id pinned.
    #[must_use]
    pub fn with_account_id(mut self, name: Label, id: AccountId) -> Self {
        self.accounts.insert(name, id);
        self
    }

    /// The lock of a zone that is known by this. What was known of its organization before stays where it is not seen now.
    #[must_use]
    pub fn with_identity(mut self, identity: ZoneIdentity) -> Self {
        self.zone = Some(identity.after(self.zone.as_ref()));
        self
    }

    /// The lock without the pins of ids that are gone, and with those of resources that were identified.
    #[must_use]
    pub fn with_resources(mut self, identified: BTreeMap<Address, String>, gone: &BTreeSet<String>) -> Self {
        self.resources.retain(|_, id| !gone.contains(id));
        self.resources.extend(identified);
        self
    }

    /// The lock without anything that AWS has given the zone: which organization it is in, its accounts, its resources. The
    /// ranges and the Availability Zones, which are decisions, stay.
    #[must_use]
    pub fn without_ids(mut self) -> Self {
        self.zone = None;
        self.accounts.clear();
        self.resources.clear();
        self
    }

    /// This lock's decisions with what another AWS has given the zone, as another lock knows it. What this one has not
    /// decided yet, the other one may have.
    #[must_use]
    pub fn in_place_of(self, other: Self) -> Self {
        let mut availability_zones = other.availability_zones;
        availability_zones.extend(self.availability_zones);
        let mut networks = other.networks;
        networks.extend(self.networks);
        Self { availability_zones, networks, ..other }
    }

    /// The lock as it should be written for a zone: what the zone has, and what was pinned for networks and accounts that
    /// have left the files.
    #[must_use]
    pub fn for_zone(&self, zone: &Zone) -> Self {
        let mut lock = self.clone();
        lock.availability_zones =
            zone.availability_zones.iter().map(|one| (one.label.clone(), one.id.clone())).collect();
        for (name, network) in &zone.networks {
            let subnets = network.tiers.iter().map(|(tier, value)| {
                (tier.clone(), value.subnets.iter().map(|subnet| subnet.cidr).collect::<Vec<_>>())
            });
            lock.networks.insert(name.clone(), LockedNetwork { cidr: network.cidr, subnets: subnets.collect() });
        }
        lock
    }
}

fn with_names<Name: Ord, T, Invalid>(
    map: BTreeMap<String, T>,
    parse: impl Fn(&str) -> Result<Name, Invalid>,
) -> Result<BTreeMap<Name, T>, Invalid> {
    map.into_iter().map(|(name, value)| Ok((parse(&name)?, value))).collect()
}

fn with_texts<Name: ToString, T: Clone>(map: &BTreeMap<Name, T>) -> BTreeMap<String, T> {
    map.iter().map(|(name, value)| (name.to_string(), value.clone())).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    const TEXT: &str = r#"version = 1

[availability_zones]
az1 = "euw1-az1"

[accounts]
networking = "111122223333"

[networks."networking/egress"]
cidr = "10.16.0.0/24"

[networks."networking/egress".subnets]
public = ["10.16.0.0/28", "10.16.0.16/28"]
"#;

    #[test]
    fn a_lock_is_written_as_it_is_read() {
        let lock = Lock::parse(TEXT).unwrap();
        assert_eq!(lock.to_text().unwrap(), format!("{HEADER}{TEXT}"));
        let directory = tempfile::tempdir().unwrap();
        lock.write(directory.path()).unwrap();
        let name = Label::parse("orders-prod").unwrap();
        let id = AccountId::parse("444455556666").unwrap();
        let more = lock.clone().with_account_id(name.clone(), id.clone());
        more.write(directory.path()).unwrap();
        let read = std::fs::read_to_string(directory.path().join(FILE_NAME)).unwrap();
        assert_eq!(Lock::parse(&read).unwrap().accounts[&name], id);
        assert_eq!(std::fs::read_dir(directory.path()).unwrap().count(), 1);
    }

    #[test]
    fn a_lock_of_an_older_lz_pins_no_ids_and_new_ones_are_added_in_order() {
        let lock = Lock::parse(TEXT).unwrap();
        assert_eq!((&lock.zone, lock.resources.len()), (&None, 0));
        let identity = ZoneIdentity {
            name: Label::parse("acme").unwrap(),
            region: "eu-west-1".parse().unwrap(),
            organization: Some("o-1a2b3c4d5e".to_owned()),
            management_account: Some(AccountId::parse("999988887777").unwrap()),
            account: None,
        };
        let pins = [
            ("networking/egress/vpc", "vpc-1"),
            ("networking/egress/az1/nat", "nat-1"),
            ("organization/units/workloads/self", "ou-1"),
        ];
        let pins = pins.map(|(address, id)| (Address::parse(address).unwrap(), id.to_owned()));
        let full = lock.with_identity(identity).with_resources(pins.into(), &BTreeSet::new());
        let text = full.to_text().unwrap();
        insta::assert_snapshot!(text);
        assert_eq!(Lock::parse(&text).unwrap(), full);
    }

    #[test]
    fn a_pin_goes_when_its_resource_is_seen_deleted_and_changes_when_another_is_identified() {
        let pin = |address: &str, id: &str| (Address::parse(address).unwrap(), id.to_owned());
        let first = [pin("old/vpc", "vpc-1"), pin("new/vpc", "vpc-2"), pin("kept/vpc", "vpc-3")];
        let lock = Lock::default().with_resources(first.into(), &BTreeSet::new());
        let gone = BTreeSet::from(["vpc-1".to_owned(), "vpc-2".to_owned(), "vpc-9".to_owned()]);
        let later = lock.with_resources([pin("new/vpc", "vpc-4")].into(), &gone);
        assert_eq!(later.resources, [pin("kept/vpc", "vpc-3"), pin("new/vpc", "vpc-4")].into());
    }

    #[test]
    fn ids_are_forgotten_or_another_lock_s_and_decisions_stay() {
        let lock = Lock::parse(TEXT).unwrap();
        let id = AccountId::parse("444455556666").unwrap();
        let name = Label::parse("networking").unwrap();
        let other = Lock::parse("version = 1\n[networks.\"networking/egress\"]\ncidr = \"10.0.0.0/24\"\n").unwrap();
        let other = other.with_account_id(name.clone(), id.clone());
        let merged = lock.clone().in_place_of(other);
        assert_eq!(merged.accounts, [(name, id)].into());
        assert_eq!((&merged.networks, &merged.availability_zones), (&lock.networks, &lock.availability_zones));
        let bare = lock.clone().without_ids();
        assert!(bare.accounts.is_empty() && bare.zone.is_none());
        assert_eq!((&bare.networks, &bare.availability_zones), (&lock.networks, &lock.availability_zones));
    }

    #[test]
    fn another_version_and_unknown_keys_are_refused() {
        assert_eq!(Lock::parse("version = 2\nnew = 1\n"), Err(LockError::Version { found: 2 }));
        assert!(matches!(Lock::parse("version = 1\nnew = 1\n"), Err(LockError::Unreadable { .. })));
        assert!(matches!(Lock::parse("[accounts]\n"), Err(LockError::Unreadable { .. })));
        assert!(matches!(
            Lock::parse("version = 1\n[networks.egress]\ncidr = \"10.0.0.0/24\"\n"),
            Err(LockError::Name(_))
        ));
        assert!(matches!(
            Lock::parse("version = 1\n[resources]\n\"Not/An Address\" = \"vpc-1\"\n"),
            Err(LockError::Address(_))
        ));
        let further = "version = 1\n[zone]\nname = \"acme\"\nregion = \"eu-west-1\"\nowner = \"o-1\"\n";
        assert!(matches!(Lock::parse(further), Err(LockError::Unreadable { .. })));
    }
}
