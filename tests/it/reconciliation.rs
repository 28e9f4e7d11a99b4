//! Bank statements: imported once and whole, matched with the book, the rest worked by hand, and the
//! three ways of the reconciliation agree.

use crate::http::{Api, Person, Reply, Request};
use crate::till::{Till, amount, once};
use crate::world::run;
use chrono::{Days, NaiveDate};
use domain::Currency;
use domain::payment::{PaymentKind, PaymentMethod};
use reqwest::Method;
use serde_json::{Value, json};
use service::payments::{self, NewPayment};
use service::trust;
use std::sync::Arc;

struct Bank {
    till: Arc<Till>,
    api: Api,
    admin: Person,
    today: NaiveDate,
    account: String,
}

impl Bank {
    async fn open() -> Self {
        let till = Till::open().await;
        let api = Api::of(&till.world).await;
        let admin = api.admin(&till.house).await;
        let today = till
            .text("SELECT (now() AT TIME ZONE 'America/New_York')::date::text AS t", [])
            .await
            .expect("a day")
            .parse()
            .expect("a day");
        let proof = trust::proof(&till.world.app, &till.house.admin, None).await.expect("a proof");
        let account = proof.accounts[0].id.to_string();
        Self { till, api, admin, today, account }
    }

    fn day(&self, back: u64) -> NaiveDate {
        self.today - Days::new(back)
    }

    /// A payment by this method that went to the bank so many days ago.
    async fn paid(&self, method: PaymentMethod, minor: i64, back: u64, memo: &str) -> String {
        let debt = self.till.debt(1_000_000).await;
        let new = NewPayment {
            account: debt.account,
            kind: PaymentKind::PaidAgency,
            method,
            amount: amount(minor),
            currency: Currency::Usd,
            forwarder_fee: None,
            effective_on: Some(self.day(back)),
            deposited_on: Some(self.day(back)),
            memo: Some(memo.to_owned()),
            directed: false,
        };
        let (app, admin) = (&self.till.world.app, &self.till.house.admin);
        let taken = payments::take(app, admin, new, &once("take_payment")).await.expect("taken");
        taken.value.to_string()
    }

    async fn import(&self, file: &str, more: &[(&str, Value)]) -> Reply {
        let boundary = "quittance-form";
        let mapping = json!({
            "header": true, "delimiter": "comma", "date": "Date",
            "amount": {"signed": {"column": "Amount", "positive_is": "credit"}},
            "description": ["Text"], "reference": "Ref",
        });
        let mut parts = vec![("format", "csv".to_owned()), ("mapping", mapping.to_string())];
        parts.extend(more.iter().map(|(name, value)| (*name, value.to_string())));
        let mut body = String::new();
        for (name, value) in parts {
            body.push_str(&format!(
                "--{boundary}\r\nContent-Disposition: form-data; name=\"{name}\"\r\n\r\n{value}\r\n"
            ));
        }
        body.push_str(&format!(
            "--{boundary}\r\nContent-Disposition: form-data; name=\"file\"; filename=\"bank.csv\"\r\n\
             Content-Type: text/csv\r\n\r\n{file}\r\n--{boundary}--\r\n"
        ));
        let media = format!("multipart/form-data; boundary={boundary}");
        let request = Request {
            token: Some(&self.admin.access),
            headers: Vec::new(),
            body: Some((media.as_str(), body)),
        };
        self.api.send(Method::POST, "/v1/bank-statements", request).await
    }

    async fn get(&self, path: &str) -> Value {
        let reply = self.api.get(path, &self.admin.access).await;
        assert_eq!(reply.status, 200, "{path}: {}", reply.text);
        reply.body
    }

    async fn post(&self, path: &str, body: Option<Value>) -> Reply {
        let request = Request {
            token: Some(&self.admin.access),
            headers: vec![("Idempotency-Key", uuid::Uuid::now_v7().to_string())],
            body: body.map(|body| ("application/json", body.to_string())),
        };
        self.api.send(Method::POST, path, request).await
    }

    async fn exceptions(&self) -> Vec<Value> {
        let path = format!("/v1/trust/reconciliation/exceptions?trust_account_id={}", self.account);
        self.get(&path).await["data"].as_array().expect("a list").clone()
    }

    async fn sixth_holds(&self) -> bool {
        let proof = self.get("/v1/trust/proof").await;
        let verdicts = proof["verdicts"].as_array().expect("verdicts");
        verdicts[5]["holds"].as_bool().expect("a verdict")
    }
}

fn usd(text: &str) -> Value {
    json!({"amount": text, "currency": "USD"})
}

#[test]
fn deposits_are_matched_and_what_is_left_is_worked_by_hand() {
    run(async {
        let bank = Bank::open().await;
        bank.paid(PaymentMethod::Check, 10_000, 6, "1042").await;
        // Two checks of one deposit, which the bank shows as one line.
        bank.paid(PaymentMethod::Check, 2_500, 5, "17").await;
        bank.paid(PaymentMethod::Check, 7_700, 5, "18").await;
        bank.paid(PaymentMethod::Wire, 5_000, 1, "not at the bank yet").await;
        let file = format!(
            "Date,Amount,Text,Ref\n{},100.00,Deposit,1042\n{},102.00,Deposit,\n{},33.00,Who is it,\n{},-1.50,Fee,\n",
            bank.day(5),
            bank.day(4),
            bank.day(3),
            bank.day(1)
        );
        let balances = [("opening", usd("0.00")), ("closing", usd("233.50"))];
        let wrong = [("opening", usd("0.00")), ("closing", usd("233.00"))];
        let refused = bank.import(&file, &wrong).await;
        assert_eq!(
            (refused.status, refused.code()),
            (422, "statement_does_not_add_up"),
            "{}",
            refused.text
        );
        assert_eq!(refused.body["off_by"], "-0.50");
        let refused = bank.import(&file, &[]).await;
        assert_eq!(refused.code(), "statement_without_balances");
        assert!(bank.sixth_holds().await, "nothing is left of a refused file");

        let reply = bank.import(&file, &balances).await;
        assert_eq!(reply.status, 201, "{}", reply.text);
        let again = bank.import(&file, &balances).await;
        assert_eq!((again.status, again.code()), (409, "statement_imported_before"));
        let other = bank.import(&file.replace("Who", "Whose"), &balances).await;
        assert_eq!((other.status, other.code()), (409, "statement_overlaps"));

        let id = reply.body["bank_statement_ids"][0].as_str().expect("an id");
        let lines = bank.get(&format!("/v1/bank-statements/{id}/lines")).await;
        let lines = lines["data"].as_array().expect("lines").clone();
        let by = |at: usize| lines[at]["matched_by"].clone();
        assert_eq!((by(0), by(1), by(2)), (json!("reference"), json!("deposit"), Value::Null));
        assert_eq!(lines[1]["transactions"].as_array().map(Vec::len), Some(2));
        let left = bank.exceptions().await;
        let kinds: Vec<&str> =
            left.iter().map(|one| one["kind"].as_str().expect("a kind")).collect();
        assert_eq!(kinds, ["in_bank_not_in_books", "in_bank_not_in_books", "in_books_not_in_bank"]);
        assert!(!bank.sixth_holds().await);

        // The unknown deposit is nobody's, then somebody's.
        let (unknown, fee) =
            (lines[2]["id"].as_str().expect("id"), lines[3]["id"].as_str().expect("id"));
        let posted = bank.post(&format!("/v1/bank-lines/{unknown}/unidentified"), None).await;
        assert_eq!(posted.status, 204, "{}", posted.text);
        assert_eq!(bank.till.ledger("unidentified").await, -3_300);
        let refused = bank.post(&format!("/v1/bank-lines/{fee}/unidentified"), None).await;
        assert_eq!(refused.code(), "money_went_out");
        let note = json!({"note": "Bank fee, refunded next month"});
        let noted = bank.post(&format!("/v1/bank-lines/{fee}/notes"), Some(note)).await;
        assert_eq!(noted.status, 204, "{}", noted.text);
        assert!(bank.sixth_holds().await);
        let other = bank.paid(PaymentMethod::Cash, 3_200, 3, "another").await;
        let assign = format!("/v1/bank-lines/{unknown}/assignment");
        let refused = bank.post(&assign, Some(json!({"payment_id": other}))).await;
        assert_eq!((refused.status, refused.code()), (422, "payment_of_other_amount"));
        let found = bank.paid(PaymentMethod::Check, 3_300, 3, "found").await;
        let assigned = bank.post(&assign, Some(json!({"payment_id": found}))).await;
        assert_eq!(assigned.status, 204, "{}", assigned.text);
        assert_eq!(bank.till.ledger("unidentified").await, 0);
        assert!(bank.sixth_holds().await);

        let path = format!(
            "/v1/trust/reconciliation?trust_account_id={}&from={}&to={}",
            bank.account,
            bank.day(30),
            bank.today
        );
        let days = bank.get(&path).await["days"].as_array().expect("days").clone();
        assert_eq!(days.len(), 5, "the days that the statement covers");
        let last = &days[4];
        assert_eq!(last["bank"]["amount"], "233.50");
        // 100.00, 102.00 and 33.00 matched; 50.00 and 32.00 under way; the fee explained.
        assert_eq!(last["book"]["amount"], "317.00");
        assert_eq!(last["sub_ledgers"]["amount"], "317.00");
        assert_eq!(last["under_way"]["amount"], "82.00");
        assert_eq!(last["bank_only"]["amount"], "-1.50");
        assert_eq!(last["difference"]["amount"], "0.00");
        assert_eq!(last["reconciled"], true);
    });
}

#[test]
fn a_match_by_hand_has_to_sum_and_can_be_undone() {
    run(async {
        let bank = Bank::open().await;
        bank.paid(PaymentMethod::Check, 4_000, 20, "a").await;
        bank.paid(PaymentMethod::Check, 6_000, 9, "b").await;
        let file = format!(
            "Date,Amount,Text,Ref\n{},0.01,Interest,\n{},100.00,Deposit of two weeks,\n",
            bank.day(20),
            bank.day(1)
        );
        let reply =
            bank.import(&file, &[("opening", usd("0.00")), ("closing", usd("100.01"))]).await;
        assert_eq!(reply.status, 201, "{}", reply.text);
        let left = bank.exceptions().await;
        let movements: Vec<Value> = left
            .iter()
            .filter(|one| one["kind"] == "in_books_not_in_bank")
            .map(|one| one["movement"]["transaction_id"].clone())
            .collect();
        assert_eq!(movements.len(), 2, "{left:?}");
        let line = left.iter().find(|one| one["line"]["amount"]["amount"] == "100.00");
        let line = line.expect("the line")["line"]["id"].as_str().expect("an id").to_owned();
        let matches = format!("/v1/bank-lines/{line}/matches");
        let one = json!({"transactions": [movements[0]]});
        let refused = bank.post(&matches, Some(one)).await;
        assert_eq!((refused.status, refused.code()), (422, "match_does_not_sum"));
        assert_eq!(refused.body["line"], "100.00");
        let both = json!({"transactions": movements, "note": "one deposit slip"});
        let matched = bank.post(&matches, Some(both.clone())).await;
        assert_eq!(matched.status, 204, "{}", matched.text);
        assert_eq!(bank.exceptions().await.len(), 1);
        let twice = bank.post(&matches, Some(both)).await;
        assert_eq!(twice.code(), "bank_line_not_open");
        let request = Request { token: Some(&bank.admin.access), ..Request::default() };
        let undone = bank.api.send(Method::DELETE, &matches, request).await;
        assert_eq!(undone.status, 204, "{}", undone.text);
        assert_eq!(bank.exceptions().await.len(), 4);
    });
}

#[test]
fn a_statement_of_camt053_is_read_proved_and_follows_the_one_before() {
    run(async {
        let bank = Bank::open().await;
        bank.paid(PaymentMethod::Wire, 12_345, 3, "E2E-7").await;
        let camt = |from: NaiveDate, to: NaiveDate, opening: &str, closing: &str, entry: &str| {
            let balance = |code: &str, amount: &str, day: NaiveDate| {
                format!(
                    "<Bal><Tp><CdOrPrtry><Cd>{code}</Cd></CdOrPrtry></Tp><Amt Ccy=\"USD\">{amount}</Amt>\
                     <CdtDbtInd>CRDT</CdtDbtInd><Dt><Dt>{day}</Dt></Dt></Bal>"
                )
            };
            format!(
                "<?xml version=\"1.0\"?><Document xmlns=\"urn:iso:std:iso:20022:tech:xsd:camt.053.001.08\">\
                 <BkToCstmrStmt><Stmt><Id>S{from}</Id><FrToDt><FrDtTm>{from}T00:00:00</FrDtTm>\
                 <ToDtTm>{to}T23:59:59</ToDtTm></FrToDt><Acct><Id><Othr><Id>123</Id></Othr></Id><Ccy>USD</Ccy></Acct>\
                 {}{}{entry}</Stmt></BkToCstmrStmt></Document>",
                balance("OPBD", opening, from),
                balance("CLBD", closing, to),
            )
        };
        let entry = format!(
            "<Ntry><Amt Ccy=\"USD\">123.45</Amt><CdtDbtInd>CRDT</CdtDbtInd><Sts><Cd>BOOK</Cd></Sts>\
             <BookgDt><Dt>{}</Dt></BookgDt><NtryDtls><TxDtls><Refs><EndToEndId>E2E-7</EndToEndId></Refs>\
             </TxDtls></NtryDtls></Ntry>",
            bank.day(2)
        );
        let import = async |file: String| {
            use service::bank_statements::{NewStatement, Written, import};
            let new = NewStatement {
                trust_account: None,
                file_name: "camt.xml".to_owned(),
                written: Written::Camt053,
                bytes: file.into_bytes(),
            };
            import(&bank.till.world.app, &bank.till.house.admin, new).await
        };
        let first = camt(bank.day(3), bank.day(2), "0.00", "123.45", &entry);
        import(first).await.expect("imported");
        assert!(bank.sixth_holds().await);
        use service::Refused;
        let next = camt(bank.day(1), bank.day(1), "100.00", "100.00", "");
        assert_eq!(import(next).await.expect_err("refused").code(), "statement_does_not_follow");
        let next = camt(bank.day(1), bank.day(1), "123.45", "123.45", "");
        import(next).await.expect("imported");
        assert!(bank.sixth_holds().await);
    });
}
