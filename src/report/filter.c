/* Does a filter name what the report has? A misspelt name would find nothing, and look like good news. */
#include "report/inner.h"

#include "base/alloc.h"

#define NAMES_MAX 20000
#define LIST_MAX 8

typedef struct ca_names {
    ca_arena arena;
    const char **names;
    size_t count;
    ca_text wanted;
    bool found;
} ca_names;

static int take_name(void *context, const ca_report_row *row)
{
    ca_names *names = context;
    const char *name = ca_arena_cstr(&names->arena, row->cells[0]);
    if (!name) {
        return CA_NOMEM;
    }
    names->found = names->found || ca_text_is(names->wanted, name);
    if (names->count < NAMES_MAX) {
        names->names[names->count++] = name;
    }
    return 0;
}

/* "; it has low, high" as far as a reader would read. */
static void add_list(ca_buf *words, const ca_names *names)
{
    for (size_t i = 0; i < names->count && i < LIST_MAX; i++) {
        ca_buf_printf(words, "%s%s", i ? ", " : "; it has ", names->names[i]);
    }
    ca_buf_add_cstr(words, names->count > LIST_MAX ? " …" : names->count ? "" : "; no run is stored in it");
}

static int refuse(const ca_report *report, const ca_names *names, const char *what, ca_error *err)
{
    ca_buf words;
    const char *closest = ca_text_closest(names->wanted, names->names, names->count);
    ca_buf_init(&words);
    if (closest) {
        ca_buf_printf(&words, "; did you mean '%s'?", closest);
    } else {
        add_list(&words, names);
    }
    int rc = words.failed ? ca_error_nomem(err)
                          : ca_error_set(err, CA_USAGE, "there is no %s '%.*s' in %s%s", what,
                                         (int)(names->wanted.len < 80 ? names->wanted.len : 80), names->wanted.ptr,
                                         report->path, ca_buf_cstr(&words));
    ca_buf_done(&words);
    return rc;
}

static int check(ca_report *report, const char *sql, const char *what, const char *wanted, ca_error *err)
{
    ca_names names = {.wanted = ca_text_of(wanted)};
    if (names.wanted.len == 0) {
        return 0;
    }
    ca_arena_init(&names.arena);
    names.names = ca_arena_array(&names.arena, NAMES_MAX, sizeof *names.names);
    int rc = names.names ? ca_report_query(report, sql, NULL, 0, take_name, &names, err) : ca_error_nomem(err);
    if (rc == 0 && !names.found) {
        rc = refuse(report, &names, what, err);
    }
    ca_arena_done(&names.arena);
    return rc;
}

int ca_report_check_filter(ca_report *report, const ca_finding_filter *filter, ca_error *err)
{
    int rc = check(report, "SELECT DISTINCT rule_id FROM rule_version ORDER BY rule_id", "rule", filter->rule, err);
    return rc ? rc
              : check(report,
                      "SELECT severity FROM rule_version GROUP BY severity ORDER BY min(severity_rank), severity",
                      "severity", filter->severity, err);
}
