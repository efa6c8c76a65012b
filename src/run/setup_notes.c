/* What the site changed of the shipped rules, in words for the summary and as JSON for the report. */
#include "run/setup.h"

#include <string.h>

static int add_note(ca_setup *setup, const char *text, ca_error *err)
{
    if (!text) {
        return ca_error_nomem(err);
    }
    setup->notes[setup->note_count++] = text;
    return 0;
}

/* "site.yaml:9", or what else said so. */
static const char *place_of(ca_setup *setup, const ca_override *said)
{
    return said->line ? ca_arena_printf(setup->arena, "%s:%u", said->file, (unsigned)said->line) : said->file;
}

static int note_sets(ca_setup *setup, ca_error *err)
{
    int rc = 0;
    for (size_t i = 0; rc == 0 && i < ca_refs_set_count(setup->refs); i++) {
        if (ca_refs_set_replaced(setup->refs, i)) {
            rc = add_note(setup,
                          ca_arena_printf(setup->arena, "set %s is the site's own, in place of the shipped one",
                                          ca_codeset_name(ca_refs_set_at(setup->refs, i))),
                          err);
        }
    }
    for (size_t i = 0; rc == 0 && i < ca_refs_table_count(setup->refs); i++) {
        if (ca_refs_table_replaced(setup->refs, i)) {
            rc = add_note(setup,
                          ca_arena_printf(setup->arena, "table %s is the site's own, in place of the shipped one",
                                          ca_reftable_name(ca_refs_table_at(setup->refs, i))),
                          err);
        }
    }
    return rc;
}

static int note_rules_off(ca_setup *setup, ca_error *err)
{
    const char *list = "";
    for (size_t i = 0; list && i < setup->rules->override_count; i++) {
        const ca_override *said = &setup->rules->overrides[i];
        if (said->used && said->parameter.len == 0) {
            const char *place = place_of(setup, said);
            list = place ? ca_arena_printf(setup->arena, "%s%s%s (%s)", list, *list ? ", " : "", said->rule.ptr, place)
                         : NULL;
        }
    }
    if (!list) {
        return ca_error_nomem(err);
    }
    return *list ? add_note(setup, ca_arena_printf(setup->arena, "rules switched off: %s", list), err) : 0;
}

static int note_parameters(ca_setup *setup, ca_error *err)
{
    int rc = 0;
    for (size_t i = 0; rc == 0 && i < setup->rules->override_count; i++) {
        const ca_override *said = &setup->rules->overrides[i];
        const char *place = place_of(setup, said);
        if (!place) {
            return ca_error_nomem(err);
        }
        if (!said->used) {
            rc = add_note(setup,
                          ca_arena_printf(setup->arena, "rule %s is not loaded: what is said of it (%s) changes nothing",
                                          said->rule.ptr, place),
                          err);
        } else if (said->parameter.len) {
            rc = add_note(setup,
                          ca_arena_printf(setup->arena, "%s: %s = %s (%s)", said->rule.ptr, said->parameter.ptr,
                                          said->value.ptr, place),
                          err);
        }
    }
    return rc;
}

/* ,"rules_off":["US-0101"],"parameters":{"US-0111.max_age":"60"} */
static int describe(ca_setup *setup, ca_error *err)
{
    ca_buf text;
    ca_buf_init(&text);
    for (unsigned parameters = 0; parameters < 2; parameters++) {
        size_t count = 0;
        for (size_t i = 0; i < setup->rules->override_count; i++) {
            const ca_override *said = &setup->rules->overrides[i];
            if (!said->used || (said->parameter.len != 0) != (parameters != 0)) {
                continue;
            }
            ca_buf_add_cstr(&text, count++ ? "," : parameters ? ",\"parameters\":{" : ",\"rules_off\":[");
            const char *name = parameters ? ca_arena_printf(setup->arena, "%s.%s", said->rule.ptr, said->parameter.ptr)
                                          : said->rule.ptr;
            ca_buf_add_json(&text, ca_text_of(name));
            if (parameters) {
                ca_buf_add_char(&text, ':');
                ca_buf_add_json(&text, said->value);
            }
            text.failed = text.failed || !name;
        }
        ca_buf_add_cstr(&text, count == 0 ? "" : parameters ? "}" : "]");
    }
    setup->settings_json = text.failed ? NULL : ca_arena_cstr(setup->arena, ca_buf_text(&text));
    ca_buf_done(&text);
    return setup->settings_json ? 0 : ca_error_nomem(err);
}

int ca_setup_note(ca_setup *setup, ca_error *err)
{
    size_t most = ca_refs_set_count(setup->refs) + ca_refs_table_count(setup->refs) + setup->rules->override_count + 1;
    setup->notes = ca_arena_array(setup->arena, most, sizeof *setup->notes);
    if (!setup->notes) {
        return ca_error_nomem(err);
    }
    int rc = note_sets(setup, err);
    rc = rc ? rc : note_rules_off(setup, err);
    rc = rc ? rc : note_parameters(setup, err);
    return rc ? rc : describe(setup, err);
}
