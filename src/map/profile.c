/* Reads the top of a profile and its layouts. */
#include "map/profile.h"

#include <string.h>

#include "base/hash.h"
#include "conf/shown.h"
#include "map/layout.h"
#include "map/spelling.h"
#include "refs/refs.h"

static const char *const keys[] = {
    "profile", "title",   "jurisdiction", "currency", "data_from", "min_match", "csv",
    "dates",   "numbers", "missing",      "systems",  "layouts",   "benefit_year_start", NULL};

#define MIN_MATCH 90u

static uint32_t max(uint32_t a, uint32_t b)
{
    return a > b ? a : b;
}

/* Currencies whose minor unit is not a hundredth (ISO 4217). */
static int minor_digits(ca_text currency)
{
    static const char none[] =
        "BIF CLP DJF GNF ISK JPY KMF KRW PYG RWF UGX UYI VND VUV XAF XOF XPF ";
    static const char three[] = "BHD IQD JOD KWD LYD OMR TND ";
    for (size_t i = 0; i + 3 < sizeof none; i += 4) {
        if (memcmp(none + i, currency.ptr, 3) == 0) {
            return 0;
        }
    }
    for (size_t i = 0; i + 3 < sizeof three; i += 4) {
        if (memcmp(three + i, currency.ptr, 3) == 0) {
            return 3;
        }
    }
    return 2;
}

static int need_text(ca_map_reader *reader, const char *key, ca_text *ret_text,
                     const char **ret_cstr)
{
    ca_text text = {0};
    ca_yaml *item = ca_conf_need(&reader->conf, reader->conf.file->root, key);
    if (item) {
        (void)ca_conf_text(&reader->conf, item, &text);
    }
    *ret_text = text;
    *ret_cstr = ca_arena_cstr(reader->arena, text);
    return *ret_cstr ? 0 : CA_NOMEM;
}

/* A word of lower-case letters and hyphens, as the folders of rules have it. */
static bool is_word(ca_text text)
{
    for (size_t i = 0; i < text.len; i++) {
        char c = text.ptr[i];
        if (!((c >= 'a' && c <= 'z') || (i > 0 && ((c >= '0' && c <= '9') || c == '-')))) {
            return false;
        }
    }
    return text.len > 0;
}

static int read_names(ca_map_reader *reader)
{
    const ca_conf *conf = &reader->conf;
    ca_profile *profile = reader->profile;
    ca_yaml *root = conf->file->root;
    ca_text name, title, jurisdiction, currency;
    if (need_text(reader, "profile", &name, &profile->name) ||
        need_text(reader, "title", &title, &profile->title) ||
        need_text(reader, "jurisdiction", &jurisdiction, &profile->jurisdiction) ||
        need_text(reader, "currency", &currency, &profile->currency)) {
        return CA_NOMEM;
    }
    if (name.ptr && !is_word(name)) {
        ca_conf_error(conf, ca_conf_get(conf, root, "profile"),
                      "the name of a profile is a word as desynpuf or cms-rif");
    }
    const ca_yaml *at = ca_conf_get(conf, root, "jurisdiction");
    profile->jurisdiction_line = at ? at->line : 0;
    profile->jurisdiction_column = at ? at->column : 0;
    if (jurisdiction.ptr && !is_word(jurisdiction)) {
        ca_conf_error(conf, ca_conf_get(conf, root, "jurisdiction"),
                      "'jurisdiction' must be the word of a rule folder in small letters, as us, cn or "
                      "de");
    }
    bool letters = currency.len == 3;
    for (size_t i = 0; i < currency.len; i++) {
        letters = letters && currency.ptr[i] >= 'A' && currency.ptr[i] <= 'Z';
    }
    if (currency.ptr && !letters) {
        ca_conf_error(conf, ca_conf_get(conf, root, "currency"),
                      "'currency' must be a currency of ISO 4217 in capitals, as USD");
    }
    profile->minor_digits = letters ? minor_digits(currency) : 2;
    return 0;
}

static void read_dates(ca_map_reader *reader)
{
    const ca_conf *conf = &reader->conf;
    ca_yaml *item = ca_conf_get(conf, conf->file->root, "data_from");
    ca_text text;
    if (!item || !ca_conf_text(conf, item, &text)) {
        return;
    }
    reader->profile->has_data_from = ca_date_parse_iso(text, &reader->profile->data_from);
    char ours[CA_DATE_SIZE];
    if (!reader->profile->has_data_from && ca_map_spelling_date(text, ours)) {
        ca_conf_error(conf, item, "write data_from: %s instead of %s", ours,
                      ca_shown_of(text).text);
    } else if (!reader->profile->has_data_from) {
        ca_conf_error(conf, item, "'data_from' must be a date as 2008-01-01");
    }
}

/* A day of any year, 29 February among them. */
static void read_benefit_year(ca_map_reader *reader)
{
    const ca_conf *conf = &reader->conf;
    ca_yaml *item = ca_conf_get(conf, conf->file->root, "benefit_year_start");
    ca_text text;
    char whole[CA_DATE_SIZE] = "2000-";
    ca_date date;
    int year, month, day;
    if (!item || !ca_conf_text(conf, item, &text)) {
        return;
    }
    if (text.len == 5) {
        memcpy(whole + 5, text.ptr, 5);
        whole[10] = 0;
    }
    if (text.len != 5 || !ca_date_parse_iso(ca_text_of(whole), &date)) {
        ca_conf_error(conf, item, "'benefit_year_start' must be month and day as 07-01");
        return;
    }
    ca_date_split(date, &year, &month, &day);
    reader->profile->benefit_month = (unsigned)month;
    reader->profile->benefit_day = (unsigned)day;
}

static void read_min_match(ca_map_reader *reader)
{
    const ca_conf *conf = &reader->conf;
    ca_yaml *item = ca_conf_get(conf, conf->file->root, "min_match");
    ca_text text;
    int64_t percent;
    reader->profile->min_match = MIN_MATCH;
    if (!item || !ca_conf_text(conf, item, &text)) {
        return;
    }
    if (text.len > 1 && text.ptr[text.len - 1] == '%' &&
        ca_text_to_int(ca_text_sub(text, 0, text.len - 1), &percent) && percent >= 0 &&
        percent <= 100) {
        reader->profile->min_match = (unsigned)percent;
    } else {
        ca_conf_error(conf, item, "'min_match' must be a percentage from 0%% to 100%%, as 90%% (not 0.9)");
    }
}

static int read_layouts(ca_map_reader *reader, const ca_settings *settings)
{
    const ca_conf *conf = &reader->conf;
    ca_profile *profile = reader->profile;
    ca_yaml *layouts = ca_conf_need(conf, conf->file->root, "layouts");
    if (!layouts || !ca_conf_is(conf, layouts, CA_YAML_SEQUENCE, NULL)) {
        return 0;
    }
    if (layouts->count == 0 || layouts->count > CA_LAYOUTS_MAX) {
        ca_conf_error(conf, layouts, "'layouts' must have 1 to %d layouts", CA_LAYOUTS_MAX);
        return 0;
    }
    profile->layouts = ca_arena_array(reader->arena, layouts->count, sizeof *profile->layouts);
    if (!profile->layouts) {
        return CA_NOMEM;
    }
    for (ca_yaml *item = layouts->child; item; item = item->next) {
        ca_layout *layout;
        if (!ca_conf_is(conf, item, CA_YAML_MAPPING, "a layout")) {
            continue;
        }
        int rc = ca_layout_read(reader, item, settings, &layout);
        if (rc) {
            return rc;
        }
        profile->layouts[profile->layout_count++] = layout;
    }
    return 0;
}

static int read_root(ca_map_reader *reader)
{
    const ca_conf *conf = &reader->conf;
    ca_yaml *root = conf->file->root;
    ca_settings settings;
    int rc = ca_settings_default(reader, &settings);
    rc = rc ? rc : read_names(reader);
    rc = rc ? rc : ca_settings_read(reader, root, &settings);
    if (rc) {
        return rc;
    }
    read_dates(reader);
    read_benefit_year(reader);
    read_min_match(reader);
    ca_yaml *systems = ca_conf_get(conf, root, "systems");
    if (systems) {
        ca_vocabulary_systems(conf, systems, reader->codes);
    }
    rc = read_layouts(reader, &settings);
    ca_conf_no_others(conf, root, keys);
    return rc;
}

/* Formats to try on a file: layouts that differ only in limits share one, with the largest. */
static int collect_formats(ca_profile *profile, ca_arena *arena)
{
    profile->formats = ca_arena_array(arena, profile->layout_count + 1, sizeof *profile->formats);
    if (!profile->formats) {
        return CA_NOMEM;
    }
    for (size_t i = 0; i < profile->layout_count; i++) {
        const ca_csv_format *format = &profile->layouts[i]->settings.csv;
        size_t at = 0;
        while (at < profile->format_count && !ca_same_format(&profile->formats[at], format)) {
            at++;
        }
        ca_csv_format *known = &profile->formats[at];
        if (at == profile->format_count) {
            *known = *format;
            profile->format_count++;
        }
        known->max_record_bytes = max(known->max_record_bytes, format->max_record_bytes);
        known->max_record_lines = max(known->max_record_lines, format->max_record_lines);
        known->max_columns = max(known->max_columns, format->max_columns);
    }
    return 0;
}

static int read_file(const ca_yaml_file *file, size_t errors, ca_codes *codes, ca_arena *arena,
                     ca_diags *diags, ca_profile **ret_profile, ca_error *err)
{
    ca_profile *profile = ca_arena_alloc(arena, sizeof *profile);
    ca_sha256 *sha = ca_sha256_new();
    if (!profile || !sha) {
        ca_sha256_free(sha);
        return ca_error_nomem(err);
    }
    ca_sha256_add(sha, file->source.ptr, file->source.len);
    ca_sha256_digest(sha, profile->digest);
    ca_sha256_free(sha);
    ca_map_reader reader = {
        .conf = {.file = file, .diags = diags}, .codes = codes, .arena = arena, .profile = profile};
    profile->path = file->path;
    profile->name = profile->title = profile->jurisdiction = profile->currency = "";
    ca_schema_init(&profile->schema);
    if (ca_conf_root(&reader.conf, "a profile")) {
        int rc = read_root(&reader);
        if (rc) {
            return ca_error_nomem(err);
        }
    }
    bool good = diags->errors == errors;
    if (good) {
        ca_reversals_check(profile, diags);
        if (ca_pieces_check(profile, arena, diags)) {
            return ca_error_nomem(err);
        }
    }
    for (size_t i = 0; good && i < profile->layout_count; i++) {
        if (ca_layout_check_columns(profile, profile->layouts[i], codes, diags)) {
            return ca_error_nomem(err);
        }
    }
    if (diags->failed || collect_formats(profile, arena)) {
        return ca_error_nomem(err);
    }
    if (diags->errors == errors) {
        *ret_profile = profile;
    }
    return 0;
}

int ca_profile_load(ca_disk *disk, const char *path, ca_codes *codes, ca_arena *arena,
                    ca_diags *diags, ca_profile **ret_profile, ca_error *err)
{
    ca_yaml_file *file = ca_arena_alloc(arena, sizeof *file);
    if (!file) {
        return ca_error_nomem(err);
    }
    size_t errors = diags->errors;
    int rc = ca_yaml_load(disk, path, arena, diags, file, err);
    return rc < 0 ? rc : read_file(file, errors, codes, arena, diags, ret_profile, err);
}

int ca_profile_parse(const char *path, ca_text source, ca_codes *codes, ca_arena *arena,
                     ca_diags *diags, ca_profile **ret_profile, ca_error *err)
{
    ca_yaml_file *file = ca_arena_alloc(arena, sizeof *file);
    if (!file) {
        return ca_error_nomem(err);
    }
    size_t errors = diags->errors;
    int rc = ca_yaml_parse(path, source, arena, diags, file, err);
    return rc < 0 ? rc : read_file(file, errors, codes, arena, diags, ret_profile, err);
}
