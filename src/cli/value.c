/* Values of options: kinds, checks, and what they mean. */
#include "cli/value.h"

#include <string.h>

#include "base/decimal.h"
#include "base/text.h"
#include "run/scan.h"

ca_value_kind ca_option_kind(const ca_option *option)
{
    static const struct {
        const char *argument;
        ca_value_kind kind;
    } kinds[] = {{"N", CA_VALUE_NUMBER},      {"BYTES", CA_VALUE_NUMBER}, {"SIZE", CA_VALUE_SIZE},
                 {"N|N%", CA_VALUE_SHARE},    {"FORMAT", CA_VALUE_FORMAT}, {"FILE", CA_VALUE_PATH},
                 {"DIR", CA_VALUE_PATH},      {"DIR|FILE", CA_VALUE_PATH}, {"NAME|FILE", CA_VALUE_NAME_OR_PATH},
                 {"ID.NAME=VALUE", CA_VALUE_PARAMETER}, {"DATE", CA_VALUE_DATE}};
    if (!option->argument) {
        return CA_VALUE_SWITCH;
    }
    for (size_t i = 0; i < sizeof kinds / sizeof *kinds; i++) {
        if (strcmp(kinds[i].argument, option->argument) == 0) {
            return kinds[i].kind;
        }
    }
    return CA_VALUE_TEXT;
}

int ca_value_number(const char *subject, const char *text, uint64_t *ret_value, ca_error *err)
{
    int64_t value;
    if (!ca_text_to_int(ca_text_of(text), &value) || value < 0) {
        return ca_error_set(err, CA_USAGE, "%s takes a whole number, not '%s'", subject, text);
    }
    *ret_value = (uint64_t)value;
    return 0;
}

int ca_value_size(const char *subject, const char *text, uint64_t *ret_bytes, ca_error *err)
{
    int64_t value;
    ca_text number = ca_text_of(text);
    char unit = number.len ? number.ptr[number.len - 1] : 0;
    unsigned shift = unit == 'K' || unit == 'k'   ? 10
                     : unit == 'M' || unit == 'm' ? 20
                     : unit == 'G' || unit == 'g' ? 30
                                                  : 0;
    number.len -= shift ? 1 : 0;
    if (!ca_text_to_int(number, &value) || value < 1 || value > INT64_MAX >> shift) {
        return ca_error_set(err, CA_USAGE, "%s takes a size such as 512M or 4G, not '%s'", subject, text);
    }
    *ret_bytes = (uint64_t)value << shift;
    return 0;
}

int ca_value_share(const char *subject, const char *text, uint64_t *ret_value, bool *ret_share, ca_error *err)
{
    ca_text number = ca_text_of(text);
    bool share = number.len && number.ptr[number.len - 1] == '%';
    int64_t value;
    number.len -= share ? 1 : 0;
    if (share ? !ca_decimal_parse_plain(number, &value) || value < 0 || value > 100 * CA_DECIMAL_ONE
              : !ca_text_to_int(number, &value) || value < 0) {
        return ca_error_set(err, CA_USAGE, "%s takes a count such as 50 or a share such as 1%%, not '%s'", subject,
                            text);
    }
    *ret_value = (uint64_t)value;    /* 1 % is 10,000 millionths and 10,000 decimal units */
    *ret_share = share;
    return 0;
}

int ca_value_format(const char *subject, const char *text, ca_format *ret_format, ca_error *err)
{
    static const char *const names[] = {"table", "csv", "json"};
    for (size_t i = 0; i < 3; i++) {
        if (strcmp(text, names[i]) == 0) {
            *ret_format = (ca_format)i;
            return 0;
        }
    }
    return ca_error_set(err, CA_USAGE, "%s is table, csv or json, not '%s'", subject, text);
}

int ca_value_date(const char *subject, const char *text, ca_date *ret_date, ca_error *err)
{
    return ca_date_parse_iso(ca_text_of(text), ret_date)
               ? 0
               : ca_error_set(err, CA_USAGE, "%s takes a date such as 2024-12-31, not '%s'", subject, text);
}

bool ca_value_parameter(const char *text, ca_text *ret_rule, ca_text *ret_parameter, ca_text *ret_value)
{
    ca_text rest = ca_text_of(text);
    ca_text rule, parameter;
    if (!ca_text_next(&rest, '.', &rule) || !rest.ptr || !ca_text_next(&rest, '=', &parameter) || !rest.ptr ||
        rule.len == 0 || parameter.len == 0) {
        return false;
    }
    *ret_rule = rule;
    *ret_parameter = parameter;
    *ret_value = rest;
    return true;
}

bool ca_value_is_path(const char *text)
{
    size_t len = strlen(text);
    return strchr(text, '/') || (len > 5 && strcmp(text + len - 5, ".yaml") == 0);
}

static int check_number(const ca_option *option, const char *subject, const char *text, ca_error *err)
{
    static const struct {
        const char *option;
        unsigned most;
    } bounds[] = {{"jobs", 1024}, {"score-months", CA_SCORE_MONTHS_MOST}};
    uint64_t number = 0;
    int rc = ca_value_number(subject, text, &number, err);
    for (size_t i = 0; rc == 0 && i < sizeof bounds / sizeof *bounds; i++) {
        if (strcmp(option->name, bounds[i].option) == 0 && (number == 0 || number > bounds[i].most)) {
            return ca_error_set(err, CA_USAGE, "%s takes a number from 1 to %u", subject, bounds[i].most);
        }
    }
    return rc;
}

int ca_option_check(const ca_option *option, const char *subject, const char *value, ca_error *err)
{
    uint64_t number;
    bool share;
    ca_format format;
    ca_date date;
    ca_text rule, parameter, text;
    switch (ca_option_kind(option)) {
    case CA_VALUE_TEXT:
        return 0;
    case CA_VALUE_SWITCH:
        return strcmp(value, "yes") == 0 || strcmp(value, "no") == 0
                   ? 0
                   : ca_error_set(err, CA_USAGE, "%s takes no value, or yes or no, not '%s'", subject, value);
    case CA_VALUE_NUMBER:
        return check_number(option, subject, value, err);
    case CA_VALUE_SIZE:
        return ca_value_size(subject, value, &number, err);
    case CA_VALUE_SHARE:
        return ca_value_share(subject, value, &number, &share, err);
    case CA_VALUE_FORMAT:
        return ca_value_format(subject, value, &format, err);
    case CA_VALUE_DATE:
        return ca_value_date(subject, value, &date, err);
    case CA_VALUE_PATH:
    case CA_VALUE_NAME_OR_PATH:
        return *value ? 0 : ca_error_set(err, CA_USAGE, "%s takes a name, not ''", subject);
    case CA_VALUE_PARAMETER:
        return ca_value_parameter(value, &rule, &parameter, &text)
                   ? 0
                   : ca_error_set(err, CA_USAGE, "%s takes RULE.PARAMETER=VALUE such as US-0111.max_age=1, not '%s'",
                                  subject, value);
    }
    return 0;
}

ca_text ca_option_default(const ca_option *option)
{
    static const char mark[] = "(default ";
    const char *at = option->help ? strstr(option->help, mark) : NULL;
    if (!at) {
        return CA_TEXT("");
    }
    at += sizeof mark - 1;
    return (ca_text){at, strcspn(at, ",)")};
}
