/* Reads and applies the rule for the status of a row. */
#include "map/status.h"

#include "conf/shown.h"
#include "map/binding.h"

static bool read_status(ca_map_reader *reader, const ca_yaml *node, uint8_t *ret_status)
{
    const char *names[CA_STATUSES];
    size_t index;
    for (unsigned i = 0; i < CA_STATUSES; i++) {
        names[i] = ca_enum_name(CA_F_CLAIM_STATUS, i);
    }
    if (!node || !ca_conf_choice(&reader->conf, node, names, CA_STATUSES, &index)) {
        return false;
    }
    *ret_status = (uint8_t)index;
    return true;
}

static int read_values(ca_map_reader *reader, ca_yaml *node, ca_status_rule *rule)
{
    ca_yaml *values = ca_conf_need(&reader->conf, node, "values");
    rule->kind = CA_STATUS_VALUES;
    int rc = ca_names_read(reader, ca_conf_get(&reader->conf, node, "column"), false, false,
                           &rule->columns, &rule->column_count);
    if (rc || !values || !ca_conf_is(&reader->conf, values, CA_YAML_MAPPING, NULL)) {
        return rc;
    }
    if (values->count > CA_STATUS_VALUES_MAX) {
        ca_conf_error(&reader->conf, values, "'values' must map at most %d values",
                      CA_STATUS_VALUES_MAX);
        return 0;
    }
    ca_text *from = ca_arena_array(reader->arena, values->count + 1, sizeof *from);
    uint8_t *to = ca_arena_array(reader->arena, values->count + 1, sizeof *to);
    if (!from || !to) {
        return CA_NOMEM;
    }
    for (const ca_yaml *item = values->child; item; item = item->next) {
        if (read_status(reader, item, &to[rule->value_count])) {
            from[rule->value_count++] = item->key;
        }
    }
    rule->from = from;
    rule->to = to;
    return 0;
}

static int read_sign(ca_map_reader *reader, ca_yaml *node, ca_status_rule *rule)
{
    ca_yaml *negative = ca_conf_need(&reader->conf, node, "negative");
    rule->kind = CA_STATUS_SIGN;
    (void)read_status(reader, negative, &rule->negative);
    return ca_names_read(reader, ca_conf_get(&reader->conf, node, "sign_of"), false, false,
                         &rule->columns, &rule->column_count);
}

static int read_flag(ca_map_reader *reader, ca_yaml *node, ca_status_flag *flag)
{
    static const char *const keys[] = {"column", "in", "status", NULL};
    if (!ca_conf_is(&reader->conf, node, CA_YAML_MAPPING, "a flag")) {
        return 0;
    }
    int rc = ca_cell_test_read(reader, node, &flag->test);
    (void)read_status(reader, ca_conf_need(&reader->conf, node, "status"), &flag->status);
    ca_conf_no_others(&reader->conf, node, keys);
    return rc;
}

static int read_flags(ca_map_reader *reader, ca_yaml *node, ca_status_rule *rule)
{
    const ca_conf *conf = &reader->conf;
    ca_yaml *flags = ca_conf_get(conf, node, "flags");
    rule->kind = CA_STATUS_FLAGS;
    if (!ca_conf_is(conf, flags, CA_YAML_SEQUENCE, NULL)) {
        return 0;
    }
    if (flags->count == 0 || flags->count > CA_STATUS_FLAGS_MAX) {
        ca_conf_error(conf, flags, "'flags' must have 1 to %d flags", CA_STATUS_FLAGS_MAX);
        return 0;
    }
    ca_status_flag *made = ca_arena_array(reader->arena, flags->count, sizeof *made);
    if (!made) {
        return CA_NOMEM;
    }
    for (ca_yaml *item = flags->child; item; item = item->next) {
        int rc = read_flag(reader, item, &made[rule->flag_count++]);
        if (rc) {
            return rc;
        }
    }
    rule->flags = made;
    return 0;
}

int ca_status_read(ca_map_reader *reader, ca_yaml *node, const ca_settings *settings,
                   ca_status_rule *ret_rule)
{
    static const char *const value_keys[] = {"column", "values", NULL};
    static const char *const sign_keys[] = {"sign_of", "negative", NULL};
    static const char *const flag_keys[] = {"flags", NULL};
    const ca_conf *conf = &reader->conf;
    if (!node || !ca_conf_is(conf, node, CA_YAML_MAPPING, NULL)) {
        return 0;
    }
    ca_status_rule rule = {
        .numbers = settings->numbers, .line = node->key_line, .at = node->key_column};
    bool column = ca_conf_get(conf, node, "column") != NULL;
    bool sign = ca_conf_get(conf, node, "sign_of") != NULL;
    bool flags = ca_conf_get(conf, node, "flags") != NULL;
    int rc;
    if (column + sign + flags != 1) {
        ca_conf_error_key(conf, node, "'status' must have one of 'column', 'sign_of' and 'flags'");
        return 0;
    }
    if (column) {
        rc = read_values(reader, node, &rule);
    } else if (sign) {
        rc = read_sign(reader, node, &rule);
    } else {
        rc = read_flags(reader, node, &rule);
    }
    ca_conf_no_others(conf, node, column ? value_keys : sign ? sign_keys : flag_keys);
    *ret_rule = rule;
    return rc;
}

/* --- Applying ------------------------------------------------------------------------------- */

static uint8_t by_value(const ca_status_rule *rule, ca_text cell, bool *ret_known)
{
    for (size_t i = 0; i < rule->value_count; i++) {
        if (ca_text_eq(cell, rule->from[i])) {
            return rule->to[i];
        }
    }
    *ret_known = cell.len == 0;
    return CA_ORIGINAL;
}

static uint8_t by_sign(const ca_status_rule *rule, ca_text cell, bool *ret_known)
{
    int64_t amount;
    if (cell.len == 0) {
        return CA_ORIGINAL;
    }
    if (!ca_decimal_parse(cell, &rule->numbers, &amount)) {
        *ret_known = false;
        return CA_ORIGINAL;
    }
    return amount < 0 ? rule->negative : CA_ORIGINAL;
}

uint8_t ca_status_of(const ca_status_rule *rule, const ca_text *cells, bool *ret_known)
{
    *ret_known = true;
    switch (rule->kind) {
    case CA_STATUS_VALUES:
        return by_value(rule, cells[0], ret_known);
    case CA_STATUS_SIGN:
        return by_sign(rule, cells[0], ret_known);
    case CA_STATUS_FLAGS:
        for (size_t i = 0; i < rule->flag_count; i++) {
            const ca_cell_test *test = &rule->flags[i].test;
            if (ca_cell_in(cells[i], test->values, test->value_count)) {
                return rule->flags[i].status;
            }
        }
        return CA_ORIGINAL;
    case CA_STATUS_NONE:
        break;
    }
    return CA_ORIGINAL;
}
