/* The explaining twin for rules with `each`: the rows of the table that match a line, and the line with each of them. */
#include "rules/explain_parts.h"

/* The rows, or what keeps them from being found. */
static size_t find_rows(ca_twin *twin, uint32_t *rows, const char **ret_blame)
{
    const ca_node *each = twin->rule->keys.each;
    const char *name = ca_reftable_name(each->table);
    ca_value keys[CA_REFTABLE_KEYS_MAX];
    ca_date on = CA_NO_DATE;
    *ret_blame = NULL;
    if (!ca_reftable_bound(each->table)) {
        *ret_blame = name;
        return 0;
    }
    for (size_t i = 0; i < each->arg_count && *ret_blame == NULL; i++) {
        ca_told told = ca_tell_value(twin, each->args[i], CA_AT_UNIT);
        keys[i] = told.value;
        if (!told.value.present)
            *ret_blame = told.blame ? told.blame : name;
    }
    if (*ret_blame == NULL && ca_reftable_dated(each->table)) {
        ca_told told = ca_tell_date(twin, each->on, CA_AT_UNIT);
        if (!told.value.present)
            *ret_blame = told.blame ? told.blame : name;
        on = told.value.present ? told.value.as.date : CA_NO_DATE;
    }
    if (*ret_blame != NULL)
        return 0;
    size_t count = ca_reftable_match(each->table, twin->frame->codes, keys, on, CA_EACH_ROWS_MAX, rows);
    if (count > CA_EACH_ROWS_MAX) {
        *ret_blame = name;
        return 0;
    }
    for (size_t i = 0; twin->seen != NULL && i < count; i++)
        twin->seen(twin->seen_context, each->table, keys, on, rows[i]);
    return count;
}

int ca_tell_each(ca_twin *twin, int minor_digits, ca_explanation **ret_explanations, size_t *ret_count, ca_error *err)
{
    uint32_t rows[CA_EACH_ROWS_MAX];
    const char *blame;
    size_t count = find_rows(twin, rows, &blame);
    size_t room = count > 0 ? count : 1;
    uint32_t *of_frame = ca_arena_array(twin->arena, 2, sizeof *of_frame);
    *ret_explanations = ca_arena_array(twin->arena, room, sizeof **ret_explanations);
    if (of_frame == NULL || *ret_explanations == NULL)
        return ca_error_nomem(err);
    int code = 0;
    for (size_t i = 0; code == 0 && i < room; i++) {
        ca_frame frame = *twin->frame;
        of_frame[0] = twin->unit;
        of_frame[1] = count > 0 ? rows[i] : CA_NO_TABLE_ROW;
        frame.made = true;
        frame.count = 1;
        frame.trigger = NULL;
        frame.table_row = &of_frame[1];
        for (ca_side side = 0; side < CA_SIDES; side++)
            frame.row[side] = &of_frame[0];
        ca_twin one = *twin;
        one.frame = &frame;
        one.unit = 0;
        one.no_row = count == 0;
        one.no_row_blame = blame;
        code = ca_tell_unit(&one, minor_digits, &(*ret_explanations)[i], err);
    }
    *ret_count = room;
    return code;
}

int ca_explain_each(const ca_frame *frame, const ca_rule *rule, unsigned unit, int minor_digits, ca_arena *arena,
                    ca_explanation **ret_explanations, size_t *ret_count, ca_error *err)
{
    ca_twin twin = {.frame = frame, .rule = rule, .arena = arena, .unit = unit};
    return ca_tell_each(&twin, minor_digits, ret_explanations, ret_count, err);
}
