//! The address plan: which range each VPC and each subnet gets.
//!
//! One pure function serves both. Every range is aligned to its own size, ranges never share an address, and what is pinned
//! stays where it is, whatever comes and goes around it.

use std::collections::BTreeMap;
use std::net::Ipv4Addr;

use crate::values::Cidr;

/// A range that could not be had.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{within} has no room left for a /{prefix_length}, with {free} of its {} addresses free", .within.size())]
pub struct Exhausted<Name> {
    /// Who asked.
    pub name: Name,
    /// The prefix length asked for.
    pub prefix_length: u8,
    /// The block to allocate from.
    pub within: Cidr,
    /// How many addresses were free when it failed.
    pub free: u64,
}

/// What an allocation came to.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Allocation<Name> {
    /// The new ranges.
    pub ranges: BTreeMap<Name, Cidr>,
    /// The requests that found no room, in the order of the requests.
    pub exhausted: Vec<Exhausted<Name>>,
}

/// Allocates a range of the asked prefix length to each request in turn: the lowest aligned block of `within` that shares no
/// address with `taken` nor with an earlier request's. Ranges in `taken` that lie outside `within` do no harm.
pub fn allocate<Name: Ord + Clone>(
    within: Cidr,
    taken: impl IntoIterator<Item = Cidr>,
    requests: impl IntoIterator<Item = (Name, u8)>,
) -> Allocation<Name> {
    let mut occupied = Occupied::new(taken.into_iter().filter(|range| range.overlaps(within)));
    let mut allocation = Allocation { ranges: BTreeMap::new(), exhausted: Vec::new() };
    for (name, prefix_length) in requests {
        match occupied.lowest_free(within, prefix_length) {
            Some(range) => {
                occupied.add(range);
                allocation.ranges.insert(name, range);
            }
            None => {
                let free = occupied.free_in(within);
                allocation.exhausted.push(Exhausted { name, prefix_length, within, free });
            }
        }
    }
    allocation
}

/// The occupied stretches of address space, last address by first; they never touch each other.
struct Occupied(BTreeMap<u64, u64>);

impl Occupied {
    fn new(ranges: impl Iterator<Item = Cidr>) -> Self {
        let mut occupied = Self(BTreeMap::new());
        ranges.for_each(|range| occupied.add(range));
        occupied
    }

    fn add(&mut self, range: Cidr) {
        let (mut first, mut last) = bounds(range);
        // Stretches that overlap or touch the range become one with it, so that a search steps over a full supernet at once.
        while let Some((&other_first, &other_last)) = self.0.range(..=last + 1).next_back() {
            if other_last + 1 < first {
                break;
            }
            self.0.remove(&other_first);
            first = first.min(other_first);
            last = last.max(other_last);
        }
        self.0.insert(first, last);
    }

    fn lowest_free(&self, within: Cidr, prefix_length: u8) -> Option<Cidr> {
        let size = 1_u64.checked_shl(32_u32.checked_sub(u32::from(prefix_length))?)?;
        let (mut candidate, end) = bounds(within);
        while candidate + size - 1 <= end {
            let last = candidate + size - 1;
            match self.0.range(..=last).next_back() {
                Some((_, &occupied_last)) if occupied_last >= candidate => {
                    candidate = (occupied_last + 1).next_multiple_of(size);
                }
                _ => return Cidr::holding(Ipv4Addr::from(u32::try_from(candidate).ok()?), prefix_length).ok(),
            }
        }
        None
    }

    fn free_in(&self, within: Cidr) -> u64 {
        let (start, end) = bounds(within);
        let used = self.0.iter().map(|(&first, &last)| (last.min(end) + 1).saturating_sub(first.max(start)));
        within.size().saturating_sub(used.sum())
    }
}

fn bounds(range: Cidr) -> (u64, u64) {
    (u64::from(u32::from(range.first())), u64::from(u32::from(range.last())))
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeMap;

    use proptest::prelude::*;

    use super::*;

    fn cidr(text: &str) -> Cidr {
        Cidr::parse(text).unwrap()
    }

    fn ranges<'a>(list: &'a [&'a str]) -> impl Iterator<Item = Cidr> + 'a {
        list.iter().map(|text| cidr(text))
    }

    #[test]
    fn holes_left_by_what_is_pinned_are_filled_from_below() {
        let taken = ranges(&["10.0.1.0/24", "10.0.4.0/22", "192.168.0.0/16"]);
        let allocation = allocate(cidr("10.0.0.0/20"), taken, [("a", 23), ("b", 24), ("c", 22), ("d", 21)]);
        let texts: Vec<String> = allocation.ranges.values().map(Cidr::to_string).collect();
        assert_eq!(texts, ["10.0.2.0/23", "10.0.0.0/24", "10.0.8.0/22"]);
        let exhausted = &allocation.exhausted[0];
        assert_eq!((exhausted.name, exhausted.free), ("d", 1024));
    }

    #[test]
    fn the_whole_of_ipv4_can_be_filled() {
        let allocation = allocate(Cidr::EVERYWHERE, [], [("a", 0), ("b", 32)]);
        assert_eq!(allocation.ranges["a"], Cidr::EVERYWHERE);
        assert_eq!(allocation.exhausted[0].free, 0);
    }

    fn requests() -> impl Strategy<Value = BTreeMap<u16, u8>> {
        prop::collection::btree_map(any::<u16>(), 20_u8..=28, 0..60)
    }

    proptest! {
        #[test]
        fn ranges_are_disjoint_inside_and_as_asked(requests in requests(), pinned in 0_u8..8) {
            let within = cidr("10.32.0.0/17");
            let taken = [Cidr::holding("10.32.0.0".parse().unwrap(), 18 + pinned).unwrap()];
            let allocation = allocate(within, taken, requests.clone());
            let all: Vec<Cidr> = allocation.ranges.values().copied().chain(taken).collect();
            for (index, one) in all.iter().enumerate() {
                prop_assert!(within.contains(*one));
                prop_assert!(all[index + 1..].iter().all(|other| !one.overlaps(*other)));
            }
            for (name, range) in &allocation.ranges {
                prop_assert_eq!(range.prefix_length(), requests[name]);
            }
            prop_assert_eq!(allocation.ranges.len() + allocation.exhausted.len(), requests.len());
        }

        #[test]
        fn what_is_pinned_stays_when_others_come_and_go(
            before in requests(), after in requests(), kept in any::<u64>()
        ) {
            let within = cidr("10.32.0.0/16");
            let first = allocate(within, [], before);
            let stays = |name: &u16| kept >> (name % 64) & 1 == 1;
            let pinned: BTreeMap<u16, Cidr> = first.ranges.into_iter().filter(|(name, _)| stays(name)).collect();
            let new = after.into_iter().filter(|(name, _)| !pinned.contains_key(name));
            let second = allocate(within, pinned.values().copied(), new);
            for range in second.ranges.values() {
                prop_assert!(pinned.values().all(|other| !other.overlaps(*range)));
            }
        }

        #[test]
        fn largest_first_fits_exactly_when_the_sizes_do(mut lengths in prop::collection::vec(20_u8..=28, 1..40)) {
            lengths.sort_unstable();
            let within = cidr("10.0.0.0/19");
            let needed: u64 = lengths.iter().map(|length| 1_u64 << (32 - length)).sum();
            let allocation = allocate(within, [], lengths.into_iter().enumerate());
            prop_assert_eq!(allocation.exhausted.is_empty(), needed <= within.size());
        }
    }
}
