/* Fields that no column was found for: what stands in for them, or the question that is left. */
#include <stdio.h>
#include <string.h>

#include "map/guess_inner.h"

static const char *type_of_file(const guess_file *file)
{
    const char *slash = strrchr(file->path, '/');
    const char *named = ca_guess_type_of_name(ca_text_of(slash ? slash + 1 : file->path));
    if (named) {
        return named;
    }
    if (ca_guess_find(file, CA_F_ADMISSION_DATE)) {
        return "inpatient";
    }
    return ca_guess_find(file, CA_F_DRUG) && !ca_guess_find(file, CA_F_PROCEDURE) ? "pharmacy"
                                                                                  : "other";
}

/* A column that another field has too. */
static void put_again(guess_writer *writer, unsigned field, const guess_column *column)
{
    if (field == CA_F_BILLING_PROVIDER_ID) {
        ca_guess_ask(writer, 6, column->ask, column->name);
    }
    ca_guess_put(writer, "      %s: ", ca_fields[field].name);
    ca_guess_put_scalar(writer, column->name);
    ca_guess_put(writer, "\n");
}

static bool one_row_a_claim(const guess_column *claim)
{
    return claim && claim->filled > 1 && claim->distinct == claim->filled;
}

void ca_guess_put_absent(guess_writer *writer, const guess_file *file, unsigned field)
{
    const guess_column *from = ca_guess_find(file, CA_F_FROM_DATE);
    const guess_column *claim = ca_guess_find(file, CA_F_CLAIM_ID);
    const guess_column *day = ca_guess_find(file, CA_F_SERVICE_DATE);
    const guess_column *who = ca_guess_find(file, CA_F_RENDERING_PROVIDER_ID);
    if (field == CA_F_BILLING_PROVIDER_ID && who && who->ask && who->cell_count == 1) {
        put_again(writer, field, who);
    } else if (field == CA_F_CLAIM_ID) {
        writer->complete = false;
        ca_guess_ask(writer, 6,
                     "Which column names the claim (claim_id)? The profile loads only with it.",
                     (ca_text){0});
    } else if (field == CA_F_CLAIM_TYPE) {
        ca_guess_ask(
            writer, 6,
            "What claims are these: professional, inpatient, outpatient, pharmacy, dental or other?",
            (ca_text){0});
        ca_guess_put(writer, "      claim_type: {value: %s}\n", type_of_file(file));
    } else if (field == CA_F_FROM_DATE && day && day->cell_count == 1 && one_row_a_claim(claim)) {
        put_again(writer, field, day);
    } else if (field == CA_F_SERVICE_DATE && from) {
        ca_guess_ask(writer, 6, "Lines have no day of their own: may {} stand for it?", from->name);
        put_again(writer, field, from);
    } else if (field == CA_F_LINE_NO && claim && claim->distinct < claim->filled) {
        ca_guess_ask(
            writer, 6,
            "{} comes more than once: which column numbers the lines of a claim (line_no)?",
            claim->name);
    }
}

void ca_guess_put_minute(guess_writer *writer, const guess_file *file, const guess_column *column)
{
    static const char *const times[] = {" HH:MM:SS", " H:MM:SS", " HH:MM", " H:MM", "THH:MM:SS"};
    const char *date =
        column->dates.best < 0 ? "" : writer->guess->formats[column->dates.best].text;
    size_t len = strlen(date);
    if (!column->dates.timed || len < 3 || strcmp(date + len - 3, "...") != 0) {
        return;
    }
    for (size_t i = 0; i < sizeof times / sizeof *times; i++) {
        char text[CA_DATE_FORMAT_SIZE + 10];
        ca_date_format format;
        (void)snprintf(text, sizeof text, "%.*s%s", (int)(len - 3), date, times[i]);
        if (ca_date_format_valid(ca_text_of(text), &format) &&
            ca_guess_reads(file, column, &format)) {
            ca_guess_put(writer, "      service_minute: {column: ");
            ca_guess_put_scalar(writer, column->name);
            ca_guess_put(writer, ", dates: [\"%s\"]}\n", text);
            return;
        }
    }
}
