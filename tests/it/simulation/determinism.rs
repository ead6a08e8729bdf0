//! The same seed is the same run.

use super::world::World;

#[test]
fn the_same_seed_gives_the_same_requests_at_the_same_times_and_the_same_end() {
    let run = |seed| {
        let mut world = World::built(seed);
        let plan = world.check();
        let end = world.twin.with_world(|aws| serde_json::to_string(aws).expect("a world"));
        (world.exchanges(), end, plan)
    };
    let (first, second, other) = (run(11), run(11), run(12));
    for (one, two) in first.0.iter().zip(&second.0) {
        assert_eq!(one, two);
    }
    assert_eq!(first.0.len(), second.0.len());
    let differs = first.1.bytes().zip(second.1.bytes()).position(|(one, other)| one != other);
    let around =
        |world: &str, at: usize| world.get(at.saturating_sub(200)..world.len().min(at + 100)).map(str::to_owned);
    assert!(
        first.1 == second.1,
        "the worlds differ: {:?}",
        differs.map(|at| [around(&first.1, at), around(&second.1, at)])
    );

    let times = |exchanges: &[super::trace::Exchange]| exchanges.iter().map(|one| one.at).collect::<Vec<_>>();
    assert_ne!(times(&first.0), times(&other.0));
    let addresses = |plan: &lz::plan::Plan| plan.unchanged.keys().cloned().collect::<Vec<_>>();
    assert_eq!(addresses(&first.2), addresses(&other.2), "another seed builds the same zone");
}
