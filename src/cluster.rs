//! A private PostgreSQL, started and stopped with its owner: for the demo, the tests and the
//! benchmark. A server installation sets `DATABASE_URL` and never comes here.
//!
//! The cluster listens on a unix socket in a directory that only one user may enter, which is why
//! it trusts every connection. A small `sh` stands between owner and server: it holds the
//! reading end of a pipe and stops the server when the pipe closes, so that even an owner that is
//! killed outright leaves no server behind.

use std::fs;
use std::io::{BufRead, BufReader};
use std::os::unix::fs::{MetadataExt, PermissionsExt, chown};
use std::os::unix::process::CommandExt;
use std::path::{Path, PathBuf};
use std::process::{Child, ChildStdin, Command, Stdio};
use std::sync::atomic::{AtomicU32, Ordering};

use anyhow::{Context, Result, anyhow, bail};

/// The superuser of a private cluster.
const SUPERUSER: &str = "postgres";

/// Free space, in KiB, below which shared memory is not used for a throw-away cluster.
const ROOM_NEEDED: u64 = 700_000;

/// Durable: the demo's data survives a crash.
const KEPT: &str =
    "-c max_connections=120 -c shared_buffers=128MB -c log_min_duration_statement=500";

/// Fast: nothing of a test's data is worth a disk write.
const THROWN_AWAY: &str = "-c max_connections=800 -c shared_buffers=256MB -c fsync=off \
     -c synchronous_commit=off -c full_page_writes=off -c autovacuum=off -c max_wal_size=4GB";

/// Starts the server, says `ready`, waits for the owner to go, stops the server, tidies up.
/// `$1` binaries, `$2` data, `$3` socket directory, `$4` options, `$5` what to remove, `$6` how to
/// stop.
const SUPERVISOR: &str = r#"
trap '' INT TERM HUP
if ! "$1/pg_ctl" -D "$2" -w -t 60 -s -l "$2/server.log" -o "-c listen_addresses= -k $3 $4" start >&2
then tail -n 5 "$2/server.log" >&2; exit 1; fi
echo ready
exec 1>&- 2>/dev/null
cat >/dev/null
"$1/pg_ctl" -D "$2" -w -t 60 -s -m "$6" stop
rm -rf "$3"
[ -z "$5" ] || rm -rf "$5"
"#;

/// A running private cluster. Dropping it stops the server.
#[derive(Debug)]
pub struct Cluster {
    socket: PathBuf,
    supervisor: Child,
    /// Closing it is the order to stop.
    leash: Option<ChildStdin>,
}

impl Cluster {
    /// Starts a cluster that keeps its data under `home`, durable, and makes it on first use.
    ///
    /// # Errors
    /// When PostgreSQL is not installed, or does not start; the text says what to do.
    pub fn keep(home: &Path) -> Result<Self> {
        fs::create_dir_all(home).with_context(|| format!("cannot make {}", home.display()))?;
        let home = home.canonicalize()?;
        let user = ServerUser::who_runs(&home)?;
        let home = user.reachable(&home);
        fs::create_dir_all(&home)?;
        user.own(&home)?;
        Self::start(&home, &user, true)
    }

    /// Starts a cluster in memory whose data goes when it stops.
    ///
    /// # Errors
    /// When PostgreSQL is not installed, or does not start; the text says what to do.
    pub fn throw_away() -> Result<Self> {
        let memory = Path::new("/dev/shm");
        let parent =
            if free_kib(memory) > ROOM_NEEDED { memory.into() } else { std::env::temp_dir() };
        let home = fresh_dir(&parent, "quittance-pg")?;
        let user = ServerUser::who_runs(&home)?;
        user.own(&home)?;
        Self::start(&home, &user, false).inspect_err(|_| {
            let _ = fs::remove_dir_all(&home);
        })
    }

    fn start(home: &Path, user: &ServerUser, kept: bool) -> Result<Self> {
        let data = home.join("data");
        let bin = find_binaries(&data)?;
        if !data.join("PG_VERSION").exists() {
            make_data(&bin, &data, user, kept)?;
        }
        let socket = fresh_dir(Path::new("/tmp"), "quittance-run")?;
        user.own(&socket)?;
        let mut command = user.command(Path::new("/bin/sh"));
        command.args(["-c", SUPERVISOR, "quittance-cluster"]).arg(&bin).arg(&data).arg(&socket);
        if kept {
            command.args([KEPT, "", "fast"]);
        } else {
            command.arg(THROWN_AWAY).arg(home).arg("immediate");
        }
        // A process group of its own: Ctrl-C in the terminal is the owner's business.
        command.process_group(0).stdin(Stdio::piped()).stdout(Stdio::piped());
        let mut supervisor = command.stderr(Stdio::inherit()).spawn()?;
        let leash = supervisor.stdin.take();
        let mut line = String::new();
        if let Some(said) = supervisor.stdout.take() {
            BufReader::new(said).read_line(&mut line)?;
        }
        if line.trim() != "ready" {
            let _ = supervisor.wait();
            let _ = fs::remove_dir_all(&socket);
            bail!("PostgreSQL in {} did not start (its last words are above)", data.display());
        }
        Ok(Self { socket, supervisor, leash })
    }

    /// The address of `database` for `role`, as libpq and sqlx read it.
    #[must_use]
    pub fn url(&self, role: &str, database: &str) -> String {
        format!("postgres://{role}@localhost:5432/{database}?host={}", self.socket.display())
    }

    /// The address of `database` for the superuser.
    #[must_use]
    pub fn superuser_url(&self, database: &str) -> String {
        self.url(SUPERUSER, database)
    }

    /// Where the socket lies: what `PGHOST` wants.
    #[must_use]
    pub fn socket_dir(&self) -> &Path {
        &self.socket
    }

    /// Makes `database` unless it is there.
    ///
    /// # Errors
    /// When `psql` fails.
    pub fn ensure_database(&self, database: &str) -> Result<()> {
        let psql = |sql: &str| {
            let bin = find_binaries(Path::new(""))?;
            let done = Command::new(bin.join("psql"))
                .args(["-XAtq", "-v", "ON_ERROR_STOP=1", "-v"])
                .arg(format!("name={database}"))
                .arg("-d")
                .arg(self.superuser_url("postgres"))
                .stdin(Stdio::piped())
                .stdout(Stdio::piped())
                .spawn()
                .and_then(|mut child| {
                    if let Some(mut input) = child.stdin.take() {
                        std::io::Write::write_all(&mut input, sql.as_bytes())?;
                    }
                    child.wait_with_output()
                })?;
            if !done.status.success() {
                bail!("psql could not look after the database {database}");
            }
            Ok(String::from_utf8_lossy(&done.stdout).trim().to_owned())
        };
        if psql("select 1 from pg_database where datname = :'name'")?.is_empty() {
            psql("create database :\"name\"")?;
        }
        Ok(())
    }

    /// Stops the server and waits until it has.
    pub fn stop(self) {
        drop(self);
    }
}

impl Drop for Cluster {
    fn drop(&mut self) {
        self.leash.take();
        let _ = self.supervisor.wait();
    }
}

/// The user PostgreSQL runs as. It refuses root, so root steps down.
struct ServerUser {
    /// User and group to change to; `None` when this process is an ordinary user.
    step_down: Option<(u32, u32)>,
}

impl ServerUser {
    fn who_runs(home: &Path) -> Result<Self> {
        if fs::metadata("/proc/self")?.uid() != 0 {
            return Ok(Self { step_down: None });
        }
        // Data that is there already stays with its owner.
        if let Ok(data) = fs::metadata(home.join("data"))
            && data.uid() != 0
        {
            return Ok(Self { step_down: Some((data.uid(), data.gid())) });
        }
        let passwd = fs::read_to_string("/etc/passwd")?;
        let ids = |name: &str| {
            passwd.lines().find_map(|line| {
                let mut fields = line.split(':');
                (fields.next() == Some(name)).then_some(())?;
                let mut numbers = fields.skip(1).map(str::parse);
                Some((numbers.next()?.ok()?, numbers.next()?.ok()?))
            })
        };
        let found = ids("postgres").or_else(|| ids("nobody"));
        let ids = found.ok_or_else(|| anyhow!("PostgreSQL refuses to run as root, and there is neither a user `postgres` nor `nobody` to step down to"))?;
        Ok(Self { step_down: Some(ids) })
    }

    /// `home`, or a place of its own under `/var/lib` when this user may not walk to `home`
    /// (a clone in `/root`).
    fn reachable(&self, home: &Path) -> PathBuf {
        let walkable = |dir: &Path| fs::metadata(dir).is_ok_and(|m| m.mode() & 0o001 != 0);
        if self.step_down.is_none() || home.ancestors().skip(1).all(walkable) {
            return home.to_owned();
        }
        let name: String = home
            .to_string_lossy()
            .chars()
            .map(|c| if c.is_ascii_alphanumeric() { c } else { '-' })
            .collect();
        Path::new("/var/lib/quittance").join(name.trim_matches('-'))
    }

    fn own(&self, dir: &Path) -> Result<()> {
        fs::set_permissions(dir, fs::Permissions::from_mode(0o700))?;
        if let Some((uid, gid)) = self.step_down {
            chown(dir, Some(uid), Some(gid))?;
        }
        Ok(())
    }

    fn command(&self, program: &Path) -> Command {
        let mut command = Command::new(program);
        command.current_dir("/").env_clear().env("PATH", "/usr/bin:/bin").env("LC_ALL", "C");
        if let Some((uid, gid)) = self.step_down {
            command.uid(uid).gid(gid);
        }
        command
    }
}

/// Removes what [`Cluster::keep`] stored for `home`, wherever it had to put it.
///
/// # Errors
/// When something cannot be removed.
pub fn forget(home: &Path) -> Result<()> {
    let Ok(home) = home.canonicalize() else { return Ok(()) };
    for dir in [ServerUser::who_runs(&home)?.reachable(&home), home] {
        if dir.exists() {
            fs::remove_dir_all(&dir).with_context(|| format!("cannot remove {}", dir.display()))?;
        }
    }
    Ok(())
}

fn make_data(bin: &Path, data: &Path, user: &ServerUser, kept: bool) -> Result<()> {
    let mut command = user.command(&bin.join("initdb"));
    command.arg("-D").arg(data).args(["-U", SUPERUSER, "-A", "trust", "-E", "UTF8"]);
    command.args(["--locale=C.UTF-8", "--no-instructions"]);
    if !kept {
        command.arg("--no-sync");
    }
    let done = command.stdin(Stdio::null()).output().context("cannot run initdb")?;
    if !done.status.success() {
        bail!("initdb failed: {}", String::from_utf8_lossy(&done.stderr).trim());
    }
    Ok(())
}

/// The folder with `postgres`, `initdb`, `psql` and `pgbench`: `PG_BIN_DIR`, else the Debian
/// folder of the version that made `data`, else the newest, else whatever `PATH` has.
///
/// # Errors
/// When PostgreSQL is not installed.
pub fn find_binaries(data: &Path) -> Result<PathBuf> {
    let whole = |dir: &Path| dir.join("initdb").exists() && dir.join("postgres").exists();
    if let Some(dir) = std::env::var_os("PG_BIN_DIR").map(PathBuf::from) {
        if whole(&dir) {
            return Ok(dir);
        }
        bail!("PG_BIN_DIR is {}, but there is no initdb and postgres in it", dir.display());
    }
    let made_by: Option<u32> =
        fs::read_to_string(data.join("PG_VERSION")).ok().and_then(|v| v.trim().parse().ok());
    let mut installed: Vec<(u32, PathBuf)> = fs::read_dir("/usr/lib/postgresql")
        .into_iter()
        .flatten()
        .flatten()
        .filter_map(|e| Some((e.file_name().to_str()?.parse().ok()?, e.path().join("bin"))))
        .filter(|(_, dir)| whole(dir))
        .collect();
    installed.sort();
    let same = installed.iter().find(|(version, _)| Some(*version) == made_by);
    if let Some((_, dir)) = same.or(installed.last()) {
        return Ok(dir.clone());
    }
    let path = std::env::var_os("PATH").unwrap_or_default();
    std::env::split_paths(&path).find(|dir| whole(dir)).ok_or_else(|| {
        anyhow!("PostgreSQL 15 or later is not installed: `apt-get install postgresql`, or set PG_BIN_DIR")
    })
}

/// Free space of the file system that holds `dir`, in KiB; 0 when unknown.
fn free_kib(dir: &Path) -> u64 {
    let df = Command::new("df").args(["-kP"]).arg(dir).output();
    let text = df.map(|out| String::from_utf8_lossy(&out.stdout).into_owned()).unwrap_or_default();
    let fields = text.lines().nth(1).and_then(|line| line.split_whitespace().nth(3));
    fields.and_then(|free| free.parse().ok()).unwrap_or(0)
}

/// Makes a directory that nobody else has, under `parent`.
fn fresh_dir(parent: &Path, name: &str) -> Result<PathBuf> {
    static NEXT: AtomicU32 = AtomicU32::new(0);
    loop {
        let number = NEXT.fetch_add(1, Ordering::Relaxed);
        let dir = parent.join(format!("{name}-{}-{number}", std::process::id()));
        match fs::create_dir(&dir) {
            Ok(()) => return Ok(dir),
            Err(taken) if taken.kind() == std::io::ErrorKind::AlreadyExists => {}
            Err(error) => {
                return Err(error).with_context(|| format!("cannot make {}", dir.display()));
            }
        }
    }
}
