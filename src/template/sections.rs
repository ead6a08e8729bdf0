//! The sections of a template, and what stands in none of lz's.

use std::collections::{BTreeMap, BTreeSet};

use super::fault::{Fault, Faults, Position};
use super::node::{self, Key, Node};
use super::parameter::Parameter;
use crate::schema::check::nearest;

/// A template that could be read.
#[derive(Debug, Clone, PartialEq)]
pub struct Template {
    pub(super) parameters: BTreeMap<String, Parameter>,
    pub(super) mappings: Option<Node>,
    pub(super) conditions: BTreeMap<String, Node>,
    pub(super) rules: Vec<(String, Node)>,
    pub(super) resources: BTreeMap<String, ResourceNode>,
    pub(super) outputs: BTreeMap<String, OutputNode>,
    /// True where the template asks for `AWS::LanguageExtensions`.
    pub(super) is_extended: bool,
    pub(super) warnings: Vec<Fault>,
    /// What is wrong with its form.
    pub(super) faults: Vec<Fault>,
    /// Parameters whose declaration is at fault: what refers to them is not.
    pub(super) unread: BTreeSet<String>,
}

/// A resource as it is written.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct ResourceNode {
    pub(super) at: Position,
    pub(super) type_name: String,
    pub(super) type_at: Position,
    pub(super) properties: Option<Node>,
    pub(super) depends_on: Vec<(String, Position)>,
    pub(super) condition: Option<(String, Position)>,
    pub(super) deletion: Option<(String, Position)>,
    pub(super) replacement: Option<(String, Position)>,
}

/// An output as it is written.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct OutputNode {
    pub(super) value: Node,
    pub(super) condition: Option<(String, Position)>,
}

const SECTIONS: [&str; 10] = [
    "AWSTemplateFormatVersion",
    "Conditions",
    "Description",
    "Mappings",
    "Metadata",
    "Outputs",
    "Parameters",
    "Resources",
    "Rules",
    "Transform",
];

const RESOURCE: [&str; 9] = [
    "Condition",
    "CreationPolicy",
    "DeletionPolicy",
    "DependsOn",
    "Metadata",
    "Properties",
    "Type",
    "UpdatePolicy",
    "UpdateReplacePolicy",
];

const POLICIES: [&str; 4] = ["Delete", "Retain", "RetainExceptOnCreate", "Snapshot"];

impl Template {
    /// Reads a template in YAML or JSON. What is wrong with its parts is told when it is evaluated, with all else.
    ///
    /// # Errors
    /// What keeps it from being read at all.
    pub fn parse(text: &str) -> Result<Self, Vec<Fault>> {
        let root = node::read(text)?;
        let mut faults = Faults::default();
        match Self::read(&root, &mut faults) {
            Some(template) => Ok(Self { faults: faults.sorted(), ..template }),
            None => Err(faults.sorted()),
        }
    }

    /// The parameters, by name.
    #[must_use]
    pub fn parameters(&self) -> &BTreeMap<String, Parameter> {
        &self.parameters
    }

    fn read(root: &Node, faults: &mut Faults) -> Option<Self> {
        let Some(fields) = root.map() else {
            faults.add(
                root.at,
                format!("a template is an object, and this is {}", root.described()),
                "begin with `Resources:`",
            );
            return None;
        };
        refuse_unknown(fields, &SECTIONS, "template", faults);
        let section = |name: &str| root.get(name).and_then(Node::map).unwrap_or_default();
        for name in ["Conditions", "Mappings", "Outputs", "Parameters", "Resources", "Rules"] {
            if let Some(node) = root.get(name).filter(|node| node.map().is_none()) {
                faults.add(node.at, format!("`{name}` is {}", node.described()), "write an object of names");
            }
        }
        if section("Resources").is_empty() {
            faults.add(root.at, "this template has no resources", "add `Resources:` with one");
        }
        let is_extended = root.get("Transform").is_some_and(|transform| read_transform(transform, faults));
        let mut warnings = Vec::new();
        let parameters = section("Parameters").iter();
        let parameters = parameters
            .filter_map(|(key, node)| Some((key.name.clone(), Parameter::read(&key.name, key.at, node, faults)?)));
        let parameters: BTreeMap<String, Parameter> = parameters.collect();
        let declared = section("Parameters").iter().map(|(key, _)| key.name.clone());
        let unread = declared.filter(|name| !parameters.contains_key(name)).collect();
        let resources = section("Resources")
            .iter()
            .filter_map(|(key, node)| Some((key.name.clone(), resource(key, node, faults)?)));
        let resources: BTreeMap<String, ResourceNode> = resources.collect();
        refuse_twins(&resources, faults);
        let outputs = section("Outputs")
            .iter()
            .filter_map(|(key, node)| Some((key.name.clone(), output(key, node, &mut warnings, faults)?)));
        let outputs = outputs.collect();
        let named = |name: &str| section(name).iter().map(|(key, node)| (key.name.clone(), node.clone()));
        Some(Self {
            parameters,
            mappings: root.get("Mappings").cloned(),
            conditions: named("Conditions").collect(),
            rules: named("Rules").collect(),
            resources,
            outputs,
            is_extended,
            warnings,
            faults: Vec::new(),
            unread,
        })
    }
}

/// Refuses keys that an object of a template does not have.
pub(super) fn refuse_unknown(fields: &[(Key, Node)], known: &[&str], of: &str, faults: &mut Faults) {
    for (key, _) in fields.iter().filter(|(key, _)| !known.contains(&key.name.as_str())) {
        if key.name.starts_with("Fn::") {
            faults.add(
                key.at,
                format!("`{}` does not stand here", key.name),
                "write it out: lz repeats and merges no sections",
            );
            continue;
        }
        let hint = match nearest(&key.name, known) {
            Some(meant) => format!("did you mean `{meant}`?"),
            None => format!("it is one of: {}", known.join(", ")),
        };
        faults.add(key.at, format!("a {of} has no `{}`", key.name), hint);
    }
}

fn read_transform(node: &Node, faults: &mut Faults) -> bool {
    let names: Vec<&Node> = match node.list() {
        Some(all) => all.iter().collect(),
        None => vec![node],
    };
    let mut is_extended = false;
    for name in names {
        match name.text() {
            Some("AWS::LanguageExtensions") => is_extended = true,
            word => faults.add(
                name.at,
                format!(
                    "lz carries out no transform but `AWS::LanguageExtensions`, and this is `{}`",
                    word.unwrap_or("none")
                ),
                "write out what it would make",
            ),
        }
    }
    is_extended
}

/// Two logical ids that differ by case alone would have one address.
fn refuse_twins(resources: &BTreeMap<String, ResourceNode>, faults: &mut Faults) {
    let mut seen: BTreeMap<String, &String> = BTreeMap::new();
    for (name, resource) in resources {
        if let Some(first) = seen.insert(name.to_lowercase(), name) {
            let problem = format!("the logical ids `{first}` and `{name}` differ by case alone");
            faults.add(resource.at, problem, "rename one: lz's addresses know no case");
        }
    }
}

fn placed(node: Option<&Node>) -> Option<(String, Position)> {
    node.and_then(|node| Some((node.text()?.to_owned(), node.at)))
}

fn resource(key: &Key, node: &Node, faults: &mut Faults) -> Option<ResourceNode> {
    let name = &key.name;
    if !name.bytes().all(|byte| byte.is_ascii_alphanumeric()) || name.len() > 128 {
        let hint = match name.starts_with("Fn::") {
            true => "write the resources out: lz repeats none",
            false => "write letters and digits alone",
        };
        faults.add(key.at, format!("`{name}` is no logical id"), hint);
        return None;
    }
    let Some(fields) = node.map() else {
        faults.add(node.at, format!("the resource `{name}` is {}", node.described()), "write an object with a `Type`");
        return None;
    };
    refuse_unknown(fields, &RESOURCE, "resource", faults);
    for word in ["CreationPolicy", "UpdatePolicy"] {
        if let Some((key, _)) = fields.iter().find(|(key, _)| key.name == word) {
            faults.add(key.at, format!("lz carries out no `{word}`"), "remove it");
        }
    }
    let Some(written) = node.get("Type") else {
        faults.add(key.at, format!("the resource `{name}` has no `Type`"), "add one, such as `Type: AWS::SQS::Queue`");
        return None;
    };
    let type_name = written.text().unwrap_or_default().to_owned();
    if let Some((problem, hint)) = refused_type(&type_name) {
        faults.add(written.at, problem, hint);
    }
    let depends_on = match node.get("DependsOn") {
        None => Vec::new(),
        Some(one) => match (one.text(), one.list()) {
            (Some(text), _) => vec![(text.to_owned(), one.at)],
            (None, Some(all)) => all.iter().filter_map(|item| Some((item.text()?.to_owned(), item.at))).collect(),
            _ => {
                faults.add(
                    one.at,
                    format!("`DependsOn` is {}", one.described()),
                    "write a logical id, or a list of them",
                );
                Vec::new()
            }
        },
    };
    let deletion = placed(node.get("DeletionPolicy"));
    let replacement = placed(node.get("UpdateReplacePolicy"));
    for (word, at) in deletion.iter().chain(&replacement) {
        if !POLICIES.contains(&word.as_str()) {
            faults.add(*at, format!("`{word}` is no policy"), format!("it is one of: {}", POLICIES.join(", ")));
        }
    }
    Some(ResourceNode {
        at: key.at,
        type_name,
        type_at: written.at,
        properties: node.get("Properties").cloned(),
        depends_on,
        condition: placed(node.get("Condition")),
        deletion,
        replacement,
    })
}

fn refused_type(name: &str) -> Option<(String, &'static str)> {
    if name.starts_with("Custom::") || name == "AWS::CloudFormation::CustomResource" {
        return Some((
            format!("lz runs no custom resources, as `{name}`"),
            "use a resource type of AWS's, or do it beside lz",
        ));
    }
    if name == "AWS::CloudFormation::Stack" {
        return Some((
            "lz makes no nested stacks".to_owned(),
            "instantiate the other template in the account's file, as a stack of its own",
        ));
    }
    if name.starts_with("AWS::CloudFormation::") {
        return Some((format!("`{name}` means something in CloudFormation alone"), "remove it"));
    }
    None
}

fn output(key: &Key, node: &Node, warnings: &mut Vec<Fault>, faults: &mut Faults) -> Option<OutputNode> {
    let name = &key.name;
    let Some(fields) = node.map() else {
        faults.add(node.at, format!("the output `{name}` is {}", node.described()), "write an object with a `Value`");
        return None;
    };
    refuse_unknown(fields, &["Condition", "Description", "Export", "Value"], "output", faults);
    if let Some((export, _)) = fields.iter().find(|(key, _)| key.name == "Export") {
        warnings.push(Fault {
            at: export.at,
            problem: format!("lz exports nothing, as `{name}` asks"),
            hint: "other stacks of the zone refer to it as `stack:NAME.OUTPUT`".to_owned(),
        });
    }
    let Some(value) = node.get("Value") else {
        faults.add(key.at, format!("the output `{name}` has no `Value`"), "add one");
        return None;
    };
    Some(OutputNode { value: value.clone(), condition: placed(node.get("Condition")) })
}
