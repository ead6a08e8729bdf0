//! Organizational units.

use serde::Deserialize;
use serde_json::{Value, json};

use super::input::{self, Page, Tag, check_length, invalid, managed, new_id, organization_mut, paged};
use super::{Organization, Unit};
use crate::twin::time::Duration;
use crate::twin::wire::fault::{Answer, Fault};
use crate::twin::wire::json::input;
use crate::twin::world::Call;

/// How long lists may not show what was just made.
pub(super) const LISTED: Duration = Duration::milliseconds(500, 5_000, 60_000);
/// The deepest that units nest below the root.
const DEPTH: usize = 5;

#[derive(Debug, Deserialize)]
#[serde(rename_all = "PascalCase", deny_unknown_fields)]
struct Create {
    parent_id: String,
    name: String,
    tags: Option<Vec<Tag>>,
}

/// <https://docs.aws.amazon.com/organizations/latest/APIReference/API_CreateOrganizationalUnit.html>
pub(super) fn create_organizational_unit(call: &mut Call<'_>, value: Value) -> Answer<Value> {
    let request: Create = input(value)?;
    let organization = managed(call)?;
    check_length("Name", &request.name, 128)?;
    let tags = input::tags(request.tags)?;
    let quota = call.quota("organizational-units-per-organization", 2000);
    let parent = request.parent_id;
    let known = input::organization(call, &organization)?;
    if !known.has_parent(&parent) {
        return Err(parent_not_found(&parent));
    }
    check_name(known, &parent, &request.name, None)?;
    check_room(known, &parent, quota)?;
    let suffix = known.root.trim_start_matches("r-").to_owned();
    let id = new_id(call, &format!("ou-{suffix}-"), 8);
    let listed_from = call.done_after("organizational-unit", LISTED);
    let unit = Unit { id: id.clone(), name: request.name, parent, listed_from, tags };
    let known = organization_mut(call, &organization)?;
    let answer = json!({"OrganizationalUnit": describe(known, &unit)});
    known.units.insert(id, unit);
    Ok(answer)
}

/// Refuses a name that another unit with the same parent has.
fn check_name(organization: &Organization, parent: &str, name: &str, except: Option<&str>) -> Answer<()> {
    let mut siblings = organization.units.values().filter(|unit| unit.parent == parent);
    if siblings.any(|unit| unit.name == name && Some(unit.id.as_str()) != except) {
        let message = "An OU with the same name already exists.";
        return Err(Fault::new("DuplicateOrganizationalUnitException", message));
    }
    Ok(())
}

fn check_room(organization: &Organization, parent: &str, quota: u64) -> Answer<()> {
    let full = |message: &str, reason| Err(Fault::new("ConstraintViolationException", message).with_reason(reason));
    if organization.units.len() as u64 >= quota {
        return full("You have exceeded the number of OUs in an organization.", "OU_NUMBER_LIMIT_EXCEEDED");
    }
    let above = std::iter::successors(organization.units.get(parent), |unit| organization.units.get(&unit.parent));
    if above.count() >= DEPTH {
        return full("You have exceeded the depth of the OU tree.", "OU_DEPTH_LIMIT_EXCEEDED");
    }
    Ok(())
}

#[derive(Debug, Deserialize)]
#[serde(rename_all = "PascalCase", deny_unknown_fields)]
struct Update {
    organizational_unit_id: String,
    name: Option<String>,
}

/// <https://docs.aws.amazon.com/organizations/latest/APIReference/API_UpdateOrganizationalUnit.html>
pub(super) fn update_organizational_unit(call: &mut Call<'_>, value: Value) -> Answer<Value> {
    let request: Update = input(value)?;
    let organization = managed(call)?;
    let id = request.organizational_unit_id;
    let parent = unit(input::organization(call, &organization)?, &id)?.parent.clone();
    let known = organization_mut(call, &organization)?;
    if let Some(name) = request.name {
        check_length("Name", &name, 128)?;
        check_name(known, &parent, &name, Some(&id))?;
        if let Some(unit) = known.units.get_mut(&id) {
            unit.name = name;
        }
    }
    Ok(json!({"OrganizationalUnit": describe(known, unit(known, &id)?)}))
}

#[derive(Debug, Deserialize)]
#[serde(rename_all = "PascalCase", deny_unknown_fields)]
struct Named {
    organizational_unit_id: String,
}

/// <https://docs.aws.amazon.com/organizations/latest/APIReference/API_DescribeOrganizationalUnit.html>
pub(super) fn describe_organizational_unit(call: &mut Call<'_>, value: Value) -> Answer<Value> {
    let request: Named = input(value)?;
    let organization = managed(call)?;
    let known = input::organization(call, &organization)?;
    Ok(json!({"OrganizationalUnit": describe(known, unit(known, &request.organizational_unit_id)?)}))
}

/// <https://docs.aws.amazon.com/organizations/latest/APIReference/API_DeleteOrganizationalUnit.html>
pub(super) fn delete_organizational_unit(call: &mut Call<'_>, value: Value) -> Answer<Value> {
    let request: Named = input(value)?;
    let organization = managed(call)?;
    let id = request.organizational_unit_id;
    let known = input::organization(call, &organization)?;
    unit(known, &id)?;
    let occupied = call
        .world
        .organizations
        .members(&organization)
        .any(|(_, membership)| membership.parent == id || membership.seen_parent(call.now) == id);
    if occupied || known.units.values().any(|unit| unit.parent == id) {
        let message = "The specified OU is not empty. Move all accounts to another root or to other OUs, remove all child OUs, and try the operation again.";
        return Err(Fault::new("OrganizationalUnitNotEmptyException", message));
    }
    organization_mut(call, &organization)?.units.remove(&id);
    Ok(json!({}))
}

#[derive(Debug, Deserialize)]
#[serde(rename_all = "PascalCase", deny_unknown_fields)]
pub(super) struct OfParent {
    pub(super) parent_id: String,
    next_token: Option<String>,
    max_results: Option<usize>,
}

impl OfParent {
    /// The parent, if it is there, and which page of its children is wanted.
    pub(super) fn check(self, organization: &Organization) -> Answer<(String, Page)> {
        if !organization.has_parent(&self.parent_id) {
            return Err(parent_not_found(&self.parent_id));
        }
        Ok((self.parent_id, Page { next_token: self.next_token, max_results: self.max_results }))
    }
}

/// <https://docs.aws.amazon.com/organizations/latest/APIReference/API_ListOrganizationalUnitsForParent.html>
pub(super) fn list_organizational_units_for_parent(call: &mut Call<'_>, value: Value) -> Answer<Value> {
    let request: OfParent = input(value)?;
    let organization = managed(call)?;
    let known = input::organization(call, &organization)?;
    let (parent, page) = request.check(known)?;
    let units = known
        .units
        .values()
        .filter(|unit| unit.parent == parent && unit.listed_from <= call.now)
        .map(|unit| describe(known, unit))
        .collect();
    paged(call, "OrganizationalUnits", &format!("ListOrganizationalUnitsForParent/{parent}"), units, &page)
}

fn describe(organization: &Organization, unit: &Unit) -> Value {
    json!({
        "Id": unit.id,
        "Arn": organization.arn("ou", &unit.id),
        "Name": unit.name,
        "Path": format!("{}{}/", organization.path(&unit.parent), unit.id),
    })
}

fn unit<'a>(organization: &'a Organization, id: &str) -> Answer<&'a Unit> {
    if !id.starts_with("ou-") {
        return Err(invalid("INVALID_PATTERN", "You provided a value that does not match the required pattern."));
    }
    organization.units.get(id).ok_or_else(|| {
        let message = format!("You specified an organizational unit that doesn't exist: {id}");
        Fault::new("OrganizationalUnitNotFoundException", message)
    })
}

fn parent_not_found(id: &str) -> Fault {
    Fault::new("ParentNotFoundException", format!("You specified a parent that doesn't exist: {id}"))
}
