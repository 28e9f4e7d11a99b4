//! The trust account in the workspace: a statement of the bank is imported and worked line by line
//! until the three ways agree; payouts and what was found wanting in them.

use crate::browser::{Eyes, visit};
use crate::debts::Debts;
use crate::month_end::{Books, Reader};
use crate::world::run;
use domain::AccountId;
use domain::gateway::GatewayMode;
use domain::payment::{PaymentKind, PaymentMethod};
use service::gateway_accounts::{self, NewGatewayAccount};
use std::path::Path;
use uuid::Uuid;

const FILE: &str = "Date,Description,Amount,Balance\n\
2025-03-10,BRANCH DEPOSIT,100.00,100.00\n\
2025-03-11,WIRE FROM UNKNOWN,70.00,170.00\n\
2025-03-12,ACCOUNT CHARGE,-5.00,165.00\n";

#[test]
fn the_bank_is_worked_until_the_three_ways_agree() {
    run(async {
        let books = Books::open("2025-03-10").await;
        let creditor = books.world.creditor(&books.house, "MERCYVALE").await;
        let debts = Debts::of(&books.house, creditor).await;
        let debt = books.debt(creditor).await;
        books.pays(PaymentKind::PaidAgency, PaymentMethod::Cash, debt, 10_000).await;
        books.turn("2025-03-11");
        let folder = tempfile::tempdir().expect("a folder");
        let (good, bad) = (folder.path().join("march.csv"), folder.path().join("bad.csv"));
        std::fs::write(&good, FILE).expect("a file");
        std::fs::write(&bad, FILE.replace("70.00", "7O.00")).expect("a file");
        let origin = books.origin.clone();
        visit(Eyes::default(), move |window| async move {
            let reader = Reader { window, origin };
            reader.enter("admin@agency.example").await;
            imports(&reader, &good, &bad).await;
            works(&reader, &books, debt, &debts).await;
            paid_out(&reader, &books, &debts).await;
            // The files live until here.
            drop(folder);
        })
        .await;
    });
}

async fn imports(reader: &Reader, good: &Path, bad: &Path) {
    for path in ["bank-statements", "exceptions", "reconciliation", "payouts"] {
        reader.see(&format!("/trust/{path}"), &format!("empty-{path}")).await;
    }
    reader.see("/trust/bank-statements/new", "import").await;
    reader.press("main form button").await;
    reader.look("import-wrong").await;
    reader.says("Choose the file that the bank gave you").await;
    reader.says("Choose how the file is written").await;
    for (file, words) in [(bad, "Lines that cannot be read"), (good, "Imported")] {
        reader.open("/trust/bank-statements/new").await;
        reader.window.fill("file", file.to_str().expect("a path")).await;
        reader.window.choose("input[name=format][value=csv]").await;
        reader.window.fill("balance", "Balance").await;
        reader.press("main form button").await;
        reader.look(if file == bad { "import-faults" } else { "bank-statement" }).await;
        reader.says(words).await;
    }
    reader.open("/trust/bank-statements/new").await;
    reader.window.fill("file", good.to_str().expect("a path")).await;
    reader.window.choose("input[name=format][value=csv]").await;
    reader.window.fill("opening", "nothing").await;
    reader.window.fill("balance", "Balance").await;
    reader.press("main form button").await;
    reader.says("Write the balance as in 12500.00").await;
    reader.see("/trust/bank-statements", "bank-statements").await;
    reader.see("/trust/exceptions", "exceptions").await;
}

/// The line of the statement that says so.
async fn line(reader: &Reader, words: &str) {
    reader.open("/trust/bank-statements").await;
    reader.press("tbody a").await;
    let find = format!(
        "return [...document.querySelectorAll('tbody tr')].find(row => row.textContent.includes('{words}')).querySelector('a').getAttribute('href')"
    );
    let path = reader.window.ask(&find).await;
    reader.open(path.as_str().expect("a line")).await;
}

async fn works(reader: &Reader, books: &Books, debt: AccountId, debts: &Debts) {
    // The deposit was matched at once; undone, it is matched by hand.
    line(reader, "BRANCH DEPOSIT").await;
    reader.look("line-matched").await;
    reader.press("form[action$='/unmatch'] button").await;
    reader.look("line-open").await;
    reader.press("form[action$='/match'] button").await;
    reader.look("line-match-wrong").await;
    reader.says("Tick the movements").await;
    reader.window.choose("#m1").await;
    reader.press("form[action$='/match'] button").await;
    reader.says("Matched.").await;
    // A charge of the bank has no place in the book.
    line(reader, "ACCOUNT CHARGE").await;
    reader.press("form[action$='/note'] button").await;
    reader.look("line-note-wrong").await;
    reader.says("Say why, in 1 to 500 characters.").await;
    reader.window.fill("note", "The bank gives it back in April").await;
    reader.press("form[action$='/note'] button").await;
    reader.look("line-noted").await;
    // Nobody knows the payer, until somebody does.
    line(reader, "WIRE FROM UNKNOWN").await;
    reader.press_twice("form[action$='/unidentified']").await;
    reader.look("line-unidentified").await;
    let posted = "source_type = 'bank_line' AND effect = 'unidentified'";
    assert_eq!(debts.count("transfer", posted).await, 1, "once");
    books.pays(PaymentKind::PaidAgency, PaymentMethod::Wire, debt, 7_000).await;
    line(reader, "WIRE FROM UNKNOWN").await;
    reader.look("line-assign").await;
    reader.press("form[action$='/assign'] button").await;
    reader.says("Choose the payment that was entered for it").await;
    reader.window.choose("input[name=payment]").await;
    reader.press("form[action$='/assign'] button").await;
    reader.says("Assigned").await;
    reader.look("line-assigned").await;
    let days = "from=2025-03-10&to=2025-03-12";
    reader.see(&format!("/trust/reconciliation?{days}"), "reconciliation").await;
    reader.says("All 3 days are reconciled.").await;
    reader.see("/trust/reconciliation?from=soon", "reconciliation-wrong").await;
    reader.open("/trust/exceptions").await;
    reader.says("Nothing is left to work.").await;
}

/// A payout as the gateway reports it, and a line of another that nothing in the books stands for.
async fn paid_out(reader: &Reader, books: &Books, debts: &Debts) {
    let account = NewGatewayAccount {
        mode: GatewayMode::Sandbox,
        secret_key: format!("sk_test_{}", Uuid::now_v7().simple()).into(),
        provider_account: None,
        webhook_secret: Some("whsec_test".to_owned().into()),
    };
    gateway_accounts::configure(&books.world.app, &books.house.admin, account)
        .await
        .expect("a gateway");
    let agency = books.house.id.0;
    debts
        .run(
            "INSERT INTO payout (agency_id, id, trust_account_id, provider_id, gross, fees, dispute_fees, net,
                 arrived_on, posted_at, entered_by)
             SELECT agency_id, $2, id, 'po_1', 4000, 50, 0, 3950, '2025-03-12', now(), 'Gateway'
             FROM trust_account WHERE agency_id = $1 AND is_default",
            [agency.into(), Uuid::now_v7().into()],
        )
        .await;
    debts
        .run(
            "UPDATE payment SET payout_id = (SELECT id FROM payout WHERE agency_id = $1)
             WHERE agency_id = $1 AND method = 'wire'",
            [agency.into()],
        )
        .await;
    debts
        .run(
            "INSERT INTO payout_finding (agency_id, id, gateway_account_id, provider_id, line_id, kind, amount, fee,
                 reason, found_at)
             SELECT agency_id, $2, id, 'po_2', 'txn_9', 'adjustment', 1200, 0, 'nothing in the books stands for it', now()
             FROM gateway_account WHERE agency_id = $1",
            [agency.into(), Uuid::now_v7().into()],
        )
        .await;
    reader.see("/trust/payouts", "payouts").await;
    reader.says("txn_9").await;
    reader.press("tbody a[href^='/trust/payouts/']").await;
    reader.look("payout").await;
    reader.says("$39.50").await;
}
