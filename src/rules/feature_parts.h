/* What the files that read features share. */
#ifndef CA_RULES_FEATURE_PARTS_H
#define CA_RULES_FEATURE_PARTS_H

#include "rules/check.h"
#include "rules/feature.h"

typedef struct ca_feature_reader {
    ca_kind_check check;      /* its rule is an empty one */
    ca_featureset *set;
    ca_yaml *root;            /* the mapping of the feature */
    ca_feature *feature;
} ca_feature_reader;

/* One feature out of the mapping `root`; *ret_feature is NULL when a mistake was said. 0, CA_NOMEM. */
int ca_feature_read(ca_featureset *set, const ca_yaml_file *file, ca_yaml *root, const char *pack, ca_diags *diags,
                    ca_feature **ret_feature, ca_error *err);

/* Reads keys of the mapping `root` with these means; scratch lives as long as the reader. */
ca_feature_reader ca_feature_reader_of(ca_featureset *set, const ca_yaml_file *file, ca_yaml *root, ca_feature *feature, ca_rule *rule,
                                       ca_arena *scratch, ca_diags *diags);
/* What rules' means take features for: an empty rule of a kind of its own. */
ca_rule ca_feature_rule(void);
/* The scope of a condition or a value on one line. */
ca_scope ca_feature_scope(void);
/* Copy of a text that lives as long as the set; "" (and nomem) when memory ran out. */
const char *ca_feature_copy(ca_feature_reader *reader, ca_text text);

/* --- Parts that are one with those of other features (feature_intern.c) ------------------------- */

/* Index of what means the same; CA_NO_INDEX (and nomem) when memory ran out. */
uint32_t ca_feature_put_condition(ca_feature_reader *reader, ca_node *condition);
uint32_t ca_feature_put_number(ca_feature_reader *reader, const ca_feature_number *number);
uint32_t ca_feature_put_key(ca_feature_reader *reader, const ca_feature_key *key);
uint32_t ca_feature_put_tally(ca_feature_reader *reader, const ca_feature_tally *tally);

/* --- Numbers and keys (feature_number.c) -------------------------------------------------------- */

/* A value that was checked as a sum of columns; CA_NO_INDEX with a message when it is none. */
uint32_t ca_feature_number_of(ca_feature_reader *reader, ca_node *node);
/* Phrases that each name a column, as one key; CA_NO_INDEX with a message when one does not. `what` names the aggregate
 * for messages. */
uint32_t ca_feature_key_of(ca_feature_reader *reader, ca_phrase *const *phrases, size_t count, size_t at,
                           const char *what);
/* The same for scalars of a list: `given`. */
uint32_t ca_feature_key_named(ca_feature_reader *reader, const ca_yaml *list);

/* --- Keys of features --------------------------------------------------------------------------- */

/* share, ratio or value, exposure and money (feature_value_keys.c). */
void ca_feature_read_value(ca_feature_reader *reader);
/* An aggregate; false with a message when it is none (feature_term.c). */
bool ca_feature_term_of(ca_feature_reader *reader, const ca_phrase *phrase, ca_feature_term *ret_term);
/* surprise and given (feature_line.c). */
void ca_feature_read_line(ca_feature_reader *reader);
/* say (feature_say.c). */
void ca_feature_read_say(ca_feature_reader *reader);
ca_phrase *ca_feature_parse(ca_feature_reader *reader, const ca_yaml *node);
const char *ca_feature_reduce_name(ca_feature_reduce reduce);

/* --- The whole set ------------------------------------------------------------------------------ */

/* Calls `visit` with each condition the feature reads, and each of its numbers and keys (the others are NULL). */
typedef void (*ca_feature_visit)(void *context, ca_node *condition, const ca_feature_number *number,
                                 const ca_feature_key *key);
void ca_feature_walk(const ca_featureset *set, const ca_feature *feature, ca_feature_visit visit, void *context);
/* Fills logic_hash (feature_hash.c). 0, CA_NOMEM. */
int ca_feature_hash(const ca_featureset *set, ca_feature *feature, ca_error *err);
int ca_featureset_hash(ca_featureset *set, ca_error *err);
/* Columns, sets and tables of the active features; places of hit(…) (feature_collect.c). 0, CA_NOMEM. */
int ca_featureset_collect(ca_featureset *set, const ca_ruleset *rules, ca_diags *diags, ca_error *err);
/* One file of a pack; `pack` as in ruleset_parts.h. */
int ca_featureset_add_pack_file(ca_featureset *set, ca_disk *disk, const char *pack, const char *path, bool replace,
                                ca_diags *diags, ca_error *err);

#endif
