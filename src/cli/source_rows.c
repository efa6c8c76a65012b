/* Source rows as they stood in the claim file, from the evidence file of a run. */
#include "cli/source_rows.h"

#include <string.h>

#include "base/alloc.h"

/* Rows of a file that another run wrote would be wrong ones. */
static int check_evidence(ca_disk *disk, const char *path, ca_digest expected, bool *ret_same, ca_error *err)
{
    static const size_t size = 1 << 16;
    ca_file *file = NULL;
    ca_hasher *hasher = ca_hasher_new();
    char *bytes = ca_alloc(size);
    int64_t got = 0;
    int rc = hasher && bytes ? disk->open(disk, path, CA_DISK_READ, &file, err) : ca_error_nomem(err);
    while (rc == 0 && (got = disk->read(file, bytes, size, err)) > 0) {
        ca_hasher_add(hasher, bytes, (size_t)got);
    }
    rc = rc ? rc : (int)got;
    if (rc == 0) {
        *ret_same = ca_digest_cmp(ca_hasher_digest(hasher), expected) == 0;
    }
    if (file) {
        disk->close(file, NULL);
    }
    ca_free(bytes);
    ca_hasher_free(hasher);
    return rc;
}

/* Evidence files lie beside the database and are named by it. */
ca_evidence *ca_open_evidence(ca_cli *cli, ca_report *report, const char *db, int64_t run)
{
    ca_evidence *evidence = NULL;
    ca_buf name;
    ca_digest checksum;
    ca_error reason = {0};
    ca_buf_init(&name);
    int rc = ca_report_evidence(report, run, &name, &checksum, &reason);
    if (rc == 0) {
        const char *slash = strrchr(db, '/');
        int folder = slash ? (int)(slash - db + 1) : 0;
        const char *path = ca_arena_printf(&cli->arena, "%.*s%s", folder, db, ca_buf_cstr(&name));
        bool same = true;
        rc = path ? ca_evidence_open(cli->disk, path, &evidence, &reason) : CA_NOMEM;
        if (rc == 0 && check_evidence(cli->disk, path, checksum, &same, &reason) == 0 && !same) {
            fprintf(cli->out, "%-14s doubtful: %s is not as this run wrote it\n", "Source rows", ca_buf_cstr(&name));
        }
    }
    if (rc) {
        fprintf(cli->out, "%-14s not at hand: %s\n", "Source rows", reason.text);
    }
    ca_buf_done(&name);
    return evidence;
}

static void print_raw(FILE *out, ca_text raw)
{
    ca_text part;
    while (ca_text_next(&raw, '\n', &part)) {
        fputs("    ", out);
        ca_print_data(out, part);
        fputc('\n', out);
    }
}

void ca_print_source_row(FILE *out, ca_evidence *evidence, uint32_t file, uint64_t row)
{
    ca_buf raw;
    ca_error reason = {0};
    ca_buf_init(&raw);
    int rc = evidence ? ca_evidence_get(evidence, file, row, &raw, &reason) : CA_END;
    if (rc == 0) {
        print_raw(out, ca_buf_text(&raw));
    } else if (rc < 0) {
        fprintf(out, "    (source row not at hand: %s)\n", reason.text);
    } else if (evidence && row) {
        fputs("    (the evidence file does not hold this row)\n", out);
    }
    ca_buf_done(&raw);
}
