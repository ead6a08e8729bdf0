//! What people add by hand inside what lz manages: each of the [`CATALOGUE`]'s additions is made by API on a zone that is
//! built. The sweep tells exactly that and what it breaks; a repair without removals deletes nothing and goes on telling it;
//! one with removals leaves the zone as it was, with everything that is lz's own untouched.
//!
//! What is left to users, or is none of lz's business, stands in the catalogue as well: nothing is told of it.

mod case;
mod endpoints;
mod firewall;
mod network_acls;
mod organization;
mod peering;
mod route_tables;
mod routes;
mod security_groups;
mod sharing;
mod transit_gateway;
mod transit_gateway_tables;
mod ways_out;

use case::Case;

/// All additions, by subject.
const CATALOGUE: &[&[Case]] = &[
    endpoints::CASES,
    firewall::CASES,
    network_acls::CASES,
    organization::CASES,
    peering::CASES,
    route_tables::CASES,
    routes::CASES,
    security_groups::CASES,
    sharing::CASES,
    transit_gateway::CASES,
    transit_gateway_tables::CASES,
    ways_out::CASES,
];

#[test]
fn the_readme_says_how_many_there_are() {
    let all: Vec<&Case> = CATALOGUE.iter().copied().flatten().collect();
    let names: std::collections::BTreeSet<&str> = all.iter().map(|case| case.name).collect();
    assert_eq!(names.len(), all.len(), "two additions have one name");
    let told = all.iter().filter(|case| !case.told.is_empty()).count();
    let sentence = format!("{told} additions that people could make by console");
    let readme = std::fs::read_to_string(concat!(env!("CARGO_MANIFEST_DIR"), "/README.md")).expect("the README");
    assert!(readme.contains(&sentence), "README.md does not say {sentence:?}");
}
