/* A finding as the library's callers see it: strings instead of slices, names instead of numbers. */
#include "run/public.h"

#include "base/decimal.h"

struct delivery {
    ca_scan_state *scan;
    claimaudit_on_finding on_finding;
    void *context;
    ca_arena strings;             /* of one finding */
    bool nomem;
    int stopped;
};

static const char *string_of(struct delivery *delivery, ca_text text)
{
    if (!text.ptr) {
        return NULL;
    }
    const char *string = ca_arena_cstr(&delivery->strings, text);
    delivery->nomem |= !string;
    return string;
}

static const char *date_of(struct delivery *delivery, bool present, ca_date date)
{
    char day[CA_DATE_SIZE];
    if (!present) {
        return NULL;
    }
    ca_date_print(date, day);
    return string_of(delivery, ca_text_of(day));
}

static int64_t minor_of(const struct delivery *delivery, const ca_finding_line *line)
{
    int64_t minor = CLAIMAUDIT_NO_AMOUNT;
    int64_t scale = 1;
    for (int digit = 0; digit < delivery->scan->setup->profile->minor_digits; digit++) {
        scale *= 10;
    }
    if (line->has_paid && !ca_ratio_round(ca_ratio_of(line->paid, CA_DECIMAL_ONE), scale, &minor)) {
        return CLAIMAUDIT_NO_AMOUNT;
    }
    return minor;
}

/* What was cut off has neither a claim nor a place. */
static claimaudit_line line_of(struct delivery *delivery, const ca_finding_line *line)
{
    bool placed = line->claim_id.ptr != NULL;
    return (claimaudit_line){.role = line->role,
                             .line_no = line->line_no,
                             .file = placed ? delivery->scan->files[line->origin.file].path : NULL,
                             .row = line->origin.row,
                             .offset = line->origin.offset,
                             .exposure = line->exposure,
                             .claim_type = placed ? ca_enum_name(CA_F_CLAIM_TYPE, line->claim_type) : NULL,
                             .claim_id = string_of(delivery, line->claim_id),
                             .claim_part = line->claim_part,
                             .whole_claim = line->of_claim,
                             .service_date = date_of(delivery, line->has_date, line->service_date),
                             .paid = minor_of(delivery, line),
                             .count = line->count};
}

static const claimaudit_line *lines_of(struct delivery *delivery, const ca_finding *finding)
{
    claimaudit_line *lines = ca_arena_array(&delivery->strings, finding->line_count + 1, sizeof *lines);
    if (!lines) {
        delivery->nomem = true;
        return NULL;
    }
    for (size_t i = 0; i < finding->line_count; i++) {
        lines[i] = line_of(delivery, &finding->lines[i]);
    }
    return lines;
}

/* What a finding takes from its rule stands in `of`. */
static int give(struct delivery *delivery, const ca_finding *finding, claimaudit_finding of, ca_error *err)
{
    ca_arena_reset(&delivery->strings);
    claimaudit_finding given = {
        .rule = of.rule,
        .title = of.title,
        .severity = of.severity,
        .category = of.category,
        .claim_type = finding->claim_id.ptr ? ca_enum_name(CA_F_CLAIM_TYPE, finding->claim_type) : NULL,
        .claim_id = string_of(delivery, finding->claim_id),
        .claim_part = finding->claim_part,
        .line_no = finding->line_no,
        .whole_claim = finding->of_claim,
        .patient_id = string_of(delivery, finding->patient_id),
        .billing_provider_id = string_of(delivery, finding->billing_provider_id),
        .rendering_provider_id = string_of(delivery, finding->rendering_provider_id),
        .service_date = date_of(delivery, finding->has_date, finding->service_date),
        .exposure = finding->exposure == CA_EXPOSURE_MISSING ? CLAIMAUDIT_NO_AMOUNT : finding->exposure,
        .message = string_of(delivery, finding->message),
        .evidence = string_of(delivery, finding->evidence),
        .lines = lines_of(delivery, finding),
        .line_count = finding->line_count,
        .entity_kind = finding->entity_kind,
        .entity_id = finding->entity_kind ? string_of(delivery, finding->entity_id) : NULL,
        .exposure_of_entity = finding->of_entity,
        .window_from = date_of(delivery, finding->has_window, finding->window_from),
        .window_to = date_of(delivery, finding->has_window, finding->window_to)};
    if (delivery->nomem) {
        return ca_error_nomem(err);
    }
    delivery->stopped = delivery->on_finding(delivery->context, &given);
    return delivery->stopped ? CA_END : 0;
}

static int deliver(void *context, const ca_finding *finding, ca_error *err)
{
    struct delivery *delivery = context;
    const ca_rule *rule = delivery->scan->setup->rules->rules[finding->rule];
    const claimaudit_finding of = {.rule = rule->id, .title = rule->title, .severity = rule->severity, .category = rule->category};
    bool told = finding->outcome == CA_HIT && rule->status == CA_RULE_ACTIVE;
    return told ? give(delivery, finding, of, err) : 0;
}

static int deliver_scored(void *context, const ca_finding *finding, ca_error *err)
{
    struct delivery *delivery = context;
    const ca_scores_told scores = ca_scores_of(delivery->scan);
    const ca_score_rule *rule = ca_score_rule_of(scores.scored->kinds[finding->rule - scores.first_rule].of);
    const claimaudit_finding of = {.rule = rule->id, .title = rule->title, .severity = rule->severity, .category = rule->category};
    return give(delivery, finding, of, err);
}

ca_scores_told ca_scores_of(const ca_scan_state *scan)
{
    return (ca_scores_told){scan->scored, (uint32_t)scan->setup->rules->count, scan->options->max_findings, scan->options->max_scores};
}

int ca_deliver(ca_scan_state *scan, claimaudit_on_finding on_finding, void *context, int *ret_stopped,
               ca_error *err)
{
    struct delivery delivery = {.scan = scan, .on_finding = on_finding, .context = context};
    ca_arena_init(&delivery.strings);
    const ca_scores_told scores = ca_scores_of(scan);
    int rc = ca_engine_findings(scan, deliver, &delivery, err);
    rc = rc ? rc : ca_scores_findings(&scores, deliver_scored, &delivery, err);
    *ret_stopped = delivery.stopped;
    ca_arena_done(&delivery.strings);
    return rc == CA_END ? 0 : rc;
}
