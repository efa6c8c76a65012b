/* What stands behind the column of a drafted field: its code system, notation, values. */
#include <stdio.h>
#include <string.h>

#include "map/guess_inner.h"

static bool says_icd9(ca_text name)
{
    for (size_t i = 0; i + 4 <= name.len; i++) {
        if (memcmp(name.ptr + i, "ICD9", 4) == 0 || memcmp(name.ptr + i, "icd9", 4) == 0) {
            return true;
        }
    }
    return false;
}

/* Code systems by language where a family has several; a question where the language does not settle it. */
const char *ca_guess_system(const guess_writer *writer, const guess_column *column, unsigned field,
                            const char **ret_ask)
{
    static const char *const diagnoses[GUESS_LANGS] = {"icd10cm", "icd10gm", "cn_icd10"};
    static const char *const services[GUESS_LANGS] = {"hcpcs", "local", "cn_item"};
    static const char *const procedures[GUESS_LANGS] = {"icd10pcs", "ops", "cn_icd9cm3"};
    static const char *const drugs[GUESS_LANGS] = {"ndc", "pzn", "cn_drug"};
    const char *family = ca_fields[field].family;
    guess_lang lang = writer->guess->lang;
    bool old = lang == GUESS_EN && (column->icd9 > column->icd10 || says_icd9(column->name));
    if (strcmp(family, "diagnosis") == 0) {
        *ret_ask = lang == GUESS_EN && column->icd9 > 0 && column->icd10 > 0 && !old
                       ? "Are all codes in {} ICD-10-CM? Some look like ICD-9-CM."
                       : NULL;
        return old ? "icd9cm" : diagnoses[lang];
    }
    if (strcmp(family, "procedure") == 0 && field == CA_F_CLAIM_PROCEDURES) {
        return old || (lang == GUESS_EN && column->digit_cells > 0) ? "icd9pcs" : procedures[lang];
    }
    if (strcmp(family, "procedure") == 0) {
        *ret_ask = lang == GUESS_DE
                       ? "Which code system has {}? 'local' stands for codes of the payer's own."
                       : NULL;
        return services[lang];
    }
    return strcmp(family, "drug") == 0 ? drugs[lang] : NULL;
}

static const char *const suffixes = "suffix: {G: keep, V: drop, Z: drop, A: drop}";

static void put_value(guess_writer *writer, bool first, ca_text from, const char *to)
{
    ca_guess_put(writer, first ? "values: {" : ", ");
    ca_guess_put_scalar(writer, from);
    ca_guess_put(writer, ": %s", to);
}

bool ca_guess_unsure_sex(const guess_column *column)
{
    const char *sex;
    bool sure = true;
    for (size_t i = 0; i < column->few_count; i++) {
        if (ca_guess_sex(column->few[i], &sex, &sure) && !sure) {
            return true;
        }
    }
    return false;
}

/* Words of one family that the sample happens not to have. */
static void put_unseen_sex(guess_writer *writer, const guess_column *column)
{
    bool w = false;
    bool d = false;
    for (size_t i = 0; i < column->few_count; i++) {
        w |= ca_text_is(column->few[i], "w");
        d |= ca_text_is(column->few[i], "d");
    }
    if (w && !d) {
        put_value(writer, false, CA_TEXT("d"), "X");
    }
}

bool ca_guess_canonical(const guess_column *column, unsigned field)
{
    uint8_t value;
    for (size_t i = 0; i < column->few_count; i++) {
        if (!ca_enum_find(field, column->few[i], &value)) {
            return false;
        }
    }
    return true;
}

void ca_guess_put_values(guess_writer *writer, const guess_column *column, unsigned field)
{
    bool first = true;
    for (size_t i = 0; i < column->few_count; i++) {
        const char *to = NULL;
        bool sure;
        if (field == CA_F_SEX) {
            (void)ca_guess_sex(column->few[i], &to, &sure);
        } else if (!ca_guess_claim_type(column->few[i], &to)) {
            to = "other";
        }
        if (to) {
            put_value(writer, first, column->few[i], to);
            first = false;
        }
    }
    if (field == CA_F_SEX) {
        put_unseen_sex(writer, column);
    }
    ca_guess_put(writer, first ? "" : "}");
}

static void option(guess_options *all, const char *text)
{
    size_t len = strlen(all->text);
    (void)snprintf(all->text + len, sizeof all->text - len, ", %s", text);
}

static void code_options(const guess_column *column, const char *system, guess_options *all)
{
    char text[80];
    if (all->listed && column->list && column->list != ';') {
        (void)snprintf(text, sizeof text, "list: \"%c\"", column->list);
        option(all, text);
    }
    if (system) {
        (void)snprintf(text, sizeof text, "system: %s", system);
        option(all, text);
    }
}

void ca_guess_options_of(const guess_writer *writer, const guess_file *file,
                         const guess_column *column, unsigned field, const char *system,
                         guess_options *all)
{
    char text[80];
    bool open;
    const ca_field *about = &ca_fields[field];
    all->listed = about->type == CA_TYPE_CODES;
    if (*about->family) {
        code_options(column, system, all);
    }
    if (strcmp(about->family, "diagnosis") == 0 && writer->guess->lang == GUESS_DE &&
        column->icd10 > 0 && column->certain * 10 >= column->icd10 * 6) {
        option(all, suffixes);
    }
    if (about->type == CA_TYPE_ID && file->pad_column == column) {
        (void)snprintf(text, sizeof text, "pad: %zu", file->pad);
        option(all, text);
    }
    if (about->type == CA_TYPE_DATE && ca_guess_other_dates(writer->guess, file, column)) {
        int format = ca_guess_date_format(writer->guess, column, &open);
        (void)snprintf(text, sizeof text, "dates: [\"%s\"]", writer->guess->formats[format].text);
        option(all, text);
    }
    if (ca_guess_other_numbers(file, column)) {
        option(all, ca_guess_point(file, &open) == ',' ? "numbers: {point: \".\"}"
                                                       : "numbers: {point: \",\", group: \".\"}");
    }
    if (field == CA_F_OTHER_DIAGNOSES && column->repeats) {
        option(all, "drop_principal: yes");
    }
    if (field == CA_F_SERVICE_MINUTE) {
        option(all, "time: yes");
    }
    if (about->type == CA_TYPE_ENUM && column->few_count > 0 &&
        !ca_guess_canonical(column, field)) {
        all->values = true;
    }
}
