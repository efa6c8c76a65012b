/* Reads one feature, key by key; every mistake of every key is said before the feature is refused. */
#include <string.h>

#include "rules/check_parts.h"
#include "rules/feature_parts.h"
#include "rules/kinds.h"
#include "rules/mutate.h"
#include "rules/say.h"

enum { MINIMUM_OF_ENTITIES = 5, MINIMUM_OF_LINES = 50 };

const char *const ca_feature_keys[] = {
    "feature",  "version", "title", "description", "exposes",   "entity",  "status",   "where", "share", "ratio",      "value",
    "surprise", "given",   "transform",            "direction", "minimum", "exposure", "money", "say",   "references", "tests",
    "mutants", NULL};

/* Features are read with the means of rules; to these they are of a kind of their own that no rule can have. */
static const ca_kind kind_of_features = {.name = "feature", .summary = "", .gathering = CA_GATHER_LINE,
                                         .unit_date = CA_F_SERVICE_DATE};

ca_rule ca_feature_rule(void)
{
    return (ca_rule){.id = "", .kind = &kind_of_features, .effective_to = CA_DATE_MAX};
}

ca_scope ca_feature_scope(void)
{
    return (ca_scope){.hits = true,
                      .instead = "it looks at one line at a time; aggregates stand around it, not inside"};
}

const char *ca_feature_copy(ca_feature_reader *reader, ca_text text)
{
    const char *copy = ca_arena_cstr(reader->check.arena, text);
    if (copy != NULL)
        return copy;
    reader->check.nomem = true;
    return "";
}

ca_phrase *ca_feature_parse(ca_feature_reader *reader, const ca_yaml *node)
{
    ca_phrase *phrase = NULL;
    ca_text text;
    if (!ca_conf_text(&reader->check.conf, node, &text))
        return NULL;
    if (ca_parse(&reader->check.conf, node, reader->check.scratch, &phrase, NULL) != 0)
        reader->check.nomem = true;
    return phrase;
}

/* --- What it is called -------------------------------------------------------------------------- */

bool ca_feature_id_valid(ca_text id)
{
    if (id.len == 0 || id.len > CA_FEATURE_ID_MAX || id.ptr[id.len - 1] == '-')
        return false;
    for (size_t i = 0; i < id.len; i++) {
        char c = id.ptr[i];
        bool letter = c >= 'a' && c <= 'z';
        bool further = (c >= '0' && c <= '9') || (c == '-' && id.ptr[i > 0 ? i - 1 : 0] != '-');
        if (!letter && !(i > 0 && further))
            return false;
    }
    return true;
}

static void read_id(ca_feature_reader *reader)
{
    ca_text id;
    ca_yaml *node = ca_conf_need(&reader->check.conf, reader->root, "feature");
    reader->feature->id = "";
    if (!ca_conf_text(&reader->check.conf, node, &id))
        return;
    if (!ca_feature_id_valid(id))
        ca_conf_error(&reader->check.conf, node,
                      "'%.*s' is no name of a feature; it has small letters, digits and single '-', at most %d: "
                      "pharmacy-top-prescriber", ca_say_len(id), id.ptr, CA_FEATURE_ID_MAX);
    reader->feature->id = ca_feature_copy(reader, id);
}

static const char *text_of(ca_feature_reader *reader, const char *key, bool needed)
{
    ca_text text;
    const ca_conf *conf = &reader->check.conf;
    ca_yaml *node = needed ? ca_conf_need(conf, reader->root, key) : ca_conf_get(conf, reader->root, key);
    return ca_conf_text(conf, node, &text) ? ca_feature_copy(reader, text) : "";
}

static void read_identity(ca_feature_reader *reader)
{
    static const char *const statuses[] = {"active", "draft"};
    const ca_conf *conf = &reader->check.conf;
    ca_feature *feature = reader->feature;
    ca_text *items = NULL;
    size_t index = 0;
    read_id(reader);
    ca_conf_int(conf, ca_conf_need(conf, reader->root, "version"), 1, 1000000, &feature->version);
    feature->title = text_of(reader, "title", true);
    feature->description = text_of(reader, "description", false);
    feature->exposes = text_of(reader, "exposes", false);
    if (ca_conf_choice(conf, ca_conf_get(conf, reader->root, "status"), statuses, 2, &index))
        feature->draft = index == 1;
    ca_conf_list(conf, ca_conf_get(conf, reader->root, "references"), reader->check.scratch, &items, &index);
}

static bool read_entity(ca_feature_reader *reader)
{
    const char *names[CA_ENTITIES];
    size_t index = 0;
    for (unsigned entity = 0; entity < CA_ENTITIES; entity++)
        names[entity] = ca_entity_kinds[entity].name;
    if (!ca_conf_choice(&reader->check.conf, ca_conf_need(&reader->check.conf, reader->root, "entity"), names, CA_ENTITIES,
                        &index))
        return false;
    reader->feature->entity = (ca_entity)index;
    return true;
}

/* --- How it is judged --------------------------------------------------------------------------- */

static const char *const transforms[CA_TRANSFORMS] = {[CA_TRANSFORM_SHARE] = "share", [CA_TRANSFORM_LOG] = "log",
                                                      [CA_TRANSFORM_ASINH] = "asinh", [CA_TRANSFORM_PLAIN] = "plain"};
static const struct {
    const char *name;
    ca_direction direction;
} directions[] = {{"more", CA_DIRECTION_MORE}, {"less", CA_DIRECTION_LESS}, {"both", CA_DIRECTION_BOTH},
                  {"context", CA_DIRECTION_CONTEXT}};

#define DIRECTIONS (sizeof(directions) / sizeof(directions[0]))

const char *ca_transform_name(ca_transform transform)
{
    return transforms[transform];
}

const char *ca_direction_name(ca_direction direction)
{
    for (size_t i = 0; i < DIRECTIONS; i++)
        if (directions[i].direction == direction)
            return directions[i].name;
    return "";
}

static ca_transform usual_transform(const ca_feature *feature)
{
    if (feature->form == CA_FEATURE_SHARE)
        return CA_TRANSFORM_SHARE;
    if (feature->form != CA_FEATURE_VALUE)
        return CA_TRANSFORM_LOG;
    switch (feature->numerator.reduce) {
    case CA_REDUCE_TOP_SHARE:
        return CA_TRANSFORM_SHARE;
    case CA_REDUCE_CONCENTRATION:
        return CA_TRANSFORM_ASINH;
    case CA_REDUCE_TOTAL:
    case CA_REDUCE_MIN:
    case CA_REDUCE_MAX:
    case CA_REDUCE_GROUPS:
    case CA_REDUCE_TOP:
    case CA_REDUCE_EFFECTIVE:
        break;
    }
    return CA_TRANSFORM_LOG;
}

static bool fits_share(const ca_feature *feature)
{
    return feature->form == CA_FEATURE_SHARE ||
           (feature->form == CA_FEATURE_VALUE && feature->numerator.reduce == CA_REDUCE_TOP_SHARE);
}

static bool knows_number(const ca_feature *feature)
{
    return feature->form != CA_FEATURE_SURPRISE || feature->line.form == CA_LINE_NUMBER;
}

static void read_transform(ca_feature_reader *reader)
{
    size_t index = 0;
    ca_feature *feature = reader->feature;
    ca_yaml *node = ca_conf_get(&reader->check.conf, reader->root, "transform");
    feature->transform = usual_transform(feature);
    if (!ca_conf_choice(&reader->check.conf, node, transforms, CA_TRANSFORMS, &index))
        return;
    feature->transform = (ca_transform)index;
    if (!knows_number(feature))
        ca_conf_error_key(&reader->check.conf, node, "'transform' is for numbers; codes and conditions surprise by being rare");
    else if (feature->transform == CA_TRANSFORM_SHARE && !fits_share(feature))
        ca_conf_error(&reader->check.conf, node, "'transform: share' is for 'share' and top_share(…), which lie between 0 and 1");
}

static void read_direction(ca_feature_reader *reader)
{
    const char *names[DIRECTIONS];
    const ca_conf *conf = &reader->check.conf;
    ca_feature *feature = reader->feature;
    size_t index = 0;
    for (size_t i = 0; i < DIRECTIONS; i++)
        names[i] = directions[i].name;
    bool number = knows_number(feature);
    ca_yaml *node = number ? ca_conf_need(conf, reader->root, "direction") : ca_conf_get(conf, reader->root, "direction");
    feature->direction = CA_DIRECTION_MORE;
    if (!ca_conf_choice(conf, node, names, DIRECTIONS, &index))
        return;
    feature->direction = directions[index].direction;
    if (!number && feature->direction != CA_DIRECTION_MORE)
        ca_conf_error(conf, node, "a code or condition surprises by being rare: 'direction: more', or leave it out");
    else if (feature->entity == CA_ENTITY_LINE && feature->direction == CA_DIRECTION_CONTEXT)
        ca_conf_error(conf, node, "context of a line is said by 'given'");
}

static void read_judging(ca_feature_reader *reader)
{
    ca_feature *feature = reader->feature;
    feature->minimum = feature->entity == CA_ENTITY_LINE ? MINIMUM_OF_LINES : MINIMUM_OF_ENTITIES;
    ca_conf_int(&reader->check.conf, ca_conf_get(&reader->check.conf, reader->root, "minimum"), 1, 1000000000,
                &feature->minimum);
    read_transform(reader);
    read_direction(reader);
    ca_feature_read_say(reader);
}

/* --- The whole ---------------------------------------------------------------------------------- */

/* Keys that only entities, or only lines have. */
static void keys_of_others(ca_feature_reader *reader)
{
    static const char *const of_lines[] = {"surprise", "given", NULL};
    static const char *const of_entities[] = {"share", "ratio", "value", "exposure", "money", NULL};
    bool line = reader->feature->entity == CA_ENTITY_LINE;
    for (const char *const *key = line ? of_entities : of_lines; *key != NULL; key++) {
        ca_yaml *node = ca_conf_get(&reader->check.conf, reader->root, *key);
        if (node != NULL)
            ca_conf_error_key(&reader->check.conf, node, line ? "'%s' is for entities; a line has 'surprise'"
                                                              : "'%s' is for 'entity: line'", *key);
    }
}

static void read_tests(ca_feature_reader *reader)
{
    const ca_conf *conf = &reader->check.conf;
    ca_feature *feature = reader->feature;
    feature->tests = ca_conf_get(conf, reader->root, "tests");
    if (feature->tests == NULL && !feature->draft && !reader->root->partial)
        ca_conf_error(conf, reader->root, "the feature has no tests; without one it is 'status: draft'");
    else if (feature->tests != NULL)
        (void)ca_conf_is(conf, feature->tests, CA_YAML_SEQUENCE, NULL);
}

static void read_keys(ca_feature_reader *reader)
{
    ca_feature *feature = reader->feature;
    read_identity(reader);
    feature->where = CA_NO_INDEX;
    if (read_entity(reader)) {
        ca_yaml *where = ca_conf_get(&reader->check.conf, reader->root, "where");
        ca_node *condition = ca_check_condition(&reader->check, where, ca_feature_scope());
        if (condition != NULL)
            feature->where = ca_feature_put_condition(reader, condition);
        if (feature->entity == CA_ENTITY_LINE)
            ca_feature_read_line(reader);
        else
            ca_feature_read_value(reader);
        read_judging(reader);
        keys_of_others(reader);
    }
    read_tests(reader);
    ca_yaml *mutants = ca_conf_get(&reader->check.conf, reader->root, "mutants");
    if (mutants != NULL)
        ca_mutants_check(&reader->check.conf, mutants);
    for (size_t i = 0; ca_feature_keys[i] != NULL; i++)
        (void)ca_conf_get(&reader->check.conf, reader->root, ca_feature_keys[i]); /* known, even where a mistake kept it unread */
    ca_conf_no_others(&reader->check.conf, reader->root, ca_feature_keys);
}

ca_feature_reader ca_feature_reader_of(ca_featureset *set, const ca_yaml_file *file, ca_yaml *root, ca_feature *feature, ca_rule *rule,
                                       ca_arena *scratch, ca_diags *diags)
{
    const ca_kind_check check = {.conf = {file, diags}, .schema = set->base->schema, .codes = set->base->codes,
                                 .refs = set->base->refs, .vocabulary = set->base->vocabulary,
                                 .arena = &set->base->arena, .scratch = scratch, .rule = rule};
    return (ca_feature_reader){.check = check, .set = set, .root = root, .feature = feature};
}

int ca_feature_read(ca_featureset *set, const ca_yaml_file *file, ca_yaml *root, const char *pack, ca_diags *diags,
                    ca_feature **ret_feature, ca_error *err)
{
    ca_arena scratch;
    size_t errors = diags->errors;
    ca_rule rule = ca_feature_rule();
    ca_feature *feature = ca_arena_alloc(&set->base->arena, sizeof(*feature));
    *ret_feature = NULL;
    if (feature == NULL)
        return ca_error_nomem(err);
    ca_arena_init(&scratch);
    feature->file = file;
    feature->root = root;
    feature->pack = pack;
    ca_feature_reader reader = ca_feature_reader_of(set, file, root, feature, &rule, &scratch, diags);
    read_keys(&reader);
    ca_arena_done(&scratch);
    if (reader.check.nomem || diags->failed)
        return ca_error_nomem(err);
    if (diags->errors == errors)
        *ret_feature = feature;
    return 0;
}
