//! `lz.lock`: what must not move when the zone's files change. It is meant for git, beside the files.

use std::collections::BTreeMap;
use std::io::Write;
use std::path::Path;

use serde::{Deserialize, Serialize};

use super::{NetworkName, Zone};
use crate::values::{AccountId, Cidr, InvalidValue, Label, ZoneId};

/// The file's name in the zone's directory.
pub const FILE_NAME: &str = "lz.lock";

/// The only version of the format so far.
const VERSION: i64 = 1;

const HEADER: &str = "\
# Written by lz; keep it in git. It pins what must not move when the zone's files change: the ranges of VPCs and subnets,
# the Availability Zones, the accounts' ids. To free the range of a VPC that is gone for good, delete its tables here.

";

/// What is pinned.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Lock {
    /// The zones' ids by their labels `az1`, `az2` ….
    pub availability_zones: BTreeMap<Label, ZoneId>,
    /// The accounts' ids, by name, as far as they are known.
    pub accounts: BTreeMap<Label, AccountId>,
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
    #[serde(default)]
    availability_zones: BTreeMap<String, ZoneId>,
    #[serde(default)]
    accounts: BTreeMap<String, AccountId>,
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
            availability_zones: with_names(file.availability_zones, Label::parse)?,
            accounts: with_names(file.accounts, Label::parse)?,
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
            availability_zones: with_texts(&self.availability_zones),
            accounts: with_texts(&self.accounts),
            networks: with_texts(&self.networks),
        };
        Ok(format!("{HEADER}{}", toml::to_string(&file)?))
    }

    /// Writes the lock into the zone's directory, whole or not at all.
    ///
    /// # Errors
    /// Where the file system refuses.
    pub fn write(&self, directory: &Path) -> Result<(), WriteError> {
        let path = directory.join(FILE_NAME);
        let temporary = directory.join(format!("{FILE_NAME}.{}.new", std::process::id()));
        let write = || {
            let text = self.to_text().map_err(std::io::Error::other)?;
            let mut file = std::fs::File::create(&temporary)?;
            file.write_all(text.as_bytes())?;
            file.sync_all()?;
            std::fs::rename(&temporary, &path)
        };
        write().map_err(|cause| WriteError { path: path.display().to_string(), cause })
    }

    /// The lock with an account's id pinned.
    #[must_use]
    pub fn with_account_id(mut self, name: Label, id: AccountId) -> Self {
        self.accounts.insert(name, id);
        self
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

fn with_names<Name: Ord, T>(
    map: BTreeMap<String, T>,
    parse: impl Fn(&str) -> Result<Name, InvalidValue>,
) -> Result<BTreeMap<Name, T>, InvalidValue> {
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
    fn another_version_and_unknown_keys_are_refused() {
        assert_eq!(Lock::parse("version = 2\nnew = 1\n"), Err(LockError::Version { found: 2 }));
        assert!(matches!(Lock::parse("version = 1\nnew = 1\n"), Err(LockError::Unreadable { .. })));
        assert!(matches!(Lock::parse("[accounts]\n"), Err(LockError::Unreadable { .. })));
        assert!(matches!(
            Lock::parse("version = 1\n[networks.egress]\ncidr = \"10.0.0.0/24\"\n"),
            Err(LockError::Name(_))
        ));
    }
}
