/* A model of a population as a file: what scores are measured against, one section for each kind of entity and one for claim lines.
 *
 *   magic 8, format version 4, number 4, period from 4, through 4, lines 8, digest of the features 32, identity of the run 16
 *   sections: count 4; of each: name length 2, name, plain length 8, packed length 8
 *   the packed sections (zstd), one after another
 *   digest 16 of what the model says: features, period, names and plain sections; not of when it was made, or how it was packed
 *   checksum 8 (XXH3-64) of all before it
 *
 * Integers are little-endian. */
#ifndef CA_STORE_MODEL_FILE_H
#define CA_STORE_MODEL_FILE_H

#include <stddef.h>
#include <stdint.h>

#include "base/date.h"
#include "base/disk.h"
#include "base/error.h"
#include "base/hash.h"

#define CA_MODEL_SECTIONS_MAX 32u
#define CA_MODEL_NAME_MAX     64u
#define CA_MODEL_BYTES_MAX    (UINT64_C(1) << 30)    /* of the file, and of all sections unpacked */

typedef struct ca_model_section {
    ca_text name;        /* "provider", "line" … */
    ca_text bytes;       /* plain */
} ca_model_section;

typedef struct ca_model_file {
    uint32_t number;             /* 1 for the first model of a report, then counted on */
    ca_date period_from, period_through;
    uint64_t lines;              /* that it was fitted on */
    uint8_t features[CA_SHA256_SIZE];    /* what was computed: features as they were */
    ca_digest run;               /* identity of the run that fitted it */
    ca_digest digest;            /* of what it says; set by writing and reading */
    ca_model_section *sections;
    size_t section_count;
} ca_model_file;

/* Of what it says, into model->digest. */
int ca_model_digest(ca_model_file *model, ca_error *err);
/* The file's bytes, appended; sets model->digest. CA_LIMIT when the model is larger than a file may be. */
int ca_model_pack(ca_model_file *model, ca_buf *bytes, ca_error *err);
/* The other way round: texts and sections live in `arena`. CA_FAIL with words when it is no model, of another version, or damaged;
 * `path` is for these words. */
int ca_model_unpack(const char *path, ca_text bytes, ca_arena *arena, ca_model_file *ret_model, ca_error *err);
/* The same of a file; it is written whole or not at all. */
int ca_model_read(ca_disk *disk, const char *path, ca_arena *arena, ca_model_file *ret_model, ca_error *err);
int ca_model_write(ca_disk *disk, const char *path, ca_model_file *model, ca_error *err);
/* The section of this name, or NULL. */
const ca_model_section *ca_model_section_of(const ca_model_file *model, const char *name);

#endif
