/* What a statistical finding keeps as its evidence: the score, its reasons, the model; of pairs and rings their members. */
#include "run/score_findings.h"

#include <math.h>

static void add_name(ca_buf *json, const char *name)
{
    ca_buf_add_char(json, ',');
    ca_buf_add_json(json, ca_text_of(name));
    ca_buf_add_char(json, ':');
}

static void add_text(ca_buf *json, const char *name, ca_text text)
{
    add_name(json, name);
    ca_buf_add_json(json, text);
}

static void add_count(ca_buf *json, const char *name, uint64_t count)
{
    add_name(json, name);
    ca_buf_printf(json, "%llu", (unsigned long long)count);
}

/* JSON knows no NaN. */
static void add_real(ca_buf *json, const char *name, double value)
{
    add_name(json, name);
    if (isfinite(value)) {
        ca_buf_printf(json, "%.9g", value);
    } else {
        ca_buf_add_cstr(json, "null");
    }
}

static void add_truth(ca_buf *json, const char *name, bool truth)
{
    add_name(json, name);
    ca_buf_add_cstr(json, truth ? "true" : "false");
}

static void add_money(ca_buf *json, const char *name, bool known, int64_t minor)
{
    add_name(json, name);
    if (known) {
        ca_buf_printf(json, "%lld", (long long)minor);
    } else {
        ca_buf_add_cstr(json, "null");
    }
}

static void add_digest(ca_buf *json, const char *name, const uint8_t *digest)
{
    char hex[65];
    ca_hex(digest, 32, hex);
    add_text(json, name, ca_text_of(hex));
}

static void add_date(ca_buf *json, const char *name, ca_date date)
{
    char text[CA_DATE_SIZE];
    ca_date_print(date, text);
    add_text(json, name, ca_text_of(text));
}

/* As the evidence of any rule begins; there are no conditions. */
static void begin(const ca_scored *scored, const ca_score_rule *rule, ca_buf *json)
{
    char hex[33];
    ca_buf_add_cstr(json, "{\"rule\":");
    ca_buf_add_json(json, ca_text_of(rule->id));
    add_count(json, "version", 1);
    add_digest(json, "logic", scored->logic_hash);
    ca_buf_add_cstr(json, ",\"leaves\":[],\"model\":{\"name\":");
    ca_buf_add_json(json, ca_text_of(scored->model->name));
    add_text(json, "version", ca_text_of(scored->model->version));
    ca_digest_hex(scored->model->digest, hex);
    add_text(json, "digest", ca_text_of(hex));
    if (scored->model->has_period) {
        add_date(json, "from", scored->model->from);
        add_date(json, "to", scored->model->to);
    }
    ca_buf_add_char(json, '}');
}

static void add_reason(ca_buf *json, const ca_entity_reason *reason)
{
    const ca_entity_feature *feature = &reason->feature;
    ca_buf_add_cstr(json, "{\"feature\":");
    ca_buf_add_json(json, ca_text_of(feature->id));
    add_text(json, "title", ca_text_of(feature->title));
    add_text(json, "sentence", reason->sentence);
    add_text(json, "unit", ca_text_of(ca_told_format_name(feature->format)));
    add_text(json, "direction", ca_text_of(ca_told_direction_name(feature->direction)));
    add_real(json, "value", feature->value);
    add_real(json, "peer_median", feature->peer);
    add_real(json, "ratio", feature->ratio);
    add_real(json, "percentile", feature->percentile);
    add_real(json, "exposure", feature->exposure);
    add_text(json, "exposure_of", ca_text_of(feature->exposure_of ? feature->exposure_of : "cases"));
    add_real(json, "z", feature->z);
    add_real(json, "p_value", feature->p);
    add_text(json, "cell", feature->cell);
    add_count(json, "cell_size", feature->cell_size);
    add_real(json, "share", reason->share);
    if (reason->has_expected) {
        add_real(json, "expected", reason->expected);
        add_real(json, "deviation", reason->deviation);
    }
    ca_buf_add_char(json, '}');
}

void ca_score_evidence(const ca_scored *scored, const ca_score_rule *rule, const ca_entity_score *score, ca_buf *json)
{
    begin(scored, rule, json);
    ca_buf_add_cstr(json, ",\"score\":{\"kind\":");
    ca_buf_add_json(json, ca_text_of(score->kind));
    add_text(json, "id", score->id);
    add_real(json, "score", score->score);
    add_real(json, "p_value", score->p);
    add_real(json, "q_value", score->q);
    add_count(json, "rank", score->rank);
    add_truth(json, "small", score->small);
    add_text(json, "cell", score->cell);
    add_count(json, "cell_size", score->cell_size);
    add_count(json, "volume", score->volume);
    add_money(json, "excess", score->has_excess, score->excess);
    ca_buf_add_cstr(json, "},\"reasons\":[");
    for (size_t i = 0; i < score->reason_count; i++) {
        ca_buf_add_cstr(json, i ? "," : "");
        add_reason(json, &score->reasons[i]);
    }
    ca_buf_add_cstr(json, "]}");
}

/* --- Networks --------------------------------------------------------------------------------- */

static void add_members(ca_buf *json, const ca_told_member *members, size_t count)
{
    add_name(json, "members");
    ca_buf_add_char(json, '[');
    for (size_t i = 0; i < count; i++) {
        ca_buf_add_cstr(json, i ? ",{\"kind\":" : "{\"kind\":");
        ca_buf_add_json(json, ca_text_of(members[i].kind));
        add_text(json, "id", members[i].id);
        add_text(json, "group", members[i].group);
        add_count(json, "patients", members[i].patients);
        add_count(json, "shared", members[i].shared);
        add_money(json, "paid", members[i].has_paid, members[i].paid);
        ca_buf_add_char(json, '}');
    }
    ca_buf_add_char(json, ']');
}

void ca_pair_evidence(const ca_scored *scored, const ca_score_rule *rule, const ca_told_pair *pair, ca_buf *json)
{
    const ca_told_member members[] = {pair->a, pair->b};
    begin(scored, rule, json);
    ca_buf_add_cstr(json, ",\"pair\":{\"region\":");
    ca_buf_add_json(json, pair->region);
    add_count(json, "population", pair->population);
    add_count(json, "shared", pair->shared);
    add_real(json, "expected", pair->expected);
    add_real(json, "lift", pair->lift);
    add_real(json, "jaccard", pair->jaccard);
    add_real(json, "log_p", pair->log_p);
    add_real(json, "q_value", pair->q);
    add_count(json, "rank", pair->rank);
    add_money(json, "paid", pair->has_money, pair->money);
    ca_buf_add_char(json, '}');
    add_members(json, members, 2);
    ca_buf_add_char(json, '}');
}

void ca_ring_evidence(const ca_scored *scored, const ca_score_rule *rule, const ca_told_ring *ring, ca_buf *json)
{
    begin(scored, rule, json);
    ca_buf_add_cstr(json, ",\"ring\":{\"patients\":");
    ca_buf_printf(json, "%llu", (unsigned long long)ring->patients);
    add_count(json, "pairs", ring->pairs);
    add_real(json, "density", ring->density);
    add_real(json, "q_value", ring->q);
    add_count(json, "rank", ring->rank);
    add_money(json, "paid", ring->has_money, ring->money);
    ca_buf_add_char(json, '}');
    add_members(json, ring->members, ring->member_count);
    ca_buf_add_char(json, '}');
}
