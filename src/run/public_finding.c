/* A finding as the library's callers see it: strings instead of slices, names instead of numbers. */
#include "run/public.h"

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

static const char *date_of(struct delivery *delivery, const ca_finding *finding)
{
    char day[CA_DATE_SIZE];
    if (!finding->has_date) {
        return NULL;
    }
    ca_date_print(finding->service_date, day);
    return string_of(delivery, ca_text_of(day));
}

static const claimaudit_line *lines_of(struct delivery *delivery, const ca_finding *finding)
{
    claimaudit_line *lines = ca_arena_array(&delivery->strings, finding->line_count + 1, sizeof *lines);
    if (!lines) {
        delivery->nomem = true;
        return NULL;
    }
    for (size_t i = 0; i < finding->line_count; i++) {
        const ca_finding_line *line = &finding->lines[i];
        lines[i] = (claimaudit_line){.role = line->role,
                                     .line_no = line->line_no,
                                     .file = delivery->scan->files[line->origin.file].path,
                                     .row = line->origin.row,
                                     .offset = line->origin.offset,
                                     .exposure = line->exposure};
    }
    return lines;
}

static int deliver(void *context, const ca_finding *finding, ca_error *err)
{
    struct delivery *delivery = context;
    const ca_rule *rule = delivery->scan->setup->rules->rules[finding->rule];
    if (finding->outcome != CA_HIT || rule->status != CA_RULE_ACTIVE) {
        return 0;
    }
    ca_arena_reset(&delivery->strings);
    claimaudit_finding given = {
        .rule = rule->id,
        .title = rule->title,
        .severity = rule->severity,
        .category = rule->category,
        .claim_type = ca_enum_name(CA_F_CLAIM_TYPE, finding->claim_type),
        .claim_id = string_of(delivery, finding->claim_id),
        .claim_part = finding->claim_part,
        .line_no = finding->line_no,
        .whole_claim = finding->of_claim,
        .patient_id = string_of(delivery, finding->patient_id),
        .billing_provider_id = string_of(delivery, finding->billing_provider_id),
        .rendering_provider_id = string_of(delivery, finding->rendering_provider_id),
        .service_date = date_of(delivery, finding),
        .exposure = finding->exposure == CA_EXPOSURE_MISSING ? CLAIMAUDIT_NO_AMOUNT : finding->exposure,
        .message = string_of(delivery, finding->message),
        .evidence = string_of(delivery, finding->evidence),
        .lines = lines_of(delivery, finding),
        .line_count = finding->line_count};
    if (delivery->nomem) {
        return ca_error_nomem(err);
    }
    delivery->stopped = delivery->on_finding(delivery->context, &given);
    return delivery->stopped ? CA_END : 0;
}

int ca_deliver(ca_scan_state *scan, claimaudit_on_finding on_finding, void *context, int *ret_stopped,
               ca_error *err)
{
    struct delivery delivery = {.scan = scan, .on_finding = on_finding, .context = context};
    ca_arena_init(&delivery.strings);
    int rc = ca_engine_findings(scan, deliver, &delivery, err);
    *ret_stopped = delivery.stopped;
    ca_arena_done(&delivery.strings);
    return rc == CA_END ? 0 : rc;
}
