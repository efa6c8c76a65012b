/* For tests of the room map: a profile from a string, rows from strings, values as text. */
#ifndef CA_TESTS_MAP_FIXTURE_H
#define CA_TESTS_MAP_FIXTURE_H

#include "claim/value.h"
#include "map/mapper.h"

#define FIXTURE_CELLS 512

typedef struct fixture {
    ca_arena arena;
    ca_codes codes; /* with one or two systems of every family */
    ca_diags diags;
    ca_profile *profile;     /* NULL when it was refused */
    const ca_layout *layout; /* the one that the last header chose */
    ca_mapper *mapper;
    ca_batch *batch;
    ca_mapped mapped; /* of the last row */
    uint64_t row;
    ca_error err;
} fixture;

void fixture_init(fixture *f);
void fixture_done(fixture *f);
/* Messages as "line:column: text", one a line, sorted; "" when the profile is good. */
const char *fixture_parse(fixture *f, const char *yaml);
/* Top of a profile with one layout of claims: the text goes on with its keys, indented by four. */
#define FIXTURE_TOP                                                                                \
    "profile: test\ntitle: Test\njurisdiction: us\ncurrency: USD\nlayouts:\n  - layout: lines\n    records: claims\n"
/* Splits at commas (no quoting) and spaces around cells are kept. */
size_t fixture_split(fixture *f, const char *text, ca_text *cells);
/* Chooses the layout for a header and makes the mapper; the result of the two. A batch of 1000 rows
 * comes with it. */
int fixture_header(fixture *f, const char *header);
int fixture_header_in(fixture *f, const char *header, const char *file_name);
/* Maps one row of claims; the result of ca_mapper_row. */
int fixture_row(fixture *f, const char *text);
/* Maps one row of facts. */
int fixture_fact(fixture *f, const char *text, ca_facts *facts);
/* A value as an auditor reads it, "-" when missing. */
const char *fixture_value(fixture *f, const char *column, unsigned row);
/* "empty/undecoded" of the count with this column and field, "" when there is none. */
const char *fixture_counted(fixture *f, const char *column, const char *field);

#endif
