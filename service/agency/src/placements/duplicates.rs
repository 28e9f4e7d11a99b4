//! Lines of accounts that are there already: in the file before, open at the agency, paid in full;
//! and those that come again after a return. Set-based: one statement each.

use super::bulk::{BulkTx, db};
use domain::account::{AccountStatus, Phase};
use domain::placement::Code;
use domain::{AgencyId, CreditorId, PlacementId};
use kernel::stop::Fault;

/// The places of these findings behind those of the line itself.
const SEQ_DUPLICATE: i16 = 1_000;

/// Marks duplicates among the good lines: the check.
pub(super) async fn mark(
    tx: &mut BulkTx,
    agency: AgencyId,
    placement: PlacementId,
    creditor: CreditorId,
) -> Result<(), Fault> {
    against_accounts(tx, agency, placement, creditor).await?;
    within_file(tx, agency, placement).await
}

/// Marks good lines whose accounts are there already. Asked by the check, and again by the commit, because
/// accounts may have been opened between them. Within the file nothing can have changed: each number has
/// one good line at most, and what is marked only takes lines away.
pub(super) async fn against_accounts(
    tx: &mut BulkTx,
    agency: AgencyId,
    placement: PlacementId,
    creditor: CreditorId,
) -> Result<(), Fault> {
    let codes = [Code::DuplicateOpenAccount, Code::AccountPaidInFull, Code::Replacement];
    sqlx::query(
        "WITH known AS MATERIALIZED (
             SELECT l.line_no, bool_or(a.closed_at IS NULL) AS open, bool_or(a.status = ANY($9::text[])) AS paid,
                    (array_agg(a.id ORDER BY a.created_at DESC, a.id DESC))[1] AS latest
             FROM placement_line l
             JOIN account a ON a.agency_id = $1 AND a.creditor_id = $3 AND a.client_account_key = l.client_account_key
             WHERE l.agency_id = $1 AND l.placement_id = $2 AND l.verdict = 'good'
             GROUP BY l.line_no),
         marked AS (
             UPDATE placement_line l
             SET verdict = CASE WHEN k.open THEN 'duplicate' WHEN k.paid THEN 'rejected' ELSE 'good' END,
                 replaces_account_id = CASE WHEN k.open OR k.paid THEN NULL ELSE k.latest END
             FROM known k
             WHERE l.agency_id = $1 AND l.placement_id = $2 AND l.line_no = k.line_no
             RETURNING l.agency_id, l.placement_id, l.line_no, l.verdict, l.client_account_number, l.creditor_id),
         found AS (
             INSERT INTO placement_finding (agency_id, placement_id, line_no, seq, severity, column_name, code, value,
             reason, fix, creditor_id)
         SELECT m.agency_id, m.placement_id, m.line_no, $4, t.severity, 'client_account_number', t.code, m.client_account_number,
             t.reason, nullif(t.fix, ''), m.creditor_id
         FROM marked m
         JOIN unnest(ARRAY['duplicate', 'rejected', 'good'], $5::text[], $6::text[], $7::text[], $8::text[])
             AS t (verdict, code, severity, reason, fix) ON t.verdict = m.verdict
         ON CONFLICT DO NOTHING RETURNING 1)
         SELECT count(*) FROM found",
    )
    .bind(agency.0)
    .bind(placement.0)
    .bind(creditor.0)
    .bind(SEQ_DUPLICATE)
    .bind(codes.map(Code::name))
    .bind(codes.map(|code| code.severity().name()))
    .bind(codes.map(Code::reason))
    .bind(codes.map(Code::fix))
    .bind(AccountStatus::codes(|row| row.phase == Phase::Paid))
    .execute(&mut **tx)
    .await
    .map_err(db)?;
    Ok(())
}

/// The first good line wins.
async fn within_file(
    tx: &mut BulkTx,
    agency: AgencyId,
    placement: PlacementId,
) -> Result<(), Fault> {
    let code = Code::DuplicateInFile;
    sqlx::query(
        "WITH ranked AS MATERIALIZED (
             SELECT line_no, row_number() OVER (PARTITION BY client_account_key ORDER BY line_no) AS place
             FROM placement_line WHERE agency_id = $1 AND placement_id = $2 AND verdict = 'good'),
         marked AS (
             UPDATE placement_line l SET verdict = 'duplicate', replaces_account_id = NULL
             FROM ranked r
             WHERE l.agency_id = $1 AND l.placement_id = $2 AND l.line_no = r.line_no AND r.place > 1
             RETURNING l.agency_id, l.placement_id, l.line_no, l.client_account_number, l.creditor_id),
         found AS (
             INSERT INTO placement_finding (agency_id, placement_id, line_no, seq, severity, column_name, code, value,
             reason, fix, creditor_id)
         SELECT agency_id, placement_id, line_no, $3, $4, 'client_account_number', $5, client_account_number, $6, $7,
             creditor_id
         FROM marked
         ON CONFLICT DO NOTHING RETURNING 1)
         SELECT count(*) FROM found",
    )
    .bind(agency.0)
    .bind(placement.0)
    .bind(SEQ_DUPLICATE + 1)
    .bind(code.severity().name())
    .bind(code.name())
    .bind(code.reason())
    .bind(code.fix())
    .execute(&mut **tx)
    .await
    .map_err(db)?;
    Ok(())
}
