//! IPv4 ranges.

use std::collections::BTreeSet;
use std::net::Ipv4Addr;

use ipnet::Ipv4Net;

use super::{InvalidValue, parsed_text};

/// An IPv4 CIDR block without host bits, such as `10.32.0.0/11`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Cidr(Ipv4Net);

impl Cidr {
    /// Every IPv4 address: the destination of a default route.
    pub const EVERYWHERE: Self = Self(Ipv4Net::new_assert(Ipv4Addr::UNSPECIFIED, 0));

    /// A range for documentation (RFC 5737, "TEST-NET-1"): no packet comes from it.
    pub const TEST_NET: Self = Self(Ipv4Net::new_assert(Ipv4Addr::new(192, 0, 2, 0), 24));

    /// Parses a block in CIDR notation.
    ///
    /// # Errors
    /// Where it is no block, or has host bits set.
    pub fn parse(text: &str) -> Result<Self, InvalidValue> {
        let net: Ipv4Net = text
            .parse()
            .map_err(|_| InvalidValue::new(text, "is not an IPv4 CIDR block; one looks like 10.32.0.0/11"))?;
        if net.addr() == net.network() {
            Ok(Self(net))
        } else {
            Err(InvalidValue::new(text, format!("has host bits set; the block is {}", net.trunc())))
        }
    }

    /// The block of `prefix_length` bits that holds an address.
    ///
    /// # Errors
    /// Where the prefix length is over 32.
    pub fn holding(address: Ipv4Addr, prefix_length: u8) -> Result<Self, InvalidValue> {
        let net = Ipv4Net::new(address, prefix_length)
            .map_err(|_| InvalidValue::new(&format!("{address}/{prefix_length}"), "has a prefix length over 32"))?;
        Ok(Self(net.trunc()))
    }

    /// The first address.
    #[must_use]
    pub fn first(self) -> Ipv4Addr {
        self.0.network()
    }

    /// The last address.
    #[must_use]
    pub fn last(self) -> Ipv4Addr {
        self.0.broadcast()
    }

    /// The prefix length, 0 to 32.
    #[must_use]
    pub fn prefix_length(self) -> u8 {
        self.0.prefix_len()
    }

    /// How many addresses it holds.
    #[must_use]
    pub fn size(self) -> u64 {
        1 << (32 - u32::from(self.prefix_length()))
    }

    /// True where all of `other` lies in this block.
    #[must_use]
    pub fn contains(self, other: Self) -> bool {
        self.0.contains(&other.0)
    }

    /// True where an address lies in this block.
    #[must_use]
    pub fn contains_address(self, address: Ipv4Addr) -> bool {
        self.0.contains(&address)
    }

    /// True where the blocks share an address.
    #[must_use]
    pub fn overlaps(self, other: Self) -> bool {
        self.contains(other) || other.contains(self)
    }

    /// What is left of the block without others: the fewest blocks that hold it.
    #[must_use]
    pub fn without(self, others: impl IntoIterator<Item = Self>) -> BTreeSet<Self> {
        let within: Vec<Self> = others.into_iter().filter(|other| self.overlaps(*other)).collect();
        if within.iter().any(|other| other.contains(self)) {
            return BTreeSet::new();
        }
        if within.is_empty() {
            return [self].into();
        }
        // Something smaller lies within, so that the block can be halved.
        let halves = self.0.subnets(self.prefix_length() + 1).into_iter().flatten();
        halves.flat_map(|half| Self(half).without(within.iter().copied())).collect()
    }
}

parsed_text!(Cidr, "an IPv4 CIDR block such as \"10.32.0.0/11\"");
