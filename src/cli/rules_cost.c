/* claimaudit rules cost: which exchange each rule needs, and an estimate of bytes, memory and time. */
#include "cli/rules_verbs.h"

#include "rules/cost.h"
#include "rules/kind.h"

#define LINES 1000000u

static const char *exchange_name(ca_rules_job *job, ca_exchange exchange, const unsigned *key, unsigned count)
{
    ca_buf text;
    ca_buf_init(&text);
    ca_exchange_print(job->setup->rules->schema, exchange, key, count, &text);
    const char *copy = text.failed ? NULL : ca_arena_cstr(&job->cli->arena, ca_buf_text(&text));
    ca_buf_done(&text);
    return copy;
}

static int print_rule(ca_rules_job *job, const ca_rule *rule, ca_output *output)
{
    static const char *const names[] = {"rule", "kind", "status", "exchange", "columns", "bytes", "lines", "looks_at"};
    ca_rule_cost cost;
    ca_arena *arena = &job->cli->arena;
    ca_rule_cost_of(job->setup->rules->schema, rule, &cost);
    const char *exchange = exchange_name(job, cost.exchange, cost.key, cost.key_count);
    const char *columns = ca_arena_printf(arena, "%u", cost.columns);
    const char *bytes = ca_arena_printf(arena, "%u", cost.bytes);
    const char *percent = ca_arena_printf(arena, "%u%%", cost.percent);
    if (!exchange || !columns || !bytes || !percent) {
        return CA_NOMEM;
    }
    ca_text cells[] = {ca_text_of(rule->id),  ca_text_of(rule->kind->name), ca_text_of(ca_rule_status_name(rule->status)),
                       ca_text_of(exchange),  ca_text_of(columns),          ca_text_of(bytes),
                       ca_text_of(percent),   ca_text_of(cost.by_codes ? "lines with its codes" : "every line")};
    return ca_output_row(output, names, cells, 8);
}

/* 950 bytes, 1.5 MB, 20.0 GB */
static void print_bytes(FILE *out, uint64_t bytes)
{
    static const char *const units[] = {"KB", "MB", "GB", "TB", "PB"};
    unsigned unit = 0;
    if (bytes < 1000) {
        fprintf(out, "%llu bytes", (unsigned long long)bytes);
        return;
    }
    for (; bytes >= 1000000 && unit < 4; unit++) {
        bytes /= 1000;
    }
    fprintf(out, "%llu.%llu %s", (unsigned long long)(bytes / 1000), (unsigned long long)(bytes % 1000 / 100), units[unit]);
}

static int print_run(ca_rules_job *job, uint64_t lines, ca_error *err)
{
    ca_run_cost cost;
    FILE *out = job->cli->out;
    int rc = ca_run_cost_of(job->setup->rules, lines, &job->cli->arena, &cost, err);
    if (rc) {
        return rc;
    }
    fprintf(out, "\nA run of %llu lines with the %zu rules that run, estimated:\n", (unsigned long long)lines, cost.rules);
    for (size_t i = 0; i < cost.exchange_count; i++) {
        const ca_exchange_cost *exchange = &cost.exchanges[i];
        const char *name = exchange_name(job, exchange->exchange, exchange->key, exchange->key_count);
        if (!name) {
            return ca_error_nomem(err);
        }
        if (exchange->exchange == CA_EXCHANGE_NONE) {
            fprintf(out, "  in the stream: %zu rule%s\n", exchange->rules, exchange->rules == 1 ? "" : "s");
            continue;
        }
        fprintf(out, "  exchange %s: %zu rule%s, %u %% of the lines, %u bytes each, ", name, exchange->rules,
                exchange->rules == 1 ? "" : "s", exchange->percent, exchange->bytes);
        print_bytes(out, exchange->total);
        fputs(" before compression\n", out);
    }
    fputs("  sets and tables: ", out);
    print_bytes(out, cost.tables);
    fputs("; memory at least: ", out);
    print_bytes(out, cost.memory);
    fprintf(out, "; time of one core: about %llu s\n", (unsigned long long)(cost.milliseconds + 999) / 1000);
    return 0;
}

int ca_rules_cost(ca_rules_job *job, ca_error *err)
{
    ca_format format;
    size_t asked;
    uint64_t lines;
    const ca_ruleset *rules = job->setup->rules;
    int rc = ca_argument_format(job->arguments, &format, err);
    rc = rc ? rc : ca_argument_number(job->arguments, "lines", LINES, &lines, err);
    rc = rc ? rc : ca_rules_count(job, &asked, err);
    if (rc) {
        return rc;
    }
    ca_output *output = ca_output_new(job->cli, format);
    if (!output) {
        return ca_error_nomem(err);
    }
    for (size_t i = 0; rc == 0 && i < rules->count; i++) {
        rc = ca_rules_asked(job, rules->rules[i]) ? print_rule(job, rules->rules[i], output) : 0;
    }
    ca_output_end(output);
    rc = rc ? ca_error_nomem(err) : 0;
    return rc || format != CA_FORMAT_TABLE || job->only ? rc : print_run(job, lines, err);
}
