/* Reads the definition of a code set. */
#include <string.h>

#include "base/alloc.h"
#include "conf/shown.h"
#include "refs/sets.h"

/* A code system of the set's family. */
static bool read_system(ca_ref_reader *reader, const ca_yaml *node, const char *family,
                        uint8_t *ret_system)
{
    const ca_codes *codes = reader->refs->codes;
    const char *names[CA_SYSTEMS_MAX];
    ca_text name;
    if (!ca_conf_text(&reader->conf, node, &name)) {
        return false;
    }
    if (!ca_codes_find_system(codes, name, ret_system)) {
        for (unsigned i = 0; i < codes->system_count; i++) {
            names[i] = codes->systems[i].name;
        }
        const char *closest = ca_text_closest(name, names, codes->system_count);
        ca_conf_error(&reader->conf, node, "unknown code system '%s'%s%s%s", ca_shown_of(name).text,
                      closest ? "; did you mean '" : "", closest ? closest : "",
                      closest ? "'?" : "");
        return false;
    }
    const char *its_family = codes->systems[*ret_system].family;
    if (strcmp(its_family, family) != 0) {
        ca_conf_error(&reader->conf, node,
                      "'%s' is a code system of the family '%s', the set is of '%s'",
                      ca_shown_of(name).text, its_family, family);
        return false;
    }
    return true;
}

static bool read_source_system(ca_ref_reader *reader, ca_yaml *node, ca_ref_source *source)
{
    const char *family = source->set->family;
    ca_yaml *constant = ca_conf_get(&reader->conf, node, "system");
    ca_yaml *column = ca_conf_get(&reader->conf, node, "system_column");
    if (constant && column) {
        ca_conf_error_key(&reader->conf, column, "either 'system' or 'system_column', not both");
        return false;
    }
    if (column) {
        source->system_from = CA_REF_SYSTEM_COLUMN;
        source->system_column = (ca_ref_column){.node = column};
        return ca_conf_text(&reader->conf, column, &source->system_column.name);
    }
    if (constant) {
        return read_system(reader, constant, family, &source->system);
    }
    source->system = ca_codes_only_system(reader->refs->codes, family);
    if (source->system == CA_SYSTEM_NONE) {
        ca_conf_error(&reader->conf, node,
                      "the family '%s' has several code systems: add 'system' or 'system_column'",
                      family);
        return false;
    }
    return true;
}

static bool read_source(ca_ref_reader *reader, ca_yaml *node, ca_ref_source *source)
{
    ca_yaml *column = ca_conf_need(&reader->conf, node, "column");
    source->code = (ca_ref_column){.node = column};
    bool good = ca_conf_text(&reader->conf, column, &source->code.name);
    return read_source_system(reader, node, source) && good;
}

/* The family of the definition, or of the one that it replaces. */
static const char *read_family(ca_ref_reader *reader, ca_yaml *node, bool replace)
{
    const ca_codeset *before = replace ? ca_refs_set(reader->refs, node->key) : NULL;
    ca_yaml *item = before ? ca_conf_get(&reader->conf, node, "family")
                           : ca_conf_need(&reader->conf, node, "family");
    ca_text text;
    if (!item) {
        return before ? before->family : NULL;
    }
    if (!ca_conf_text(&reader->conf, item, &text)) {
        return NULL;
    }
    const char *family = ca_ref_keep_cstr(reader, text);
    if (family && !ca_codes_has_family(reader->refs->codes, family)) {
        ca_conf_error(&reader->conf, item, "no code system has the family '%s'",
                      ca_shown_of(text).text);
        return NULL;
    }
    if (family && before && strcmp(before->family, family) != 0) {
        ca_conf_error(&reader->conf, item,
                      "'%s' holds codes of the family '%s': what replaces it must, too",
                      before->name, before->family);
        return NULL;
    }
    return family;
}

/* `codes: [icd10cm:O00, …]`. */
static void read_codes(ca_ref_reader *reader, ca_yaml *list, ca_codeset *set, bool prefix)
{
    ca_ref_source source = ca_ref_source_default();
    source.set = set;
    if (!ca_conf_is(&reader->conf, list, CA_YAML_SEQUENCE, NULL)) {
        return;
    }
    if (ca_codeset_add_file(set, reader->conf.file->path, &source.number) != 0) {
        reader->failure = CA_NOMEM;
        return;
    }
    for (const ca_yaml *item = list->child; item && !source.given_up; item = item->next) {
        ca_ref_place place = {reader->conf.file->path, item->line, item->column};
        ca_text code;
        if (!ca_conf_text(&reader->conf, item, &code)) {
            continue;
        }
        bool exact = prefix && code.len > 0 && code.ptr[0] == '=';
        if (exact) {
            code = ca_text_sub(code, 1, SIZE_MAX);
        }
        int rc = ca_ref_set_code(&source, reader->refs->codes, code, prefix && !exact, &place,
                                 reader->conf.diags);
        if (rc) {
            reader->failure = rc;
            return;
        }
    }
    if (list->count == 0) {
        ca_conf_error(&reader->conf, list, "'codes' needs at least one code");
    }
}

static ca_codeset *new_set(ca_ref_reader *reader, const ca_yaml *node, const char *family,
                           ca_ref_plan *plan)
{
    const char *name = ca_ref_keep_cstr(reader, node->key);
    ca_codeset *set = name ? ca_alloc(sizeof *set) : NULL;
    if (!set) {
        reader->failure = CA_NOMEM;
        return NULL;
    }
    plan->sets[plan->set_count++] = set;
    if (ca_codeset_init(set, name, family, reader->conf.file->path) != 0) {
        reader->failure = CA_NOMEM;
        return NULL;
    }
    return set;
}

/* The keys of a source that stand in the definition itself belong to its only source. */
static bool is_single(const ca_ref_reader *reader, ca_yaml *node)
{
    return ca_conf_get(&reader->conf, node, "file") != NULL;
}

static void read_contents(ca_ref_reader *reader, ca_yaml *node, bool bind, ca_codeset *set,
                          ca_ref_plan *plan)
{
    static const char *const known[] = {"file",      "column",   "system", "system_column",
                                        "valid",     "where",    "prefix", "dates",
                                        "delimiter", "encoding", NULL};
    ca_ref_source like = ca_ref_source_default();
    ca_yaml *codes = ca_conf_get(&reader->conf, node, "codes");
    ca_yaml *sources = ca_conf_get(&reader->conf, node, "sources");
    size_t first = plan->source_count;
    bool single = is_single(reader, node);
    like.set = set;
    set->bound = codes || sources || single;
    if (codes) {
        bool prefix = false;
        ca_yaml *item = single ? NULL : ca_conf_get(&reader->conf, node, "prefix");
        if (item) {
            ca_conf_bool(&reader->conf, item, &prefix);
        }
        read_codes(reader, codes, set, prefix);
    }
    if (single && sources) {
        ca_conf_error_key(&reader->conf, sources, "either 'file' or 'sources', not both");
    } else if (single || sources) {
        ca_ref_sources_read(reader, node, &like, read_source, known, plan);
    } else if (!codes && !bind) {
        ca_conf_error_key(
            &reader->conf, node,
            "the set '%s' has no codes: add 'file', 'sources', 'codes', or 'bind: site'",
            set->name);
    }
    for (size_t i = first; i < plan->source_count; i++) {
        set->dated = set->dated || plan->sources[i]->dated;
    }
}

void ca_ref_read_set(ca_ref_reader *reader, ca_yaml *node, bool replace, ca_ref_plan *plan)
{
    static const char *const known[] = {"family", "bind",   "sources",       "codes",    "file",
                                        "column", "system", "system_column", "valid",    "where",
                                        "prefix", "dates",  "delimiter",     "encoding", NULL};
    bool bind;
    if (ca_refs_table(reader->refs, node->key)) {
        ca_conf_error_key(&reader->conf, node, "'%s' is the name of a table",
                          ca_shown_of(node->key).text);
        return;
    }
    bool named = ca_ref_name_free(reader, node, replace);
    const char *family = read_family(reader, node, replace);
    bool good = ca_ref_bind_read(reader, node, &bind);
    if (!named || !family || !good) {
        return;
    }
    ca_codeset *set = new_set(reader, node, family, plan);
    if (set) {
        read_contents(reader, node, bind, set, plan);
        ca_conf_no_others(&reader->conf, node, known);
    }
}
