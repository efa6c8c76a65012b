-- A report as version 3 of the schema had it, with a run: what migrations begin with. Never changes.
PRAGMA journal_mode = WAL;
BEGIN;
CREATE TABLE run(
  run_id INTEGER PRIMARY KEY, identity BLOB NOT NULL UNIQUE, started TEXT NOT NULL,
  finished TEXT NOT NULL, profile TEXT NOT NULL, jurisdiction TEXT NOT NULL,
  currency TEXT NOT NULL, minor_digits INTEGER NOT NULL, version TEXT NOT NULL,
  settings TEXT NOT NULL, evidence_file TEXT NOT NULL, evidence_checksum BLOB NOT NULL,
  rows_read INTEGER NOT NULL, rows_accepted INTEGER NOT NULL, rows_rejected INTEGER NOT NULL,
  rows_skipped INTEGER NOT NULL, lines INTEGER NOT NULL, lines_dropped INTEGER NOT NULL,
  claims INTEGER NOT NULL, patients INTEGER NOT NULL, providers INTEGER NOT NULL,
  alarms TEXT NOT NULL,
  CHECK(rows_read = rows_accepted + rows_rejected + rows_skipped)) STRICT;
CREATE TABLE file(
  run_id INTEGER NOT NULL REFERENCES run, file_no INTEGER NOT NULL, path TEXT NOT NULL,
  layout TEXT, digest BLOB NOT NULL, bytes INTEGER NOT NULL, rows_read INTEGER NOT NULL,
  rows_accepted INTEGER NOT NULL, rows_rejected INTEGER NOT NULL,
  rows_skipped INTEGER NOT NULL, lines INTEGER NOT NULL, lines_dropped INTEGER NOT NULL,
  claims INTEGER NOT NULL, total_charge INTEGER NOT NULL, total_allowed INTEGER NOT NULL,
  total_paid INTEGER NOT NULL, PRIMARY KEY(run_id, file_no),
  CHECK(rows_read = rows_accepted + rows_rejected + rows_skipped)) STRICT;
CREATE TABLE file_column(
  run_id INTEGER NOT NULL, file_no INTEGER NOT NULL, column_name TEXT NOT NULL,
  field TEXT NOT NULL, empty INTEGER NOT NULL, undecoded INTEGER NOT NULL,
  FOREIGN KEY(run_id, file_no) REFERENCES file) STRICT;
CREATE TABLE join_rate(
  run_id INTEGER NOT NULL REFERENCES run, fact TEXT NOT NULL, role TEXT NOT NULL,
  usable INTEGER NOT NULL, found INTEGER NOT NULL) STRICT;
CREATE TABLE rule_version(
  rule_version_id INTEGER PRIMARY KEY, rule_id TEXT NOT NULL, version INTEGER NOT NULL,
  logic_hash BLOB NOT NULL, text_hash BLOB NOT NULL, title TEXT NOT NULL,
  category TEXT NOT NULL, severity TEXT NOT NULL, severity_rank INTEGER NOT NULL,
  grade TEXT NOT NULL, kind TEXT NOT NULL, jurisdiction TEXT NOT NULL, source TEXT NOT NULL,
  UNIQUE(rule_id, logic_hash, text_hash)) STRICT;
CREATE TABLE run_rule(
  run_id INTEGER NOT NULL REFERENCES run, rule_no INTEGER NOT NULL,
  rule_version_id INTEGER NOT NULL REFERENCES rule_version, status TEXT NOT NULL,
  offered INTEGER NOT NULL, hit INTEGER NOT NULL, excused INTEGER NOT NULL,
  unknown INTEGER NOT NULL, not_applicable INTEGER NOT NULL, pass INTEGER NOT NULL,
  findings INTEGER NOT NULL, stored INTEGER NOT NULL, unknown_field TEXT,
  PRIMARY KEY(run_id, rule_no),
  CHECK(offered = hit + excused + unknown + not_applicable + pass)) STRICT;
CREATE TABLE finding(
  finding_id INTEGER PRIMARY KEY, finding_key BLOB NOT NULL, run_id INTEGER NOT NULL,
  rule_no INTEGER NOT NULL, outcome TEXT NOT NULL, live INTEGER NOT NULL,
  subject_kind TEXT NOT NULL, claim_type TEXT NOT NULL, claim_id TEXT NOT NULL,
  claim_part INTEGER NOT NULL, line_no INTEGER, patient_id TEXT, billing_provider_id TEXT,
  rendering_provider_id TEXT, service_date TEXT, exposure INTEGER, exposure_text TEXT,
  message TEXT NOT NULL, reason TEXT NOT NULL, evidence TEXT NOT NULL,
  FOREIGN KEY(run_id, rule_no) REFERENCES run_rule) STRICT;
CREATE TABLE finding_line(
  finding_id INTEGER NOT NULL REFERENCES finding, role TEXT NOT NULL, claim_id TEXT NOT NULL,
  line_no INTEGER, exposure INTEGER, run_id INTEGER NOT NULL, file_no INTEGER NOT NULL,
  source_row INTEGER NOT NULL, byte_offset INTEGER NOT NULL,
  FOREIGN KEY(run_id, file_no) REFERENCES file) STRICT;
CREATE TABLE reject(
  run_id INTEGER NOT NULL, file_no INTEGER NOT NULL, source_row INTEGER NOT NULL,
  byte_offset INTEGER NOT NULL, column_name TEXT NOT NULL, reason TEXT NOT NULL,
  PRIMARY KEY(run_id, file_no, source_row),
  FOREIGN KEY(run_id, file_no) REFERENCES file) STRICT;
CREATE INDEX finding_by_key ON finding(finding_key);
CREATE INDEX finding_by_claim ON finding(claim_id);
CREATE INDEX finding_by_patient ON finding(patient_id);
CREATE INDEX finding_line_by_finding ON finding_line(finding_id);
CREATE VIEW v_runs AS SELECT run_id, started, finished, profile, jurisdiction, currency,
  version, rows_read, rows_accepted, rows_rejected, rows_skipped, lines, lines_dropped,
  claims, patients, providers,
  (SELECT coalesce(sum(findings), 0) FROM run_rule rr WHERE rr.run_id = run.run_id AND rr.status <> 'shadow')
    AS findings,
  evidence_file, alarms FROM run;
CREATE VIEW v_files AS SELECT run_id, path AS file, layout, rows_read, rows_accepted,
  rows_rejected, rows_skipped, lines, lines_dropped, claims,
  total_charge, total_allowed, total_paid FROM file;
CREATE VIEW v_findings_all AS SELECT f.finding_id, lower(hex(f.finding_key)) AS finding_key,
  f.run_id, v.rule_id, v.version AS rule_version, v.title, v.category, v.severity, v.grade,
  f.subject_kind,
  f.claim_type || '/' || f.claim_id ||
    CASE WHEN f.line_no IS NOT NULL THEN '/' || f.line_no
         WHEN f.claim_part <> 1 THEN '#' || f.claim_part ELSE '' END AS subject_id,
  f.claim_type, f.claim_id, f.line_no, NULL AS counterpart_claim_id, f.patient_id,
  f.billing_provider_id, f.rendering_provider_id, f.service_date, f.exposure,
  f.exposure_text, 'lines' AS exposure_scope, r.currency, f.message,
  CASE WHEN f.outcome = 'hit' AND NOT f.live THEN 'replaced'
       WHEN f.outcome = 'hit' AND rr.status = 'shadow' THEN 'shadow' ELSE f.outcome END AS outcome,
  f.reason
  FROM finding f JOIN run r USING(run_id) JOIN run_rule rr USING(run_id, rule_no)
  JOIN rule_version v USING(rule_version_id);
CREATE VIEW v_findings AS SELECT finding_id, finding_key, run_id, rule_id, rule_version, title,
  category, severity, grade, subject_kind, subject_id, claim_type, claim_id, line_no,
  counterpart_claim_id, patient_id, billing_provider_id, rendering_provider_id, service_date,
  exposure, exposure_text, exposure_scope, currency, message
  FROM v_findings_all WHERE outcome = 'hit';
CREATE VIEW v_finding_lines AS SELECT l.finding_id, l.role, l.claim_id, l.line_no, l.exposure,
  f.path AS file, l.source_row AS row, l.byte_offset
  FROM finding_line l JOIN file f USING(run_id, file_no);
CREATE VIEW v_rule_stats AS SELECT rr.run_id, v.rule_id, v.version AS rule_version, v.title,
  v.kind, rr.status, rr.offered, rr.hit, rr.excused, rr.unknown, rr.not_applicable, rr.pass,
  rr.findings, rr.stored, rr.unknown_field
  FROM run_rule rr JOIN rule_version v USING(rule_version_id);
CREATE VIEW v_rejects AS SELECT r.run_id, f.path AS file, r.source_row AS row, r.byte_offset,
  r.column_name AS "column", r.reason FROM reject r JOIN file f USING(run_id, file_no);
ALTER TABLE run ADD COLUMN lines_undone INTEGER NOT NULL DEFAULT 0;
ALTER TABLE run ADD COLUMN findings_undone INTEGER NOT NULL DEFAULT 0;
ALTER TABLE file ADD COLUMN encoding TEXT NOT NULL DEFAULT 'utf-8';
DROP VIEW IF EXISTS v_runs;
CREATE VIEW v_runs AS SELECT run_id, started, finished, profile, jurisdiction, currency,
  version, rows_read, rows_accepted, rows_rejected, rows_skipped, lines, lines_dropped,
  claims, patients, providers,
  (SELECT coalesce(sum(findings), 0) FROM run_rule rr WHERE rr.run_id = run.run_id AND rr.status <> 'shadow')
    AS findings,
  evidence_file, alarms, lines_undone, findings_undone FROM run;
DROP VIEW IF EXISTS v_files;
CREATE VIEW v_files AS SELECT run_id, path AS file, layout, rows_read, rows_accepted,
  rows_rejected, rows_skipped, lines, lines_dropped, claims,
  total_charge, total_allowed, total_paid, encoding FROM file;
ALTER TABLE run ADD COLUMN line_exposure INTEGER;
ALTER TABLE run ADD COLUMN entity_exposure INTEGER;
ALTER TABLE run ADD COLUMN exposure_missing INTEGER;
ALTER TABLE finding ADD COLUMN window_from TEXT;
ALTER TABLE finding ADD COLUMN window_to TEXT;
ALTER TABLE finding ADD COLUMN entity_id TEXT;
ALTER TABLE finding ADD COLUMN exposure_scope TEXT NOT NULL DEFAULT 'lines';
ALTER TABLE finding ADD COLUMN counterpart_claim_id TEXT;
ALTER TABLE finding ADD COLUMN lines INTEGER NOT NULL DEFAULT 0;
ALTER TABLE finding ADD COLUMN others INTEGER NOT NULL DEFAULT 0;
ALTER TABLE finding ADD COLUMN others_paid INTEGER;
ALTER TABLE finding ADD COLUMN others_exposure INTEGER;
ALTER TABLE finding_line ADD COLUMN claim_type TEXT NOT NULL DEFAULT '';
ALTER TABLE finding_line ADD COLUMN claim_part INTEGER NOT NULL DEFAULT 1;
ALTER TABLE finding_line ADD COLUMN service_date TEXT;
ALTER TABLE finding_line ADD COLUMN paid INTEGER;
UPDATE finding_line SET claim_type = f.claim_type, claim_part = f.claim_part
  FROM finding f WHERE f.finding_id = finding_line.finding_id;
UPDATE finding SET lines = (SELECT count(*) FROM finding_line l WHERE l.finding_id = finding.finding_id);
CREATE INDEX finding_line_by_claim ON finding_line(claim_id);
CREATE INDEX finding_with_others ON finding(finding_id) WHERE others > 0;
DROP VIEW IF EXISTS v_runs;
CREATE VIEW v_runs AS SELECT run_id, started, finished, profile, jurisdiction, currency,
  version, rows_read, rows_accepted, rows_rejected, rows_skipped, lines, lines_dropped,
  claims, patients, providers,
  (SELECT coalesce(sum(findings), 0) FROM run_rule rr WHERE rr.run_id = run.run_id AND rr.status <> 'shadow')
    AS findings,
  evidence_file, alarms, lines_undone, findings_undone, line_exposure, entity_exposure, exposure_missing
  FROM run;
DROP VIEW IF EXISTS v_findings_all;
CREATE VIEW v_findings_all AS SELECT f.finding_id, lower(hex(f.finding_key)) AS finding_key,
  f.run_id, v.rule_id, v.version AS rule_version, v.title, v.category, v.severity, v.grade,
  f.subject_kind,
  CASE WHEN f.entity_id IS NOT NULL THEN f.entity_id ELSE f.claim_type || '/' || f.claim_id ||
    CASE WHEN f.line_no IS NOT NULL THEN '/' || f.line_no
         WHEN f.claim_part <> 1 THEN '#' || f.claim_part ELSE '' END END AS subject_id,
  nullif(f.claim_type, '') AS claim_type, nullif(f.claim_id, '') AS claim_id, f.line_no,
  f.counterpart_claim_id, f.patient_id,
  f.billing_provider_id, f.rendering_provider_id, f.service_date, f.exposure,
  f.exposure_text, f.exposure_scope, r.currency, f.message,
  CASE WHEN f.outcome = 'hit' AND NOT f.live THEN 'replaced'
       WHEN f.outcome = 'hit' AND rr.status = 'shadow' THEN 'shadow' ELSE f.outcome END AS outcome,
  f.reason, f.window_from, f.window_to, f.lines
  FROM finding f JOIN run r USING(run_id) JOIN run_rule rr USING(run_id, rule_no)
  JOIN rule_version v USING(rule_version_id);
DROP VIEW IF EXISTS v_findings;
CREATE VIEW v_findings AS SELECT finding_id, finding_key, run_id, rule_id, rule_version, title,
  category, severity, grade, subject_kind, subject_id, claim_type, claim_id, line_no,
  counterpart_claim_id, patient_id, billing_provider_id, rendering_provider_id, service_date,
  exposure, exposure_text, exposure_scope, currency, message, window_from, window_to, lines
  FROM v_findings_all WHERE outcome = 'hit';
DROP VIEW IF EXISTS v_finding_lines;
CREATE VIEW v_finding_lines AS SELECT l.finding_id, l.role, l.claim_id, l.line_no, l.exposure,
  f.path AS file, l.source_row AS row, l.byte_offset, l.claim_type, l.claim_part, l.service_date,
  l.paid, 1 AS lines FROM finding_line l JOIN file f USING(run_id, file_no)
  UNION ALL SELECT finding_id, 'others', NULL, NULL, others_exposure, NULL, NULL, NULL, NULL, NULL,
  NULL, others_paid, others FROM finding WHERE others > 0;
CREATE VIEW v_line_exposure AS SELECT v.currency, l.claim_type, l.claim_id, l.claim_part, l.line_no,
  max(l.exposure) AS exposure, count(DISTINCT v.finding_id) AS findings,
  count(*) - count(l.exposure) AS without_amount, 1 AS lines
  FROM v_findings v JOIN finding_line l USING(finding_id) WHERE v.exposure_scope = 'lines'
  GROUP BY v.currency, l.claim_type, l.claim_id, l.claim_part, l.line_no
  UNION ALL SELECT v.currency, NULL, NULL, NULL, NULL, f.others_exposure, 1,
  f.others_exposure IS NULL, f.others FROM finding f JOIN v_findings v USING(finding_id)
  WHERE f.others > 0 AND v.exposure_scope = 'lines';
CREATE VIEW v_entity_exposure AS SELECT currency, rule_id, subject_kind, subject_id, window_from,
  window_to, exposure, finding_id FROM v_findings WHERE exposure_scope = 'entity';
INSERT INTO run VALUES(1, X'00000000000000010123456789ABCDEF', '2024-05-06T01:02:03Z', '2024-05-06T01:02:04Z', 'generic',
  'us', 'USD', 2, '0.1.0', '{}', 'a report.db.0123.evidence', X'FEDCBA987654321000000000000000FF', 10, 7, 2, 1, 8, 1, 5, 3, 4,
  '', 3, 2, 12345, 0, 0);
INSERT INTO file VALUES(1, 0, 'in/claims.csv', 'claims', X'00000000000000010000000000000002', 1000, 10, 7, 2, 1, 8, 1, 5,
  123457, 0, 2, 'gb18030');
INSERT INTO file_column VALUES(1, 0, 'PAID', 'paid', 4, 5);
INSERT INTO join_rate VALUES(1, 'provider', 'billing', 9, 8);
INSERT INTO rule_version VALUES(1, 'CORE-0105', 3, zeroblob(32), zeroblob(32), 'Paid above charge', 'amount', 'high', 3,
  'definite', 'line', 'core', 'rule: X');
INSERT INTO run_rule VALUES(1, 0, 1, 'active', 15, 1, 2, 3, 4, 5, 1, 1, 'paid');
INSERT INTO finding VALUES(1, X'00000000000000000000000000000007', 1, 0, 'hit', 1, 'line', 'outpatient', 'C1', 1, 2, 'P1', 'B1',
  'R1', '2022-01-08', 12345, '123.45', 'paid 223.45, charged 100.00', '', '{"leaves":[]}', NULL, NULL, NULL, 'lines', NULL, 1, 0, NULL, NULL);
INSERT INTO finding_line VALUES(1, 'line', 'C1', 2, 12345, 1, 0, 5, 400, 'outpatient', 1, '2022-01-08', 22345);
INSERT INTO reject VALUES(1, 0, 6, 500, 'PAID', 'this is no amount');
PRAGMA application_id = 1129070933;
PRAGMA user_version = 3;
COMMIT;
