//! An agency is born, people are invited, choose a password, and sign in.

use crate::world::{PASSWORD, World, run};
use domain::{Permission, StaffRole};
use service::actor::{Actor, PlatformAdmin};
use service::agencies::{self, AgencyRefused, NewAgency};
use service::sign_in::{self, SignInRefused};
use service::users::{self, Membership, NewUser, UserRefused};

#[test]
fn staff_joins_by_a_link_that_works_once() {
    run(async {
        let world = World::new().await;
        let house = world.house().await;
        let new = NewUser {
            email: " Carla@Agency.example ".to_owned(),
            name: "Carla".to_owned(),
            membership: Membership::Staff(StaffRole::Collector),
        };
        let invited = users::invite(&world.app, &house.admin, new.clone()).await.expect("invited");
        assert!(matches!(
            users::invite(&world.app, &house.admin, new).await,
            Err(UserRefused::EmailTaken)
        ));
        assert!(matches!(
            users::accept(&world.app, &invited.token, "short").await,
            Err(UserRefused::WeakPassword(_))
        ));
        users::accept(&world.app, &invited.token, PASSWORD).await.expect("accepted");
        assert!(matches!(
            users::accept(&world.app, &invited.token, PASSWORD).await,
            Err(UserRefused::LinkSpent)
        ));
        let carla =
            sign_in::with_password(&world.app, &house.slug, "carla@agency.example", PASSWORD)
                .await
                .expect("signed in");
        assert!(matches!(&carla.actor, Actor::Staff(staff) if staff.name() == "Carla"));
        assert!(
            carla.actor.may(Permission::WorklistWork) && !carla.actor.may(Permission::UserWrite)
        );
    });
}

#[test]
fn a_stranger_learns_nothing_from_a_refusal() {
    run(async {
        let world = World::new().await;
        let house = world.house().await;
        for (slug, email, password) in [
            (house.slug.as_str(), "admin@agency.example", "not the right password"),
            (house.slug.as_str(), "nobody@agency.example", PASSWORD),
            ("no-such-agency", "admin@agency.example", PASSWORD),
        ] {
            let refused = sign_in::with_password(&world.app, slug, email, password).await;
            assert!(matches!(refused, Err(SignInRefused::NotRight)));
        }
    });
}

#[test]
fn a_short_name_belongs_to_one_agency() {
    run(async {
        let world = World::new().await;
        let house = world.house().await;
        let new = |slug: &str, zone: &str| NewAgency {
            slug: slug.to_owned(),
            display_name: "Other".to_owned(),
            consumer_name: "Other".to_owned(),
            currency: domain::Currency::Usd,
            time_zone: zone.to_owned(),
            phone: String::new(),
            phone_hours: String::new(),
            postal_address: String::new(),
        };
        let console = PlatformAdmin::console();
        let taken = agencies::create(&world.app, &console, new(&house.slug, "UTC")).await;
        assert!(matches!(taken, Err(AgencyRefused::SlugTaken)));
        let bad = agencies::create(&world.app, &console, new("Bad Slug", "UTC")).await;
        assert!(matches!(bad, Err(AgencyRefused::BadSlug)));
        let zone = agencies::create(&world.app, &console, new("other", "Mars/Olympus")).await;
        assert!(matches!(zone, Err(AgencyRefused::UnknownTimeZone(_))));
    });
}
