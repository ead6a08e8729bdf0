//! Cloud Control: the resources of stacks.
//!
//! Which ones there are is told by what is known of them: the ids that the lock pins or a run has learned, the requests that
//! make them, the ids that follow from what is wanted, and the tags of the zone. Cloud Control lists resources of one type
//! at a time and tells little of each, so that nothing is listed that could be asked for by its id.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use aws_sdk_cloudcontrol::types::{HandlerErrorCode, Operation as Work, OperationStatus, ProgressEvent};
use aws_sdk_resourcegroupstagging::types::TagFilter;
use futures::future::try_join_all;
use serde_json::Value;

use super::{Once, View};
use crate::cloud::{CallError, Class, pages};
use crate::graph::Address;
use crate::kinds::answer::found;
use crate::kinds::stack_resource::{
    DeletionPolicy, GET, IdentifiedBy, LIST, REQUEST_STATUS, StackResourceId, TAG_DELETION, TAGGED,
};
use crate::kinds::{
    Desired, Failure, Observed, Owner, StackResource, State, TAG_ADDRESS, TAG_CLOUD_FORMATION, TAG_ZONE,
};
use crate::property::Property;
use crate::schema::ResourceType;

#[derive(Debug, Default)]
pub(super) struct Cells {
    tagged: Once<Vec<(String, BTreeMap<String, String>)>>,
}

/// What is known of an account's stack resources before they are looked at.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct KnownStacks {
    /// The types of those that are wanted, by address.
    pub types: BTreeMap<Address, Arc<ResourceType>>,
    /// The types that no wanted one has, by name: what a lock pins may be of a type that only its blueprint's schema tells.
    pub other_types: BTreeMap<String, Arc<ResourceType>>,
    /// The ids that follow from what is wanted, each with its address.
    pub expected: BTreeMap<String, Address>,
    /// The ids of requests that make resources, each with the resource's address.
    pub requests: BTreeMap<String, Address>,
}

impl KnownStacks {
    /// What the wanted resources of each account tell.
    #[must_use]
    pub fn of(desired: &Desired) -> BTreeMap<Owner, Self> {
        let mut known: BTreeMap<Owner, Self> = BTreeMap::new();
        for (address, wanted) in desired {
            let Some(resource) = wanted.spec.as_stack_resource() else { continue };
            let of_owner = known.entry(wanted.owner.clone()).or_default();
            of_owner.types.insert(address.clone(), Arc::clone(&resource.rules));
            if let Some(id) = resource.expected_id() {
                of_owner.expected.insert(id.to_string(), address.clone());
            }
        }
        known
    }

    /// Adds a type that something is of which nobody wants.
    pub fn add_type(&mut self, resource: &StackResource) {
        self.other_types.entry(resource.type_name().to_owned()).or_insert_with(|| Arc::clone(&resource.rules));
    }

    fn rules(&self, type_name: &str) -> Option<Arc<ResourceType>> {
        let wanted = self.types.values().find(|rules| rules.name() == type_name);
        wanted.or_else(|| self.other_types.get(type_name)).cloned().or_else(|| ResourceType::embedded(type_name))
    }
}

impl View {
    /// The zone's stack resources in this account, and the requests that somebody waits for.
    pub(in crate::kinds) async fn stack_resources(&self) -> Result<Vec<Observed<StackResource>>, CallError> {
        let known = &self.subject.known;
        let mut asked: BTreeSet<StackResourceId> = BTreeSet::new();
        let mut ask =
            |ids: &mut dyn Iterator<Item = &String>| asked.extend(ids.filter_map(|id| StackResourceId::parse(id)));
        match &known.awaited {
            Some(awaited) => ask(&mut awaited.iter()),
            None => {
                ask(&mut known.pinned.iter());
                ask(&mut known.stacks.requests.keys());
                ask(&mut known.stacks.expected.keys());
            }
        }
        let seen = try_join_all(asked.iter().map(|id| self.stack_resource(id))).await?;
        let mut found: BTreeMap<String, Observed<StackResource>> = BTreeMap::new();
        for mut one in seen.into_iter().flatten() {
            if let Some(other) = found.remove(&one.id) {
                one.aliases.extend(other.aliases);
                one.aliases.sort();
                one.aliases.dedup();
            }
            found.insert(one.id.clone(), one);
        }
        if known.awaited.is_none() && !known.stacks.types.is_empty() {
            for one in self.by_tags(&found).await? {
                found.entry(one.id.clone()).or_insert(one);
            }
        }
        Ok(found.into_values().collect())
    }

    async fn stack_resource(&self, id: &StackResourceId) -> Result<Option<Observed<StackResource>>, CallError> {
        // Of what no schema is known, nothing can be said: it is another zone's pin, or an id of another form.
        let Some(rules) = self.subject.known.stacks.rules(&id.type_name) else { return Ok(None) };
        match &id.of {
            IdentifiedBy::Identifier(identifier) => self.resource(&rules, identifier).await,
            IdentifiedBy::Request(token) => self.requested(&rules, id, token).await,
        }
    }

    /// One that is there.
    async fn resource(
        &self,
        rules: &Arc<ResourceType>,
        identifier: &str,
    ) -> Result<Option<Observed<StackResource>>, CallError> {
        let send = || {
            let request = self.cloud.cloud_control().get_resource().type_name(rules.name()).identifier(identifier);
            request.send()
        };
        let Some(answer) = found(self.cloud.call(GET, send).await)? else { return Ok(None) };
        let description = self.answer(GET).part(answer.resource_description, "ResourceDescription")?;
        let identifier = self.answer(GET).part(description.identifier, "Identifier")?;
        let text = self.answer(GET).part(description.properties, "Properties")?;
        let properties = serde_json::from_str::<serde_json::Map<String, Value>>(&text);
        let properties = properties.map_err(|error| {
            self.answer(GET).error(None, format!("Properties of {} is no JSON object: {error}", rules.name()))
        })?;
        let id = StackResourceId::identifier(rules.name(), &identifier).to_string();
        Ok(Some(observed(rules, id, properties)))
    }

    /// What has become of a request. None where it has made nothing, or what it was to delete is gone.
    async fn requested(
        &self,
        rules: &Arc<ResourceType>,
        id: &StackResourceId,
        token: &str,
    ) -> Result<Option<Observed<StackResource>>, CallError> {
        let send = || self.cloud.cloud_control().get_resource_request_status().request_token(token).send();
        // Cloud Control keeps requests for seven days.
        let Some(answer) = found(self.cloud.call(REQUEST_STATUS, send).await)? else { return Ok(None) };
        let event = self.answer(REQUEST_STATUS).part(answer.progress_event, "ProgressEvent")?;
        let status = self.answer(REQUEST_STATUS).part(event.operation_status.clone(), "OperationStatus")?;
        let deletes = event.operation == Some(Work::Delete);
        let alone = |state| {
            let spec = StackResource {
                rules: Arc::clone(rules),
                properties: BTreeMap::new(),
                deletion: DeletionPolicy::default(),
                keeps_replaced: false,
            };
            Observed { id: id.to_string(), aliases: Vec::new(), tags: BTreeMap::new(), state, spec }
        };
        match status {
            OperationStatus::Success if deletes => Ok(None),
            OperationStatus::Success => {
                let identifier = self.answer(REQUEST_STATUS).part(event.identifier, "Identifier")?;
                let there = self.resource(rules, &identifier).await?;
                // Cloud Control shows some of what it has made only seconds later.
                Ok(Some(match there {
                    Some(there) => Observed { aliases: vec![id.to_string()], ..there },
                    None if self.subject.known.waits => alone(State::Pending("not visible yet".to_owned())),
                    None => return Ok(None),
                }))
            }
            OperationStatus::Failed | OperationStatus::CancelComplete => self.failed(rules, id, &event, alone).await,
            _ if deletes => Ok(Some(alone(State::Deleting))),
            other => Ok(Some(alone(State::Pending(other.as_str().to_owned())))),
        }
    }

    /// What a request has left that failed. What it has made may be there all the same; what was there before may be
    /// somebody else's.
    async fn failed(
        &self,
        rules: &Arc<ResourceType>,
        id: &StackResourceId,
        event: &ProgressEvent,
        alone: impl Fn(State) -> Observed<StackResource>,
    ) -> Result<Option<Observed<StackResource>>, CallError> {
        let code = event.error_code.as_ref().map(|code| code.as_str().to_owned());
        let message = event.status_message.clone().unwrap_or_else(|| "AWS doesn't say why".to_owned());
        let told = self.answer(REQUEST_STATUS).error(code.clone(), message);
        let failure = failure(&told);
        let makes = event.operation == Some(Work::Create);
        if event.operation == Some(Work::Delete) && told.class == Class::NotFound {
            return Ok(None);
        }
        if let (true, Some(identifier)) = (makes, &event.identifier)
            && let Some(there) = self.resource(rules, identifier).await?
        {
            if self.is_asked_for(id, &there) {
                return Ok(Some(Observed { aliases: vec![id.to_string()], ..there }));
            }
            if event.error_code == Some(HandlerErrorCode::AlreadyExists) {
                let message = format!("{identifier} is there already, and lz has not made it");
                let hint = "remove it, or give this one another name in the template";
                return Ok(Some(alone(State::Failed(Failure::lasting(message, hint)))));
            }
        }
        // A request that somebody asks about long afterwards is no resource.
        if !self.subject.known.waits {
            return Ok(None);
        }
        Ok(Some(alone(State::Failed(failure))))
    }

    /// True where what is there is what a request asked for: its tags say so, or a name that only this resource has.
    fn is_asked_for(&self, request: &StackResourceId, there: &Observed<StackResource>) -> bool {
        let stacks = &self.subject.known.stacks;
        let Some(address) = stacks.requests.get(&request.to_string()) else { return false };
        if there.tags.contains_key(TAG_CLOUD_FORMATION) {
            return false;
        }
        match there.spec.rules.tagging() {
            Some(_) => self.has_address(&there.tags, address),
            None => stacks.expected.get(&there.id) == Some(address),
        }
    }

    fn has_address(&self, tags: &BTreeMap<String, String>, address: &Address) -> bool {
        tags.get(TAG_ZONE).is_some_and(|zone| zone == self.subject.zone.as_str())
            && tags.get(TAG_ADDRESS).is_some_and(|tag| tag == address.as_str())
    }

    /// Those whose tags say that they are wanted ones, and that nothing else told of. That a tag is not listed says nothing:
    /// the list lags, and leaves out roles (Resource Groups Tagging API reference, GetResources).
    async fn by_tags(
        &self,
        found: &BTreeMap<String, Observed<StackResource>>,
    ) -> Result<Vec<Observed<StackResource>>, CallError> {
        let known: BTreeSet<&String> = found.values().filter_map(|one| one.tags.get(TAG_ADDRESS)).collect();
        let mut more = Vec::new();
        for (arn, tags) in self.tagged().await? {
            let Some(address) = tags.get(TAG_ADDRESS).filter(|address| !known.contains(address)) else { continue };
            let Some(rules) = Address::parse(address).ok().and_then(|it| self.subject.known.stacks.types.get(&it))
            else {
                continue;
            };
            more.extend(self.of_arn(rules, arn).await?.filter(|one| one.tags.get(TAG_ADDRESS) == Some(address)));
        }
        Ok(more)
    }

    /// The zone's tagged resources by ARN, with their tags.
    async fn tagged(&self) -> Result<&[(String, BTreeMap<String, String>)], CallError> {
        let fetch = || async {
            let zone = TagFilter::builder().key(TAG_ZONE).values(self.subject.zone.as_str()).build();
            let send = |token: Option<String>| {
                let request = self.cloud.tagging().get_resources().tag_filters(zone.clone()).resources_per_page(100);
                request.set_pagination_token(token).send()
            };
            let all = pages(&self.cloud, TAGGED, send, |page| {
                (page.resource_tag_mapping_list, page.pagination_token.filter(|token| !token.is_empty()))
            });
            let with_tags = all.await?.into_iter().filter_map(|one| {
                let tags = one.tags.unwrap_or_default().into_iter().map(|tag| (tag.key, tag.value));
                Some((one.resource_arn?, tags.collect()))
            });
            Ok(with_tags.collect())
        };
        self.stacks.tagged.get(fetch).await.map(Vec::as_slice)
    }

    /// The one of an ARN. Where the ARN does not hold the identifier, Cloud Control lists the type.
    async fn of_arn(&self, rules: &Arc<ResourceType>, arn: &str) -> Result<Option<Observed<StackResource>>, CallError> {
        let name = arn.rsplit([':', '/']).next().unwrap_or_default();
        let candidates = if rules.is_identified_by_arn() { vec![arn.to_owned()] } else { vec![name.to_owned()] };
        for identifier in candidates {
            // Cloud Control refuses what is no identifier of the type.
            match self.resource(rules, &identifier).await {
                Ok(Some(there)) => return Ok(Some(there)),
                Ok(None) => {}
                Err(error) if error.class == Class::Final && !error.is_denied() => {}
                Err(error) => return Err(error),
            }
        }
        let send =
            |token| self.cloud.cloud_control().list_resources().type_name(rules.name()).set_next_token(token).send();
        let listed = pages(&self.cloud, LIST, send, |page| (page.resource_descriptions, page.next_token)).await?;
        let named = listed.into_iter().filter_map(|one| one.identifier);
        for identifier in named.filter(|identifier| identifier.rsplit([':', '/', '|']).next() == Some(name)) {
            if let Some(there) = self.resource(rules, &identifier).await? {
                return Ok(Some(there));
            }
        }
        Ok(None)
    }
}

/// Why a request failed, and whether another one may fare better.
fn failure(told: &CallError) -> Failure {
    let code = told.code.as_deref().unwrap_or("no error code");
    let message = format!("{code}: {}", told.message);
    match told.class {
        Class::Throttled | Class::NotReady | Class::Unknown | Class::NotFound | Class::InUse | Class::Expired => {
            Failure::passing(message)
        }
        _ => Failure::lasting(message, "mend that, and run lz again"),
    }
}

/// A live model as lz keeps it: secrets that AWS shows are left out.
fn observed(rules: &Arc<ResourceType>, id: String, live: serde_json::Map<String, Value>) -> Observed<StackResource> {
    let tags = rules.tags_of(&live);
    let properties = live.into_iter().filter(|(name, _)| !rules.is_secret(name));
    let deletion = tags.get(TAG_DELETION).and_then(|name| DeletionPolicy::named(name)).unwrap_or_default();
    let properties = properties.map(|(name, value)| (name, Property::from(value))).collect();
    let spec = StackResource { rules: Arc::clone(rules), properties, deletion, keeps_replaced: false };
    Observed { id, aliases: Vec::new(), tags, state: State::Ready, spec }
}
