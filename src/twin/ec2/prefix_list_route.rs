//! Routes of VPC route tables to all blocks of a prefix list.
//!
//! <https://docs.aws.amazon.com/vpc/latest/userguide/managed-prefix-lists-route-tables.html>

use super::look::Look;
use super::route::read_target;
use super::{route_table, vpc_endpoint};
use crate::twin::wire::fault::Answer;
use crate::twin::wire::{Fault, Form, Xml};
use crate::twin::world::Call;

/// CreateRoute with a prefix list as destination.
pub(super) fn create(call: &mut Call<'_>, form: &Form, xml: &mut Xml) -> Answer<()> {
    let (table_id, list) = (form.required("RouteTableId")?, form.required("DestinationPrefixListId")?);
    let target = read_target(form)?;
    let look = Look::at(call);
    let table = route_table::find(look.state, table_id, look.now)?;
    if vpc_endpoint::blocks_of_prefix_list(look.region, list).is_none() {
        let text = format!("The prefix list ID '{list}' does not exist");
        return Err(Fault::new("InvalidPrefixListID.NotFound", text));
    }
    let of_endpoints = look.state.endpoints.routes_in(table_id, look.now);
    if table.to_prefix_lists.contains_key(list) || of_endpoints.iter().any(|route| route.prefix_list_id == list) {
        return Err(Fault::new("RouteAlreadyExists", format!("The route identified by {list} already exists.")));
    }
    target.check(look, table_id, &table.vpc_id)?;
    if let Some(table) = call.ec2().route_tables.get_mut(table_id) {
        table.to_prefix_lists.insert(list.to_owned(), target);
    }
    xml.text("return", true);
    Ok(())
}

/// DeleteRoute of such a route.
pub(super) fn delete(call: &mut Call<'_>, form: &Form, xml: &mut Xml) -> Answer<()> {
    let (table_id, list) = (form.required("RouteTableId")?, form.required("DestinationPrefixListId")?);
    form.finish()?;
    let now = call.now;
    route_table::find(call.ec2(), table_id, now)?;
    let table = call.ec2().route_tables.get_mut(table_id);
    if table.and_then(|table| table.to_prefix_lists.remove(list)).is_none() {
        let text = format!("no route with destination-prefix-list-id {list} in route table {table_id}");
        return Err(Fault::new("InvalidRoute.NotFound", text));
    }
    xml.text("return", true);
    Ok(())
}

#[cfg(test)]
mod tests {
    use crate::twin::ec2::test_support::{bench, texts};

    #[test]
    fn a_route_to_a_prefix_list_is_made_told_and_deleted() {
        let mut bench = bench();
        let (vpc, _) = bench.public_subnet();
        let (table, igw) = (bench.route_table(&vpc), bench.internet_gateway_of(&vpc));
        let lists = bench.done("Action=DescribeManagedPrefixLists");
        let list = texts(&lists, "prefixListId")[0].to_owned();
        let of =
            |action: &str, list: &str| format!("Action={action}&RouteTableId={table}&DestinationPrefixListId={list}");
        let create = |list: &str| format!("{}&GatewayId={igw}", of("CreateRoute", list));
        assert_eq!(bench.code(&create("pl-0")), "InvalidPrefixListID.NotFound");
        bench.done(&create(&list));
        assert_eq!(bench.code(&create(&list)), "RouteAlreadyExists");
        let described = bench.done(&format!("Action=DescribeRouteTables&RouteTableId.1={table}"));
        assert_eq!(texts(&described, "destinationPrefixListId"), [&list]);
        bench.done(&of("DeleteRoute", &list));
        assert_eq!(bench.code(&of("DeleteRoute", &list)), "InvalidRoute.NotFound");
    }
}
