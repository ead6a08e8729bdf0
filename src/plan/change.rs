//! What a plan says.

use std::collections::{BTreeMap, BTreeSet};
use std::fmt;

use serde::de::IntoDeserializer;
use serde::{Deserialize, Deserializer, Serialize, Serializer};
use serde_json::Value;

use super::destruction::{Blocked, is_relation};
use super::evidence::Source;
use super::order::{Order, Step};
use super::reason::Reason;
use super::tables::can_be_put_off;
use crate::graph::Address;
use crate::kinds::{Field, KindName, Observed, Owner, Resource, Scope, Spec, State, Timing};
use crate::values::Label;

/// Everything that has to change so that AWS holds what is wanted.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Plan {
    /// The zone.
    pub zone: Label,
    /// The changes, by address.
    pub changes: BTreeMap<Address, Change>,
    /// Which step of a change waits for which.
    pub order: Order,
    /// What is as it should be: address and AWS id.
    pub unchanged: BTreeMap<Address, String>,
    /// What nobody asked for inside what lz manages.
    pub unmanaged: Vec<Unmanaged>,
    /// What keeps a scope from being planned.
    pub problems: Vec<Problem>,
    /// What can't be planned, since something that it depends on could not be read. It may be there or not.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub undecided: BTreeMap<Address, Undecided>,
    /// What could not be read, in sentences. What hangs on it is undecided.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub unread: Vec<String>,
    /// The scopes whose account could not be read, each with the problem that this is to it.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub unreadable: BTreeMap<Scope, String>,
    /// Changes that would be needed and are not made, each with what stands in the way.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub blocked: BTreeMap<Address, Blocked>,
    /// What goes, or is made anew, while all that leads through it leads through another Availability Zone: nobody is cut off.
    #[serde(default, skip_serializing_if = "BTreeSet::is_empty")]
    pub led_round: BTreeSet<Address>,
    /// Of a part of a plan: what goes in a later run, and the scopes that use it until they are changed.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub put_off: BTreeMap<Address, BTreeSet<Scope>>,
}

/// A wanted resource of which nothing can be said.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Undecided {
    /// Its kind.
    pub kind: KindName,
    /// The account it is in.
    pub owner: Owner,
    /// Whose it is.
    pub scope: Scope,
    /// What could not be read, and why.
    pub reason: String,
    /// What it refers to or waits for, where it is that of which nothing is known.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub needs: Option<Address>,
}

/// One resource's change.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Change {
    /// The resource's address; for a duplicate and for what nobody asked for, one made of its account and id.
    pub address: Address,
    /// The account it is in.
    pub owner: Owner,
    /// Whose it is.
    pub scope: Scope,
    /// Why.
    pub reason: Reason,
    /// What happens.
    pub transition: Transition,
}

/// What happens to a resource, with all that is needed for it.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Transition {
    /// It is made.
    Create {
        /// What is wanted.
        wanted: Wanted,
    },
    /// It is changed where it is.
    Update {
        /// What is there.
        there: There,
        /// What is wanted.
        wanted: Wanted,
        /// The attributes that differ; none where something that it refers to is replaced.
        attributes: Vec<AttributeChange>,
        /// What it is on the way to what is wanted, in order, where AWS does not take it there in one step.
        #[serde(default, skip_serializing_if = "Vec::is_empty")]
        stages: Vec<Spec>,
    },
    /// It is deleted and made anew.
    Replace {
        /// What is there.
        there: There,
        /// What is wanted.
        wanted: Wanted,
        /// The attributes that differ, and protections that are turned off.
        attributes: Vec<AttributeChange>,
    },
    /// It is deleted.
    Delete {
        /// What is there.
        there: There,
        /// The protections that are turned off.
        attributes: Vec<AttributeChange>,
        /// For a duplicate, or what is inside of one: the address that it carries, or that the duplicate carries, and that
        /// another resource keeps.
        duplicate_of: Option<Address>,
    },
}

/// What a change makes of a resource.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Wanted {
    /// The resource.
    pub resource: Resource,
    /// The tags that it shall carry exactly, where it is given back what it was before; none where it carries the zone's.
    pub restores: Option<BTreeMap<String, String>>,
}

/// What a change finds.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct There {
    /// What is there.
    pub observed: Observed<Spec>,
    /// What tells that it is this resource; none for what has no address of its own.
    pub identified_by: Option<Source>,
}

impl From<Resource> for Wanted {
    fn from(resource: Resource) -> Self {
        Self { resource, restores: None }
    }
}

impl Change {
    /// What happens to it.
    #[must_use]
    pub fn action(&self) -> Action {
        match self.transition {
            Transition::Create { .. } => Action::Create,
            Transition::Update { .. } => Action::Update,
            Transition::Replace { .. } => Action::Replace,
            Transition::Delete { .. } => Action::Delete,
        }
    }

    /// What it is about: what is there, or what shall be.
    #[must_use]
    pub fn spec(&self) -> &Spec {
        match &self.transition {
            Transition::Create { wanted } => &wanted.resource.spec,
            Transition::Update { there, .. } | Transition::Replace { there, .. } | Transition::Delete { there, .. } => {
                &there.observed.spec
            }
        }
    }

    /// What people call the resource; see [`Spec::noun`].
    #[must_use]
    pub fn noun(&self) -> &str {
        self.spec().noun()
    }

    /// How long AWS usually takes with the resource.
    #[must_use]
    pub fn timing(&self) -> Timing {
        self.spec().timing()
    }

    /// Its kind.
    #[must_use]
    pub fn kind(&self) -> KindName {
        match &self.transition {
            Transition::Create { wanted } => wanted.resource.spec.kind(),
            Transition::Update { there, .. } | Transition::Replace { there, .. } | Transition::Delete { there, .. } => {
                there.observed.spec.kind()
            }
        }
    }

    fn there(&self) -> Option<&There> {
        match &self.transition {
            Transition::Create { .. } => None,
            Transition::Update { there, .. } | Transition::Replace { there, .. } | Transition::Delete { there, .. } => {
                Some(there)
            }
        }
    }

    /// What is there; none for a creation.
    #[must_use]
    pub fn live(&self) -> Option<&Observed<Spec>> {
        self.there().map(|there| &there.observed)
    }

    /// AWS's id of what is there; none for a creation.
    #[must_use]
    pub fn id(&self) -> Option<&str> {
        self.live().map(|live| live.id.as_str())
    }

    /// What tells that what is there is this resource; none for a creation, and for what has no address.
    #[must_use]
    pub fn identified_by(&self) -> Option<Source> {
        self.there().and_then(|there| there.identified_by)
    }

    fn made(&self) -> Option<&Wanted> {
        match &self.transition {
            Transition::Create { wanted } | Transition::Update { wanted, .. } | Transition::Replace { wanted, .. } => {
                Some(wanted)
            }
            Transition::Delete { .. } => None,
        }
    }

    /// What is wanted; none for a deletion.
    #[must_use]
    pub fn wanted(&self) -> Option<&Resource> {
        self.made().map(|wanted| &wanted.resource)
    }

    /// The tags that it shall carry exactly, where it is given back what it was before.
    #[must_use]
    pub fn restores(&self) -> Option<&BTreeMap<String, String>> {
        self.made().and_then(|wanted| wanted.restores.as_ref())
    }

    /// The attributes that differ, or protections that are turned off for a deletion.
    #[must_use]
    pub fn attributes(&self) -> &[AttributeChange] {
        match &self.transition {
            Transition::Create { .. } => &[],
            Transition::Update { attributes, .. }
            | Transition::Replace { attributes, .. }
            | Transition::Delete { attributes, .. } => attributes,
        }
    }

    /// True for an update of nothing but tags.
    #[must_use]
    pub fn is_of_tags_only(&self) -> bool {
        let attributes = self.attributes();
        let is_of_tags = !attributes.is_empty() && attributes.iter().all(|one| one.attribute == Attribute::Tags);
        self.action() == Action::Update && is_of_tags
    }

    /// What it is on the way to what is wanted.
    #[must_use]
    pub fn stages(&self) -> &[Spec] {
        match &self.transition {
            Transition::Update { stages, .. } => stages,
            _ => &[],
        }
    }

    /// For the deletion of a duplicate, or of what is inside of one: the address that another resource keeps.
    #[must_use]
    pub fn duplicate_of(&self) -> Option<&Address> {
        match &self.transition {
            Transition::Delete { duplicate_of, .. } => duplicate_of.as_ref(),
            _ => None,
        }
    }

    /// True where what it deletes is being deleted already.
    pub(super) fn finds_it_leaving(&self) -> bool {
        self.live().is_some_and(|live| live.state == State::Deleting)
    }

    /// True where something alive goes that lz has made: not what failed, nor what is being deleted, nor a duplicate, nor
    /// what nobody asked for, nor what hangs between two resources and holds nothing.
    pub(super) fn takes_what_lives(&self) -> bool {
        let is_own = !matches!(self.reason, Reason::Failed { .. } | Reason::NobodyAsked { .. });
        let is_alive = self.duplicate_of().is_none() && !self.finds_it_leaving();
        self.action().deletes() && is_own && is_alive && !is_relation(self.kind())
    }

    /// True where what is there refers to what another change is about.
    fn refers_to(&self, other: &Self) -> bool {
        let Some(there) = other.id() else { return false };
        self.live().is_some_and(|live| live.spec.ids().contains(there))
    }
}

/// What happens to a resource.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Action {
    /// It is made.
    Create,
    /// It is changed where it is.
    Update,
    /// It is deleted and made anew.
    Replace,
    /// It is deleted.
    Delete,
}

impl Action {
    /// The word for it.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Create => "create",
            Self::Update => "update",
            Self::Replace => "replace",
            Self::Delete => "delete",
        }
    }

    /// True where something live goes away.
    #[must_use]
    pub fn deletes(self) -> bool {
        matches!(self, Self::Replace | Self::Delete)
    }

    /// True where something wanted is made or changed.
    #[must_use]
    pub fn builds(self) -> bool {
        !matches!(self, Self::Delete)
    }
}

/// What may differ of a resource. A plan file names it as `vpc.cidr`, `tags` or `state`.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub enum Attribute {
    /// A field of its specification.
    Field(Field),
    /// Its tags.
    Tags,
    /// What AWS is doing with it.
    State,
}

const TAGS: &str = "tags";
const STATE: &str = "state";

impl Attribute {
    /// Its name in reports.
    #[must_use]
    pub fn name(&self) -> &str {
        match self {
            Self::Field(field) => field.name(),
            Self::Tags => TAGS,
            Self::State => STATE,
        }
    }

    /// The field, where it is one.
    #[must_use]
    pub fn field(&self) -> Option<&Field> {
        match self {
            Self::Field(field) => Some(field),
            Self::Tags | Self::State => None,
        }
    }

    /// True where AWS can't change it on a live resource.
    #[must_use]
    pub fn is_immutable(&self) -> bool {
        self.field().is_some_and(Field::is_immutable)
    }
}

impl fmt::Display for Attribute {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.pad(self.name())
    }
}

impl Serialize for Attribute {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        match self {
            Self::Field(field) => field.serialize(serializer),
            Self::Tags | Self::State => serializer.serialize_str(self.name()),
        }
    }
}

impl<'de> Deserialize<'de> for Attribute {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let text = String::deserialize(deserializer)?;
        match text.as_str() {
            TAGS => Ok(Self::Tags),
            STATE => Ok(Self::State),
            _ => Field::deserialize(text.into_deserializer()).map(Self::Field),
        }
    }
}

impl<F: Into<Field>> From<F> for Attribute {
    fn from(field: F) -> Self {
        Self::Field(field.into())
    }
}

/// An attribute that differs.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct AttributeChange {
    /// Which.
    pub attribute: Attribute,
    /// What is there.
    pub from: Value,
    /// What is wanted.
    pub to: Value,
}

/// Something that nobody asked for, inside what lz manages.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Unmanaged {
    /// The account it is in.
    pub owner: Owner,
    /// What it is.
    pub observed: Observed<Spec>,
    /// What it is inside of, or otherwise why it is told.
    pub reason: String,
}

/// What keeps a scope from being planned or applied.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Problem {
    /// The scope.
    pub scope: Scope,
    /// The resource that it is about, where it is about one.
    #[serde(default)]
    pub address: Option<Address>,
    /// What is wrong and what to do.
    pub message: String,
}

/// Which part of a plan is meant.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Selection {
    /// All of it.
    Everything,
    /// These scopes.
    Scopes(BTreeSet<Scope>),
}

impl Selection {
    /// True where a scope is meant.
    #[must_use]
    pub fn holds(&self, scope: &Scope) -> bool {
        match self {
            Self::Everything => true,
            Self::Scopes(scopes) => scopes.contains(scope),
        }
    }
}

/// How many resources of a plan are in for what.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Summary {
    /// Made.
    pub create: usize,
    /// Changed.
    pub update: usize,
    /// Made anew.
    pub replace: usize,
    /// Deleted, duplicates included.
    pub delete: usize,
    /// Deleted because they are duplicates, or inside of one.
    #[serde(default)]
    pub duplicates: usize,
    /// As they should be.
    pub unchanged: usize,
}

impl Plan {
    /// A plan that changes nothing.
    #[must_use]
    pub fn empty(zone: Label) -> Self {
        Self {
            zone,
            changes: BTreeMap::new(),
            order: Order::default(),
            unchanged: BTreeMap::new(),
            unmanaged: Vec::new(),
            problems: Vec::new(),
            undecided: BTreeMap::new(),
            unread: Vec::new(),
            unreadable: BTreeMap::new(),
            blocked: BTreeMap::new(),
            led_round: BTreeSet::new(),
            put_off: BTreeMap::new(),
        }
    }

    /// Counts the changes.
    #[must_use]
    pub fn summary(&self) -> Summary {
        let count = |action| self.changes.values().filter(|change| change.action() == action).count();
        Summary {
            create: count(Action::Create),
            update: count(Action::Update),
            replace: count(Action::Replace),
            delete: count(Action::Delete),
            duplicates: self.changes.values().filter(|change| change.duplicate_of().is_some()).count(),
            unchanged: self.unchanged.len(),
        }
    }

    /// The part of the plan that a selection means. What it leaves out no longer counts as coming first, but for deletions:
    /// what something outside the selection still uses is kept until a later run finds that unused. So does a VPC stay in a
    /// table of the transit gateway as long as what the other one shall hold waits for others. Another replacement can't be
    /// put off, since others wait for what it makes: a scope with such a one is refused, and has no changes.
    #[must_use]
    pub fn only(&self, selection: &Selection) -> Self {
        let mut part = self.clone();
        part.changes.retain(|_, change| selection.holds(&change.scope));
        let refused = self.replaced_under_others(selection);
        part.changes.retain(|_, change| !refused.contains_key(&change.scope));
        part.problems.extend(refused.into_iter().map(|(scope, message)| Problem { scope, address: None, message }));
        // What would only be changed is there, and what the part makes may refer to it as it is.
        let updates = self.changes.iter().filter(|(_, change)| change.action() == Action::Update);
        let outside = updates.filter(|(_, change)| !selection.holds(&change.scope));
        let there = outside.filter_map(|(address, change)| Some((address.clone(), change.id()?.to_owned())));
        part.unchanged.extend(there);
        part.problems.retain(|problem| selection.holds(&problem.scope));
        // What could not be read keeps a part from some things, too, whoever's it is.
        let (own, others) = part.unreadable.into_iter().partition(|(scope, _)| selection.holds(scope));
        part.unreadable = own;
        part.unread.extend(BTreeMap::<Scope, String>::into_values(others));
        part.undecided.retain(|_, one| selection.holds(&one.scope));
        part.blocked.retain(|_, one| selection.holds(&one.change.scope));
        loop {
            let before = part.changes.len();
            let kept: BTreeSet<Address> = part.changes.keys().cloned().collect();
            let waits_for = |change: &Change| -> Option<BTreeSet<Scope>> {
                let first = self.order.before(&Step::delete(&change.address));
                let mut others = first.filter(|step| !kept.contains(&step.address)).peekable();
                others.peek()?;
                let others = others.filter_map(|step| self.changes.get(&step.address));
                Some(others.map(|other| other.scope.clone()).collect())
            };
            let movable = part.changes.values().filter(|change| can_be_put_off(change, &self.changes));
            let put_off = movable.filter_map(|change| Some((change.address.clone(), waits_for(change)?)));
            let put_off: BTreeMap<Address, BTreeSet<Scope>> = put_off.collect();
            part.changes.retain(|address, _| !put_off.contains_key(address));
            part.put_off.extend(put_off);
            if part.changes.len() == before {
                break;
            }
        }
        part.tell_for_whom_it_is_put_off(selection);
        part.order.keep_only(&part.changes);
        part.led_round.retain(|address| part.changes.contains_key(address));
        part
    }

    /// What is put off for the sake of something else that is put off waits for those for whose sake that is.
    fn tell_for_whom_it_is_put_off(&mut self, selection: &Selection) {
        let outside = |scopes: &BTreeSet<Scope>| scopes.iter().any(|scope| !selection.holds(scope));
        let all: BTreeSet<Scope> =
            self.put_off.values().flatten().filter(|one| !selection.holds(one)).cloned().collect();
        for scopes in self.put_off.values_mut() {
            if !outside(scopes) {
                scopes.clone_from(&all);
            }
            scopes.retain(|scope| !selection.holds(scope));
        }
    }

    /// The scopes inside a selection that replace what is in use outside of it, with a message each: AWS deletes nothing that
    /// others are inside of. With an attachment, AWS takes along what the transit gateway's tables hold of it.
    fn replaced_under_others(&self, selection: &Selection) -> BTreeMap<Scope, String> {
        let mut refused: BTreeMap<Scope, String> = BTreeMap::new();
        let replaced = self.changes.values().filter(|change| change.action() == Action::Replace);
        for change in replaced.filter(|change| selection.holds(&change.scope)) {
            let first = self.order.before(&Step::delete(&change.address));
            let others = first.filter_map(|step| self.changes.get(&step.address));
            let goes_along = |other: &Change| {
                change.kind() == KindName::TransitGatewayAttachment
                    && is_relation(other.kind())
                    && !other.action().builds()
            };
            let outside = others.filter(|other| !selection.holds(&other.scope));
            let users: Vec<&Change> = outside.filter(|other| other.refers_to(change) && !goes_along(other)).collect();
            let Some(first) = users.first() else { continue };
            let (address, reason, count, user) = (&change.address, &change.reason, users.len(), &first.address);
            let message = format!(
                "{address} would have to be replaced ({reason}) while {user} of {scope} still uses it, which AWS refuses \
                 ({count} in all that this run doesn't change)",
                scope = first.scope
            );
            refused.entry(change.scope.clone()).or_insert(message);
        }
        refused
    }

    /// The changes outside a selection that a change inside it waits for: what has to be applied first.
    #[must_use]
    pub fn missing_for(&self, selection: &Selection) -> BTreeMap<&Address, &Change> {
        self.changes
            .values()
            .filter(|change| selection.holds(&change.scope))
            .flat_map(|change| self.order.before(&Step::build(&change.address)))
            .filter_map(|step| self.changes.get_key_value(&step.address))
            .filter(|(_, first)| !selection.holds(&first.scope))
            .collect()
    }
}
