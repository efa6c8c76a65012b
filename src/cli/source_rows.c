/* Source rows from the evidence file of a run, made readable: evidence holds the bytes of the claim file, a terminal wants
 * UTF-8. */
#include "cli/source_rows.h"

#include <string.h>

#include "base/alloc.h"
#include "read/encode.h"

enum { LONGEST = 4 };    /* bytes of a character in any encoding */

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
        fprintf(cli->out, "%-14s not at hand: %s%s%s\n", "Source rows", reason.file, *reason.file ? ": " : "", reason.text);
    }
    ca_buf_done(&name);
    return evidence;
}

/* A report says the name; one that this program does not know is shown as far as it is UTF-8. */
static ca_encoding encoding_of(ca_text name)
{
    for (unsigned i = 0; i < CA_ENC_UTF16; i++) {
        if (ca_text_is(name, ca_encoding_name((ca_encoding)i))) {
            return (ca_encoding)i;
        }
    }
    return CA_ENC_UTF8;
}

/* The first character of `text` and its bytes there; without a pointer where the first byte begins none. No character
 * begins like a longer one, so the shortest is the right one. */
static int first_character(ca_encoder *encoder, ca_text text, ca_text *ret_bytes, ca_text *ret_utf8, ca_error *err)
{
    for (size_t len = 1; len <= LONGEST && len <= text.len; len++) {
        ca_text bytes = ca_text_sub(text, 0, len);
        int rc = ca_encoder_line(encoder, bytes, ret_utf8, err);
        if (rc == 0) {
            *ret_bytes = bytes;
        }
        if (rc != CA_END) {
            return rc;
        }
    }
    *ret_bytes = ca_text_sub(text, 0, 1);
    *ret_utf8 = (ca_text){NULL, 0};
    return 0;
}

static void add_bytes(ca_buf *out, ca_text bytes)
{
    for (size_t i = 0; i < bytes.len; i++) {
        ca_buf_printf(out, "\\x%02X", (unsigned char)bytes.ptr[i]);
    }
}

static int add_line(ca_encoder *encoder, ca_text line, ca_buf *out, ca_error *err)
{
    ca_buf_add_cstr(out, "    ");
    while (line.len) {
        ca_text bytes, utf8;
        int rc = first_character(encoder, line, &bytes, &utf8, err);
        if (rc) {
            return rc;
        }
        if (utf8.ptr && ca_control_length(utf8) == 0) {
            ca_buf_add_text(out, utf8);
        } else {
            add_bytes(out, bytes);
        }
        line = ca_text_sub(line, bytes.len, line.len);
    }
    ca_buf_add_char(out, '\n');
    return 0;
}

int ca_source_row_text(ca_text encoding, ca_text raw, ca_buf *ret_text, ca_error *err)
{
    ca_text line;
    ca_encoder *encoder;
    int rc = ca_encoder_new(encoding_of(encoding), &encoder, err);
    if (rc) {
        return rc;
    }
    ca_buf_clear(ret_text);
    while (rc == 0 && ca_text_next(&raw, '\n', &line)) {
        rc = add_line(encoder, line, ret_text, err);
    }
    ca_encoder_free(encoder);
    return rc == 0 && ret_text->failed ? ca_error_nomem(err) : rc;
}

void ca_print_source_row(FILE *out, ca_evidence *evidence, ca_text encoding, uint32_t file, uint64_t row)
{
    ca_buf raw, text;
    ca_error reason = {0};
    ca_buf_init(&raw);
    ca_buf_init(&text);
    int rc = evidence ? ca_evidence_get(evidence, file, row, &raw, &reason) : CA_END;
    rc = rc ? rc : ca_source_row_text(encoding, ca_buf_text(&raw), &text, &reason);
    if (rc == 0) {
        fwrite(text.ptr, 1, text.len, out);
    } else if (rc < 0) {
        fprintf(out, "    (source row not at hand: %s)\n", reason.text);
    } else if (evidence && row) {
        fputs("    (the evidence file does not hold this row)\n", out);
    }
    ca_buf_done(&raw);
    ca_buf_done(&text);
}
