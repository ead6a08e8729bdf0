//! A template with its parameters filled in: every function as far as it can be done.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use super::condition::Conditions;
use super::fault::{Fault, Faults, Position};
use super::node::{Node, Value};
use super::sections::{ResourceNode, Template};
use crate::property::{Asked, Expression, Property};
use crate::schema::check::nearest;
use crate::schema::{Handler, Reason, ResourceType, Segment, type_names};

/// What a template is filled in with.
pub struct Context<'a, A> {
    /// The parameters' values that somebody gives.
    pub arguments: BTreeMap<String, Property<A>>,
    /// What `AWS::AccountId` is.
    pub account_id: Property<A>,
    /// What `AWS::Region` is.
    pub region: String,
    /// What `AWS::StackName` is.
    pub stack_name: String,
    /// The types that lz does not bring, by name.
    pub types: &'a BTreeMap<String, Arc<ResourceType>>,
}

/// What an expression of an evaluated template refers to.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub enum Reference<A> {
    /// A resource of the same template, by its logical id.
    Resource(String),
    /// Something that an argument refers to.
    Argument(A),
}

/// A template whose parameters are filled in.
#[derive(Debug, Clone, PartialEq)]
pub struct Evaluated<A> {
    /// The resources whose conditions are true, by logical id.
    pub resources: BTreeMap<String, EvaluatedResource<A>>,
    /// The outputs whose conditions are true, by name.
    pub outputs: BTreeMap<String, Property<Reference<A>>>,
    /// What somebody should know.
    pub warnings: Vec<Fault>,
}

/// A resource of an evaluated template.
#[derive(Debug, Clone, PartialEq)]
pub struct EvaluatedResource<A> {
    /// Its type.
    pub rules: Arc<ResourceType>,
    /// Its properties.
    pub properties: BTreeMap<String, Property<Reference<A>>>,
    /// What `DependsOn` names, by logical id.
    pub depends_on: BTreeSet<String>,
    /// Its `DeletionPolicy`, where it has one.
    pub deletion: Option<String>,
    /// Its `UpdateReplacePolicy`, where it has one.
    pub replacement: Option<String>,
}

/// Where the values of a resource's properties are written.
type Places = BTreeMap<Vec<Segment>, Position>;

impl Template {
    /// Fills the parameters in.
    ///
    /// # Errors
    /// Every fault.
    pub fn evaluate<A: Clone>(&self, context: &Context<'_, A>) -> Result<Evaluated<A>, Vec<Fault>> {
        let mut faults = Faults::from(self.faults.clone());
        let mut warnings = self.warnings.clone();
        let parameters = self.arguments(context, &mut faults);
        let mut evaluation = Evaluation {
            template: self,
            context,
            parameters,
            conditions: Conditions::default(),
            faults,
            used: BTreeSet::new(),
            asked: Vec::new(),
            places: Places::new(),
            keys: Places::new(),
            incomplete: false,
            path: Vec::new(),
        };
        evaluation.decide();
        let mut resources = BTreeMap::new();
        let mut needs: BTreeMap<String, BTreeSet<String>> = BTreeMap::new();
        for (name, node) in &self.resources {
            if evaluation.holds(node.condition.as_ref()) == Some(false) {
                continue;
            }
            if let Some(resource) = evaluation.resource(name, node) {
                let mut first = resource.depends_on.clone();
                for value in resource.properties.values() {
                    value.visit(&mut |reference, _| {
                        if let Reference::Resource(other) = reference {
                            first.insert(other.clone());
                        }
                    });
                }
                needs.insert(name.clone(), first);
                resources.insert(name.clone(), resource);
            }
        }
        let mut outputs = BTreeMap::new();
        for (name, node) in &self.outputs {
            if evaluation.holds(node.condition.as_ref()) != Some(false)
                && let Some(value) = evaluation.value(&node.value)
            {
                outputs.insert(name.clone(), value);
            }
        }
        evaluation.check_asked();
        evaluation.refuse_circles(&needs);
        let unused = self.parameters.iter().filter(|(name, _)| !evaluation.used.contains(*name));
        warnings.extend(unused.map(|(name, parameter)| Fault {
            at: parameter.at,
            problem: format!("nothing uses the parameter `{name}`"),
            hint: "remove it, or refer to it".to_owned(),
        }));
        if evaluation.faults.is_empty() {
            Ok(Evaluated { resources, outputs, warnings })
        } else {
            Err(evaluation.faults.sorted())
        }
    }

    /// The values of all parameters that have one.
    fn arguments<A: Clone>(
        &self,
        context: &Context<'_, A>,
        faults: &mut Faults,
    ) -> BTreeMap<String, Property<Reference<A>>> {
        let mut values = BTreeMap::new();
        for (name, parameter) in &self.parameters {
            let given = context.arguments.get(name).cloned().map(|given| given.map(&mut Reference::Argument));
            let value = given.or_else(|| parameter.default.clone().map(Property::from));
            match value.map(|value| parameter.value(&value)) {
                Some(Ok(value)) => {
                    values.insert(name.clone(), value);
                }
                // Whoever gives the value is told of it, where the value is written.
                Some(Err(_)) => {}
                None => faults.add(
                    parameter.at,
                    format!("the parameter `{name}` has no value"),
                    "give one under `parameters` of the stack, or a `Default` here",
                ),
            }
        }
        values
    }
}

/// The only place that a resource refers to; what it asks for.
struct AskedFor {
    at: Position,
    logical_id: String,
    attribute: Option<String>,
}

pub(super) struct Evaluation<'a, A> {
    pub(super) template: &'a Template,
    context: &'a Context<'a, A>,
    parameters: BTreeMap<String, Property<Reference<A>>>,
    pub(super) conditions: Conditions,
    pub(super) faults: Faults,
    pub(super) used: BTreeSet<String>,
    asked: Vec<AskedFor>,
    places: Places,
    /// Where the names of properties are written.
    keys: Places,
    /// True where a value of the resource at hand is at fault elsewhere.
    incomplete: bool,
    path: Vec<Segment>,
}

impl<A: Clone> Evaluation<'_, A> {
    fn rules(&self, name: &str) -> Option<Arc<ResourceType>> {
        self.context.types.get(name).cloned().or_else(|| ResourceType::embedded(name))
    }

    fn resource(&mut self, name: &str, node: &ResourceNode) -> Option<EvaluatedResource<A>> {
        for (other, at) in &node.depends_on {
            self.check_name(other, *at);
        }
        let Some(rules) = self.rules(&node.type_name) else {
            let given: Vec<String> = self.context.types.keys().cloned().collect();
            let mut known: Vec<&str> = given.iter().map(String::as_str).collect();
            for brought in type_names() {
                known.push(brought);
            }
            let hint = match nearest(&node.type_name, &known) {
                Some(meant) => format!("did you mean `{meant}`?"),
                None => {
                    "put its schema into blueprints/schemas/: `aws cloudformation describe-type` gives it".to_owned()
                }
            };
            self.faults.add(node.type_at, format!("lz has no schema of `{}`", node.type_name), hint);
            return None;
        };
        if [Handler::Create, Handler::Read, Handler::Delete].iter().any(|handler| !rules.has(*handler)) {
            self.faults.add(
                node.type_at,
                format!("Cloud Control can't make, read and delete resources of `{}`", node.type_name),
                "make it beside lz, and give what others need of it as a parameter",
            );
            return None;
        }
        self.places.clear();
        self.keys.clear();
        self.incomplete = false;
        let properties = match &node.properties {
            Some(properties) => self.value(properties).unwrap_or(Property::Map(BTreeMap::new())),
            None => Property::Map(BTreeMap::new()),
        };
        let Property::Map(fields) = &properties else {
            let at = node.properties.as_ref().map_or(node.at, |node| node.at);
            self.faults.add(at, format!("the properties of `{name}` are no object"), "write them by their names");
            return None;
        };
        let mut faults = rules.check(&properties);
        faults.retain(|fault| !self.incomplete || matches!(fault.reason, Reason::Unknown { .. } | Reason::ReadOnly(_)));
        for fault in faults {
            let key = self.keys.get(&fault.path).copied();
            let key = key.filter(|_| matches!(fault.reason, Reason::Unknown { .. } | Reason::ReadOnly(_)));
            let at = key
                .or_else(|| self.place(&fault.path))
                .unwrap_or(node.properties.as_ref().map_or(node.type_at, |node| node.at));
            let hint = format!("see `{}` in the CloudFormation template reference", rules.name());
            self.faults.add(at, format!("{}: {}", described(name, &fault.path), fault.reason), hint);
        }
        self.refuse_secrets(name, &properties, &mut Vec::new());
        let depends_on = node.depends_on.iter().map(|(other, _)| other.clone()).collect();
        let policy = |written: &Option<(String, Position)>| written.as_ref().map(|(policy, _)| policy.clone());
        if let Some((word, at)) = &node.deletion
            && word.starts_with("Retain")
            && rules.tagging().is_none()
        {
            self.faults.add(
                *at,
                format!("resources of `{}` carry no tags, by which lz would remember that it keeps one", rules.name()),
                "keep the resource in the template for as long as it is to stay",
            );
        }
        let (deletion, replacement) = (policy(&node.deletion), policy(&node.replacement));
        Some(EvaluatedResource { rules, properties: fields.clone(), depends_on, deletion, replacement })
    }

    /// Where what is at a path is written, or what holds it.
    fn place(&self, path: &[Segment]) -> Option<Position> {
        (0..=path.len()).rev().find_map(|length| self.places.get(path.get(..length)?).copied())
    }

    /// A template stands in a repository, and what is in a property in plans and journals: no secret may.
    fn refuse_secrets(&mut self, name: &str, value: &Property<Reference<A>>, path: &mut Vec<Segment>) {
        match value {
            Property::Map(fields) => {
                for (key, value) in fields {
                    path.push(Segment::Key(key.clone()));
                    if SECRETS.contains(&key.as_str()) && matches!(value, Property::Text(_)) {
                        let at = self.place(path).unwrap_or_default();
                        self.faults.add(
                            at,
                            format!("{}: a secret stands here", described(name, path)),
                            "let AWS make it: `ManageMasterUserPassword` of a database, or `GenerateSecretString` of a secret",
                        );
                    }
                    self.refuse_secrets(name, value, path);
                    path.pop();
                }
            }
            Property::List(items) => {
                for (index, item) in items.iter().enumerate() {
                    path.push(Segment::Index(index));
                    self.refuse_secrets(name, item, path);
                    path.pop();
                }
            }
            _ => {}
        }
    }

    fn check_name(&mut self, name: &str, at: Position) -> bool {
        let Some(resource) = self.template.resources.get(name) else {
            let known: Vec<&str> = self.template.resources.keys().map(String::as_str).collect();
            let hint = match nearest(name, &known) {
                Some(meant) => format!("did you mean `{meant}`?"),
                None => "name a resource of this template".to_owned(),
            };
            self.faults.add(at, format!("there is no resource `{name}`"), hint);
            return false;
        };
        if self.holds(resource.condition.as_ref()) == Some(false) {
            let problem = format!("`{name}` is not there, since its condition is false");
            self.faults.add(at, problem, "refer to it in an `Fn::If` of the same condition");
            return false;
        }
        true
    }

    /// A value; none for `AWS::NoValue`, or where a fault was told.
    pub(super) fn value(&mut self, node: &Node) -> Option<Property<Reference<A>>> {
        self.places.insert(self.path.clone(), node.at);
        match &node.value {
            Value::Null => {
                self.faults.add(node.at, "nothing stands here", "write a value, or `!Ref AWS::NoValue`");
                None
            }
            Value::Boolean(truth) => Some(Property::Boolean(*truth)),
            Value::Number(number) => Some(Property::Number(number.clone())),
            Value::Text(text) => self.text(text, node.at),
            Value::List(items) => {
                let mut all = Vec::new();
                for item in items {
                    self.path.push(Segment::Index(all.len()));
                    all.extend(self.value(item));
                    self.path.pop();
                }
                Some(Property::List(all))
            }
            Value::Map(fields) => match fields.as_slice() {
                [(key, argument)] if key.name == "Ref" || key.name.starts_with("Fn::") => {
                    self.function(&key.name, key.at, argument)
                }
                _ => {
                    let mut all = BTreeMap::new();
                    for (key, value) in fields {
                        if key.name.starts_with("Fn::") || key.name == "Ref" {
                            let hint = "a function stands alone in its object";
                            self.faults.add(key.at, format!("`{}` stands beside other keys", key.name), hint);
                            continue;
                        }
                        self.path.push(Segment::Key(key.name.clone()));
                        self.keys.insert(self.path.clone(), key.at);
                        if let Some(value) = self.value(value) {
                            all.insert(key.name.clone(), value);
                        }
                        self.path.pop();
                    }
                    Some(Property::Map(all))
                }
            },
        }
    }

    fn text(&mut self, text: &str, at: Position) -> Option<Property<Reference<A>>> {
        if text.contains("{{resolve:") {
            let hint = "refer to the secret by its ARN, or give the value as a parameter";
            self.faults.add(at, "lz resolves no dynamic references", hint);
            return None;
        }
        Some(Property::Text(text.to_owned()))
    }

    fn function(&mut self, name: &str, at: Position, argument: &Node) -> Option<Property<Reference<A>>> {
        match name {
            "Ref" => match argument.text() {
                Some(of) => self.reference(of, argument.at),
                None => self.wrong(name, argument, "a name"),
            },
            "Fn::GetAtt" => self.attribute(argument),
            "Fn::Sub" => self.substitute(argument),
            "Fn::Join" => match argument.list() {
                Some([delimiter, items]) if delimiter.text().is_some() => {
                    let items = self.inner(items)?;
                    Some(Expression::joined(delimiter.text().unwrap_or_default(), items))
                }
                _ => self.wrong(name, argument, "`[DELIMITER, [VALUES]]`"),
            },
            "Fn::Split" => match argument.list() {
                Some([delimiter, text]) if delimiter.text().is_some_and(|text| !text.is_empty()) => {
                    let text = self.inner(text)?;
                    Some(Expression::split(delimiter.text().unwrap_or_default(), text))
                }
                _ => self.wrong(name, argument, "`[DELIMITER, TEXT]`"),
            },
            "Fn::Select" => self.select(argument),
            "Fn::If" => match argument.list() {
                Some([condition, yes, no]) if condition.text().is_some() => {
                    let condition = (condition.text().unwrap_or_default().to_owned(), condition.at);
                    let chosen = if self.holds(Some(&condition))? { yes } else { no };
                    self.value(chosen)
                }
                _ => self.wrong(name, argument, "`[CONDITION, VALUE, VALUE]`"),
            },
            "Fn::FindInMap" => self.find_in_map(argument),
            "Fn::Base64" => self.inner(argument).map(Expression::base64),
            "Fn::ToJsonString" | "Fn::Length" if !self.template.is_extended => {
                self.faults.add(at, format!("`{name}` needs a transform"), "add `Transform: AWS::LanguageExtensions`");
                None
            }
            "Fn::ToJsonString" => self.inner(argument).map(Expression::json_text),
            "Fn::Length" => self.inner(argument).map(Expression::length),
            _ => {
                let (problem, hint) = match name {
                    "Fn::GetAZs" => (
                        "lz names Availability Zones by their ids",
                        "take a parameter, and fill it with `network:NAME.zones`",
                    ),
                    "Fn::ImportValue" | "Fn::GetStackOutput" => (
                        "lz imports nothing from CloudFormation",
                        "take a parameter, and fill it with `stack:NAME.OUTPUT`",
                    ),
                    "Fn::Cidr" => (
                        "lz cuts no ranges in templates",
                        "take a parameter, and fill it with `network:NAME.TIER.cidrs`",
                    ),
                    "Fn::Transform" => ("lz carries out no macros", "write out what it would make"),
                    "Fn::ForEach" => ("lz repeats nothing", "write it out"),
                    "Fn::And" | "Fn::Or" | "Fn::Not" | "Fn::Equals" => {
                        ("this decides a condition", "write it under `Conditions`, and refer to it by `Fn::If`")
                    }
                    _ => ("there is no such function", "write one of CloudFormation's"),
                };
                self.faults.add(at, format!("`{name}`: {problem}"), hint);
                None
            }
        }
    }

    /// A value inside of a function: it has no path of its own.
    fn inner(&mut self, node: &Node) -> Option<Property<Reference<A>>> {
        let (path, places) = (std::mem::take(&mut self.path), std::mem::take(&mut self.places));
        let value = self.value(node);
        self.path = path;
        self.places = places;
        value
    }

    fn wrong<T>(&mut self, name: &str, argument: &Node, wanted: &str) -> Option<T> {
        let problem = format!("`{name}` takes {wanted}, and this is {}", argument.described());
        self.faults.add(argument.at, problem, format!("write {wanted}"));
        None
    }

    pub(super) fn reference(&mut self, name: &str, at: Position) -> Option<Property<Reference<A>>> {
        if let Some(pseudo) = name.strip_prefix("AWS::") {
            return self.pseudo(pseudo, at);
        }
        if self.template.parameters.contains_key(name) {
            self.used.insert(name.to_owned());
            let value = self.parameters.get(name).cloned();
            self.incomplete |= value.is_none();
            return value;
        }
        if self.template.unread.contains(name) {
            self.incomplete = true;
            return None;
        }
        if !self.template.resources.contains_key(name) {
            let known: Vec<&str> =
                self.template.resources.keys().chain(self.template.parameters.keys()).map(String::as_str).collect();
            let hint = match nearest(name, &known) {
                Some(meant) => format!("did you mean `{meant}`?"),
                None => "name a parameter or a resource of this template".to_owned(),
            };
            self.faults.add(at, format!("there is no parameter or resource `{name}`"), hint);
            return None;
        }
        if !self.check_name(name, at) {
            return None;
        }
        Some(Property::Expression(Box::new(Expression::Id(Reference::Resource(name.to_owned())))))
    }

    fn pseudo(&mut self, name: &str, at: Position) -> Option<Property<Reference<A>>> {
        let region = &self.context.region;
        let is_china = region.starts_with("cn-");
        let text = match name {
            "NoValue" => return None,
            "AccountId" => return Some(self.context.account_id.clone().map(&mut Reference::Argument)),
            "Region" => region.as_str(),
            "Partition" if is_china => "aws-cn",
            "Partition" if region.starts_with("us-gov-") => "aws-us-gov",
            "Partition" => "aws",
            "URLSuffix" if is_china => "amazonaws.com.cn",
            "URLSuffix" => "amazonaws.com",
            "StackName" => self.context.stack_name.as_str(),
            _ => {
                let hint = "lz makes no stack in CloudFormation: it has AccountId, NoValue, Partition, Region, StackName, URLSuffix";
                self.faults.add(at, format!("there is no `AWS::{name}` here"), hint);
                return None;
            }
        };
        Some(Property::Text(text.to_owned()))
    }

    fn attribute(&mut self, argument: &Node) -> Option<Property<Reference<A>>> {
        let (name, attribute) = match (argument.text(), argument.list()) {
            (Some(text), _) => text.split_once('.').map(|(name, attribute)| (name.to_owned(), attribute.to_owned()))?,
            (None, Some([name, attribute])) => (name.text()?.to_owned(), attribute.text()?.to_owned()),
            _ => return self.wrong("Fn::GetAtt", argument, "`RESOURCE.ATTRIBUTE`"),
        };
        self.attribute_of(&name, &attribute, argument.at)
    }

    fn attribute_of(&mut self, name: &str, attribute: &str, at: Position) -> Option<Property<Reference<A>>> {
        if !self.check_name(name, at) {
            return None;
        }
        self.asked.push(AskedFor { at, logical_id: name.to_owned(), attribute: Some(attribute.to_owned()) });
        let of = Reference::Resource(name.to_owned());
        Some(Property::Expression(Box::new(Expression::Attribute(of, attribute.to_owned()))))
    }

    /// Attributes that a type does not return.
    fn check_asked(&mut self) {
        for AskedFor { at, logical_id, attribute } in std::mem::take(&mut self.asked) {
            let Some(attribute) = attribute else { continue };
            let rules = self.template.resources.get(&logical_id).and_then(|one| self.rules(&one.type_name));
            let Some(rules) = rules else { continue };
            if rules.is_secret(attribute.split('.').next().unwrap_or_default()) {
                let hint = "lz passes no secrets on: let whoever needs it read it from AWS";
                self.faults.add(at, format!("`{logical_id}.{attribute}` is a secret"), hint);
            } else if rules.attribute(&attribute).is_none() {
                let attributes = rules.attributes();
                let known: Vec<&str> = attributes.iter().map(String::as_str).collect();
                let hint = match nearest(&attribute, &known) {
                    Some(meant) => format!("did you mean `{meant}`?"),
                    None => format!("it returns: {}", known.join(", ")),
                };
                self.faults.add(at, format!("`{}` returns no attribute `{attribute}`", rules.name()), hint);
            }
        }
    }

    fn substitute(&mut self, argument: &Node) -> Option<Property<Reference<A>>> {
        let (template, given) = match (argument.text(), argument.list()) {
            (Some(_), _) => (argument, None),
            (None, Some([template, given])) if template.text().is_some() && given.map().is_some() => {
                (template, given.map())
            }
            _ => return self.wrong("Fn::Sub", argument, "a text, or `[TEXT, { NAME: VALUE }]`"),
        };
        let mut values = BTreeMap::new();
        for (key, node) in given.unwrap_or_default() {
            values.insert(key.name.clone(), self.inner(node)?);
        }
        let (text, at) = (template.text().unwrap_or_default(), template.at);
        let mut parts = Vec::new();
        let mut rest = text;
        while let Some((before, after)) = rest.split_once("${") {
            parts.push(Property::Text(before.to_owned()));
            let Some((name, left)) = after.split_once('}') else {
                self.faults.add(
                    at,
                    "a `${` is not closed",
                    "close it with `}`, or write `${!` for a dollar and a brace",
                );
                return None;
            };
            rest = left;
            if let Some(literal) = name.strip_prefix('!') {
                parts.push(Property::Text(format!("${{{literal}}}")));
                continue;
            }
            let name = name.trim();
            let value = match (values.get(name), name.split_once('.')) {
                (Some(value), _) => Some(value.clone()),
                (None, Some((of, attribute))) => self.attribute_of(of, attribute, at),
                (None, None) => self.reference(name, at),
            };
            parts.push(value?);
        }
        parts.push(self.text(rest, at)?);
        parts.retain(|part| !matches!(part, Property::Text(text) if text.is_empty()));
        Some(match parts.as_slice() {
            [] => Property::Text(String::new()),
            _ => Expression::joined("", Property::List(parts)),
        })
    }

    fn select(&mut self, argument: &Node) -> Option<Property<Reference<A>>> {
        let Some([index, items]) = argument.list() else {
            return self.wrong("Fn::Select", argument, "`[INDEX, [VALUES]]`");
        };
        let number =
            self.inner(index)?.json().map(|value| value.as_str().map_or_else(|| value.to_string(), str::to_owned));
        let Some(number) = number.and_then(|text| text.parse::<usize>().ok()) else {
            return self.wrong("Fn::Select", index, "a number from 0");
        };
        let items = self.inner(items)?;
        if let Property::List(all) = &items
            && number >= all.len()
        {
            let problem = format!("there is no item {number}: the list has {}, and the first is 0", all.len());
            self.faults.add(index.at, problem, "choose another one");
            return None;
        }
        Some(Expression::selected(number, items))
    }

    fn find_in_map(&mut self, argument: &Node) -> Option<Property<Reference<A>>> {
        let (keys, default) = match argument.list() {
            Some([map, first, second]) => ([map, first, second], None),
            Some([map, first, second, default]) if self.template.is_extended => {
                ([map, first, second], default.get("DefaultValue"))
            }
            _ => return self.wrong("Fn::FindInMap", argument, "`[MAP, KEY, KEY]`"),
        };
        let mut names = Vec::new();
        for key in keys {
            match self.inner(key)?.json() {
                Some(value) => names.push(value.as_str().map_or_else(|| value.to_string(), str::to_owned)),
                None => {
                    self.faults.add(
                        key.at,
                        "this key is known only when AWS has made something",
                        "choose by a parameter",
                    );
                    return None;
                }
            }
        }
        let mut found = self.template.mappings.as_ref();
        for name in &names {
            found = found.and_then(|node| node.get(name));
        }
        match (found.cloned(), default) {
            (Some(node), _) => self.inner(&node),
            (None, Some(default)) => self.inner(default),
            (None, None) => {
                let problem = format!("the mappings hold nothing at {}", names.join(", "));
                self.faults.add(argument.at, problem, "add it under `Mappings`");
                None
            }
        }
    }

    fn refuse_circles(&mut self, needs: &BTreeMap<String, BTreeSet<String>>) {
        let mut left = needs.clone();
        loop {
            let free: Vec<String> = left
                .iter()
                .filter(|(_, first)| first.iter().all(|other| !left.contains_key(other)))
                .map(|(name, _)| name.clone())
                .collect();
            if free.is_empty() {
                break;
            }
            left.retain(|name, _| !free.contains(name));
        }
        // What is left waits for a circle, or is in one: follow it until a name comes again.
        let Some(start) = left.keys().next() else { return };
        let mut way: Vec<&String> = vec![start];
        while let Some(next) =
            way.last().and_then(|last| left.get(*last)?.iter().find(|other| left.contains_key(*other)))
        {
            if let Some(place) = way.iter().position(|one| *one == next) {
                way.drain(..place);
                break;
            }
            way.push(next);
        }
        let names: Vec<&str> = way.iter().map(|name| name.as_str()).collect();
        let at = self
            .template
            .resources
            .get(names.first().copied().unwrap_or_default())
            .map_or_else(Position::default, |one| one.at);
        self.faults.add(
            at,
            format!("these resources wait for each other: {}", names.join(", ")),
            "take one reference out",
        );
    }

    /// What a value asks for that decides something: it must be known.
    pub(super) fn known(&mut self, node: &Node) -> Option<String> {
        let value = self.inner(node)?;
        let mut unknown = false;
        value.visit(&mut |_, asked| unknown |= matches!(asked, Asked::Id | Asked::Attribute(_)));
        if unknown {
            self.faults.add(
                node.at,
                "a condition can't wait for what AWS tells later",
                "decide by a parameter that is known",
            );
            return None;
        }
        let json = value.json()?;
        Some(json.as_str().map_or_else(|| json.to_string(), str::to_owned))
    }
}

/// A place in a resource, for messages: `Queue.RedrivePolicy.0`.
fn described(name: &str, path: &[Segment]) -> String {
    let mut text = name.to_owned();
    for segment in path {
        match segment {
            Segment::Key(key) => text.push_str(&format!(".{key}")),
            Segment::Index(index) => text.push_str(&format!("[{index}]")),
        }
    }
    text
}

/// Properties that hold secrets.
const SECRETS: [&str; 7] = [
    "AuthToken",
    "ClientSecret",
    "MasterPassword",
    "MasterUserPassword",
    "Password",
    "SecretString",
    "TdeCredentialPassword",
];
