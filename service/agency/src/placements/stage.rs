//! What the check knows of the lines, written ten thousand at a time by arrays.

use super::bulk::{BulkTx, db};
use super::ground::{Ground, Settled, display_name};
use super::read::Judged;
use domain::placement::{Finding, LineAmounts, PlacedLine};
use domain::{Buckets, PortfolioId};
use kernel::random;
use kernel::stop::Fault;
use uuid::Uuid;

/// Lines written at a time.
pub(super) const BATCH: usize = 10_000;

/// Lines and findings on their way to the database, by column.
#[derive(Default)]
pub(super) struct Batch {
    line_no: Vec<i64>,
    verdict: Vec<&'static str>,
    number: Vec<Option<String>>,
    key: Vec<Option<String>>,
    name: Vec<Option<String>>,
    name_key: Vec<Option<String>>,
    ssn: Vec<Option<Vec<u8>>>,
    identity: Vec<Option<Vec<u8>>>,
    principal: Vec<i64>,
    interest: Vec<i64>,
    fees: Vec<i64>,
    costs: Vec<i64>,
    other: Vec<i64>,
    unreadable: Vec<bool>,
    account: Vec<Uuid>,
    findings: Findings,
    /// Bytes of the file gone by.
    pub bytes: i64,
    /// Lines skipped.
    pub skipped: u64,
    /// Lines that can be placed and have warnings.
    pub warned: u64,
}

/// Findings by column.
#[derive(Default)]
struct Findings {
    line_no: Vec<i64>,
    seq: Vec<i16>,
    severity: Vec<&'static str>,
    column: Vec<Option<&'static str>>,
    code: Vec<&'static str>,
    value: Vec<Option<String>>,
    reason: Vec<String>,
    fix: Vec<Option<&'static str>>,
}

impl Batch {
    /// Whether it is time to write.
    pub(super) fn is_full(&self) -> bool {
        self.line_no.len() >= BATCH || self.findings.line_no.len() >= 2 * BATCH
    }

    /// Whether there is something to write.
    pub(super) fn is_empty(&self) -> bool {
        self.line_no.is_empty() && self.findings.line_no.is_empty()
    }

    /// Lines received in it.
    pub(super) fn lines(&self) -> i64 {
        i64::try_from(self.line_no.len()).unwrap_or(0)
    }

    /// Adds a judged line.
    pub(super) fn add(&mut self, ground: &Ground, mut judged: Judged) -> Result<(), Fault> {
        let line_no = i64::try_from(judged.line).unwrap_or(i64::MAX);
        self.bytes = i64::try_from(judged.bytes).unwrap_or(0);
        match ground.settle(&mut judged) {
            Settled::Nothing(finding) => {
                self.skipped += u64::from(finding.is_some());
                self.findings.add(line_no, finding);
            }
            Settled::Good(line, _, findings) => {
                self.warned += u64::from(!findings.is_empty());
                self.findings.add(line_no, findings);
                self.good(line_no, ground, &line)?;
            }
            Settled::Rejected(amounts, findings) => {
                self.findings.add(line_no, findings);
                self.rejected(line_no, &amounts, judged);
            }
        }
        Ok(())
    }

    fn good(&mut self, line_no: i64, ground: &Ground, line: &PlacedLine) -> Result<(), Fault> {
        let indexes = ground.packet_indexes(&line.debtor)?;
        self.common(line_no, "good", &line.buckets, false);
        self.number.push(Some(line.account_number.as_shown().to_owned()));
        self.key.push(Some(line.account_number.key().to_owned()));
        self.name.push(Some(display_name(&line.debtor)));
        self.name_key.push(Some(indexes.name_key));
        self.ssn.push(indexes.ssn);
        self.identity.push(indexes.identity);
        Ok(())
    }

    fn rejected(&mut self, line_no: i64, amounts: &LineAmounts, judged: Judged) {
        self.common(line_no, "rejected", &amounts.buckets, amounts.unreadable);
        self.number.push(judged.number);
        self.key.push(None);
        self.name.push(judged.name);
        self.name_key.push(None);
        self.ssn.push(None);
        self.identity.push(None);
    }

    fn common(&mut self, line_no: i64, verdict: &'static str, owed: &Buckets, unreadable: bool) {
        self.line_no.push(line_no);
        self.verdict.push(verdict);
        self.principal.push(owed.principal.minor());
        self.interest.push(owed.interest.minor());
        self.fees.push(owed.fees.minor());
        self.costs.push(owed.costs.minor());
        self.other.push(owed.other.minor());
        self.unreadable.push(unreadable);
        self.account.push(random::uuid());
    }

    /// Writes it. The new debtor of a line has the id of its new account until a packet is found.
    pub(super) async fn write(self, tx: &mut BulkTx, ground: &Ground) -> Result<(), Fault> {
        let findings = self.findings;
        sqlx::query(
            "WITH written AS (
                 INSERT INTO placement_line (agency_id, placement_id, line_no, verdict, client_account_number,
                 client_account_key, debtor_name, name_key, ssn_index, identity_index, principal, interest,
                 fees, costs, other, unreadable, account_id, debtor_id, creditor_id)
             SELECT $1, $2, t.line_no, t.verdict, t.number, t.key, t.name, t.name_key, t.ssn, t.identity,
                 t.principal, t.interest, t.fees, t.costs, t.other, t.unreadable, t.account, t.account, $18
             FROM unnest($3::bigint[], $4::text[], $5::text[], $6::text[], $7::text[], $8::text[], $9::bytea[],
                 $10::bytea[], $11::bigint[], $12::bigint[], $13::bigint[], $14::bigint[], $15::bigint[],
                 $16::boolean[], $17::uuid[])
                 AS t (line_no, verdict, number, key, name, name_key, ssn, identity, principal, interest, fees,
                     costs, other, unreadable, account)
             RETURNING 1)
             SELECT count(*) FROM written",
        )
        .bind(ground.agency.0)
        .bind(ground.placement.0)
        .bind(self.line_no)
        .bind(self.verdict)
        .bind(self.number)
        .bind(self.key)
        .bind(self.name)
        .bind(self.name_key)
        .bind(self.ssn)
        .bind(self.identity)
        .bind(self.principal)
        .bind(self.interest)
        .bind(self.fees)
        .bind(self.costs)
        .bind(self.other)
        .bind(self.unreadable)
        .bind(self.account)
        .bind(ground.creditor.0)
        .execute(&mut **tx)
        .await
        .map_err(db)?;
        findings.write(tx, ground).await
    }
}

impl Findings {
    fn add(&mut self, line_no: i64, findings: impl IntoIterator<Item = Finding>) {
        for (seq, finding) in (0_i16..).zip(findings) {
            self.line_no.push(line_no);
            self.seq.push(seq);
            self.severity.push(finding.code.severity().name());
            self.column.push(finding.column.map(|column| column.name()));
            self.code.push(finding.code.name());
            self.fix.push(finding.fix());
            self.value.push(finding.value);
            self.reason.push(finding.reason.into_owned());
        }
    }

    async fn write(self, tx: &mut BulkTx, ground: &Ground) -> Result<(), Fault> {
        if self.line_no.is_empty() {
            return Ok(());
        }
        sqlx::query(
            "WITH written AS (
                 INSERT INTO placement_finding (agency_id, placement_id, line_no, seq, severity, column_name, code,
                 value, reason, fix, creditor_id)
             SELECT $1, $2, t.*, $11 FROM unnest($3::bigint[], $4::smallint[], $5::text[], $6::text[], $7::text[],
                 $8::text[], $9::text[], $10::text[]) t
             RETURNING 1)
             SELECT count(*) FROM written",
        )
        .bind(ground.agency.0)
        .bind(ground.placement.0)
        .bind(self.line_no)
        .bind(self.seq)
        .bind(self.severity)
        .bind(self.column)
        .bind(self.code)
        .bind(self.value)
        .bind(self.reason)
        .bind(self.fix)
        .bind(ground.creditor.0)
        .execute(&mut **tx)
        .await
        .map_err(db)?;
        Ok(())
    }
}

/// A line that is to be placed, on its way to the accounts.
pub(super) struct Ready {
    pub line_no: i64,
    pub line: Box<PlacedLine>,
    pub portfolio: PortfolioId,
}
