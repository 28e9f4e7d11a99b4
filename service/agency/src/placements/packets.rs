//! Packets: whose accounts are one person's. Equal SSN and name; or name, date of birth and ZIP
//! together; never the name alone. The same SSN under another name is left apart for a person to
//! look at.

use super::bulk::{BulkTx, db};
use super::ground::Ground;
use domain::placement::Code;
use kernel::stop::Fault;

const SEQ_REVIEW: i16 = 1_002;

/// Each in its turn: forget what was found before; debtors known by SSN; the same SSN under another
/// name; debtors known by identity; lines of this file that belong together by SSN, by identity.
const STEPS: [&str; 6] = [
    "UPDATE placement_line SET debtor_id = account_id, makes_debtor = true, needs_review = false
     WHERE agency_id = $1 AND placement_id = $2 AND (NOT makes_debtor OR needs_review)",
    "UPDATE placement_line l SET debtor_id = d.id, makes_debtor = false
     FROM debtor d
     WHERE l.agency_id = $1 AND l.placement_id = $2 AND l.verdict = 'good' AND l.ssn_index IS NOT NULL
       AND d.agency_id = $1 AND d.ssn_index = l.ssn_index AND d.name_key = l.name_key",
    "UPDATE placement_line l SET needs_review = true
     WHERE l.agency_id = $1 AND l.placement_id = $2 AND l.verdict = 'good' AND l.ssn_index IS NOT NULL
       AND l.makes_debtor
       AND EXISTS (SELECT FROM debtor d WHERE d.agency_id = $1 AND d.ssn_index = l.ssn_index)",
    "UPDATE placement_line l SET debtor_id = d.id, makes_debtor = false
     FROM debtor d
     WHERE l.agency_id = $1 AND l.placement_id = $2 AND l.verdict = 'good' AND l.identity_index IS NOT NULL
       AND l.makes_debtor AND NOT l.needs_review
       AND d.agency_id = $1 AND d.identity_index = l.identity_index
       AND (d.ssn_index IS NULL OR l.ssn_index IS NULL)",
    "WITH led AS MATERIALIZED (
         SELECT line_no, first_value(debtor_id) OVER same AS leader, first_value(line_no) OVER same AS lead_line,
                first_value(name_key) OVER (PARTITION BY ssn_index ORDER BY line_no) AS first_name
         FROM placement_line
         WHERE agency_id = $1 AND placement_id = $2 AND verdict = 'good' AND ssn_index IS NOT NULL AND makes_debtor
         WINDOW same AS (PARTITION BY ssn_index, name_key ORDER BY line_no))
     UPDATE placement_line l
     SET debtor_id = led.leader, makes_debtor = (l.line_no = led.lead_line),
         needs_review = l.needs_review OR led.first_name <> l.name_key
     FROM led
     WHERE l.agency_id = $1 AND l.placement_id = $2 AND l.line_no = led.line_no
       AND (led.lead_line <> l.line_no OR led.first_name <> l.name_key)",
    "WITH led AS MATERIALIZED (
         SELECT line_no, ssn_index, first_value(debtor_id) OVER same AS leader, first_value(line_no) OVER same AS lead_line
         FROM placement_line
         WHERE agency_id = $1 AND placement_id = $2 AND verdict = 'good' AND identity_index IS NOT NULL AND makes_debtor
         WINDOW same AS (PARTITION BY identity_index ORDER BY ssn_index IS NULL, line_no))
     UPDATE placement_line l SET debtor_id = led.leader, makes_debtor = false
     FROM led
     WHERE l.agency_id = $1 AND l.placement_id = $2 AND l.line_no = led.line_no
       AND led.lead_line <> l.line_no AND led.ssn_index IS NULL",
];

/// Finds the debtor of every good line.
pub(super) async fn find(tx: &mut BulkTx, ground: &Ground) -> Result<(), Fault> {
    let (agency, placement) = (ground.agency, ground.placement);
    for step in STEPS {
        sqlx::query(step).bind(agency.0).bind(placement.0).execute(&mut **tx).await.map_err(db)?;
    }
    let code = Code::SsnNameConflict;
    sqlx::query(
        "WITH found AS (
                 INSERT INTO placement_finding (agency_id, placement_id, line_no, seq, severity, column_name, code, value,
             reason, fix, creditor_id)
         SELECT agency_id, placement_id, line_no, $3, $4, 'ssn', $5, NULL, $6, $7, creditor_id
         FROM placement_line
         WHERE agency_id = $1 AND placement_id = $2 AND needs_review AND verdict = 'good'
         ON CONFLICT DO NOTHING RETURNING 1)
         SELECT count(*) FROM found",
    )
    .bind(agency.0)
    .bind(placement.0)
    .bind(SEQ_REVIEW)
    .bind(code.severity().name())
    .bind(code.name())
    .bind(code.reason())
    .bind(code.fix())
    .execute(&mut **tx)
    .await
    .map_err(db)?;
    Ok(())
}
