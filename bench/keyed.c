/* What the exchange by key costs a line: keyed LINES FOLDER [BUDGET_MB] [LIMIT_MB] puts made-up lines of 33
 * columns, reads them back, and prints CPU time and bytes. */
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "store/keyed.h"

enum { BATCH = 4096 };

/* Those that the shipped rules of several lines read. */
static const unsigned columns[] = {
    CA_F_CLAIM_PART,    CA_F_CLAIM_TYPE,       CA_F_FROM_DATE,    CA_F_THROUGH_DATE,
    CA_F_BILL_TYPE,     CA_F_ADMISSION_DATE,   CA_F_DISCHARGE_DATE, CA_F_DISCHARGE_STATUS,
    CA_F_RECEIVED_DATE, CA_F_PAID_DATE,        CA_F_CLAIM_PAID,   CA_F_PRINCIPAL_DIAGNOSIS,
    CA_F_LINE_NO,       CA_F_SERVICE_DATE,     CA_F_SERVICE_END_DATE, CA_F_PROCEDURE,
    CA_F_REVENUE_CODE,  CA_F_DRUG,             CA_F_UNITS,        CA_F_CHARGE,
    CA_F_PAID,          CA_F_PLACE_OF_SERVICE, CA_F_DAYS_SUPPLY,  CA_F_CLAIM_ID,
    CA_F_PATIENT_ID,    CA_F_BILLING_PROVIDER_ID, CA_F_FACILITY_ID, CA_F_DIAGNOSES,
    CA_F_MODIFIERS,     CA_F_RENDERING_PROVIDER_ID, CA_F_PRESCRIBER_ID, CA_F_PHARMACY_ID,
    CA_F_ELIGIBILITY};
enum { COLUMNS = sizeof columns / sizeof *columns };

static int64_t cpu_ns(void)
{
    struct timespec now;
    clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &now);
    return (int64_t)now.tv_sec * 1000000000 + now.tv_nsec;
}

static uint64_t mix(uint64_t number)
{
    uint64_t z = number * UINT64_C(0x9E3779B97F4A7C15);
    z = (z ^ (z >> 30)) * UINT64_C(0xBF58476D1CE4E5B9);
    return z ^ (z >> 31);
}

static int add_id(ca_batch *batch, unsigned column, unsigned row, uint64_t number)
{
    char text[9];
    text[0] = (char)('A' + column % 26);
    for (unsigned i = 8; i > 0; i--, number /= 10) {
        text[i] = (char)('0' + number % 10);
    }
    return ca_batch_add_bytes(batch, (ca_text){text, sizeof text}, &batch->columns[column].as.slice[row]);
}

enum { FACILITY, DRUGS = 3 };

/* Not every sort of claim has every column. */
static bool has(unsigned column, uint64_t sort)
{
    switch (column) {
    case CA_F_DISCHARGE_STATUS:
    case CA_F_CLAIM_PAID:
    case CA_F_SERVICE_END_DATE:
        return false;
    case CA_F_BILL_TYPE:
    case CA_F_ADMISSION_DATE:
    case CA_F_DISCHARGE_DATE:
    case CA_F_REVENUE_CODE:
    case CA_F_FACILITY_ID:
        return sort == FACILITY;
    case CA_F_DRUG:
    case CA_F_DAYS_SUPPLY:
    case CA_F_PRESCRIBER_ID:
    case CA_F_PHARMACY_ID:
        return sort == DRUGS;
    case CA_F_PROCEDURE:
    case CA_F_PLACE_OF_SERVICE:
    case CA_F_RENDERING_PROVIDER_ID:
    case CA_F_PRINCIPAL_DIAGNOSIS:
        return sort != DRUGS;
    default:
        return true;
    }
}

static int add_value(ca_batch *batch, unsigned column, unsigned row, uint64_t chance, const uint32_t *codes)
{
    ca_column *to = &batch->columns[column];
    const ca_interval always = {19000, CA_DATE_MAX};
    uint32_t list[] = {codes[chance % 500], codes[chance % 77], codes[chance % 31]};
    switch (batch->schema->columns[column].type) {
    case CA_TYPE_INT:
    case CA_TYPE_DECIMAL:
        to->as.number[row] = (int64_t)(chance % 3 + 1);
        break;
    case CA_TYPE_MONEY:
        to->as.number[row] = (int64_t)(chance % 50000) * 100;
        break;
    case CA_TYPE_DATE:
        to->as.date[row] = (ca_date)(19000 + chance % 600);
        break;
    case CA_TYPE_CODE:
        to->as.code[row] = codes[chance % 500];
        break;
    case CA_TYPE_ENUM:
        to->as.choice[row] = (uint8_t)(chance % 4);
        break;
    case CA_TYPE_CODES:
        return ca_batch_add_codes(batch, list, column == CA_F_DIAGNOSES ? 3 : chance % 4 == 0, &to->as.slice[row]);
    case CA_TYPE_INTERVALS:
        return ca_batch_add_intervals(batch, &always, 1, &to->as.slice[row]);
    case CA_TYPE_ID:
    case CA_TYPE_TEXT:
        return add_id(batch, column, row, chance % 5000);
    }
    return 0;
}

/* Line `number`: three to a claim, eight to a patient. What a claim says stands once for its lines. */
static int add_line(ca_batch *batch, uint64_t number, uint64_t lines, const uint32_t *codes)
{
    unsigned row = batch->rows++;
    uint64_t claim = number / 3;
    uint64_t chance = mix(claim);
    int rc = 0;
    for (unsigned i = 0; rc == 0 && i < COLUMNS; i++) {
        unsigned column = columns[i];
        bool of_line = column >= CA_F_LINE_NO;
        if (!has(column, chance % 4)) {
            continue;
        }
        if (number % 3 && row > 0 && !of_line) {
            ca_batch_repeat(batch, row - 1, column, row);
            continue;
        }
        ca_bit_set(batch->columns[column].present, row);
        uint64_t value = column == CA_F_CLAIM_ID || column == CA_F_PATIENT_ID ? 0 : mix(of_line ? number : claim);
        rc = column == CA_F_CLAIM_ID     ? add_id(batch, column, row, claim)
             : column == CA_F_PATIENT_ID ? add_id(batch, column, row, chance % (lines / 8 + 1))
                                         : add_value(batch, column, row, value >> i % 8, codes);
    }
    batch->columns[CA_F_CLAIM_TYPE].as.choice[row] = (uint8_t)(chance % 4);
    batch->columns[CA_F_LINE_NO].as.number[row] = (int64_t)(number % 3 + 1);
    batch->columns[CA_F_SERVICE_DATE].as.date[row] = (ca_date)(19000 + chance % 600);
    batch->origin[row] = (ca_origin){0, 160, number + 2, number * 161};
    batch->digest[row] = ca_hash128(&number, sizeof number);
    ca_bit_set(batch->live, row);
    return rc;
}

static int put_lines(const ca_keyed *keyed, ca_keyed_writer *writer, ca_batch *batch,
                     uint64_t lines, const uint32_t *codes, int64_t *ret_ns, ca_error *err)
{
    static uint64_t hash[BATCH];
    int64_t spent = 0;
    int rc = 0;
    for (uint64_t at = 0; rc == 0 && at < lines;) {
        ca_batch_clear(batch);
        for (; rc == 0 && batch->rows < BATCH && at < lines; at++) {
            rc = add_line(batch, at, lines, codes);
        }
        int64_t start = cpu_ns();
        ca_keyed_hash(keyed, batch, NULL, hash, NULL);
        rc = rc ? rc : ca_keyed_put(writer, batch, NULL, hash, NULL, err);
        spent += cpu_ns() - start;
    }
    int64_t start = cpu_ns();
    rc = rc ? rc : ca_keyed_finish(writer, err);
    *ret_ns = spent + cpu_ns() - start;
    return rc;
}

static int read_lines(ca_keyed *keyed, const ca_keyed_limits *limits, ca_batch *batch,
                      uint64_t *ret_rows, int64_t *ret_ns, ca_error *err)
{
    ca_keyed_reader *reader;
    ca_keyed_group group;
    uint64_t rows = 0;
    int64_t start = cpu_ns();
    int rc = ca_keyed_reader_new(keyed, limits, &reader, err);
    if (rc) {
        return rc;
    }
    while ((rc = ca_keyed_next(reader, batch, &group, err)) == 0) {
        rows += batch->rows;
    }
    ca_keyed_reader_free(reader);
    *ret_rows = rows;
    *ret_ns = cpu_ns() - start;
    return rc == CA_END ? 0 : rc;
}

static int make_codes(ca_codes *codes, uint32_t *ret_ids, ca_error *err)
{
    static const ca_system system = {.name = "house", .family = "procedure"};
    uint8_t number;
    int rc = ca_codes_add_system(codes, &system, &number, err);
    for (unsigned i = 0; rc == 0 && i < 500; i++) {
        char text[8];
        int len = snprintf(text, sizeof text, "V%04u", i);
        rc = ca_codes_put(codes, number, (ca_text){text, (size_t)len}, &ret_ids[i]);
    }
    return rc;
}

static int run(uint64_t lines, const char *folder, size_t budget, size_t limit, ca_error *err)
{
    static ca_schema schema;
    static uint32_t ids[500];
    ca_codes codes;
    ca_arena arena;
    ca_keyed *keyed = NULL;
    ca_keyed_writer *writer;
    const unsigned key = CA_F_PATIENT_ID;
    const ca_keyed_limits limits = {.bytes = limit};
    uint64_t rows = 0;
    int64_t put_ns = 0, read_ns = 0;
    ca_schema_init(&schema);
    ca_arena_init(&arena);
    ca_codes_init(&codes, &arena);
    ca_batch *batch = ca_batch_new(&schema, BATCH);
    for (unsigned i = 0; i < COLUMNS; i++) {
        ca_batch_use(batch, columns[i]);
    }
    ca_keyed_plan plan = {.disk = ca_disk_real(),
                          .folder = folder,
                          .schema = &schema,
                          .codes = &codes,
                          .columns = columns,
                          .column_count = COLUMNS,
                          .key = &key,
                          .key_count = 1,
                          .manifest = {.seed = 1, .buckets = CA_KEYED_BUCKETS}};
    int rc = make_codes(&codes, ids, err);
    rc = rc ? rc : ca_keyed_new(&plan, &keyed, err);
    rc = rc ? rc : ca_keyed_writer_new(keyed, 0, budget, &writer, err);
    rc = rc ? rc : put_lines(keyed, writer, batch, lines, ids, &put_ns, err);
    rc = rc ? rc : read_lines(keyed, &limits, batch, &rows, &read_ns, err);
    if (rc == 0) {
        printf("%" PRIu64 " lines: put %.0f ns, read %.0f ns a line; %.1f bytes a line on disk\n",
               rows, (double)put_ns / (double)lines, (double)read_ns / (double)lines,
               (double)ca_keyed_disk_bytes(writer) / (double)lines);
    }
    ca_keyed_free(keyed);
    ca_batch_free(batch);
    ca_codes_done(&codes);
    ca_arena_done(&arena);
    return rc;
}

int main(int argc, char **argv)
{
    ca_error err = {0};
    if (argc < 3) {
        fprintf(stderr, "keyed LINES FOLDER [BUDGET_MB] [LIMIT_MB]\n");
        return 2;
    }
    size_t budget = argc > 3 ? strtoul(argv[3], NULL, 10) : 64;
    size_t limit = argc > 4 ? strtoul(argv[4], NULL, 10) : 64;
    if (run(strtoull(argv[1], NULL, 10), argv[2], budget << 20, limit << 20, &err) < 0) {
        fprintf(stderr, "%s\n", err.text);
        return 1;
    }
    return 0;
}
