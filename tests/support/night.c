/* The night in memory of night.h. */
#include "support/night.h"

#include <sqlite3.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "report/report.h"

static const char vocabulary[] =
    "systems:\n"
    "  icd10cm: {family: diagnosis, case: upper, strip: \".\"}\n"
    "  hcpcs: {family: procedure, case: upper}\n"
    "  modifier: {family: modifier, case: upper}\n"
    "  drg: {family: drug_class}\n"
    "  specialty: {family: specialty}\n"
    "severities: [low, medium, high]\n"
    "categories: [coding, volume]\n"
    "jurisdictions: [core, us, de]\n";

static const char profile[] =
    "profile: night\n"
    "title: Night\n"
    "jurisdiction: us\n"
    "currency: USD\n"
    "layouts:\n"
    "  - layout: claims\n"
    "    records: claims\n"
    "    columns: [claim_id, claim_type]\n"
    "    optional: yes\n"
    "    fields:\n"
    "      claim_id: claim_id\n"
    "      claim_part: claim_part\n"
    "      claim_type: claim_type\n"
    "      claim_status: claim_status\n"
    "      original_claim_id: original_claim_id\n"
    "      claim_version: claim_version\n"
    "      paid_date: paid_date\n"
    "      received_date: received_date\n"
    "      from_date: from_date\n"
    "      patient_id: patient_id\n"
    "      billing_provider_id: billing_provider_id\n"
    "      rendering_provider_id: rendering_provider_id\n"
    "      claim_paid: claim_paid\n"
    "      principal_diagnosis: {column: principal_diagnosis, system: icd10cm}\n"
    "      other_diagnoses: {column: other_diagnoses, system: icd10cm}\n"
    "      line_no: line_no\n"
    "      service_date: service_date\n"
    "      procedure: {column: procedure, system: hcpcs}\n"
    "      units: units\n"
    "      charge: charge\n"
    "      paid: paid\n"
    "      sex: sex\n"
    "  - layout: wide\n"
    "    records: claims\n"
    "    columns: [claim_id, claim_type, paid_1]\n"
    "    optional: yes\n"
    "    fields:\n"
    "      claim_id: claim_id\n"
    "      claim_type: claim_type\n"
    "      claim_part: claim_part\n"
    "      claim_paid: claim_paid\n"
    "      service_date: service_date\n"
    "    lines:\n"
    "      index: 1..3\n"
    "      fields:\n"
    "        paid: \"paid_{n}\"\n"
    "        units: \"units_{n}\"\n"
    "  - layout: patients\n"
    "    records: patients\n"
    "    columns: [patient_id, birth_date]\n"
    "    not_columns: [claim_id]\n"
    "    optional: yes\n"
    "    as_of: {file_name: \"*_{yyyy}.csv\"}\n"
    "    fields:\n"
    "      patient_id: patient_id\n"
    "      sex: sex\n"
    "      birth_date: birth_date\n"
    "      death_date: death_date\n"
    "  - layout: providers\n"
    "    records: providers\n"
    "    columns: [provider_id, specialty]\n"
    "    fields:\n"
    "      provider_id: provider_id\n"
    "      specialty: specialty\n"
    "  - layout: notes\n"
    "    columns: [note]\n"
    "    use: ignore\n";

static void must(bool good, const char *what)
{
    if (!good) {
        fprintf(stderr, "night: %s\n", what);
        abort();
    }
}

static int64_t still(ca_clock *clock)
{
    (void)clock;
    return INT64_C(1700000000000);
}

void night_put(night *n, const char *path, const char *text)
{
    memdisk_put(n->memory, path, text, strlen(text));
}

void night_init(night *n)
{
    memset(n, 0, sizeof *n);
    (void)ca_report_use_allocator(NULL);    /* refused once SQLite is in use: then it is done already */
    n->memory = memdisk_new();
    n->clock = (ca_clock){still, still, NULL, NULL, NULL};
    ca_arena_init(&n->arena);
    ca_diags_init(&n->diags, &n->arena);
    /* In memory where there is such a folder: what a sync is worth is not what these tests are about. */
    bool shm = access("/dev/shm", W_OK) == 0;
    strcpy(n->folder, shm ? "/dev/shm/claimaudit-night-XXXXXX" : "/tmp/claimaudit-night-XXXXXX");
    must(mkdtemp(n->folder) != NULL, "no temporary folder");
    snprintf(n->db, sizeof n->db, "%s/report.db", n->folder);
    char keep[128];
    snprintf(keep, sizeof keep, "%s/x", n->folder);
    night_put(n, keep, "");
    n->options = ca_scan_defaults();
    n->options.disk = memdisk_disk(n->memory);
    n->options.clock = &n->clock;
    n->options.profile = "night.yaml";
    n->options.shipped_rules = "rules";
    n->options.db = n->db;
    n->options.version = "test";
    night_put(n, "night.yaml", profile);
    night_put(n, "rules/vocabulary.yaml", vocabulary);
}

static void remove_report(night *n)
{
    static const char *const ends[] = {"", "-journal", "-wal", "-shm"};
    for (size_t i = 0; i < sizeof ends / sizeof *ends; i++) {
        char path[128];
        snprintf(path, sizeof path, "%s%s", n->db, ends[i]);
        unlink(path);
    }
}

void night_forget(night *n)
{
    memdisk_fail(n->memory, MEMDISK_ANY, 0, false);
    remove_report(n);
}

void night_done(night *n)
{
    remove_report(n);
    rmdir(n->folder);
    ca_diags_done(&n->diags);
    ca_arena_done(&n->arena);
    memdisk_free(n->memory);
}

void night_rule(night *n, const char *id, const char *kind, const char *when, const char *more)
{
    char path[64];
    char text[2048];
    snprintf(path, sizeof path, "rules/core/%s.yaml", id);
    int len = snprintf(text, sizeof text,
                       "rule: %s\nversion: 1\ntitle: Rule %s\nstatus: active\nseverity: high\n"
                       "category: coding\njurisdiction: core\nowner: test\ngrade: definite\nkind: %s\n"
                       "when: %s\nmessage: \"{claim_id} is wrong\"\n%s",
                       id, id, kind, when, more);
    must(len > 0 && (size_t)len < sizeof text, "the rule is too long");
    night_put(n, path, text);
}

int night_scan(night *n, const char *inputs)
{
    const char *paths[64];
    size_t count = 0;
    char *rest = ca_arena_cstr(&n->arena, ca_text_of(inputs));
    for (char *path = strtok(rest, " "); path; path = strtok(NULL, " ")) {
        must(count < 64, "too many inputs");
        paths[count++] = path;
    }
    n->options.inputs = paths;
    n->options.input_count = count;
    n->err = (ca_error){0};
    ca_diags_done(&n->diags);
    ca_diags_init(&n->diags, &n->arena);
    return ca_scan(&n->options, &n->arena, &n->diags, &n->summary, &n->err);
}

static void add_row(sqlite3_stmt *query, ca_buf *out)
{
    for (int i = 0; i < sqlite3_column_count(query); i++) {
        const unsigned char *cell = sqlite3_column_text(query, i);
        ca_buf_add_cstr(out, i ? "|" : "");
        ca_buf_add_cstr(out, cell ? (const char *)cell : "-");
    }
    ca_buf_add_char(out, '\n');
}

const char *night_ask(night *n, const char *sql)
{
    sqlite3 *db;
    sqlite3_stmt *query = NULL;
    ca_buf out;
    if (access(n->db, F_OK) != 0) {
        return "no report";
    }
    ca_buf_init(&out);
    must(sqlite3_open_v2(n->db, &db, SQLITE_OPEN_READONLY, NULL) == SQLITE_OK, "cannot open the report");
    if (sqlite3_prepare_v2(db, sql, -1, &query, NULL) != SQLITE_OK) {
        fprintf(stderr, "night: %s\n", sqlite3_errmsg(db));
        must(false, sql);
    }
    while (sqlite3_step(query) == SQLITE_ROW) {
        add_row(query, &out);
    }
    sqlite3_finalize(query);
    sqlite3_close(db);
    const char *text = ca_arena_cstr(&n->arena, ca_buf_text(&out));
    ca_buf_done(&out);
    must(text != NULL, "out of memory");
    return text;
}

const char *night_report(night *n)
{
    const char *parts[] = {
        night_ask(n, "SELECT file, layout, rows_read, rows_accepted, rows_rejected, rows_skipped, lines,"
                     " lines_dropped, claims, total_charge, total_paid FROM v_files ORDER BY 1"),
        night_ask(n, "SELECT rule_id, offered, hit, excused, unknown, not_applicable, pass, findings, stored,"
                     " unknown_field FROM v_rule_stats ORDER BY 1"),
        night_ask(n, "SELECT f.rule_id, f.finding_key, f.outcome, f.reason, f.subject_id, f.patient_id,"
                     " f.service_date, f.exposure_text, f.message, e.evidence FROM v_findings_all f"
                     " JOIN finding e USING(finding_id) ORDER BY 1, 2, 3"),
        night_ask(n, "SELECT f.finding_key, l.role, l.line_no, l.exposure, l.file, l.row, l.byte_offset"
                     " FROM v_finding_lines l JOIN v_findings_all f USING(finding_id) ORDER BY 1, 2, 3, 5, 6"),
        night_ask(n, "SELECT file, row, byte_offset, \"column\", reason FROM v_rejects ORDER BY 1, 2"),
        night_ask(n, "SELECT fact, role, usable, found FROM join_rate ORDER BY 1, 2"),
        night_ask(n, "SELECT entity_kind, entity_id, cell, volume, score, p_value, q_value, rank, lead, excess, model_version FROM v_entity_scores"
                     " ORDER BY 1, 2, 5"),
        night_ask(n, "SELECT entity_kind, entity_id, reason_no, feature_id, value, peer_median, sentence FROM v_entity_reasons"
                     " ORDER BY 1, 2, 3, 4, 5"),
        night_ask(n, "SELECT model, digest, file FROM v_models ORDER BY 1"),
        night_ask(n, "SELECT count(*), sum(rows_read), sum(lines), sum(lines_dropped), sum(claims),"
                     " sum(patients) FROM v_runs")};
    const char *all = "";
    for (size_t i = 0; i < sizeof parts / sizeof *parts; i++) {
        all = ca_arena_printf(&n->arena, "%s%s\n", all, parts[i]);
        must(all != NULL, "out of memory");
    }
    return all;
}

const char *night_said(night *n)
{
    const char *all = "";
    ca_diags_sort(&n->diags);
    for (size_t i = 0; i < n->diags.count; i++) {
        const ca_diag *diag = &n->diags.items[i];
        all = ca_arena_printf(&n->arena, "%s%s:%u:%u: %s\n", all, diag->file, diag->line, diag->column, diag->text);
    }
    if (n->err.text[0]) {
        all = ca_arena_printf(&n->arena, "%s%s%s%s\n", all, n->err.file, n->err.file[0] ? ": " : "", n->err.text);
    }
    return all;
}

const char *night_left(night *n)
{
    char **names;
    size_t count;
    const char *all = "";
    ca_disk *disk = n->options.disk;
    must(disk->list(disk, n->folder, &n->arena, &names, &count, NULL) == 0, "cannot list");
    for (size_t i = 0; i < count; i++) {
        size_t len = strlen(names[i]);
        if (strcmp(names[i], "x") != 0 && (len < 5 || strcmp(names[i] + len - 5, ".lock") != 0)) {
            all = ca_arena_printf(&n->arena, "%s%s\n", all, names[i]);
        }
    }
    return all;
}

void night_setup(night *n, ca_setup *setup)
{
    ca_setup_options options = {.disk = n->options.disk, .profile = n->options.profile,
                                .shipped_rules = n->options.shipped_rules};
    ca_diags_done(&n->diags);
    ca_diags_init(&n->diags, &n->arena);
    int rc = ca_setup_load(&options, &n->arena, &n->diags, setup, &n->err);
    if (rc) {
        fprintf(stderr, "%s", night_said(n));
    }
    must(rc == 0, "the setup is refused");
}
