//! A creditor's people at the client site: they come in, look at what is theirs, and at nothing else.

use crate::debts::{Debt, Debts};
use crate::visitor::Visitor;
use crate::world::{House, PASSWORD, World, run};
use chrono::{Duration, Utc};
use domain::agency::Site;
use domain::payment::{PaymentKind, PaymentMethod};
use domain::{AccountId, Amount, ClientRole, CreditorId, Currency, Money, StaffRole};
use reqwest::StatusCode;
use service::once::Once;
use service::payments::{self, NewPayment};
use service::users::{self, Membership, NewUser};
use uuid::Uuid;

/// Invites somebody, who chooses a password by the link and is in.
async fn joined(world: &World, house: &House, email: &str, membership: Membership) -> Visitor {
    let mut visitor = world.visit(house, Site::Client).await;
    let token = invited(world, house, email, membership).await;
    let path = format!("/join/{token}");
    let page = visitor.fill(&path, &path, &[("password", PASSWORD)]).await;
    assert_eq!(page.status, StatusCode::SEE_OTHER, "{}", page.text);
    visitor
}

async fn invited(world: &World, house: &House, email: &str, membership: Membership) -> String {
    let new = NewUser { email: email.to_owned(), name: "Ana Creditor".to_owned(), membership };
    users::invite(&world.app, &house.admin, new).await.expect("an invitation").token
}

async fn viewer(world: &World, house: &House, creditor: CreditorId) -> Visitor {
    let membership = Membership::Client(creditor, ClientRole::Viewer);
    joined(world, house, &format!("{}@creditor.example", Uuid::now_v7().simple()), membership).await
}

fn debt(name: &str, principal: i64) -> Debt {
    Debt { debtor: None, name: name.to_owned(), principal, due_at: Utc::now() }
}

/// A check arrives at the agency.
async fn paid(world: &World, house: &House, account: AccountId, cents: i64) {
    let new = NewPayment {
        account,
        kind: PaymentKind::PaidAgency,
        method: PaymentMethod::Check,
        amount: Amount::new(Money::from_minor(cents)).expect("an amount"),
        currency: Currency::Usd,
        forwarder_fee: None,
        effective_on: None,
        deposited_on: None,
        memo: None,
        directed: false,
    };
    let once = Once {
        principal: house.admin.principal(),
        key: Uuid::now_v7().to_string(),
        operation: "take_payment",
        fingerprint: vec![1],
    };
    payments::take(&world.app, &house.admin, new, &once).await.expect("taken");
}

#[test]
fn people_come_in_by_their_link_and_then_by_their_password() {
    run(async {
        let world = World::new().await;
        let house = world.house().await;
        let creditor = world.creditor(&house, "ACME").await;
        let membership = Membership::Client(creditor, ClientRole::Viewer);
        let token = invited(&world, &house, "ana@creditor.example", membership).await;
        let mut ana = world.visit(&house, Site::Client).await;

        let asked = ana.get("/").await;
        assert_eq!(asked.leads_to.as_deref(), Some("/sign-in?ended=1"));
        let path = format!("/join/{token}");
        let looked = ana.get(&path).await;
        assert!(looked.text.contains("ana@creditor.example"), "{}", looked.text);
        let weak = ana.fill(&path, &path, &[("password", "short")]).await;
        assert_eq!(weak.status, StatusCode::UNPROCESSABLE_ENTITY);
        assert!(weak.text.contains("There is a problem") && weak.text.contains("15 characters"));
        assert!(!weak.text.contains("value=\"short\""), "a password is never shown again");
        let chosen = ana.fill(&path, &path, &[("password", PASSWORD)]).await;
        assert_eq!(chosen.leads_to.as_deref(), Some("/"));
        let home = ana.get("/").await;
        assert_eq!((home.status, home.heading()), (StatusCode::OK, "Recovery".to_owned()));
        assert!(home.text.contains("Ana Creditor"));
        assert_eq!(ana.get(&path).await.status, StatusCode::GONE, "a link works once");

        let out = ana.fill_header("/", "/sign-out").await;
        assert_eq!(out.leads_to.as_deref(), Some("/sign-in"));
        assert_eq!(ana.get("/accounts").await.status, StatusCode::SEE_OTHER);
        let again = ana.sign_in(" Ana@Creditor.example", PASSWORD).await;
        assert_eq!(again.heading(), "Recovery");
    });
}

#[test]
fn a_stranger_learns_nothing_and_is_stopped_after_a_while() {
    run(async {
        let world = World::new().await;
        let house = world.house().await;
        let creditor = world.creditor(&house, "ACME").await;
        let membership = Membership::Client(creditor, ClientRole::Viewer);
        joined(&world, &house, "ana@creditor.example", membership).await;
        let staff = Membership::Staff(StaffRole::Collector);
        let token = invited(&world, &house, "carla@agency.example", staff).await;
        users::accept(&world.app, &token, PASSWORD).await.expect("accepted");

        let mut stranger = world.visit(&house, Site::Client).await;
        let mut answers = Vec::new();
        for (email, password) in [
            ("ana@creditor.example", "not the right one"),
            ("nobody@creditor.example", PASSWORD),
            // Staff belong to the workspace.
            ("carla@agency.example", PASSWORD),
        ] {
            let page = stranger.sign_in(email, password).await;
            assert_eq!(page.status, StatusCode::UNPROCESSABLE_ENTITY);
            answers.push(page.between("class=\"error-summary\"", "</div>").expect("a summary"));
        }
        assert!(answers.iter().all(|answer| *answer == answers[0]), "{answers:?}");
        for _ in 0..9 {
            stranger.sign_in("ana@creditor.example", "not the right one").await;
        }
        let blocked = stranger.sign_in("ana@creditor.example", PASSWORD).await;
        assert_eq!(blocked.status, StatusCode::TOO_MANY_REQUESTS);
        world.wait(Duration::minutes(16));
        assert_eq!(stranger.sign_in("ana@creditor.example", PASSWORD).await.heading(), "Recovery");
    });
}

#[test]
fn a_creditor_sees_what_was_placed_collected_and_what_share_that_is() {
    run(async {
        let world = World::new().await;
        let house = world.house().await;
        let creditor = world.creditor(&house, "ACME").await;
        let mut ana = viewer(&world, &house, creditor).await;
        let empty = ana.get("/").await;
        assert!(empty.text.contains("Place your first accounts"));

        let debts = Debts::of(&house, creditor).await;
        let placed =
            debts.place_these(&[debt("Ana Brown", 60_000), debt("Ben Cole", 40_000)]).await;
        debts
            .set(placed[1].account, "status = 'CRC', closed_at = now(), next_work_at = NULL")
            .await;
        paid(&world, &house, placed[0].account, 15_000).await;

        let home = ana.get("/").await;
        for words in ["$1,000.00", "2 accounts", "$150.00", "15.00", "25.00", "($400.00)"] {
            assert!(home.text.contains(words), "{words} in {}", home.text);
        }
        let list = ana.get("/payments").await;
        for words in ["Ana Brown", "$150.00", "$45.00", "$105.00", "Paid to the agency"] {
            assert!(list.text.contains(words), "{words} in {}", list.text);
        }
        let none = ana.get("/payments?from=2000-01-01&to=2000-12-31").await;
        assert!(none.text.contains("No payment took effect"));
        let wrong = ana.get("/payments?from=soon").await;
        assert_eq!(wrong.status, StatusCode::UNPROCESSABLE_ENTITY);
        let portfolios = ana.get("/portfolios").await;
        let link = portfolios.link("/portfolios/port_").expect("a portfolio");
        let one = ana.get(&link).await;
        assert!(one.text.contains("15.00") && one.text.contains("25.00"), "{}", one.text);
    });
}

#[test]
fn accounts_are_found_by_number_reference_and_name_and_never_anothers() {
    run(async {
        let world = World::new().await;
        let house = world.house().await;
        let (mine, other) =
            (world.creditor(&house, "ACME").await, world.creditor(&house, "OTHER").await);
        let debts = Debts::of(&house, mine).await;
        let placed =
            debts.place_these(&[debt("Ana Brown", 60_000), debt("Ben Cole", 40_000)]).await;
        let theirs = Debts::of(&house, other).await.place_these(&[debt("Ann Brown", 1_000)]).await;
        let mut ana = viewer(&world, &house, mine).await;

        let reference = debts.column(placed[0].account, "reference").await.expect("a reference");
        for asked in ["brown", "BROWN, a", &reference, &format!("n-{reference}")] {
            let found = ana.get(&format!("/accounts?q={}", asked.replace(' ', "+"))).await;
            assert!(found.text.contains("Ana Brown"), "{asked}: {}", found.text);
            assert!(!found.text.contains("Ben Cole") && !found.text.contains("Ann Brown"));
        }
        let none = ana.get("/accounts?q=nobody").await;
        assert!(none.text.contains("No account fits"));

        let page = ana.get(&format!("/accounts/{}", placed[0].account)).await;
        assert_eq!((page.status, page.heading()), (StatusCode::OK, "Ana Brown".to_owned()));
        assert!(page.text.contains("$600.00") && page.text.contains("Nothing is paid yet"));
        let unknown = AccountId(Uuid::now_v7()).to_string();
        for hidden in [theirs[0].account.to_string(), unknown, "nonsense".to_owned()] {
            let page = ana.get(&format!("/accounts/{hidden}")).await;
            assert_eq!(
                (page.status, page.heading()),
                (StatusCode::NOT_FOUND, "Page not found".to_owned())
            );
        }
        let list = ana.get("/accounts").await;
        assert!(!list.text.contains("Ann Brown"));
    });
}

#[test]
fn lists_go_on_by_a_cursor_and_come_out_as_harmless_csv() {
    run(async {
        let world = World::new().await;
        let house = world.house().await;
        let creditor = world.creditor(&house, "ACME").await;
        let debts = Debts::of(&house, creditor).await;
        let placed = debts.place(60, Utc::now()).await;
        debts.set(placed[0].account, "debtor_name = '=cmd|'' /C calc''!A0'").await;
        let mut ana = viewer(&world, &house, creditor).await;

        let first = ana.get("/accounts?state=open").await;
        assert_eq!(first.text.matches("href=\"/accounts/acct_").count(), 50);
        let next = first.link("/accounts?state=open&#38;after=").expect("a next page");
        let second = ana.get(&next.replace("&#38;", "&")).await;
        assert_eq!(second.text.matches("href=\"/accounts/acct_").count(), 10);
        let csv = ana.get("/accounts.csv?state=open").await;
        assert_eq!(csv.text.lines().count(), 61);
        assert!(csv.text.contains(",'=cmd|") && !csv.text.contains(",=cmd"));
        assert!(csv.headers["content-disposition"].contains("accounts.csv"));
    });
}

#[test]
fn a_forged_post_is_refused() {
    run(async {
        let world = World::new().await;
        let house = world.house().await;
        let creditor = world.creditor(&house, "ACME").await;
        let mut ana = viewer(&world, &house, creditor).await;
        let form_id = ("form_id".to_owned(), Uuid::now_v7().to_string());
        let forged = ("csrf".to_owned(), "AAAA".to_owned());
        for fields in [vec![], vec![form_id.clone()], vec![forged, form_id]] {
            let page = ana.post("/sign-out", &fields).await;
            assert_eq!(page.status, StatusCode::FORBIDDEN);
            assert_eq!(page.heading(), "Please go back and try again");
        }
        assert_eq!(ana.get("/").await.status, StatusCode::OK, "still signed in");
    });
}

const FILE: &[u8] = b"Acct #,Pt Last,Pt First,Seen,Amt Due\n\
    A-1,Brown,Ana,2026-01-02,100.00\n\
    A-2,Cole,Ben,2026-01-03,250.00\n\
    A-3,Diaz,Cleo,2026-01-04,1O0.00\n";

const COLUMNS: [(&str, &str); 10] = [
    ("c0", "client_account_number"),
    ("c1", "last"),
    ("c2", "first"),
    ("c3", "service_or_open_date"),
    ("c4", "principal"),
    ("k_debtor_type", "consumer"),
    ("k_product", "medical"),
    ("k_original_creditor", "Mercyvale"),
    ("k_current_creditor", "Mercyvale"),
    ("header_line", "1"),
];

#[test]
fn a_file_is_uploaded_mapped_checked_placed_and_acknowledged() {
    run(async {
        let world = World::new().await;
        let house = world.house().await;
        let creditor = world.creditor(&house, "ACME").await;
        let placer = Membership::Client(creditor, ClientRole::Placer);
        let mut pam = joined(&world, &house, "pam@creditor.example", placer).await;

        let form = pam.get("/place").await;
        let into = form.between("<option value=\"port_", "\"").expect("a portfolio");
        let into = format!("port_{into}");
        let nothing = pam.upload("/place", "/place", &[("into", &into)], ("", b"")).await;
        assert_eq!(nothing.status, StatusCode::UNPROCESSABLE_ENTITY, "{}", nothing.text);
        assert!(nothing.text.contains("Choose a file"));
        let pdf = pam.upload("/place", "/place", &[("into", &into)], ("a.pdf", b"%PDF-1.7")).await;
        assert!(pdf.text.contains("This is a PDF document"));

        let sent = pam.upload("/place", "/place", &[("into", &into)], ("nov.csv", FILE)).await;
        let columns = sent.leads_to.expect("the columns");
        let asked = pam.get(&columns).await;
        assert!(asked.text.contains("Acct #") && asked.text.contains("Ana"), "{}", asked.text);
        assert!(asked.text.contains("value=\"client_account_number\" selected"), "a guess");
        let short = pam.fill(&columns, &columns, &[("act", "check"), COLUMNS[0]]).await;
        assert_eq!(short.status, StatusCode::UNPROCESSABLE_ENTITY);
        assert!(short.text.contains("lacks required columns"), "{}", short.text);
        let all = [&[("act", "check")], COLUMNS.as_slice()].concat();
        let checked = pam.fill(&columns, &columns, &all).await;
        let placement = checked.leads_to.expect("the placement");
        let found = pam.get(&placement).await;
        assert_eq!(found.heading(), "What we found", "{}", found.text);
        for words in ["$350.00", "1O0.00", "A-3", "Place 2 accounts and leave 1 lines out"] {
            assert!(found.text.contains(words), "{words} in {}", found.text);
        }
        let csv = pam.get(&format!("{placement}/findings.csv?show=error")).await;
        assert!(csv.text.contains("A-3") && !csv.text.contains("A-1"), "{}", csv.text);
        let none = pam.get("/accounts").await;
        assert!(none.text.contains("No account is placed yet"), "nothing is placed before");

        let commit = format!("{placement}/commit");
        let done = pam.fill(&placement, &commit, &[("policy", "valid_lines_only")]).await;
        let receipt = pam.follow(done).await;
        assert_eq!(receipt.heading(), "2 accounts are placed", "{}", receipt.text);
        let list = pam.get(&format!("{placement}/accounts.csv")).await;
        assert_eq!(list.text.lines().count(), 3, "{}", list.text);
        assert!(pam.get("/accounts?q=A-1").await.text.contains("Ana Brown"));
        assert!(pam.get("/placements").await.text.contains("nov.csv"));
        assert!(pam.get("/").await.text.contains("$350.00"));

        let again = pam.upload("/place", "/place", &[("into", &into)], ("nov.csv", FILE)).await;
        assert!(again.text.contains("has been placed before"), "{}", again.text);
        let next = FILE.iter().map(|b| if *b == b'A' { b'B' } else { *b }).collect::<Vec<u8>>();
        let next: Vec<u8> = String::from_utf8(next).expect("text").replace("Bcct", "Acct").into();
        let sent = pam.upload("/place", "/place", &[("into", &into)], ("dec.csv", &next)).await;
        let asked = pam.follow(sent).await;
        assert!(asked.text.contains("value=\"Mercyvale\""), "remembered: {}", asked.text);
        assert!(asked.text.contains("value=\"service_or_open_date\" selected"));
    });
}

#[test]
fn control_totals_that_differ_refuse_the_file() {
    run(async {
        let world = World::new().await;
        let house = world.house().await;
        let creditor = world.creditor(&house, "ACME").await;
        let placer = Membership::Client(creditor, ClientRole::Placer);
        let mut pam = joined(&world, &house, "pam@creditor.example", placer).await;
        let form = pam.get("/place").await;
        let into = form.between("<option value=\"port_", "\"").expect("a portfolio");
        let into = format!("port_{into}");
        let typed = [("into", into.as_str()), ("row_count", "2"), ("principal", "350.00")];
        let sent = pam.upload("/place", "/place", &typed, ("nov.csv", FILE)).await;
        let columns = sent.leads_to.expect("the columns");
        let all = [&[("act", "check")], COLUMNS.as_slice()].concat();
        let checked = pam.fill(&columns, &columns, &all).await;
        let refused = pam.follow(checked).await;
        assert_eq!(refused.heading(), "This file is refused", "{}", refused.text);
        assert!(refused.text.contains("Control totals") && refused.text.contains("row_count"));
    });
}

#[test]
fn who_only_looks_places_nothing_and_nobody_sees_anothers_file() {
    run(async {
        let world = World::new().await;
        let house = world.house().await;
        let (mine, other) =
            (world.creditor(&house, "ACME").await, world.creditor(&house, "OTHER").await);
        let mut ana = viewer(&world, &house, mine).await;
        let home = ana.get("/accounts").await;
        assert!(!home.text.contains("href=\"/place\""));
        let page = ana.get("/place").await;
        assert_eq!(page.status, StatusCode::FORBIDDEN);
        assert_eq!(page.heading(), "You cannot open this page");

        let placer = Membership::Client(other, ClientRole::Placer);
        let mut pam = joined(&world, &house, "pam@other.example", placer).await;
        let form = pam.get("/place").await;
        let into = form.between("<option value=\"port_", "\"").expect("a portfolio");
        let into = format!("port_{into}");
        let sent = pam.upload("/place", "/place", &[("into", &into)], ("nov.csv", FILE)).await;
        let columns = sent.leads_to.expect("the columns");
        let placement = columns.strip_suffix("/columns").expect("the placement").to_owned();
        for path in [placement.clone(), columns, format!("{placement}/findings.csv")] {
            let page = ana.get(&path).await;
            assert_eq!(
                (page.status, page.heading().as_str()),
                (StatusCode::NOT_FOUND, "Page not found")
            );
        }
        let forged = pam.upload("/accounts", "/place", &[("into", &into)], ("x.csv", FILE)).await;
        assert_eq!(forged.status, StatusCode::FORBIDDEN, "a form of no page of ours");
    });
}

#[test]
fn an_administrator_invites_shuts_out_and_lets_in_again() {
    run(async {
        let world = World::new().await;
        let house = world.house().await;
        let creditor = world.creditor(&house, "ACME").await;
        let admin = Membership::Client(creditor, ClientRole::Admin);
        let mut ana = joined(&world, &house, "ana@creditor.example", admin).await;
        let typed = [("name", "Bea"), ("email", "bea@creditor.example")];
        let unsaid = ana.fill("/users/new", "/users", &typed).await;
        assert!(unsaid.text.contains("Choose what this person may do."));
        let staff = [typed.as_slice(), &[("role", "staff_admin")]].concat();
        let unsaid = ana.fill("/users/new", "/users", &staff).await;
        assert_eq!(unsaid.status, StatusCode::UNPROCESSABLE_ENTITY, "not of the agency's staff");
        let all = [typed.as_slice(), &[("role", "viewer")]].concat();
        let invited = ana.fill("/users/new", "/users", &all).await;
        let token = invited.between("/join/", "<").expect("a link");
        let mut bea = world.visit(&house, Site::Client).await;
        let path = format!("/join/{token}");
        bea.fill(&path, &path, &[("password", PASSWORD)]).await;
        assert_eq!(bea.get("/").await.heading(), "Recovery");
        assert_eq!(bea.get("/users").await.status, StatusCode::FORBIDDEN);

        let list = ana.get("/users").await;
        let access = list.between("action=\"/users/", "/access\"").expect("a person");
        let action = format!("/users/{access}/access");
        let mut fields = list.hidden_of(&action);
        fields.push(("active".to_owned(), "false".to_owned()));
        let done = ana.post(&action, &fields).await;
        let after = ana.follow(done).await;
        assert!(after.text.contains("Bea can no longer sign in."), "{}", after.text);
        assert_eq!(bea.get("/").await.leads_to.as_deref(), Some("/sign-in?ended=1"));
        let stale = ana.post(&action, &fields).await;
        let after = ana.follow(stale).await;
        assert!(after.text.contains("Somebody changed this person meanwhile"));
    });
}
