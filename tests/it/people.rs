//! An agency is born, people are invited, choose a password, and sign in.

use crate::world::{PASSWORD, World, run};
use domain::{ClientRole, Permission, StaffRole};
use service::Stop;
use service::actor::{Actor, PlatformAdmin};
use service::agencies::{self, AgencyRefused, NewAgency};
use service::creditors::{self, NewCreditor};
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

#[test]
fn a_creditors_user_sees_the_own_creditor_and_those_below() {
    run(async {
        let world = World::new().await;
        let house = world.house().await;
        let group = world.creditor(&house, "GROUP").await;
        let below = NewCreditor {
            code: "group-north".to_owned(),
            name: "North".to_owned(),
            parent: Some(group),
        };
        let below = creditors::create(&world.app, &house.admin, below).await.expect("below").id;
        let other = world.creditor(&house, "OTHER").await;
        let ana = world.join(&house, "Ana", Membership::Client(group, ClientRole::Viewer)).await;
        let bea = world.join(&house, "Bea", Membership::Client(below, ClientRole::Admin)).await;

        let seen = creditors::list(&world.app, &ana, None, 10).await.expect("a list");
        assert_eq!(seen.iter().map(|row| row.id).collect::<Vec<_>>(), [group, below]);
        assert!(creditors::find(&world.app, &bea, below).await.is_ok());
        for hidden in [group, other] {
            assert!(matches!(
                creditors::find(&world.app, &bea, hidden).await,
                Err(Stop::NotFound(_))
            ));
        }
        let elsewhere = world.house().await;
        assert!(matches!(
            creditors::find(&world.app, &elsewhere.admin, other).await,
            Err(Stop::NotFound(_))
        ));
        let new = |creditor| NewUser {
            email: "cy@creditor.example".to_owned(),
            name: "Cy".to_owned(),
            membership: Membership::Client(creditor, ClientRole::Viewer),
        };
        let refused = users::invite(&world.app, &bea, new(group)).await;
        assert!(matches!(refused, Err(UserRefused::UnknownCreditor)));
        users::invite(&world.app, &bea, new(below)).await.expect("within reach");
    });
}
