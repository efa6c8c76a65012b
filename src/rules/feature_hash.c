/* Hashes features: logic_hash changes exactly when a value, or how it is judged, could. Words and names do not enter. */
#include "base/hash.h"
#include "rules/feature_parts.h"
#include "rules/print.h"

typedef struct hashing {
    const ca_featureset *set;
    ca_sha256 *sha;
    ca_buf buf;
} hashing;

static void part(hashing *to, const char *label, ca_text text)
{
    ca_sha256_add_text(to->sha, ca_text_of(label));
    ca_sha256_add_text(to->sha, text);
}

static void number_part(hashing *to, const char *label, int64_t number)
{
    to->buf.len = 0;
    ca_buf_printf(&to->buf, "%lld", (long long)number);
    part(to, label, ca_buf_text(&to->buf));
}

static void add_column(hashing *to, unsigned column)
{
    const ca_column_def *def = &to->set->base->schema->columns[column];
    ca_buf_printf(&to->buf, " %s<%s %s>", def->name, ca_type_name(def->type), def->family);
}

static void condition(hashing *to, const char *label, uint32_t index)
{
    to->buf.len = 0;
    if (index != CA_NO_INDEX)
        ca_print_logic(to->set->base, to->set->conditions[index], &to->buf);
    part(to, label, ca_buf_text(&to->buf));
}

static void number(hashing *to, const char *label, uint32_t index)
{
    to->buf.len = 0;
    if (index != CA_NO_INDEX) {
        const ca_feature_number *of = &to->set->numbers[index];
        ca_buf_printf(&to->buf, "%lld", (long long)of->constant);
        for (size_t i = 0; i < of->count; i++) {
            ca_buf_printf(&to->buf, " + %lld *", (long long)of->factor[i]);
            add_column(to, of->column[i]);
        }
    }
    part(to, label, ca_buf_text(&to->buf));
}

static void key(hashing *to, const char *label, uint32_t index)
{
    to->buf.len = 0;
    for (size_t i = 0; index != CA_NO_INDEX && i < to->set->keys[index].count; i++)
        add_column(to, to->set->keys[index].column[i]);
    part(to, label, ca_buf_text(&to->buf));
}

static void term(hashing *to, const char *label, const ca_feature_term *of)
{
    const ca_feature_tally *tally = &to->set->tallies[of->tally];
    part(to, label, ca_text_of(ca_feature_reduce_name(of->reduce)));
    number_part(to, "factor", of->factor);
    number_part(to, "top", of->top);
    if (of->limited) {
        number_part(to, "compare", of->compare);
        number_part(to, "limit", of->limit);
    }
    condition(to, "where", tally->where);
    number(to, "number", tally->number);
    key(to, "key", tally->key);
    key(to, "once", tally->once);
}

static void line(hashing *to, const ca_feature_line *of)
{
    number_part(to, "line", of->form);
    number(to, "above", of->above);
    number(to, "below", of->below);
    condition(to, "condition", of->condition);
    to->buf.len = 0;
    if (of->column != CA_NO_COLUMN)
        add_column(to, of->column);
    part(to, "column", ca_buf_text(&to->buf));
    for (size_t i = 0; i < of->cell_count; i++)
        key(to, "given", of->cells[i]);
}

static void logic(hashing *to, const ca_feature *feature)
{
    part(to, "claimaudit feature", CA_TEXT(CA_SEMANTICS));
    part(to, "entity", ca_text_of(ca_entity_kinds[feature->entity].name));
    part(to, "form", ca_text_of(ca_feature_form_name(feature->form)));
    part(to, "transform", ca_text_of(ca_transform_name(feature->transform)));
    part(to, "direction", ca_text_of(ca_direction_name(feature->direction)));
    part(to, "money", feature->money ? CA_TEXT("yes") : CA_TEXT("no"));
    number_part(to, "minimum", feature->minimum);
    condition(to, "where", feature->where);
    if (feature->entity == CA_ENTITY_LINE) {
        line(to, &feature->line);
        return;
    }
    term(to, "numerator", &feature->numerator);
    if (feature->has_denominator)
        term(to, "denominator", &feature->denominator);
    term(to, "exposure", &feature->exposure);
}

int ca_feature_hash(const ca_featureset *set, ca_feature *feature, ca_error *err)
{
    hashing to = {.set = set, .sha = ca_sha256_new()};
    ca_sha256 *text = ca_sha256_new();
    ca_buf_init(&to.buf);
    if (to.sha != NULL && text != NULL) {
        const ca_yaml *root = feature->root;
        logic(&to, feature);
        ca_sha256_digest(to.sha, feature->logic_hash);
        ca_sha256_add(text, feature->file->source.ptr + root->start, root->end - root->start);
        ca_sha256_digest(text, feature->text_hash);
    }
    bool failed = to.sha == NULL || text == NULL || to.buf.failed;
    ca_sha256_free(to.sha);
    ca_sha256_free(text);
    ca_buf_done(&to.buf);
    return failed ? ca_error_nomem(err) : 0;
}

int ca_featureset_hash(ca_featureset *set, ca_error *err)
{
    ca_sha256 *sha = ca_sha256_new();
    int code = sha == NULL ? ca_error_nomem(err) : 0;
    for (size_t i = 0; code == 0 && i < set->count; i++) {
        code = ca_feature_hash(set, set->features[i], err);
        if (code != 0 || set->features[i]->draft)
            continue;
        ca_sha256_add_text(sha, ca_text_of(set->features[i]->id));
        ca_sha256_add(sha, set->features[i]->logic_hash, sizeof(set->features[i]->logic_hash));
    }
    if (code == 0)
        ca_sha256_digest(sha, set->digest);
    ca_sha256_free(sha);
    return code;
}
