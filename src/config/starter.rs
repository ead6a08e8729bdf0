//! The zone that `lz init` writes: the sample zone at the top of lz's own repository, so that the two cannot drift apart.

/// The starter zone's files: paths below the zone's directory, and texts.
#[must_use]
pub fn starter_zone() -> &'static [(&'static str, &'static str)] {
    &[
        ("lz.toml", include_str!("../../lz.toml")),
        ("invariants.toml", include_str!("../../invariants.toml")),
        ("accounts/networking.toml", include_str!("../../accounts/networking.toml")),
        ("accounts/payments-prod.toml", include_str!("../../accounts/payments-prod.toml")),
        ("accounts/orders-prod.toml", include_str!("../../accounts/orders-prod.toml")),
        ("accounts/payments-dev.toml", include_str!("../../accounts/payments-dev.toml")),
        ("blueprints/ingress.toml", include_str!("../../blueprints/ingress.toml")),
        ("blueprints/egress.toml", include_str!("../../blueprints/egress.toml")),
        ("blueprints/baseline.rules", include_str!("../../blueprints/baseline.rules")),
        ("blueprints/egress-uninspected.toml", include_str!("../../blueprints/egress-uninspected.toml")),
        ("blueprints/container.toml", include_str!("../../blueprints/container.toml")),
        ("blueprints/segmented.toml", include_str!("../../blueprints/segmented.toml")),
        ("blueprints/flat.toml", include_str!("../../blueprints/flat.toml")),
    ]
}
