//! The private PostgreSQL of the demo and of these tests.

use quittance::cluster::Cluster;
use std::path::Path;
use std::process::Command;
use std::time::{Duration, Instant};

fn answers(cluster: &Cluster, sql: &str) -> String {
    let bin = quittance::cluster::find_binaries(Path::new("")).unwrap();
    let psql = Command::new(bin.join("psql"))
        .args(["-XAtc", sql, "-d"])
        .arg(cluster.superuser_url("postgres"))
        .output()
        .unwrap();
    assert!(psql.status.success(), "{}", String::from_utf8_lossy(&psql.stderr));
    String::from_utf8_lossy(&psql.stdout).trim().to_owned()
}

#[test]
fn what_is_kept_is_there_after_a_second_start_and_durable() {
    let home = tempfile::tempdir().unwrap();
    // The server's user has to be able to walk here.
    std::fs::set_permissions(home.path(), std::os::unix::fs::PermissionsExt::from_mode(0o755))
        .unwrap();
    let home = home.path().join("pg");
    let first = Cluster::keep(&home).unwrap();
    answers(&first, "create table kept as select 42 as n");
    assert!(Cluster::keep(&home).is_err(), "two servers on one directory");
    let socket = first.socket_dir().to_owned();
    first.stop();
    assert!(!socket.exists(), "the socket directory was left behind");

    let second = Cluster::keep(&home).unwrap();
    assert_eq!(answers(&second, "select n from kept"), "42");
    assert_eq!(answers(&second, "show fsync"), "on");
    assert_eq!(answers(&second, "show listen_addresses"), "", "reachable by network");
    second.stop();
    quittance::cluster::forget(&home).unwrap();
    assert!(!home.exists());
}

/// Not a test of its own: the owner that the next test kills.
#[test]
#[ignore = "run by a_killed_owner_leaves_no_server_behind"]
fn owner() {
    let cluster = Cluster::throw_away().unwrap();
    println!("pid {}", answers(&cluster, "select pg_read_file('postmaster.pid')"));
    println!("at {}", cluster.socket_dir().display());
    std::thread::sleep(Duration::from_secs(60));
}

#[test]
fn a_killed_owner_leaves_no_server_behind() {
    let mut owner = Command::new(std::env::current_exe().unwrap())
        .args(["--exact", "cluster::owner", "--ignored", "--nocapture"])
        .stdout(std::process::Stdio::piped())
        .spawn()
        .unwrap();
    let said = std::io::BufReader::new(owner.stdout.take().unwrap());
    let (mut pid, mut socket) = (String::new(), String::new());
    for line in std::io::BufRead::lines(said) {
        let line = line.unwrap();
        if let Some((_, number)) = line.split_once("pid ") {
            pid = number.to_owned();
        }
        if let Some((_, directory)) = line.split_once("at /") {
            socket = format!("/{directory}");
            break;
        }
    }
    let alive = |pid: &str| Path::new("/proc").join(pid).exists();
    assert!(alive(&pid), "the server does not run");
    owner.kill().unwrap();
    owner.wait().unwrap();
    let patience = Instant::now() + Duration::from_secs(15);
    while alive(&pid) || Path::new(&socket).exists() {
        assert!(Instant::now() < patience, "server {pid} outlives its owner");
        std::thread::sleep(Duration::from_millis(50));
    }
}
