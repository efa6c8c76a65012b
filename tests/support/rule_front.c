/* The world of rule_front.h, made in memory. */
#include "support/rule_front.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/alloc.h"
#include "support/memdisk.h"

struct rule_front {
    ca_arena arena;
    ca_schema schema;
    ca_codes codes;
    memdisk *memory;
    ca_refs *refs;
    ca_ruleset *set;
    ca_rule *rule;
    int code;
    ca_buf said;
    ca_buf source;
};

static ca_text severities[] = {{"low", 3}, {"medium", 6}, {"high", 4}, {"critical", 8}};
static ca_text categories[] = {{"demographic-conflict", 20}, {"eligibility", 11}};
static ca_text jurisdictions[] = {{"core", 4}, {"us", 2}, {"cn", 2}};
static const ca_vocabulary vocabulary = {severities, 4, categories, 2, jurisdictions, 3};

static const ca_system systems[] = {
    {"icd9cm", "diagnosis", true, ".", 0},   {"icd10cm", "diagnosis", true, ".", 0},
    {"hcpcs", "procedure", true, "", 0},     {"modifier", "modifier", true, "", 0},
    {"ndc", "drug", true, "-", 11},          {"atc", "drug_class", true, "", 0},
    {"revenue", "revenue", false, "", 4},    {"pos", "place_of_service", false, "", 2},
    {"condition", "condition", true, "", 2}, {"specialty", "specialty", true, "", 2},
};

static const char *const sets_yaml =
    "sets:\n"
    "  female_dx: {family: diagnosis, file: female.csv, column: code, system: icd10cm, valid: [from, to]}\n"
    "  allowed_modifiers: {family: modifier, codes: [KX, '59']}\n"
    "  valid_dx: {family: diagnosis, bind: site}\n"
    "tables:\n"
    "  mue: {file: mue.csv, keys: [procedure hcpcs], valid: [from, to], columns: {max_units: int, price: money}}\n"
    "  contract: {file: contract.csv, keys: [provider id, procedure hcpcs], columns: {price: money, since: date, "
    "grade: text}}\n";

static void put(memdisk *memory, const char *path, const char *text)
{
    memdisk_put(memory, path, text, strlen(text));
}

static void check(int code, const ca_error *err, const ca_diags *diags)
{
    for (size_t i = 0; i < diags->count; i++)
        fprintf(stderr, "rule_front: %s:%u: %s\n", diags->items[i].file,
                (unsigned)diags->items[i].line, diags->items[i].text);
    if (code != 0)
        fprintf(stderr, "rule_front: %s\n", err->text);
    if (code != 0 || diags->errors > 0)
        abort();
}

static void load_refs(rule_front *front, const char *female_csv)
{
    ca_diags diags;
    ca_error err = {0};
    ca_diags_init(&diags, &front->arena);
    put(front->memory, "pack/sets.yaml", sets_yaml);
    put(front->memory, "pack/female.csv", female_csv);
    put(front->memory, "pack/mue.csv",
        "procedure,max_units,price,from,to\nV0103,3,12.50,2020-01-01,\n");
    put(front->memory, "pack/contract.csv",
        "provider,procedure,price,since,grade\nP1,V0103,9.99,2020-01-01,A\n");
    front->refs = ca_refs_new(&front->codes, memdisk_disk(front->memory));
    int code =
        front->refs == NULL ? -1 : ca_refs_load(front->refs, "pack/sets.yaml", false, &diags, &err);
    check(code, &err, &diags);
    ca_diags_done(&diags);
}

rule_front *rule_front_new(void)
{
    return rule_front_new_with("code,from,to\nO80,2015-10-01,2024-09-30\nZ34,2015-10-01,\n");
}

rule_front *rule_front_new_with(const char *female_csv)
{
    static const struct {
        const char *name;
        ca_type type;
        const char *family;
        ca_level level;
    } site[] = {
        {"x.tooth", CA_TYPE_TEXT, "", CA_LEVEL_LINE},
        {"x.contract", CA_TYPE_TEXT, "", CA_LEVEL_CLAIM},
        {"x.score", CA_TYPE_DECIMAL, "", CA_LEVEL_LINE},
        {"x.set", CA_TYPE_INT, "", CA_LEVEL_CLAIM},
        {"x.ward", CA_TYPE_CODE, "ward", CA_LEVEL_CLAIM},
    };
    rule_front *front = calloc(1, sizeof(*front));
    uint8_t system;
    unsigned column;
    if (front == NULL)
        abort();
    ca_arena_init(&front->arena);
    ca_buf_init(&front->said);
    ca_buf_init(&front->source);
    ca_codes_init(&front->codes, &front->arena);
    for (size_t i = 0; i < sizeof(systems) / sizeof(systems[0]); i++)
        if (ca_codes_add_system(&front->codes, &systems[i], &system, NULL) != 0)
            abort();
    ca_schema_init(&front->schema);
    for (size_t i = 0; i < sizeof(site) / sizeof(site[0]); i++)
        if (!ca_schema_add_site(&front->schema, site[i].name, site[i].type, site[i].family,
                                site[i].level, &column))
            abort();
    front->memory = memdisk_new();
    load_refs(front, female_csv);
    rule_front_empty(front);
    return front;
}

void rule_front_free(rule_front *front)
{
    if (front == NULL)
        return;
    ca_ruleset_free(front->set);
    ca_refs_free(front->refs);
    memdisk_free(front->memory);
    ca_codes_done(&front->codes);
    ca_arena_done(&front->arena);
    ca_buf_done(&front->said);
    ca_buf_done(&front->source);
    free(front);
}

ca_ruleset *rule_front_set(rule_front *front)
{
    return front->set;
}

void rule_front_empty(rule_front *front)
{
    ca_ruleset_free(front->set);
    front->set = NULL;
    front->rule = NULL;
    if (ca_ruleset_new(&front->schema, &front->codes, front->refs, &vocabulary, &front->set,
                       NULL) != 0)
        abort();
}

static const char *words_of(rule_front *front, ca_diags *diags)
{
    static const char *const severity[] = {"error", "warning", "hint"};
    ca_buf_clear(&front->said);
    ca_diags_sort(diags);
    for (size_t i = 0; i < diags->count; i++)
        ca_buf_printf(&front->said, "%u:%u: %s: %s\n", (unsigned)diags->items[i].line,
                      (unsigned)diags->items[i].column, severity[diags->items[i].severity],
                      diags->items[i].text);
    return ca_buf_cstr(&front->said);
}

const char *rule_front_load_as(rule_front *front, const char *path, const char *source)
{
    ca_diags diags;
    ca_arena texts;
    ca_error err = {0};
    ca_arena_init(&texts);
    ca_diags_init(&diags, &texts);
    rule_front_empty(front);
    front->code = ca_ruleset_add_source(front->set, path, ca_text_of(source), false, &diags, &err);
    front->rule = front->set->count == 0 ? NULL : front->set->rules[0];
    const char *said = words_of(front, &diags);
    ca_diags_done(&diags);
    ca_arena_done(&texts);
    return said;
}

const char *rule_front_load(rule_front *front, const char *source)
{
    return rule_front_load_as(front, "US-0101.yaml", source);
}

const char *rule_front_with(rule_front *front, const char *kind, const char *condition,
                            const char *keys)
{
    ca_buf_clear(&front->source);
    ca_buf_printf(&front->source,
                  "rule: US-0101\nversion: 1\ntitle: A title\nstatus: active\nseverity: high\n"
                  "category: eligibility\nkind: %s\nmessage: \"Claim {claim_id}\"\nwhen: ",
                  kind);
    ca_buf_add_cstr(&front->source, condition);
    ca_buf_add_char(&front->source, '\n');
    ca_buf_add_cstr(&front->source, keys);
    return rule_front_load(front, ca_buf_cstr(&front->source));
}

const char *rule_front_when(rule_front *front, const char *kind, const char *condition)
{
    return rule_front_with(front, kind, condition, "");
}

ca_rule *rule_front_rule(rule_front *front)
{
    return front->rule;
}

int rule_front_code(const rule_front *front)
{
    return front->code;
}
