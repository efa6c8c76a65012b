/* include/claimaudit.h over the engine: handles, strings and statuses; public_finding.c delivers what was found. */
#include "claimaudit.h"

#include <stdio.h>
#include <string.h>

#include "base/alloc.h"
#include "base/process.h"
#include "report/model.h"
#include "run/public.h"
#include "store/pack.h"

#define FINDINGS_KEPT 100000
#define PUSHED_MAX    100000      /* as many as a folder may hold */

struct claimaudit_engine {
    ca_arena arena;
    ca_setup setup;
    claimaudit_on_problem on_problem;
    void *context;
    claimaudit_scan *scan;        /* open at present, or NULL */
};

struct claimaudit_scan {
    claimaudit_engine *engine;
    ca_arena arena;
    ca_scan_options options;
    ca_scan_summary summary;
    ca_scan_state state;
    const char **paths;           /* files by path */
    size_t path_count, path_cap;
    ca_pushed *pushed;
    size_t pushed_count, pushed_cap;
    uint64_t pushed_bytes;
    ca_pack *pack;                /* of the last pushed file */
    bool finished;
    bool failed;                  /* a file is not whole */
    bool told;                    /* it was judged, and is not there already */
};

const char *claimaudit_version(void)
{
    return CA_VERSION;
}

static int refuse(claimaudit_error *to, const ca_error *error)
{
    int status = ca_error_exit_status(error->code);
    if (to) {
        to->status = status;
        snprintf(to->message, sizeof to->message, "%s%s%s", error->file, error->file[0] ? ": " : "", error->text);
    }
    return status;
}

static int misused(claimaudit_error *to, const char *text)
{
    ca_error error = {0};
    ca_error_set(&error, CA_USAGE, "%s", text);
    return refuse(to, &error);
}

static void tell_problems(const claimaudit_engine *engine, ca_diags *diags)
{
    ca_diags_sort(diags);
    for (size_t i = 0; engine->on_problem && i < diags->count; i++) {
        const ca_diag *diag = &diags->items[i];
        if (diag->severity == CA_DIAG_ERROR) {
            engine->on_problem(engine->context, diag->file, diag->line, diag->column, diag->text);
        }
    }
}

/* --- The engine -------------------------------------------------------------------------------- */

int claimaudit_open(const claimaudit_config *config, claimaudit_engine **ret_engine, claimaudit_error *error)
{
    ca_error reason = {0};
    ca_diags diags;
    if (!config || !config->profile || !config->rules || !ret_engine) {
        return misused(error, "claimaudit_open needs a profile, the folder of rules and a place for the engine");
    }
    ca_setup_options options = {.disk = ca_disk_real(),
                                .profile = config->profile,
                                .shipped_rules = config->rules,
                                .rule_folders = config->own_rules,
                                .rule_folder_count = config->own_rule_count,
                                .only_rules = config->only_own != 0};
    claimaudit_engine *engine = ca_alloc_zero(1, sizeof *engine);
    if (!engine) {
        ca_error_nomem(&reason);
        return refuse(error, &reason);
    }
    engine->on_problem = config->on_problem;
    engine->context = config->context;
    ca_arena_init(&engine->arena);
    ca_diags_init(&diags, &engine->arena);
    int rc = ca_setup_load(&options, &engine->arena, &diags, &engine->setup, &reason);
    tell_problems(engine, &diags);
    ca_diags_done(&diags);
    if (rc) {
        claimaudit_close(engine);
        return refuse(error, &reason);
    }
    *ret_engine = engine;
    return CLAIMAUDIT_DONE;
}

void claimaudit_close(claimaudit_engine *engine)
{
    if (engine) {
        ca_setup_done(&engine->setup);
        ca_arena_done(&engine->arena);
        ca_free(engine);
    }
}

/* --- A scan ------------------------------------------------------------------------------------- */

static bool take_date(const char *text, bool *ret_given, ca_date *ret_date)
{
    *ret_given = text != NULL;
    return !text || ca_date_parse_iso(ca_text_of(text), ret_date);
}

static int set_options(claimaudit_scan *scan, const claimaudit_options *options, ca_error *err)
{
    ca_scan_options *to = &scan->options;
    *to = ca_scan_defaults();
    to->disk = ca_disk_real();
    to->clock = ca_clock_real();
    to->process = ca_process_number();
    to->version = CA_VERSION;
    to->db = options->db ? ca_arena_cstr(&scan->arena, ca_text_of(options->db)) : NULL;
    to->work = options->work ? ca_arena_cstr(&scan->arena, ca_text_of(options->work)) : NULL;
    to->memory = options->memory ? options->memory : to->memory;
    to->max_findings = options->max_findings ? options->max_findings : FINDINGS_KEPT;
    to->scores = to->networks = options->scores != 0;
    to->no_score = !options->scores;
    to->max_scores = options->max_scores ? options->max_scores : to->max_scores;
    to->score_months = options->score_months == CA_SCORE_MONTHS ? 0 : options->score_months;
    if (options->max_rejects) {
        to->max_rejects = options->max_rejects;
        to->max_rejects_share = false;
    }
    if ((options->db && !to->db) || (options->work && !to->work)) {
        return ca_error_nomem(err);
    }
    return take_date(options->data_from, &to->has_data_from, &to->data_from) &&
                   take_date(options->data_through, &to->has_data_through, &to->data_through)
               ? 0
               : ca_error_set(err, CA_USAGE, "data_from and data_through are dates such as 2024-12-31");
}

/* Said before anything is pushed. */
static int check_model(claimaudit_scan *scan, const claimaudit_options *options, ca_error *err)
{
    ca_model_record model;
    if (options->score_months > CA_SCORE_MONTHS_MOST) {
        return ca_error_set(err, CA_USAGE, "score_months is at most %u", CA_SCORE_MONTHS_MOST);
    }
    if (!options->model) {
        return 0;
    }
    if (options->db || !options->scores) {
        return ca_error_set(err, CA_USAGE, options->db ? "model is for scans without db: the report of a scan has its own"
                                                       : "model says what is usual for scores, and scores is 0");
    }
    scan->state.model_db = ca_arena_cstr(&scan->arena, ca_text_of(options->model));
    int rc = scan->state.model_db ? ca_report_current_model(options->model, &scan->arena, &model, err) : ca_error_nomem(err);
    return rc == CA_END ? ca_error_set(err, CA_USAGE, "%s has no model: a scan with scores of it makes one", options->model) : rc;
}

/* With a report its lock comes first, so that nobody pushes a night's files in vain. */
static int begin(claimaudit_scan *scan, const claimaudit_options *options, ca_error *err)
{
    int rc = set_options(scan, options, err);
    scan->state = (ca_scan_state){.options = &scan->options,
                                  .summary = &scan->summary,
                                  .arena = &scan->arena,
                                  .setup = &scan->engine->setup,
                                  .started_ms = scan->options.clock->now_ms(scan->options.clock)};
    rc = rc ? rc : check_model(scan, options, err);
    rc = rc || !scan->options.db ? rc : ca_lock_take(&scan->state, err);
    rc = rc ? rc : ca_work_open(&scan->state, err);
    return rc ? rc : ca_lock_sign(&scan->state, err);
}

int claimaudit_scan_open(claimaudit_engine *engine, const claimaudit_options *options, claimaudit_scan **ret_scan,
                         claimaudit_error *error)
{
    ca_error reason = {0};
    if (!engine || !options || !ret_scan) {
        return misused(error, "claimaudit_scan_open needs an engine, options and a place for the scan");
    }
    if (engine->scan) {
        return misused(error, "the engine has a scan open: close it first, or open another engine");
    }
    claimaudit_scan *scan = ca_alloc_zero(1, sizeof *scan);
    if (!scan) {
        ca_error_nomem(&reason);
        return refuse(error, &reason);
    }
    ca_arena_init(&scan->arena);
    scan->engine = engine;
    engine->scan = scan;
    if (begin(scan, options, &reason)) {
        claimaudit_scan_close(scan);
        return refuse(error, &reason);
    }
    *ret_scan = scan;
    return CLAIMAUDIT_DONE;
}

static int room_for_one(void **items, size_t count, size_t *cap, size_t size, ca_error *err)
{
    if (count < *cap) {
        return 0;
    }
    size_t wanted = *cap ? 2 * *cap : 16;
    void *more = wanted <= PUSHED_MAX * 2 ? ca_realloc_array(*items, wanted, size) : NULL;
    if (!more) {
        return wanted <= PUSHED_MAX * 2 ? ca_error_nomem(err)
                                        : ca_error_set(err, CA_LIMIT, "more than %d files in a scan", PUSHED_MAX);
    }
    *items = more;
    *cap = wanted;
    return 0;
}

/* Why no file may come any more, or NULL. */
static const char *closed_to_files(const claimaudit_scan *scan)
{
    return !scan            ? "there is no scan: look at what claimaudit_scan_open returned"
           : scan->finished ? "the scan is finished: open another one"
           : scan->failed   ? "a push failed before, and its file is not whole: close the scan and open another one"
                            : NULL;
}

int claimaudit_scan_file(claimaudit_scan *scan, const char *path, claimaudit_error *error)
{
    ca_error reason = {0};
    const char *closed = closed_to_files(scan);
    if (closed || !path || !*path) {
        return misused(error, closed ? closed : "claimaudit_scan_file needs a path");
    }
    void *paths = scan->paths;
    const char *copy = ca_arena_cstr(&scan->arena, ca_text_of(path));
    int rc = copy ? room_for_one(&paths, scan->path_count, &scan->path_cap, sizeof *scan->paths, &reason)
                  : ca_error_nomem(&reason);
    scan->paths = paths;
    if (rc) {
        return refuse(error, &reason);
    }
    scan->paths[scan->path_count++] = copy;
    return CLAIMAUDIT_DONE;
}

static int finish_pack(claimaudit_scan *scan, ca_error *err)
{
    int rc = scan->pack ? ca_pack_finish(scan->pack, err) : 0;
    ca_pack_free(scan->pack);
    scan->pack = NULL;
    return rc;
}

static int next_file(claimaudit_scan *scan, const char *name, ca_error *err)
{
    void *pushed = scan->pushed;
    ca_pushed file = {ca_arena_cstr(&scan->arena, ca_text_of(name)),
                      ca_arena_printf(&scan->arena, "%s/stream.%zu", scan->state.work, scan->pushed_count)};
    int rc = finish_pack(scan, err);
    if (rc == 0 && (!file.name || !file.path)) {
        rc = ca_error_nomem(err);
    }
    rc = rc ? rc : room_for_one(&pushed, scan->pushed_count, &scan->pushed_cap, sizeof *scan->pushed, err);
    scan->pushed = pushed;
    if (rc) {
        return rc;
    }
    scan->pushed[scan->pushed_count++] = file;    /* first, so that it is removed whatever happens */
    return ca_pack_create(scan->options.disk, file.path, &scan->pack, err);
}

int claimaudit_scan_push(claimaudit_scan *scan, const char *name, const void *bytes, size_t size,
                         claimaudit_error *error)
{
    ca_error reason = {0};
    const char *closed = closed_to_files(scan);
    if (closed || !name || (!bytes && size)) {
        return misused(error, closed ? closed : "claimaudit_scan_push needs a name, and bytes where there is a size");
    }
    bool same = scan->pack && strcmp(scan->pushed[scan->pushed_count - 1].name, name) == 0;
    int rc = same ? 0 : next_file(scan, name, &reason);
    rc = rc ? rc : ca_pack_add(scan->pack, bytes, size, &reason);
    scan->pushed_bytes += size;
    rc = rc ? rc : ca_room_watch(&scan->state, scan->pushed_bytes, &reason);
    scan->failed = rc != 0;
    return rc ? refuse(error, &reason) : CLAIMAUDIT_DONE;
}

/* --- The result --------------------------------------------------------------------------------- */

static void fill_result(const ca_scan_summary *summary, claimaudit_result *result)
{
    *result = (claimaudit_result){.run = summary->run,
                                  .already_done = summary->already_done,
                                  .rows_read = summary->rows_read,
                                  .rows_accepted = summary->rows_accepted,
                                  .rows_rejected = summary->rows_rejected,
                                  .rows_skipped = summary->rows_skipped,
                                  .lines = summary->lines,
                                  .claims = summary->claims,
                                  .findings = summary->findings,
                                  .alarms = summary->alarm_count};
}

static int judge(claimaudit_scan *scan, ca_error *err)
{
    ca_diags diags;
    ca_diags_init(&diags, &scan->arena);
    scan->options.inputs = scan->paths;
    scan->options.input_count = scan->path_count;
    scan->state.pushed = scan->pushed;
    scan->state.pushed_count = scan->pushed_count;
    int rc = finish_pack(scan, err);
    if (rc == 0 && scan->options.db) {
        rc = ca_scan_run(&scan->state, &diags, err);
    } else if (rc == 0) {
        rc = ca_engine_begin(&scan->state, &diags, err);
        rc = rc ? rc : ca_engine_judge(&scan->state, err);
        const ca_scores_told scores = ca_scores_of(&scan->state);
        rc = rc ? rc : ca_scores_summarise(&scores, &scan->arena, &scan->summary, err);
    }
    tell_problems(scan->engine, &diags);
    ca_diags_done(&diags);
    return rc;
}

int claimaudit_scan_finish(claimaudit_scan *scan, claimaudit_on_finding on_finding, void *context,
                           claimaudit_result *result, claimaudit_error *error)
{
    ca_error reason = {0};
    int stopped = 0;
    const char *closed = closed_to_files(scan);
    if (closed || scan->path_count + scan->pushed_count == 0) {
        return misused(error, closed ? closed : "the scan has no file: add one with _file or _push");
    }
    scan->finished = true;
    int rc = judge(scan, &reason);
    if (result) {
        fill_result(&scan->summary, result);
    }
    scan->told = rc == 0 && !scan->summary.already_done;
    if (scan->told && on_finding) {
        rc = ca_deliver(&scan->state, on_finding, context, &stopped, &reason);
    }
    if (rc) {
        return refuse(error, &reason);
    }
    return stopped ? stopped : scan->summary.alarm_count ? CLAIMAUDIT_ALARM : CLAIMAUDIT_DONE;
}

int claimaudit_scan_scores(claimaudit_scan *scan, claimaudit_on_score on_score, void *context, claimaudit_error *error)
{
    ca_error reason = {0};
    int stopped = 0;
    if (!scan || !on_score || !scan->finished) {
        return misused(error, scan && on_score ? "there are no scores yet: finish the scan first"
                                               : "claimaudit_scan_scores needs a scan and whom to tell");
    }
    int rc = scan->told ? ca_deliver_scores(&scan->state, on_score, context, &stopped, &reason) : 0;
    return rc ? refuse(error, &reason) : stopped;
}

void claimaudit_scan_close(claimaudit_scan *scan)
{
    if (!scan) {
        return;
    }
    ca_disk *disk = scan->options.disk;
    ca_pack_free(scan->pack);
    for (size_t i = 0; i < scan->pushed_count; i++) {
        disk->remove(disk, scan->pushed[i].path, NULL);
    }
    ca_engine_end(&scan->state);
    ca_free(scan->paths);
    ca_free(scan->pushed);
    scan->engine->scan = NULL;
    ca_arena_done(&scan->arena);
    ca_free(scan);
}
