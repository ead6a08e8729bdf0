//! Policies of VPC endpoints.

use std::collections::BTreeMap;

use serde_json::Value;

use super::Addition;
use crate::cloud::{CallError, Operation, Service};
use crate::graph::Ref;
use crate::kinds::answer::gone;
use crate::kinds::fields::with_fields;
use crate::kinds::{
    Calls, ConsolePage, Identity, Observed, Specification, State, Tagging, Task, Timing, View, VpcEndpoint,
};

with_fields! {
    /// A policy that somebody has given to a VPC endpoint. lz leaves endpoints the one that AWS gives them, which allows
    /// everything and is not seen here; removing the addition gives it back.
    pub struct VpcEndpointPolicy with VpcEndpointPolicyField {
        /// The endpoint.
        #[key]
        #[immutable]
        pub endpoint: Ref<VpcEndpoint>,
        /// The policy, as JSON text.
        pub document: String,
    }
}

impl Specification for VpcEndpointPolicy {
    const NAME: &'static str = "vpc-endpoint-policy";
    const IDENTITY: Identity = Identity::Key;
    const TIMING: Timing = Timing::seconds(5, 0, 5);
    const TAGGING: Tagging = Tagging::None;
    const CALLS: Calls = Calls::new(&["CreateVpcEndpoint", "ModifyVpcEndpoint"], &[], &[]);
    const OPERATIONS: &'static [Operation] = &[<Self as Addition>::DESCRIBE, MODIFY];

    // It has no page of its own.
    fn console(&self, _id: &str) -> Option<ConsolePage> {
        Some(ConsolePage::vpc("EndpointDetails:vpcEndpointId", &self.endpoint))
    }
}

const MODIFY: Operation = Service::Ec2.idempotent("ModifyVpcEndpoint");

impl Addition for VpcEndpointPolicy {
    const DESCRIBE: Operation = Service::Ec2.read("DescribeVpcEndpoints");

    async fn find(view: &View) -> Result<Vec<Observed<Self>>, CallError> {
        let answer = view.answer(Self::DESCRIBE);
        let mut all = Vec::new();
        for endpoint in view.vpc_endpoints().await? {
            let Some(document) = endpoint.policy_document().filter(|text| !allows_everything(text)) else { continue };
            let id = answer.part(endpoint.vpc_endpoint_id(), "vpcEndpointId")?;
            all.push(Observed {
                id: format!("{id}|policy"),
                aliases: Vec::new(),
                tags: BTreeMap::new(),
                state: State::Ready,
                spec: Self { endpoint: Ref::id(id), document: document.to_owned() },
            });
        }
        Ok(all)
    }

    async fn remove(live: &Observed<Self>, task: &Task<'_>) -> Result<(), CallError> {
        let endpoint = task.id(MODIFY, &live.spec.endpoint)?;
        let send = || task.cloud.ec2().modify_vpc_endpoint().vpc_endpoint_id(endpoint).reset_policy(true).send();
        gone(task.cloud.call(MODIFY, send).await)
    }
}

/// True for the policy that AWS gives to endpoints without one: its only statement allows everybody everything
/// (<https://docs.aws.amazon.com/vpc/latest/privatelink/vpc-endpoints-access.html>). Empty text is of services without
/// policies.
fn allows_everything(document: &str) -> bool {
    if document.trim().is_empty() {
        return true;
    }
    let Ok(Value::Object(policy)) = serde_json::from_str(document) else { return false };
    let statements = match policy.get("Statement") {
        Some(Value::Array(statements)) => statements.as_slice(),
        Some(one) => std::slice::from_ref(one),
        None => &[],
    };
    let [Value::Object(statement)] = statements else { return false };
    let is = |key: &str, value: &str| statement.get(key).is_some_and(|there| there == value);
    let known = ["Sid", "Effect", "Principal", "Action", "Resource"];
    is("Effect", "Allow")
        && (is("Principal", "*") || statement.get("Principal") == Some(&serde_json::json!({"AWS": "*"})))
        && is("Action", "*")
        && is("Resource", "*")
        && statement.keys().all(|key| known.contains(&key.as_str()))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn aws_s_own_policy_is_no_change() {
        let own = r#"{"Statement":[{"Action":"*","Effect":"Allow","Principal":"*","Resource":"*"}]}"#;
        assert!(allows_everything(own) && allows_everything(""));
        assert!(allows_everything(&own.replace(r#""Principal":"*""#, r#""Principal":{"AWS":"*"}"#)));
        assert!(!allows_everything(&own.replace("Allow", "Deny")));
        assert!(!allows_everything(&own.replace(r#""Action":"*""#, r#""Action":"s3:GetObject""#)));
        assert!(!allows_everything(&own.replace("}]", r#","Condition":{}}]"#)));
        assert!(!allows_everything("no JSON"));
    }
}
