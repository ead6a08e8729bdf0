//! Sets of addresses and of ports, exact: what proofs over all packets reckon with.

use std::net::Ipv4Addr;
use std::ops::RangeInclusive;

use super::Cidr;

/// What intervals are made of: values in a row, with a first and a last one.
pub trait Ordinal: Copy + Ord {
    /// The lowest value.
    const LOWEST: Self;
    /// The highest value.
    const HIGHEST: Self;
    /// The next value; none after the highest.
    fn next(self) -> Option<Self>;
    /// The value before; none before the lowest.
    fn previous(self) -> Option<Self>;
}

impl Ordinal for u16 {
    const LOWEST: Self = u16::MIN;
    const HIGHEST: Self = u16::MAX;
    fn next(self) -> Option<Self> {
        self.checked_add(1)
    }
    fn previous(self) -> Option<Self> {
        self.checked_sub(1)
    }
}

impl Ordinal for Ipv4Addr {
    const LOWEST: Self = Ipv4Addr::UNSPECIFIED;
    const HIGHEST: Self = Ipv4Addr::BROADCAST;
    fn next(self) -> Option<Self> {
        self.to_bits().checked_add(1).map(Self::from_bits)
    }
    fn previous(self) -> Option<Self> {
        self.to_bits().checked_sub(1).map(Self::from_bits)
    }
}

/// A set of values as intervals that are in order and neither overlap nor touch, so that equal sets are equal values.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct IntervalSet<Value> {
    intervals: Vec<(Value, Value)>,
}

/// A set of IPv4 addresses.
pub type AddressSet = IntervalSet<Ipv4Addr>;

/// A set of ports.
pub type PortSet = IntervalSet<u16>;

impl<Value: Ordinal> IntervalSet<Value> {
    /// The set of nothing.
    #[must_use]
    pub const fn empty() -> Self {
        Self { intervals: Vec::new() }
    }

    /// The set of every value.
    #[must_use]
    pub fn everything() -> Self {
        Self { intervals: vec![(Value::LOWEST, Value::HIGHEST)] }
    }

    /// The set of one value.
    #[must_use]
    pub fn one(value: Value) -> Self {
        Self { intervals: vec![(value, value)] }
    }

    /// True where it holds nothing.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.intervals.is_empty()
    }

    /// Its lowest value; none where it is empty.
    #[must_use]
    pub fn first(&self) -> Option<Value> {
        self.intervals.first().map(|(first, _)| *first)
    }

    /// Its intervals, in order, both ends included.
    pub fn intervals(&self) -> impl Iterator<Item = (Value, Value)> {
        self.intervals.iter().copied()
    }

    /// True where it holds a value.
    #[must_use]
    pub fn contains(&self, value: Value) -> bool {
        let after = self.intervals.partition_point(|(_, last)| *last < value);
        self.intervals.get(after).is_some_and(|(first, _)| *first <= value)
    }

    /// True where it shares a value with another set.
    #[must_use]
    pub fn overlaps(&self, other: &Self) -> bool {
        self.overlapping(other).next().is_some()
    }

    /// True where all that it holds is in another set.
    #[must_use]
    pub fn is_subset(&self, other: &Self) -> bool {
        self.intervals.iter().all(|(first, last)| {
            let after = other.intervals.partition_point(|(_, end)| end < first);
            other.intervals.get(after).is_some_and(|(start, end)| start <= first && last <= end)
        })
    }

    /// What is in both sets.
    #[must_use]
    pub fn intersection(&self, other: &Self) -> Self {
        Self { intervals: self.overlapping(other).collect() }
    }

    /// What is in either set.
    #[must_use]
    pub fn union(&self, other: &Self) -> Self {
        self.intervals().chain(other.intervals()).map(|(first, last)| first..=last).collect()
    }

    /// What is in this set and not in the other.
    #[must_use]
    pub fn difference(&self, other: &Self) -> Self {
        let mut intervals = Vec::new();
        for (first, last) in self.intervals() {
            let mut rest = Some(first);
            let start = other.intervals.partition_point(|(_, end)| *end < first);
            for (cut_first, cut_last) in other.intervals[start..].iter().take_while(|(start, _)| *start <= last) {
                let Some(from) = rest else { break };
                if let Some(before) = cut_first.previous().filter(|before| from <= *before) {
                    intervals.push((from, before));
                }
                rest = cut_last.next();
            }
            if let Some(from) = rest.filter(|from| *from <= last) {
                intervals.push((from, last));
            }
        }
        Self { intervals }
    }

    /// What is not in the set.
    #[must_use]
    pub fn complement(&self) -> Self {
        Self::everything().difference(self)
    }

    /// The parts that both sets have, in order. From the smaller set it steps through, it searches the larger one, so that
    /// one address costs little in a set of thousands of ranges.
    fn overlapping<'set>(&'set self, other: &'set Self) -> impl Iterator<Item = (Value, Value)> + 'set {
        let (few, many) = if self.intervals.len() <= other.intervals.len() { (self, other) } else { (other, self) };
        few.intervals.iter().flat_map(move |(first, last)| {
            let start = many.intervals.partition_point(|(_, end)| end < first);
            let overlapping = many.intervals[start..].iter().take_while(move |(from, _)| from <= last);
            overlapping.map(move |(from, to)| ((*first).max(*from), (*last).min(*to)))
        })
    }
}

impl<Value: Ordinal> FromIterator<RangeInclusive<Value>> for IntervalSet<Value> {
    fn from_iter<Ranges: IntoIterator<Item = RangeInclusive<Value>>>(ranges: Ranges) -> Self {
        let mut sorted: Vec<(Value, Value)> =
            ranges.into_iter().map(RangeInclusive::into_inner).filter(|(first, last)| first <= last).collect();
        sorted.sort_unstable();
        let mut intervals: Vec<(Value, Value)> = Vec::with_capacity(sorted.len());
        for (first, last) in sorted {
            match intervals.last_mut() {
                Some((_, end)) if end.next().is_none_or(|next| first <= next) => *end = (*end).max(last),
                _ => intervals.push((first, last)),
            }
        }
        Self { intervals }
    }
}

impl FromIterator<Cidr> for AddressSet {
    fn from_iter<Ranges: IntoIterator<Item = Cidr>>(ranges: Ranges) -> Self {
        ranges.into_iter().map(|range| range.first()..=range.last()).collect()
    }
}

impl From<Cidr> for AddressSet {
    fn from(range: Cidr) -> Self {
        Self { intervals: vec![(range.first(), range.last())] }
    }
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use proptest::prelude::*;

    use super::*;

    fn set(ranges: &[(u16, u16)]) -> PortSet {
        ranges.iter().map(|(first, last)| *first..=*last).collect()
    }

    /// Values at both ends of the universe, where successors end.
    fn value() -> impl Strategy<Value = u16> {
        prop_oneof![0..12_u16, u16::MAX - 12..=u16::MAX]
    }

    fn members(set: &PortSet) -> BTreeSet<u16> {
        set.intervals().flat_map(|(first, last)| first..=last).collect()
    }

    proptest! {
        #[test]
        fn sets_of_intervals_are_sets(
            one in prop::collection::vec((value(), value()), 0..6),
            two in prop::collection::vec((value(), value()), 0..6),
            probe in value(),
        ) {
            let near = |pairs: &[(u16, u16)]| {
                pairs.iter().copied().filter(|(first, last)| last.abs_diff(*first) < 100).collect::<Vec<_>>()
            };
            let (one, two) = (set(&near(&one)), set(&near(&two)));
            let (left, right) = (members(&one), members(&two));
            prop_assert_eq!(members(&one.union(&two)), &left | &right);
            prop_assert_eq!(members(&one.intersection(&two)), &left & &right);
            prop_assert_eq!(members(&one.difference(&two)), &left - &right);
            prop_assert_eq!(one.is_subset(&two), left.is_subset(&right));
            prop_assert_eq!(one.overlaps(&two), !left.is_disjoint(&right));
            prop_assert_eq!(one.contains(probe), left.contains(&probe));
            prop_assert_eq!(one.complement().complement(), one.clone());
            prop_assert!(!one.complement().overlaps(&one));
        }
    }

    #[test]
    fn ranges_that_touch_are_one() {
        assert_eq!(set(&[(5, 9), (1, 4), (8, 12)]), set(&[(1, 12)]));
        assert_eq!(set(&[(1, u16::MAX), (0, 0)]), PortSet::everything());
    }
}
