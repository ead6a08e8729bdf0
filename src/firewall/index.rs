//! Rules found by where the flows that they may be for come from.

use std::collections::{BTreeMap, BTreeSet};

use super::resolve::ResolvedRule;
use crate::values::AddressSet;

/// How many bits of an address tell it from others of its block: 1,024 addresses, of which a workload has one block or a few.
const BLOCK_BITS: u32 = 10;

/// Rules for more blocks than these are for any.
const MOST_BLOCKS: usize = 64;

/// The rules of a policy by blocks of source addresses. A zone's policy has a few rules for everybody and some for each of
/// its workloads: who asks for one workload's flows need not look at those of a thousand others.
#[derive(Debug)]
pub(super) struct SourceIndex {
    /// Places in the list of rules, by block.
    by_block: BTreeMap<u32, Vec<usize>>,
    /// Places of those that may be for any block.
    of_any: Vec<usize>,
}

impl SourceIndex {
    pub(super) fn new(rules: &[ResolvedRule<'_>]) -> Self {
        let mut index = Self { by_block: BTreeMap::new(), of_any: Vec::new() };
        for (place, rule) in rules.iter().enumerate() {
            match few_blocks(rule) {
                Some(few) => few.into_iter().for_each(|block| index.by_block.entry(block).or_default().push(place)),
                None => index.of_any.push(place),
            }
        }
        index
    }

    /// The places of the rules that may be for flows from some addresses, in their order.
    pub(super) fn places(&self, sources: &AddressSet) -> BTreeSet<usize> {
        let own = blocks(sources).flat_map(|range| self.by_block.range(range)).flat_map(|(_, places)| places);
        own.chain(&self.of_any).copied().collect()
    }
}

/// The blocks that a rule is for; none where there are too many.
fn few_blocks(rule: &ResolvedRule<'_>) -> Option<BTreeSet<u32>> {
    let mut few = BTreeSet::new();
    for block in rule.headers().flat_map(|header| blocks(&header.sources)).flatten() {
        few.insert(block);
        if few.len() > MOST_BLOCKS {
            return None;
        }
    }
    Some(few)
}

/// The blocks that addresses are in.
fn blocks(addresses: &AddressSet) -> impl Iterator<Item = std::ops::RangeInclusive<u32>> + '_ {
    addresses.intervals().map(|(first, last)| first.to_bits() >> BLOCK_BITS..=last.to_bits() >> BLOCK_BITS)
}

#[cfg(test)]
mod tests {
    use super::super::resolve::resolve;
    use super::super::{Policy, RuleGroup, parse};
    use super::*;
    use crate::values::Cidr;

    #[test]
    fn rules_are_found_by_their_sources_and_those_of_anybody_always() {
        let text = "pass tcp 10.0.0.0/22 any -> any any (flow:to_server; sid:1;)\n\
                    pass tcp any any -> 10.0.0.0/22 443 (flow:to_server; sid:2;)\n\
                    pass tcp 10.0.4.128/25 any -> 192.0.2.1 443 (sid:3;)\n\
                    pass tcp [10.0.0.0/24,10.0.8.0/24] any -> any any (flow:to_server; sid:4;)\n";
        let group = RuleGroup { name: "rules".to_owned(), rules: parse(text).unwrap(), address_variables: [].into() };
        let policy = Policy { groups: vec![group], ..Policy::default() };
        let rules = resolve(&policy);
        let index = SourceIndex::new(&rules);
        let found = |range: &str| -> Vec<u32> {
            let places = index.places(&Cidr::parse(range).unwrap().into());
            places.into_iter().map(|place| rules[place].rule.sid).collect()
        };
        assert_eq!(found("10.0.1.0/24"), [1, 2, 4]);
        assert_eq!(found("10.0.4.0/24"), [2, 3]);
        assert_eq!(found("10.0.0.0/16"), [1, 2, 3, 4]);
        // It is asked about answers too, which come from there.
        assert_eq!(found("192.0.2.0/24"), [2, 3]);
        assert_eq!(found("172.16.0.0/12"), [2]);
    }
}
