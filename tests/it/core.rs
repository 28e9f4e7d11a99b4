//! The ground: the application reaches its database, and time can pass.

use crate::world::{World, run};
use chrono::Duration;
use migration::{Migrator, MigratorTrait};
use quittance::cluster::Cluster;
use quittance::migrate;
use sea_orm::{Database, DatabaseConnection};

#[test]
fn the_database_answers_and_the_schema_is_up_to_date() {
    run(async {
        let world = World::new().await;
        world.app.ping().await.expect("an answer");
        let system = connect(&crate::world::database_url("quittance_system")).await;
        migrate::require_current(&system).await.expect("up to date");
        let before = world.app.clock().now();
        world.wait(Duration::days(3));
        assert!(world.app.clock().now() - before >= Duration::days(3));
        assert!(world.mail.is_dir());
    });
}

#[test]
fn migrations_go_down_and_up_again() {
    run(async {
        let cluster = Cluster::throw_away().expect("another cluster");
        cluster.ensure_database("back").expect("a database");
        let url = cluster.superuser_url("back");
        assert!(!migrate::up(&url, None).await.expect("up").is_empty());
        assert!(migrate::up(&url, None).await.expect("nothing to do").is_empty());
        let owner = connect(&cluster.url("quittance_owner", "back")).await;
        Migrator::down(&owner, None).await.expect("down");
        assert!(migrate::require_current(&owner).await.is_err());
        assert!(!migrate::up(&url, None).await.expect("up again").is_empty());
        migrate::require_current(&owner).await.expect("up to date");
    });
}

async fn connect(url: &str) -> DatabaseConnection {
    Database::connect(url).await.expect("a connection")
}
