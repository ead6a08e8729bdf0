//! Reading AWS's answers: what they must hold, and what their words mean.

use std::collections::BTreeSet;
use std::fmt;
use std::str::FromStr;

use super::{Failure, OrganizationIds, State, Task};
use crate::cloud::{CallError, Class, Operation};
use crate::graph::Ref;

/// An answer that is being read. AWS's SDK holds every part of it as optional; a part that AWS always sends and that is
/// missing, or that is no value of its type, is an error of the call that was answered.
#[derive(Debug, Clone, Copy)]
pub(super) struct Answer<'a> {
    operation: Operation,
    account: &'a str,
}

impl<'a> Answer<'a> {
    /// The answer to a call in an account.
    pub(super) fn new(operation: Operation, account: &'a str) -> Self {
        Self { operation, account }
    }

    /// A part that AWS always sends.
    pub(super) fn part<T>(self, part: Option<T>, name: &str) -> Result<T, CallError> {
        part.ok_or_else(|| self.error(None, format!("AWS's answer holds no {name}")))
    }

    /// A part that AWS always sends, as a value.
    pub(super) fn value<T>(self, text: Option<&str>, name: &str) -> Result<T, CallError>
    where
        T: FromStr<Err: fmt::Display>,
    {
        let text = self.part(text, name)?;
        text.parse().map_err(|problem| self.error(None, format!("{name} {problem}")))
    }

    /// What an answer tells instead of by an error.
    pub(super) fn error(self, code: Option<String>, message: impl Into<String>) -> CallError {
        CallError::told(self.operation, self.account, code, message)
    }
}

impl Task<'_> {
    /// An answer to a call of this task.
    pub(super) fn answer(&self, operation: Operation) -> Answer<'_> {
        Answer::new(operation, self.cloud.id().as_str())
    }

    /// AWS's id behind a reference.
    pub(super) fn id<'r, K>(&self, operation: Operation, reference: &'r Ref<K>) -> Result<&'r str, CallError> {
        reference.as_id().ok_or_else(|| self.answer(operation).error(None, format!("{reference} has no id in AWS yet")))
    }

    /// The ids of the organization, for what can only be named with them.
    pub(super) fn organization(&self, operation: Operation) -> Result<&OrganizationIds, CallError> {
        let none = || self.answer(operation).error(None, "there is no organization that it could refer to");
        self.organization.ok_or_else(none)
    }

    /// AWS's ids behind references.
    pub(super) fn ids<'r, K: 'r>(
        &self,
        operation: Operation,
        references: impl IntoIterator<Item = &'r Ref<K>>,
    ) -> Result<Vec<String>, CallError> {
        references.into_iter().map(|reference| self.id(operation, reference).map(str::to_owned)).collect()
    }
}

/// References by the ids of an answer.
pub(super) fn references<K>(ids: Option<&Vec<String>>) -> BTreeSet<Ref<K>> {
    ids.into_iter().flatten().map(Ref::id).collect()
}

/// A delete's answer, where what was there is gone already.
pub(super) fn gone<T>(answer: Result<T, CallError>) -> Result<(), CallError> {
    found(answer).map(drop)
}

/// An answer about something that may have gone since it was listed.
pub(super) fn found<T>(answer: Result<T, CallError>) -> Result<Option<T>, CallError> {
    match answer {
        Ok(there) => Ok(Some(there)),
        Err(error) if error.class == Class::NotFound => Ok(None),
        Err(error) => Err(error),
    }
}

/// What a word for a state means, whichever service says it and in whichever case; none where the resource is no more.
/// `failure` is AWS's reason, for a state of failure. A word that lz doesn't know means that AWS is at work.
pub(super) fn state(word: &str, failure: Option<Failure>) -> Option<State> {
    match word.to_ascii_lowercase().as_str() {
        "available" | "active" | "associated" | "enabled" | "attached" => Some(State::Ready),
        "failed" | "failed-insufficient-capacity" => Some(State::Failed(failure.unwrap_or_else(Failure::untold))),
        "deleting" | "disassociating" | "disabling" | "detaching" | "rejecting" => Some(State::Deleting),
        "deleted" | "disassociated" | "disabled" | "detached" | "rejected" | "expired" => None,
        _ => Some(State::Pending(word.to_owned())),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::cloud::Service;
    use crate::values::Cidr;

    #[test]
    fn words_for_states() {
        assert_eq!(state("available", None), Some(State::Ready));
        assert_eq!(state("Available", None), Some(State::Ready));
        assert_eq!(state("ASSOCIATED", None), Some(State::Ready));
        assert_eq!(state("modifying", None), Some(State::Pending("modifying".to_owned())));
        let why = Failure::passing("no address");
        assert_eq!(state("failed", Some(why.clone())), Some(State::Failed(why)));
        assert_eq!(state("disassociating", None), Some(State::Deleting));
        assert_eq!(state("rejected", None), None);
    }

    #[test]
    fn a_missing_or_malformed_part_is_an_error_that_names_it() {
        let answer = Answer::new(Service::Ec2.read("DescribeVpcs"), "111111111111");
        let missing = answer.value::<Cidr>(None, "cidrBlock").unwrap_err();
        assert_eq!(missing.to_string(), "ec2:DescribeVpcs in account 111111111111: AWS's answer holds no cidrBlock");
        let malformed = answer.value::<Cidr>(Some("10.0.0.1/8"), "cidrBlock").unwrap_err();
        assert!(malformed.to_string().contains("cidrBlock `10.0.0.1/8` has host bits set"), "{malformed}");
    }

    #[test]
    fn only_not_found_is_gone() {
        let answer = Answer::new(Service::Ec2.delete("DeleteVpc"), "111111111111");
        let absent = answer.error(Some("InvalidVpcID.NotFound".to_owned()), "no such VPC");
        let in_use = answer.error(Some("DependencyViolation".to_owned()), "in use");
        assert_eq!(gone::<()>(Err(absent)), Ok(()));
        assert_eq!(gone::<()>(Err(in_use.clone())), Err(in_use));
    }
}
