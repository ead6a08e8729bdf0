//! Changes by others than the clients of Cloud Control: by hand in the console, by a stack of CloudFormation.

use std::collections::BTreeMap;

use serde_json::{Value, json};

use super::model;
use super::pointer::Pointer;
use super::state::{Resource, home};
use super::{log_groups, text};
use crate::twin::wire::fault::Fault;
use crate::twin::world::{Call, Caller, World};

/// Why a resource cannot be changed by hand.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum HandError {
    /// There is no such type.
    #[error("{0}")]
    Type(String),
    /// There is no such resource.
    #[error("there is no {type_name} {identifier}")]
    Unknown {
        /// The type.
        type_name: String,
        /// The identifier.
        identifier: String,
    },
    /// There is one already, or the model has no identifier.
    #[error("a {0} cannot be added: it is there already, or lacks what identifies it")]
    NotAdded(String),
}

impl From<Fault> for HandError {
    fn from(fault: Fault) -> Self {
        Self::Type(fault.message)
    }
}

impl World {
    /// The identifiers of an account's resources of a type, whoever made them.
    #[must_use]
    pub fn live_resources(&self, account: &str, region: &str, type_name: &str) -> Vec<String> {
        let all = self.cloud_control.all(account, &home(type_name, region), type_name);
        all.into_iter().flat_map(|all| all.keys().cloned()).collect()
    }

    /// What a resource is, as the world knows it, with what no read tells.
    #[must_use]
    pub fn live_resource(
        &self,
        account: &str,
        region: &str,
        type_name: &str,
        identifier: &str,
    ) -> Option<(Value, Value)> {
        let resource = self.cloud_control.resource(account, &home(type_name, region), type_name, identifier)?;
        Some((resource.model.clone(), resource.hidden.clone()))
    }

    /// Sets a property of a live resource, such as `ContainerDefinitions/0/Cpu`; the path is one of names without `*`.
    ///
    /// # Errors
    /// There is no such resource.
    pub fn set_live_property(
        &mut self,
        (account, region): (&str, &str),
        type_name: &str,
        identifier: &str,
        path: &str,
        value: Value,
    ) -> Result<(), HandError> {
        self.change_live(account, region, type_name, identifier, |model| Pointer::of(path).set(model, value))
    }

    /// Removes a property of a live resource.
    ///
    /// # Errors
    /// There is no such resource.
    pub fn remove_live_property(
        &mut self,
        (account, region): (&str, &str),
        type_name: &str,
        identifier: &str,
        path: &str,
    ) -> Result<(), HandError> {
        self.change_live(account, region, type_name, identifier, |model| {
            Pointer::of(path).take(model);
        })
    }

    /// Says how many images, objects or other things that are no resources a live resource holds.
    ///
    /// # Errors
    /// There is no such resource.
    pub fn set_live_contents(
        &mut self,
        (account, region): (&str, &str),
        type_name: &str,
        identifier: &str,
        count: u64,
    ) -> Result<(), HandError> {
        self.live(account, region, type_name, identifier)?.contents = count;
        Ok(())
    }

    /// Deletes a live resource, whatever refers to it.
    ///
    /// # Errors
    /// There is no such resource.
    pub fn remove_live_resource(
        &mut self,
        (account, region): (&str, &str),
        type_name: &str,
        identifier: &str,
    ) -> Result<(), HandError> {
        let interfaces = self.live(account, region, type_name, identifier)?.interfaces.clone();
        let now = self.now;
        if !interfaces.is_empty() {
            let state = self.ec2(account, region);
            interfaces.iter().for_each(|id| state.network_interfaces.release(id, now));
        }
        let regional = self.cloud_control.regional(account, &home(type_name, region));
        if let Some(all) = regional.resources.get_mut(type_name) {
            all.remove(identifier);
        }
        if type_name == "AWS::Logs::LogGroup" {
            self.logs.remove(account, region, identifier);
        }
        Ok(())
    }

    /// Adds a resource that somebody else made, of a document like those that CreateResource takes; tells its identifier.
    /// Nothing but its identifier is checked. `stack_id` is that of the CloudFormation stack that it belongs to.
    ///
    /// # Errors
    /// The type is unknown, or the resource is there already.
    pub fn add_foreign_resource(
        &mut self,
        (account, region): (&str, &str),
        type_name: &str,
        document: Value,
        stack_id: Option<&str>,
    ) -> Result<String, HandError> {
        let schema = self.cloud_control.schema(type_name)?;
        let caller = Caller {
            account: account.to_owned(),
            arn: format!("arn:aws:iam::{account}:user/somebody"),
            assumed: false,
            region: region.to_owned(),
        };
        let now = self.now;
        let mut call = Call { world: self, caller, now };
        let mut made = model::complete(&mut call, &schema, document);
        if let Some(stack) = stack_id {
            let mut tags: BTreeMap<String, String> = model::tags_of(&schema, &made);
            let name = stack.split('/').nth(1).unwrap_or(stack);
            for (key, value) in [("stack-id", stack), ("stack-name", name), ("logical-id", "Resource")] {
                tags.insert(format!("aws:cloudformation:{key}"), value.to_owned());
            }
            model::set_tags(&schema, &mut made, &tags);
        }
        let identifier =
            text::identifier_of(&schema, &made).ok_or_else(|| HandError::NotAdded(type_name.to_owned()))?;
        let split = model::split(self.seed, &schema, made);
        let resource = Resource { hidden: split.hidden, ..Resource::settled(split.model, now) };
        let all = &mut self.cloud_control.regional(account, &home(type_name, region)).resources;
        let all = all.entry(type_name.to_owned()).or_default();
        if all.contains_key(&identifier) {
            return Err(HandError::NotAdded(type_name.to_owned()));
        }
        all.insert(identifier.clone(), resource);
        log_groups::write_back(self, account, region, type_name, &identifier);
        Ok(identifier)
    }

    fn live(
        &mut self,
        account: &str,
        region: &str,
        type_name: &str,
        identifier: &str,
    ) -> Result<&mut Resource, HandError> {
        let regional = self.cloud_control.regional(account, &home(type_name, region));
        let unknown = HandError::Unknown { type_name: type_name.to_owned(), identifier: identifier.to_owned() };
        regional.find_mut(type_name, identifier).ok_or(unknown)
    }

    fn change_live(
        &mut self,
        account: &str,
        region: &str,
        type_name: &str,
        identifier: &str,
        change: impl FnOnce(&mut Value),
    ) -> Result<(), HandError> {
        let mut model = self.live(account, region, type_name, identifier)?.model.clone();
        change(&mut model);
        if !model.is_object() {
            model = json!({});
        }
        self.live(account, region, type_name, identifier)?.model = model;
        log_groups::write_back(self, account, region, type_name, identifier);
        Ok(())
    }
}
