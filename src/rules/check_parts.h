/* What the files of the checker share. */
#ifndef CA_RULES_CHECK_PARTS_H
#define CA_RULES_CHECK_PARTS_H

#include "rules/check.h"

#define CA_DESCRIPTION_SIZE 128

/* --- Types (check_types.c) ------------------------------------------------------------------- */

ca_expr_type ca_type_plain(ca_type type);
ca_expr_type ca_type_of_column(const ca_column_def *column);
bool ca_type_is_number(const ca_expr_type *type);
bool ca_type_is_date(const ca_expr_type *type);
bool ca_type_is_code(const ca_expr_type *type); /* one code or a list */
/* May values of these types be compared with = ? */
bool ca_type_same(const ca_expr_type *a, const ca_expr_type *b);
/* "a date", "a diagnosis code": for messages. Returns `text`. */
const char *ca_type_describe(const ca_expr_type *type, char text[CA_DESCRIPTION_SIZE]);

/* Appends a name to a list of names for a message; what does not fit becomes one "…". */
void ca_list_add(char *text, size_t size, const char *name);

/* --- Nodes ----------------------------------------------------------------------------------- */

void ca_check_error(ca_kind_check *check, size_t at, const char *format, ...)
    __attribute__((format(printf, 3, 4)));
ca_node *ca_check_node(ca_kind_check *check, ca_node_kind kind, const ca_phrase *phrase);
/* Room for `count` arguments; false when memory ran out. */
bool ca_check_args(ca_kind_check *check, ca_node *node, size_t count);

/* --- Literals and parameters (check_literal.c) ----------------------------------------------- */

const ca_parameter *ca_check_parameter(const ca_kind_check *check, const ca_phrase *phrase);
/* Is it a text whose type the other side must give: 'abc', or a parameter that holds a text? */
bool ca_check_is_text(const ca_kind_check *check, const ca_phrase *phrase);
/* 'text' at a byte of the file as a value of type `want`. */
ca_node *ca_check_literal(ca_kind_check *check, const ca_phrase *phrase, ca_text text,
                          const ca_expr_type *want);
ca_node *ca_check_parameter_node(ca_kind_check *check, const ca_phrase *phrase,
                                 const ca_parameter *parameter, const ca_expr_type *want);
/* A code literal to its system and normal form; `prefix`: the beginning of a code, not padded. */
bool ca_check_code(ca_kind_check *check, size_t at, ca_text text, const char *family, bool prefix,
                   uint8_t *ret_system, ca_text *ret_code);
bool ca_check_choice(ca_kind_check *check, size_t at, ca_text text, unsigned field,
                     uint8_t *ret_choice);

/* --- Names (check_name.c) -------------------------------------------------------------------- */

ca_node *ca_check_name(ca_kind_check *check, const ca_phrase *phrase, const ca_expr_type *want);
/* Level at which a claim knows the column. */
ca_level ca_column_level(const ca_schema *schema, unsigned column);
const char *ca_side_prefix(ca_side row); /* "a", "b", "original", or "" */
/* provider_id, specialty … without a role: said, and true. */
bool ca_check_roleless(ca_kind_check *check, size_t at, unsigned column);

/* --- The row of `each` (each.c) --------------------------------------------------------------- */

/* row.NAME in a rule with `each`; `name` is what stands behind the point. */
ca_node *ca_check_row(ca_kind_check *check, const ca_phrase *phrase, ca_text name);

/* --- Values that the kind gives (check_given.c) ---------------------------------------------- */

/* Is it one of them? `call`: written with parentheses. */
bool ca_given_find(ca_text name, bool call, ca_given *ret_given);
const char *ca_given_name(ca_given given);
ca_node *ca_check_given(ca_kind_check *check, const ca_phrase *phrase, ca_given given);

/* --- Tests of values (check.c, check_test.c) ------------------------------------------------- */

ca_node *ca_check_has(ca_kind_check *check, const ca_phrase *phrase);
ca_node *ca_check_starts(ca_kind_check *check, const ca_phrase *phrase);
ca_node *ca_check_missing(ca_kind_check *check, const ca_phrase *phrase);
ca_node *ca_check_found(ca_kind_check *check, const ca_phrase *phrase);
/* Says that these two cannot be compared, and why. */
void ca_check_not_comparable(ca_kind_check *check, const ca_phrase *phrase, const ca_node *left,
                             const ca_node *right);

/* hit('RULE'), where features may ask for what a rule found. */
ca_node *ca_check_hit(ca_kind_check *check, const ca_phrase *phrase);

/* --- Slips (check_slip.c) -------------------------------------------------------------------- */

/* Something already reported: looks for other mistakes inside, and gives NULL. */
ca_node *ca_check_slip(ca_kind_check *check, const ca_phrase *phrase);
/* What to write instead of `x contains 'A'` and of `x in (1, 2)`, by the type of x. */
void ca_check_contains(ca_kind_check *check, const ca_phrase *phrase, const ca_node *left);
void ca_check_bare_list(ca_kind_check *check, const ca_phrase *phrase, const ca_node *left);
void ca_check_bare_set(ca_kind_check *check, const ca_phrase *phrase);
/* Says what is written instead of a function of another language; false when it is none. */
bool ca_check_foreign_call(ca_kind_check *check, const ca_phrase *phrase);
/* claims.paid, member.sex: a column behind the name of a table; false when it is none. */
bool ca_check_table_column(ca_kind_check *check, const ca_phrase *phrase);

/* --- Sets of codes (check_member.c) ---------------------------------------------------------- */

ca_node *ca_check_member(ca_kind_check *check, const ca_phrase *phrase); /* IN, OVERLAPS, WITHIN */
/* The `on DATE` of a set or table, or NULL; a mistake sets *ret_wrong. */
ca_node *ca_check_on(ca_kind_check *check, const ca_phrase *on, bool *ret_wrong);

/* --- Calls (check_call.c, check_aggregate.c, check_lookup.c) --------------------------------- */

ca_node *ca_check_call(ca_kind_check *check, const ca_phrase *phrase);
bool ca_is_function(ca_text name);
const char *ca_function_name(ca_function function);
bool ca_aggregate_find(ca_text name, ca_aggregate *ret_aggregate);
const char *ca_aggregate_name(ca_aggregate aggregate);
/* Closest function or aggregate, or NULL. */
const char *ca_call_closest(ca_text name);
ca_node *ca_check_aggregate(ca_kind_check *check, const ca_phrase *phrase, ca_aggregate aggregate);
/* table(keys on date), with .column unless `found`. */
ca_node *ca_check_lookup(ca_kind_check *check, const ca_phrase *phrase, ca_reftable *table,
                         bool found);
/* The same for `each`: all rows that match. */
ca_node *ca_check_each(ca_kind_check *check, const ca_phrase *phrase, ca_reftable *table);
/* The type of a cell. */
ca_expr_type ca_type_of_cell(const ca_reftable_column *column);

#endif
