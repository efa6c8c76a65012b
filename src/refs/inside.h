/* What the files of this room share about sets and tables; nobody else includes this. */
#ifndef CA_REFS_INSIDE_H
#define CA_REFS_INSIDE_H

#include "refs/refs.h"

#define CA_REF_FILES_MAX 200 /* sources of one set or table */

/* Names and short texts one after another: an arena alone would round each up to 16 bytes. */
typedef struct ca_ref_texts {
    ca_arena arena;
    char *chunk;
    size_t left;
} ca_ref_texts;

void ca_ref_texts_init(ca_ref_texts *texts);
void ca_ref_texts_done(ca_ref_texts *texts);
const char *ca_ref_texts_keep(ca_ref_texts *texts, const void *bytes, size_t len); /* or NULL */

/* Where rows came from: file names by small number. */
typedef struct ca_ref_files {
    const char *names[CA_REF_FILES_MAX];
    unsigned count;
} ca_ref_files;

/* A row as a source gives it to a set. */
typedef struct ca_codeset_row {
    const char *code;
    ca_date from, to;
    uint32_t line;
    uint8_t system;
    uint8_t len; /* of the code, at most CA_CODE_MAX */
    uint8_t file;
    bool prefix;
} ca_codeset_row;

struct ca_codeset {
    const char *name;
    const char *family;
    const char *defined_in;
    bool bound;
    bool dated;
    ca_ref_texts texts;
    ca_ref_files files;
    ca_codeset_row *rows; /* sorted by system, code, prefix, dates, place */
    size_t count, cap;
    ca_digest digest;

    /* For building the index: from (system, code, prefix) to the first row of that key. */
    uint32_t *slots;      /* row + 1, 0 = free */
    size_t slot_count;    /* power of two */
    uint64_t systems[4];  /* bit per system that has rows */
    uint64_t prefix_lens; /* bit len - 1 per length of a prefix row */
    uint32_t *first;
    size_t first_cap;
    ca_span *spans;
    size_t span_count, span_cap;
    ca_codeset_index index;
};

int ca_codeset_init(ca_codeset *set, const char *name, const char *family, const char *defined_in);
void ca_codeset_done(ca_codeset *set);
int ca_codeset_add_file(ca_codeset *set, const char *name, uint8_t *ret_file);
/* `row->code` is copied. CA_NOMEM, or CA_LIMIT above CA_REFS_ROWS_MAX. */
int ca_codeset_add(ca_codeset *set, const ca_codeset_row *row);
/* Sorts and digests; after it the set is as immutable as the index allows. */
int ca_codeset_finish(ca_codeset *set, const ca_codes *codes);
/* Key order: -1, 0, 1. */
int ca_codeset_cmp_key(const ca_codeset_row *row, uint8_t system, ca_text code, bool prefix);
/* The index: ca_codeset_index_build after the rows are sorted, _extend for new codes of the
 * dictionary. */
int ca_codeset_index_build(ca_codeset *set);
int ca_codeset_index_extend(ca_codeset *set, const ca_codes *codes);

/* A value of a table: `text.ptr` NULL = missing. */
typedef struct ca_reftable_cell {
    const char *ptr; /* TEXT and ID; "" for the others */
    int64_t number;  /* or the length, the day, the code's id */
} ca_reftable_cell;

typedef struct ca_reftable_entry {
    const char *key; /* as ca_reftable_key */
    uint32_t cells;  /* index of its first cell / number of columns */
    uint32_t line;
    ca_date from, to;
    uint16_t key_len;
    uint8_t file;
    uint8_t wild; /* bit per key whose cell is empty: it stands for any value */
    bool prefix;
} ca_reftable_entry;

/* Rows of different forms never have one key: exact, prefix, and which cells stand for any value. */
static inline unsigned ca_reftable_form(const ca_reftable_entry *row)
{
    return (unsigned)row->prefix | (unsigned)row->wild << 1;
}

struct ca_reftable {
    const char *name;
    const char *defined_in;
    bool bound;
    bool dated;
    int64_t max_age; /* days */
    ca_reftable_column keys[CA_REFTABLE_KEYS_MAX];
    uint8_t key_systems[CA_REFTABLE_KEYS_MAX];
    size_t key_count;
    ca_reftable_column columns[CA_REFTABLE_COLUMNS_MAX];
    uint8_t column_systems[CA_REFTABLE_COLUMNS_MAX];
    size_t column_count;
    ca_ref_texts texts;
    ca_ref_files files;
    ca_reftable_entry *rows; /* sorted by key, prefix, dates */
    size_t count, cap;
    ca_reftable_cell *cells;
    ca_digest digest;
    uint32_t *slots; /* row + 1 of the first row of a key, 0 = free */
    size_t slot_count;
    uint64_t prefix_lens; /* as in ca_codeset */
    uint8_t wilds[1u << CA_REFTABLE_KEYS_MAX]; /* that rows have, each once */
    size_t wild_count;
};

int ca_reftable_init(ca_reftable *table, const char *name, const char *defined_in);
void ca_reftable_done(ca_reftable *table);
/* `system` is CA_SYSTEM_NONE for what is no code. CA_LIMIT when there are too many. */
int ca_reftable_add_key(ca_reftable *table, ca_text name, ca_type type, const char *family,
                        uint8_t system);
int ca_reftable_add_column(ca_reftable *table, ca_text name, ca_type type, const char *family,
                           uint8_t system);
int ca_reftable_add_file(ca_reftable *table, const char *name, uint8_t *ret_file);
/* `row->key` and the texts of `cells` are copied; cells are in order of the columns. */
int ca_reftable_add(ca_reftable *table, const ca_reftable_entry *row,
                    const ca_reftable_cell *cells);
/* Sorts, finds rows whose keys and dates collide (errors to diags; `paths` by file number, or one
 * path for all when `path_count` is 1), digests. */
int ca_reftable_finish(ca_reftable *table, const ca_codes *codes, const char *const *paths,
                       size_t path_count, ca_diags *diags);

/* A key in bytes, built part by part in the order of the keys: each text part has its length
 * before it, but for the last, so that a prefix of the last part is a prefix of the key. */
#define CA_REF_KEY_TEXT_MAX 255
typedef struct ca_reftable_key {
    size_t len;
    size_t last; /* where the last part begins */
    char bytes[CA_REFTABLE_KEYS_MAX * (CA_REF_KEY_TEXT_MAX + 1)];
} ca_reftable_key;

void ca_reftable_key_text(ca_reftable_key *key, ca_text text,
                          bool is_last); /* at most CA_REF_KEY_TEXT_MAX */
void ca_reftable_key_number(ca_reftable_key *key, int64_t number);
/* The place of a cell that stands for any value. */
void ca_reftable_key_any(ca_reftable_key *key, ca_type type, bool is_last);
/* The value of key `number`; false when no row can have such a key. */
bool ca_reftable_key_add(const ca_reftable *table, const ca_codes *codes, size_t number, const ca_value *value,
                         ca_reftable_key *key);
int ca_reftable_index_build(ca_reftable *table);
/* Rows [*ret_from, *ret_to) have this key in this form; false when there are none. */
bool ca_reftable_rows_of(const ca_reftable *table, ca_text key, unsigned form, size_t *ret_from, size_t *ret_to);
int ca_reftable_cmp_key(const ca_reftable_entry *row, ca_text key, unsigned form);

typedef struct ca_ref_entry {
    const char *name;
    ca_codeset *set; /* or */
    ca_reftable *table;
    bool owned;
    bool replaced; /* what it holds took the place of other rows */
    bool again;    /* a later file says otherwise than the first, be it only that it has rows */
} ca_ref_entry;

struct ca_refs {
    const ca_refs *under; /* of an overlay */
    ca_codes *codes;
    ca_disk *disk;
    ca_ref_entry *sets; /* sorted by name */
    size_t set_count, set_cap;
    ca_ref_entry *tables;
    size_t table_count, table_cap;
};

/* Puts a finished definition under its name; what had it before is replaced in place when this
 * registry owns it. Takes over the content of *set, which may be thrown away afterwards. */
int ca_refs_put_set(ca_refs *refs, ca_codeset *set);
int ca_refs_put_table(ca_refs *refs, ca_reftable *table);

#endif
