//! What a resource is called whose template leaves its name to CloudFormation.
//!
//! A name that follows from where the resource stands lets a lost creation be found again, and is an identity where a type
//! carries no tags.

use serde_json::Value;

use super::ResourceType;

/// The longest name of a type whose schema says no length (each service's API reference).
const LENGTHS: &[(&str, usize)] = &[
    ("AWS::ECR::Repository", 256),
    ("AWS::ECS::Cluster", 255),
    ("AWS::ECS::Service", 255),
    ("AWS::ECS::TaskDefinition", 255),
    ("AWS::ElasticLoadBalancingV2::LoadBalancer", 32),
    ("AWS::ElasticLoadBalancingV2::TargetGroup", 32),
    ("AWS::IAM::ManagedPolicy", 128),
    ("AWS::IAM::Role", 64),
    ("AWS::RDS::DBClusterParameterGroup", 255),
    ("AWS::RDS::DBParameterGroup", 255),
    ("AWS::RDS::DBSubnetGroup", 255),
    ("AWS::S3::Bucket", 63),
    ("AWS::SNS::Topic", 256),
    ("AWS::SQS::Queue", 80),
];

/// The longest name of any other type.
const LENGTH: usize = 63;

/// Types whose names are in lower case, or shown so.
const LOWER: &[&str] = &[
    "AWS::ECR::Repository",
    "AWS::RDS::DBCluster",
    "AWS::RDS::DBClusterParameterGroup",
    "AWS::RDS::DBInstance",
    "AWS::RDS::DBParameterGroup",
    "AWS::RDS::DBSubnetGroup",
    "AWS::S3::Bucket",
];

/// Types whose name says more than which one it is: a domain, a part of an address, what a service calls itself.
const NOT_NAMED: &[&str] = &[
    "AWS::ApiGateway::DomainName",
    "AWS::ApiGateway::Stage",
    "AWS::ApiGatewayV2::Stage",
    "AWS::CertificateManager::Certificate",
    "AWS::Cognito::UserPoolDomain",
    "AWS::ECR::PullThroughCacheRule",
    "AWS::IAM::ServiceLinkedRole",
    "AWS::Route53::HostedZone",
    "AWS::Route53::RecordSet",
];

/// The property that holds a name, where neither the identifier nor the type's own name says it.
const PROPERTIES: &[(&str, &str)] =
    &[("AWS::ECS::TaskDefinition", "Family"), ("AWS::Cognito::UserPoolClient", "ClientName")];

impl ResourceType {
    /// The property that CloudFormation would make a name for, with a name: `prefix`, cut to what the type takes, and the
    /// hash. None where the type has no such property, or takes no name of this form.
    #[must_use]
    pub fn physical_name(&self, prefix: &str, hash: &str) -> Option<(String, String)> {
        if NOT_NAMED.contains(&self.name()) {
            return None;
        }
        let property = self.name_property()?;
        let schema = self.deref(self.property_of(self.schema(), &property)?);
        let told = schema.get("maxLength").and_then(Value::as_u64).and_then(|length| usize::try_from(length).ok());
        let known = LENGTHS.iter().find(|(name, _)| *name == self.name()).map(|(_, length)| *length);
        let longest = known.or(told).unwrap_or(LENGTH).min(255);
        let room = longest.checked_sub(hash.len() + 1)?;
        let cut: String = prefix.chars().take(room).collect();
        let name = format!("{}-{hash}", cut.trim_end_matches('-'));
        let forms = [name.clone(), name.to_lowercase(), name.replace('-', "_"), name.replace('-', "")];
        let is_taken = |name: &String| {
            let pattern = schema.get("pattern").and_then(Value::as_str);
            pattern.is_none_or(|pattern| self.matches(pattern, name) != Some(false))
        };
        let from = usize::from(LOWER.contains(&self.name()));
        forms.into_iter().skip(from).find(is_taken).map(|name| (property, name))
    }

    /// The property that holds a name which a template may leave out.
    fn name_property(&self) -> Option<String> {
        let required: Vec<&str> = self
            .schema()
            .get("required")
            .and_then(Value::as_array)
            .into_iter()
            .flatten()
            .filter_map(Value::as_str)
            .collect();
        let last = self.name().rsplit("::").next().unwrap_or_default();
        let known =
            PROPERTIES.iter().find(|(name, _)| *name == self.name()).map(|(_, property)| (*property).to_owned());
        let identifier = match self.identifier_names().as_slice() {
            [one] if !one.contains('.') => Some(one.clone()),
            _ => None,
        };
        let by_type = [format!("{last}Name"), "Name".to_owned()];
        let candidates = known.into_iter().chain(identifier).chain(by_type);
        let is_free = |name: &String| {
            let path = [name.clone()];
            let is_text = self
                .property_of(self.schema(), name)
                .is_some_and(|schema| self.deref(schema).get("type").and_then(Value::as_str) == Some("string"));
            is_text && self.is_create_only(&path) && !self.is_read_only(&path) && !required.contains(&name.as_str())
        };
        candidates.into_iter().find(is_free)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::property::Property;
    use crate::schema::type_names;

    #[test]
    fn every_type_takes_the_names_that_it_is_given() {
        let mut named = Vec::new();
        for name in type_names() {
            let rules = ResourceType::embedded(name).unwrap();
            for prefix in [
                "acme-payments-prod-queues-Queue",
                "a-rather-long-zone-an-even-longer-account-a-stack-TheLogicalIdOfIt",
            ] {
                let Some((property, text)) = rules.physical_name(prefix, "0af3") else { continue };
                assert!(text.ends_with("0af3"), "{name}: {text}");
                let declared = Property::<String>::Map([(property.clone(), Property::Text(text.clone()))].into());
                let faults = rules.check(&declared);
                assert!(faults.iter().all(|fault| fault.path.is_empty()), "{name}: {text}: {faults:?}");
                named.push(format!("{name}.{property} = {text}"));
            }
        }
        insta::assert_snapshot!(named.join("\n"));
    }
}
