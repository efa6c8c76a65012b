/* Reads the keys csv, dates, numbers and missing of a profile, a layout or a field. */
#include "map/settings.h"

#include <stdio.h>
#include <string.h>

#include "conf/shown.h"
#include "map/spelling.h"

int ca_settings_default(ca_map_reader *reader, ca_settings *ret_settings)
{
    ca_date_format *iso = ca_arena_alloc(reader->arena, sizeof *iso);
    if (!iso) {
        return CA_NOMEM;
    }
    (void)ca_date_format_valid(CA_TEXT("yyyy-mm-dd"), iso);
    *ret_settings = (ca_settings){.csv = ca_csv_format_default(), .dates = iso, .date_count = 1};
    return 0;
}

/* Says what is written instead of a value that is a known slip; false for others. */
static bool says_spelling(ca_map_reader *reader, const ca_yaml *node, ca_text text)
{
    char key[32];
    snprintf(key, sizeof key, "%.*s", node->key.len > 30 ? 30 : (int)node->key.len, node->key.ptr);
    bool bar = node->style == CA_YAML_LITERAL || node->style == CA_YAML_FOLDED;
    const char *ours = text.len == 0 && !bar ? NULL : ca_map_spelling(key, text);
    if (ours) {
        ca_conf_error(&reader->conf, node, "write %s: %s instead of %s", key, ours,
                      text.len == 0 ? "|" : ca_shown_of(text).text);
    }
    return ours != NULL;
}

/* One byte; the word `tab` stands for a tab. */
static void read_byte(ca_map_reader *reader, ca_yaml *node, bool tab, char *ret_byte)
{
    ca_text text;
    if (!node || !ca_conf_text(&reader->conf, node, &text)) {
        return;
    }
    if (tab && ca_text_is(text, "tab")) {
        *ret_byte = '\t';
    } else if (text.len == 1 && text.ptr[0] != '\n' && text.ptr[0] != '\r' && text.ptr[0] != '\0') {
        *ret_byte = text.ptr[0];
    } else if (!says_spelling(reader, node, text)) {
        ca_conf_error(&reader->conf, node, "'%s' must be one character of one byte%s",
                      ca_shown_of(node->key).text, tab ? ", or the word tab" : "");
    }
}

static void read_size(ca_map_reader *reader, ca_yaml *node, int64_t max, uint32_t *ret_size)
{
    int64_t value;
    if (node && ca_conf_int(&reader->conf, node, 1, max, &value)) {
        *ret_size = (uint32_t)value;
    }
}

/* The same for a value that has a list of choices. */
static bool is_slip(ca_map_reader *reader, const ca_yaml *node)
{
    return node->kind == CA_YAML_SCALAR && !node->bad && node->start != node->end &&
           says_spelling(reader, node, node->text);
}

static void read_encoding(ca_map_reader *reader, ca_yaml *node, ca_encoding *ret_encoding)
{
    const char *names[CA_ENC_COUNT];
    size_t index;
    for (int i = 0; i < CA_ENC_COUNT; i++) {
        names[i] = ca_encoding_name((ca_encoding)i);
    }
    if (node && is_slip(reader, node)) {
        return;
    }
    if (node && ca_conf_choice(&reader->conf, node, names, CA_ENC_COUNT, &index)) {
        *ret_encoding = (ca_encoding)index;
    }
}

static void read_csv(ca_map_reader *reader, ca_yaml *node, ca_settings *settings)
{
    static const char *const keys[] = {
        "delimiter",        "quote",       "encoding", "max_record_bytes",
        "max_record_lines", "max_columns", "ragged",   NULL};
    static const char *const ragged[] = {"reject", "pad"};
    const ca_conf *conf = &reader->conf;
    ca_csv_format *csv = &settings->csv;
    size_t index;
    if (!node || !ca_conf_is(conf, node, CA_YAML_MAPPING, "csv")) {
        return;
    }
    read_byte(reader, ca_conf_get(conf, node, "delimiter"), true, &csv->delimiter);
    read_byte(reader, ca_conf_get(conf, node, "quote"), false, &csv->quote);
    if (csv->delimiter == csv->quote) {
        ca_conf_error(conf, node, "'delimiter' and 'quote' must differ");
    }
    read_encoding(reader, ca_conf_get(conf, node, "encoding"), &csv->encoding);
    read_size(reader, ca_conf_get(conf, node, "max_record_bytes"), 1 << 20, &csv->max_record_bytes);
    read_size(reader, ca_conf_get(conf, node, "max_record_lines"), 10000, &csv->max_record_lines);
    read_size(reader, ca_conf_get(conf, node, "max_columns"), 65536, &csv->max_columns);
    ca_yaml *shape = ca_conf_get(conf, node, "ragged");
    if (shape && ca_conf_choice(conf, shape, ragged, 2, &index)) {
        settings->pad = index == 1;
    }
    ca_conf_no_others(conf, node, keys);
}

int ca_settings_dates(ca_map_reader *reader, ca_yaml *node, ca_settings *settings)
{
    if (!node) {
        return 0;
    }
    ca_text *items;
    size_t count;
    if (!ca_conf_list(&reader->conf, node, reader->arena, &items, &count)) {
        return 0;
    }
    if (count == 0 || count > CA_DATE_FORMATS_MAX) {
        ca_conf_error(&reader->conf, node, "'dates' must name 1 to %d date formats",
                      CA_DATE_FORMATS_MAX);
        return 0;
    }
    ca_date_format *formats = ca_arena_array(reader->arena, count, sizeof *formats);
    if (!formats) {
        return CA_NOMEM;
    }
    ca_yaml *item = node->kind == CA_YAML_SEQUENCE ? node->child : node;
    for (size_t i = 0; i < count; i++, item = item->next) {
        if (!ca_date_format_valid(items[i], &formats[i])) {
            char ours[CA_DATE_FORMAT_SIZE];
            if (ca_map_spelling_format(items[i], ours)) {
                ca_conf_error(&reader->conf, item, "write %s instead of %s", ours,
                              ca_shown_of(items[i]).text);
                return 0;
            }
            ca_conf_error(
                &reader->conf, item,
                "'%s' is no date format; write it with yyyy, mm, dd or Mon, as yyyy-mm-dd",
                ca_shown_of(items[i]).text);
            return 0;
        }
    }
    settings->dates = formats;
    settings->date_count = count;
    return 0;
}

static void read_currency(ca_map_reader *reader, ca_yaml *node, ca_number_format *numbers)
{
    ca_text text;
    if (!node || !ca_conf_text(&reader->conf, node, &text)) {
        return;
    }
    if (text.len >= sizeof numbers->currency) {
        ca_conf_error(&reader->conf, node, "'currency' must be at most %zu bytes",
                      sizeof numbers->currency - 1);
        return;
    }
    memset(numbers->currency, 0, sizeof numbers->currency);
    memcpy(numbers->currency, text.ptr, text.len);
}

void ca_settings_numbers(ca_map_reader *reader, ca_yaml *node, ca_settings *settings)
{
    static const char *const keys[] = {"point",          "group",       "currency",
                                       "trailing_minus", "parentheses", NULL};
    static const char *const points[] = {".", ","};
    const ca_conf *conf = &reader->conf;
    if (!node || !ca_conf_is(conf, node, CA_YAML_MAPPING, "numbers")) {
        return;
    }
    ca_number_format numbers = {.point = '.'};
    size_t index;
    ca_yaml *item = ca_conf_get(conf, node, "point");
    if (item && !is_slip(reader, item) && ca_conf_choice(conf, item, points, 2, &index)) {
        numbers.point = points[index][0];
    }
    read_byte(reader, ca_conf_get(conf, node, "group"), false, &numbers.group);
    if (numbers.group == numbers.point || (numbers.group >= '0' && numbers.group <= '9')) {
        ca_conf_error(conf, node, "'group' must be another character than point, and no digit");
    }
    read_currency(reader, ca_conf_get(conf, node, "currency"), &numbers);
    if ((item = ca_conf_get(conf, node, "trailing_minus"))) {
        (void)ca_conf_bool(conf, item, &numbers.trailing_minus);
    }
    if ((item = ca_conf_get(conf, node, "parentheses"))) {
        (void)ca_conf_bool(conf, item, &numbers.parentheses);
    }
    ca_conf_no_others(conf, node, keys);
    settings->numbers = numbers;
}

int ca_settings_missing(ca_map_reader *reader, ca_yaml *node, ca_settings *settings)
{
    ca_text *items;
    size_t count;
    if (!node || !ca_conf_list(&reader->conf, node, reader->arena, &items, &count)) {
        return 0;
    }
    if (count > CA_MISSING_MAX) {
        ca_conf_error(&reader->conf, node, "'missing' must name at most %d values", CA_MISSING_MAX);
        return 0;
    }
    ca_text *kept = ca_arena_array(reader->arena, count + 1, sizeof *kept);
    if (!kept) {
        return CA_NOMEM;
    }
    size_t used = 0;
    for (size_t i = 0; i < count; i++) {
        if (items[i].len > 0) { /* the empty cell is missing in any case */
            kept[used++] = items[i];
        }
    }
    settings->missing = kept;
    settings->missing_count = used;
    return 0;
}

int ca_settings_read(ca_map_reader *reader, ca_yaml *mapping, ca_settings *settings)
{
    const ca_conf *conf = &reader->conf;
    read_csv(reader, ca_conf_get(conf, mapping, "csv"), settings);
    ca_settings_numbers(reader, ca_conf_get(conf, mapping, "numbers"), settings);
    int rc = ca_settings_dates(reader, ca_conf_get(conf, mapping, "dates"), settings);
    return rc ? rc : ca_settings_missing(reader, ca_conf_get(conf, mapping, "missing"), settings);
}
