//! What all steps of a run share.

use std::cell::RefCell;
use std::collections::{BTreeMap, BTreeSet};
use std::rc::Rc;
use std::sync::Arc;

use futures::FutureExt;
use futures::future::{LocalBoxFuture, Shared};
use serde_json::Value;
use tokio::sync::{OwnedSemaphorePermit, Semaphore, watch};

use super::along::{Along, along};
use super::event::Event;
use super::look::Looks;
use super::record::Recorder;
use super::report::Recreated;
use super::step::StepError;
use crate::cloud::{AccountCloud, CallError, Sessions};
use crate::discover::{Live, LiveResource};
use crate::graph::{Address, AnyRef};
use crate::kinds::{
    Desired, Failure, KindName, Known, KnownStacks, Observed, OrganizationIds, Owner, Scope, Spec, StackResourceId,
    Subject, TAG_RUN, account_of, caller_address,
};
use crate::plan::{Change, Intent, Plan};
use crate::property::Asked;
use crate::values::{AccountId, Email, Label};

/// What a run is given.
pub struct Run<'a> {
    /// The accounts.
    pub sessions: Rc<Sessions>,
    /// What is wanted.
    pub intent: Intent<'a>,
    /// The run's name: the value of the tag `lz:run`, and part of client tokens.
    pub name: String,
    /// Where every changing call is written down.
    pub recorder: &'a Recorder,
    /// How many steps may be under way at once.
    pub parallelism: usize,
    /// True once somebody asked to stop.
    pub stop: watch::Receiver<bool>,
    /// Who is told what happens.
    pub events: &'a dyn Fn(Event),
}

type Opening = Shared<LocalBoxFuture<'static, Result<AccountCloud, CallError>>>;

/// What all steps of a run share.
pub(super) struct Context<'a> {
    pub run: &'a Run<'a>,
    pub looks: Looks,
    names: Rc<RefCell<Names>>,
    clouds: RefCell<BTreeMap<Owner, Opening>>,
    limits: RefCell<BTreeMap<(Owner, KindName), Arc<Semaphore>>>,
    recreated: RefCell<Vec<(Scope, Recreated)>>,
    /// How many changing requests were sent for each resource that is there, over all of its steps.
    updates: RefCell<BTreeMap<Address, u32>>,
    /// What goes along with each deletion.
    along: BTreeMap<Address, Vec<Along>>,
}

/// What is known by name so far.
#[derive(Debug, Default)]
struct Names {
    ids: BTreeMap<Address, (Owner, KindName, String)>,
    /// The same ids by owner and kind: every look asks for those of its own account.
    owned: BTreeMap<Owner, BTreeMap<KindName, BTreeMap<Address, String>>>,
    accounts: BTreeMap<Label, (AccountId, Age)>,
    organization: Option<OrganizationIds>,
    /// What AWS shows of stack resources, by id: others refer to their attributes.
    shown: BTreeMap<String, Observed<Spec>>,
    /// The account that calls.
    caller: Option<String>,
    /// What is known of stack resources, by account.
    stacks: BTreeMap<Owner, KnownStacks>,
    /// The e-mail addresses of the accounts that are wanted, by the accounts' names.
    emails: BTreeMap<String, Email>,
}

impl Names {
    /// What an expression asks of something in AWS.
    fn answer(&self, reference: &AnyRef, asked: Asked<'_>) -> Option<Value> {
        if reference.as_address() == Some(&caller_address()) {
            return self.caller.clone().map(Value::from);
        }
        let id = reference.as_id()?;
        match (self.shown.get(id), asked) {
            (Some(shown), _) => shown.answer(asked),
            (None, Asked::Id) if StackResourceId::parse(id).is_none() => Some(id.into()),
            (None, _) => None,
        }
    }

    /// What is known of an account's stack resources, with the requests that make some of them.
    fn stacks(&self, owner: &Owner) -> KnownStacks {
        let mut known = self.stacks.get(owner).cloned().unwrap_or_default();
        let of_kind = self.owned.get(owner).and_then(|kinds| kinds.get(&KindName::StackResource));
        let requests = of_kind
            .into_iter()
            .flatten()
            .filter(|(_, id)| StackResourceId::parse(id).is_some_and(|id| id.is_request()));
        known.requests.extend(requests.map(|(address, id)| (id.clone(), address.clone())));
        known
    }

    fn insert(&mut self, address: Address, owner: Owner, kind: KindName, id: String) {
        self.remove(&address);
        let owned = self.owned.entry(owner.clone()).or_default().entry(kind).or_default();
        owned.insert(address.clone(), id.clone());
        self.ids.insert(address, (owner, kind, id));
    }

    fn remove(&mut self, address: &Address) {
        let Some((owner, kind, _)) = self.ids.remove(address) else { return };
        if let Some(owned) = self.owned.get_mut(&owner).and_then(|kinds| kinds.get_mut(&kind)) {
            owned.remove(address);
        }
    }

    /// The ids of an owner's resources of some kinds.
    fn owned_by(&self, owner: &Owner, wanted: impl Fn(KindName) -> bool) -> Vec<String> {
        let kinds = self.owned.get(owner).into_iter().flatten().filter(|(kind, _)| wanted(**kind));
        kinds.flat_map(|(_, ids)| ids.values().cloned()).collect()
    }
}

/// The stack resources that AWS shows, by id.
fn shown(live: &Live) -> BTreeMap<String, Observed<Spec>> {
    let of_stacks = live.resources.iter().filter(|one| matches!(one.observed.spec, Spec::StackResource(_)));
    of_stacks.map(|one| (one.observed.id.clone(), one.observed.clone())).collect()
}

/// What is known of the stack resources of each account: those that are wanted, and those that a rollback makes again.
fn known_stacks(desired: &Desired, plan: &Plan) -> BTreeMap<Owner, KnownStacks> {
    let mut known = KnownStacks::of(desired);
    for change in plan.changes.values() {
        let specs = change.wanted().map(|wanted| &wanted.spec).into_iter().chain(change.live().map(|live| &live.spec));
        for resource in specs.filter_map(Spec::as_stack_resource) {
            known.entry(change.owner.clone()).or_default().add_type(resource);
        }
    }
    known
}

/// Whether an account was there before the run.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Age {
    Old,
    New,
}

impl<'a> Context<'a> {
    pub fn new(run: &'a Run<'a>, plan: &Plan, live: &Live) -> Self {
        let emails = run.intent.desired.values().filter_map(|resource| match &resource.spec {
            Spec::Account(account) => Some((account.name.clone(), account.email.clone())),
            _ => None,
        });
        let emails = emails.collect();
        let mut names = Names { organization: live.organization.clone(), emails, ..Names::default() };
        for (name, id) in &live.accounts {
            names.accounts.insert(name.clone(), (id.clone(), Age::Old));
        }
        let by_id: BTreeMap<&str, &LiveResource> =
            live.resources.iter().map(|there| (there.observed.id.as_str(), there)).collect();
        for (address, id) in &plan.unchanged {
            // A rollback may refer to what the files no longer ask for and is still there.
            let wanted = run.intent.desired.get(address).map(|wanted| (&wanted.owner, wanted.spec.kind()));
            let there = || by_id.get(id.as_str()).map(|there| (&there.owner, there.observed.spec.kind()));
            if let Some((owner, kind)) = wanted.or_else(there) {
                names.insert(address.clone(), owner.clone(), kind, id.clone());
            }
        }
        names.caller = Some(run.sessions.caller().to_string());
        names.shown = shown(live);
        names.stacks = known_stacks(run.intent.desired, plan);
        for change in plan.changes.values() {
            if let Some(live) = change.live() {
                names.insert(change.address.clone(), change.owner.clone(), change.kind(), live.id.clone());
            }
        }
        Self {
            run,
            looks: Looks::default(),
            names: Rc::new(RefCell::new(names)),
            clouds: RefCell::default(),
            limits: RefCell::default(),
            recreated: RefCell::default(),
            updates: RefCell::default(),
            along: along(plan, live),
        }
    }

    /// What AWS takes along when it deletes what a change is about.
    pub fn along(&self, change: &Change) -> &[Along] {
        self.along.get(&change.address).map(Vec::as_slice).unwrap_or_default()
    }

    /// The account that a resource is in, once its role can be assumed and it can be used.
    pub async fn cloud(&self, owner: &Owner) -> Result<AccountCloud, StepError> {
        let opening = self.clouds.borrow().get(owner).cloned();
        let opening = match opening {
            Some(opening) => opening,
            None => {
                let (id, age) = match owner {
                    Owner::Management => (self.run.sessions.caller().clone(), Age::Old),
                    Owner::Account(name) => {
                        let names = self.names.borrow();
                        names.accounts.get(name).cloned().ok_or_else(|| StepError::NoAccount(name.clone()))?
                    }
                };
                let sessions = Rc::clone(&self.run.sessions);
                let opening = async move {
                    match age {
                        Age::Old => sessions.account(&id).await,
                        Age::New => sessions.new_account(&id).await,
                    }
                };
                let opening = opening.boxed_local().shared();
                self.clouds.borrow_mut().insert(owner.clone(), opening.clone());
                opening
            }
        };
        Ok(opening.await?)
    }

    /// Waits until AWS takes one more of a kind in an account, where it limits how many are made at once.
    pub async fn admission(&self, change: &Change) -> Option<OwnedSemaphorePermit> {
        let limit = change.kind().at_once()?;
        let semaphore = {
            let mut limits = self.limits.borrow_mut();
            let entry = limits.entry((change.owner.clone(), change.kind()));
            Arc::clone(entry.or_insert_with(|| Arc::new(Semaphore::new(limit))))
        };
        // A semaphore that nobody closes always admits in the end.
        semaphore.acquire_owned().await.ok()
    }

    /// A wanted specification with AWS ids for its references.
    pub fn resolve(&self, spec: &Spec) -> Result<Spec, StepError> {
        let mut missing = None;
        let names = self.names.borrow();
        let resolved = spec.map_references(&mut |reference| match reference {
            AnyRef::Address(address) if *address == caller_address() => None,
            AnyRef::Address(address) => match names.ids.get(address) {
                Some((_, _, id)) => Some(AnyRef::Id(id.clone())),
                None => {
                    missing.get_or_insert(address.clone());
                    None
                }
            },
            AnyRef::Id(_) => None,
        });
        match missing {
            Some(address) => Err(StepError::NoReference(address)),
            None => Ok(resolved.filled(&mut |reference, asked| names.answer(reference, asked))),
        }
    }

    /// Notes what AWS shows of a resource: others may refer to its attributes.
    pub fn learn_shown(&self, change: &Change, shown: &Observed<Spec>) {
        self.learn(change, &shown.id);
        if let Spec::StackResource(_) = &shown.spec {
            self.names.borrow_mut().shown.insert(shown.id.clone(), shown.clone());
        }
    }

    /// Notes the id that a resource has now.
    pub fn learn(&self, change: &Change, id: &str) {
        let mut names = self.names.borrow_mut();
        names.insert(change.address.clone(), change.owner.clone(), change.kind(), id.to_owned());
        if change.kind() == KindName::Account
            && let Ok(id) = AccountId::parse(id)
            && let Some(name) = account_of(&change.address)
        {
            names.accounts.entry(name).or_insert((id, Age::New));
        }
    }

    /// The number of the next changing request for a resource that is there, from 1: each has a client token of its own.
    pub fn next_update(&self, address: &Address) -> u32 {
        let mut updates = self.updates.borrow_mut();
        let number = updates.entry(address.clone()).or_default();
        *number += 1;
        *number
    }

    /// Notes that a resource is gone.
    pub fn forget(&self, address: &Address) {
        self.names.borrow_mut().remove(address);
    }

    /// The organization, once it is known.
    pub fn organization(&self) -> Option<OrganizationIds> {
        self.names.borrow().organization.clone()
    }

    /// Notes the organization.
    pub fn learn_organization(&self, organization: Option<OrganizationIds>) {
        self.names.borrow_mut().organization = organization;
    }

    /// The accounts that are there now.
    pub fn accounts(&self) -> BTreeMap<Label, AccountId> {
        self.names.borrow().accounts.iter().map(|(name, (id, _))| (name.clone(), id.clone())).collect()
    }

    /// What a look at an account may take for granted when it is made, given what somebody waits for.
    pub fn subject(&self, owner: &Owner) -> impl FnOnce(Option<BTreeSet<String>>) -> Subject + 'static {
        let (names, owner, zone) = (Rc::clone(&self.names), owner.clone(), self.run.intent.zone.clone());
        move |awaited| {
            let names = names.borrow();
            let of_kinds = |wanted: fn(KindName) -> bool| names.owned_by(&owner, wanted);
            let known = Known {
                vpcs: Some(of_kinds(|kind| kind == KindName::Vpc)),
                transit_gateways: Some(of_kinds(|kind| kind == KindName::TransitGateway)),
                accounts: names.emails.clone(),
                account_names: names
                    .accounts
                    .iter()
                    .map(|(name, (id, _))| (id.to_string(), name.to_string()))
                    .collect(),
                pinned: of_kinds(|_| true).into_iter().collect(),
                asked_for: of_kinds(|kind| !kind.remains()).into_iter().collect(),
                organization: names.organization.clone(),
                stacks: names.stacks(&owner),
                awaited,
                waits: true,
            };
            Subject { zone, known }
        }
    }

    /// The tags that a resource shall carry, this run's included.
    pub fn tags(&self, address: &Address) -> BTreeMap<String, String> {
        let mut tags = self.run.intent.tags_of(address);
        tags.insert(TAG_RUN.to_owned(), self.run.name.clone());
        tags
    }

    /// True once somebody asked to stop.
    pub fn stopping(&self) -> bool {
        *self.run.stop.borrow()
    }

    /// Ends when somebody asks to stop; never otherwise.
    pub async fn stopped(&self) {
        let mut stop = self.run.stop.clone();
        if stop.wait_for(|stop| *stop).await.is_err() {
            futures::future::pending::<()>().await;
        }
    }

    /// Tells that AWS gave up on what a change has made, and that another one is made.
    pub fn gave_up(&self, change: &Change, failure: &Failure) {
        let (address, scope, message) = (change.address.clone(), change.scope.clone(), failure.message.clone());
        let recreated = Recreated { address: address.clone(), message: message.clone() };
        self.recreated.borrow_mut().push((scope.clone(), recreated));
        self.tell(Event::Recreated { address, scope, message });
    }

    /// What AWS gave up on and was recreated so far, by scope.
    pub fn recreated(&self) -> Vec<(Scope, Recreated)> {
        self.recreated.borrow().clone()
    }

    pub fn tell(&self, event: Event) {
        (self.run.events)(event);
    }
}
