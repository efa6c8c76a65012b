/* claimaudit model show and diff: what a model knows of its population, and how two of them differ. */
#include "cli/model_verbs.h"

#include <stdio.h>
#include <string.h>

#include "cli/report_options.h"
#include "claim/score.h"
#include "report/model.h"
#include "rules/entity.h"
#include "run/model.h"
#include "score/model.h"

typedef struct opened {
    ca_model_record record;
    ca_model_file file;
    ca_score_model *kinds[CA_ENTITY_LINE];    /* NULL: it has none of the kind */
} opened;

static void close_model(opened *model)
{
    for (unsigned i = 0; i < CA_ENTITY_LINE; i++) {
        ca_score_model_free(model->kinds[i]);
    }
}

static int read_kinds(opened *model, ca_error *err)
{
    int rc = 0;
    for (unsigned i = 0; rc == 0 && i < CA_ENTITY_LINE; i++) {
        const ca_model_section *section = ca_model_section_of(&model->file, ca_entity_kinds[i].name);
        rc = section ? ca_score_model_read(section->bytes, &model->kinds[i], err) : 0;
    }
    return rc;
}

/* By its number, or the last one where `word` is NULL. */
static int open_model(ca_cli *cli, const char *db, const char *word, opened *model, ca_error *err)
{
    int64_t number = 0;
    if (word && (!ca_text_to_int(ca_text_of(word), &number) || number < 1)) {
        return ca_error_set(err, CA_USAGE, "'%s' is no number of a model; claimaudit model show lists them", word);
    }
    int rc = word ? ca_report_find_model(db, number, &cli->arena, &model->record, err)
                  : ca_report_current_model(db, &cli->arena, &model->record, err);
    if (rc == CA_END) {
        return word ? ca_error_set(err, CA_USAGE, "%s has no model %lld; claimaudit model show lists them", db, (long long)number)
                    : ca_error_set(err, CA_USAGE, "%s has no model: a scan with scores or claimaudit model fit makes one", db);
    }
    const char *path = rc ? NULL : ca_model_path(db, model->record.file, &cli->arena);
    rc = rc || path ? rc : ca_error_nomem(err);
    rc = rc ? rc : ca_model_read(cli->disk, path, &cli->arena, &model->file, err);
    return rc ? rc : read_kinds(model, err);
}

static const char *database(const ca_arguments *arguments)
{
    const char *db = ca_argument(arguments, "db");
    return db ? db : "claimaudit.db";
}

/* --- show ---------------------------------------------------------------------------------------------------------------------- */

static const char *use_name(ca_score_use use)
{
    switch (use) {
    case CA_SCORE_USED:
        return "yes";
    case CA_SCORE_CONSTANT:
        return "no: all alike";
    case CA_SCORE_COPY:
        break;
    }
    return "no: as another";
}

static ca_text number_text(ca_cli *cli, const ca_score_feature *feature, double value)
{
    char text[64];
    double shown = feature->money ? value / CA_DECIMAL_ONE : value;
    snprintf(text, sizeof text, feature->money ? "%.2f" : "%.4g", shown);
    ca_text kept = {0};
    return ca_arena_text(&cli->arena, ca_text_of(text), &kept) ? (ca_text){0} : kept;
}

static int show_feature(ca_cli *cli, ca_output *output, const char *kind, const ca_score_model *model, size_t i)
{
    static const char *const names[] = {"kind", "feature", "direction", "used", "known of", "5 %", "25 %", "median", "75 %", "95 %"};
    const ca_score_feature *feature = ca_score_model_feature(model, i);
    ca_score_values values = ca_score_model_values(model, i);
    const char *known = ca_arena_printf(&cli->arena, "%.1f %%", 100 * values.present);
    if (!known) {
        return CA_NOMEM;
    }
    ca_text cells[10] = {ca_text_of(kind), ca_text_of(feature->name), ca_text_of(ca_told_direction_name(feature->direction)),
                         ca_text_of(use_name(ca_score_model_use(model, i))), ca_text_of(known)};
    for (unsigned q = 0; q < 5; q++) {
        cells[5 + q] = values.present > 0 ? number_text(cli, feature, values.quantiles[q]) : (ca_text){0};
    }
    return ca_output_row(output, names, cells, 10);
}

static void show_head(ca_cli *cli, const opened *model)
{
    char hex[33], from[CA_DATE_SIZE], through[CA_DATE_SIZE];
    ca_digest_hex(model->record.digest, hex);
    ca_date_print(model->record.period_from, from);
    ca_date_print(model->record.period_through, through);
    fprintf(cli->out, "Model %lld, %s: fitted %s on %llu lines of %s to %s%s%s\n", (long long)model->record.number, hex,
            model->record.made, (unsigned long long)model->record.lines, from, through,
            model->record.frozen ? ", frozen " : ", not frozen", model->record.frozen ? model->record.frozen : "");
    for (unsigned i = 0; i < CA_ENTITY_LINE; i++) {
        if (model->kinds[i]) {
            fprintf(cli->out, "  %s: %zu\n", ca_entity_kinds[i].plural, ca_score_model_entities(model->kinds[i]));
        }
    }
}

static int show_one(ca_cli *cli, const opened *model, ca_format format)
{
    ca_output *output = ca_output_new(cli, format);
    int rc = output ? 0 : CA_NOMEM;
    if (rc == 0 && format == CA_FORMAT_TABLE) {
        show_head(cli, model);
    }
    for (unsigned i = 0; rc == 0 && i < CA_ENTITY_LINE; i++) {
        for (size_t f = 0; rc == 0 && model->kinds[i] && f < ca_score_model_feature_count(model->kinds[i]); f++) {
            rc = show_feature(cli, output, ca_entity_kinds[i].name, model->kinds[i], f);
        }
    }
    if (output) {
        ca_output_end(output);
    }
    return rc;
}

static int list(ca_cli *cli, const ca_arguments *arguments, ca_format format, ca_error *err)
{
    ca_report *report;
    int rc = ca_open_report(arguments, &report, err);
    if (rc) {
        return rc;
    }
    ca_output *output = ca_output_new(cli, format);
    rc = output ? ca_report_models(report, ca_visit_output, output, err) : ca_error_nomem(err);
    size_t rows = output ? ca_output_end(output) : 0;
    if (rc == 0 && rows == 0 && format == CA_FORMAT_TABLE) {
        fputs("No models: a scan with scores or claimaudit model fit makes one.\n", cli->out);
    }
    ca_report_close(report);
    return rc;
}

int ca_model_show(ca_cli *cli, const ca_arguments *arguments, ca_error *err)
{
    ca_format format;
    opened model = {0};
    int rc = ca_argument_format(arguments, &format, err);
    if (rc || arguments->word_count == 1) {
        return rc ? rc : list(cli, arguments, format, err);
    }
    if (arguments->word_count > 2) {
        return ca_error_set(err, CA_USAGE, "model show takes one number, or none to list all");
    }
    rc = open_model(cli, database(arguments), arguments->words[1], &model, err);
    if (rc == 0 && show_one(cli, &model, format)) {
        rc = ca_error_nomem(err);
    }
    close_model(&model);
    return rc;
}

/* --- diff ---------------------------------------------------------------------------------------------------------------------- */

static bool find_feature(const ca_score_model *model, const char *name, size_t *ret_feature)
{
    for (size_t i = 0; i < ca_score_model_feature_count(model); i++) {
        if (strcmp(ca_score_model_feature(model, i)->name, name) == 0) {
            *ret_feature = i;
            return true;
        }
    }
    return false;
}

static int diff_feature(ca_cli *cli, ca_output *output, const char *kind, const ca_score_model *old, size_t i,
                        const ca_score_model *later)
{
    static const char *const names[] = {"kind", "feature", "5 %", "25 %", "median", "75 %", "95 %", "known of"};
    const ca_score_feature *feature = ca_score_model_feature(old, i);
    size_t other = 0;
    ca_text cells[8] = {ca_text_of(kind), ca_text_of(feature->name)};
    if (!later || !find_feature(later, feature->name, &other)) {
        cells[7] = CA_TEXT("gone");
        return ca_output_row(output, names, cells, 8);
    }
    ca_score_drift drift = ca_score_model_moved(old, i, later, other);
    for (unsigned q = 0; q < 6; q++) {
        const char *text = ca_arena_printf(&cli->arena, q < 5 ? "%+.2f" : "%+.1f %%", q < 5 ? drift.moved[q] : 100 * drift.share);
        if (!text) {
            return CA_NOMEM;
        }
        cells[2 + q] = ca_text_of(text);
    }
    return ca_output_row(output, names, cells, 8);
}

static int diff(ca_cli *cli, const opened *old, const opened *later, ca_format format)
{
    ca_output *output = ca_output_new(cli, format);
    int rc = output ? 0 : CA_NOMEM;
    if (rc == 0 && format == CA_FORMAT_TABLE) {
        fprintf(cli->out, "How far quantiles moved from model %lld to model %lld, in usual deviations of the first:\n",
                (long long)old->record.number, (long long)later->record.number);
    }
    for (unsigned i = 0; rc == 0 && i < CA_ENTITY_LINE; i++) {
        for (size_t f = 0; rc == 0 && old->kinds[i] && f < ca_score_model_feature_count(old->kinds[i]); f++) {
            rc = diff_feature(cli, output, ca_entity_kinds[i].name, old->kinds[i], f, later->kinds[i]);
        }
    }
    if (output) {
        ca_output_end(output);
    }
    return rc;
}

int ca_model_diff(ca_cli *cli, const ca_arguments *arguments, ca_error *err)
{
    ca_format format;
    opened old = {0}, later = {0};
    int rc = ca_argument_format(arguments, &format, err);
    if (rc == 0 && arguments->word_count != 3) {
        rc = ca_error_set(err, CA_USAGE, "model diff takes two numbers of models, such as 1 2; claimaudit model show lists them");
    }
    rc = rc ? rc : open_model(cli, database(arguments), arguments->words[1], &old, err);
    rc = rc ? rc : open_model(cli, database(arguments), arguments->words[2], &later, err);
    if (rc == 0 && diff(cli, &old, &later, format)) {
        rc = ca_error_nomem(err);
    }
    close_model(&old);
    close_model(&later);
    return rc;
}
