/* Dates, times and decimals from any bytes. The first byte picks what is read and in which
 * notation; what was read must come back unchanged after it was printed. */
#include <stdio.h>
#include <string.h>

#include "base/date.h"
#include "base/decimal.h"
#include "fuzz/fuzz.h"

static void must(bool holds, const char *what)
{
    if (!holds)
        fprintf(stderr, "fuzz_values: not true: %s\n", what);
    fuzz_require(holds);
}

static void date_returns(ca_date date)
{
    char text[CA_DATE_SIZE];
    ca_date again;
    int year, month, day;
    ca_date_print(date, text);
    must(ca_date_parse_iso(ca_text_of(text), &again) && again == date, "a date is read as printed");
    ca_date_split(date, &year, &month, &day);
    must(ca_date_make(year, month, day, &again) && again == date, "a date is made as split");
}

/* Reads with a format; the fast lanes and the steps must agree. */
static void read_date(ca_text text, const ca_date_format *format)
{
    ca_date date = 0, timed = 0;
    int32_t minute = -1;
    bool read = ca_date_parse(text, format, &date);
    must(read == ca_date_parse_time(text, format, &timed, &minute), "both lanes accept alike");
    must(date == timed, "both lanes read alike");
    must(minute >= -1 && minute < 1440, "a minute is one of the day");
    must(!read || (minute >= 0) == format->has_time, "a minute is read if the format has one");
    if (read)
        date_returns(date);
}

static void read_date_as(ca_text text, unsigned choice)
{
    static const char *const formats[] = {
        "yyyy-mm-dd", "yyyymmdd",          "yyyy-mm-dd…",
        "yyyymmdd…",  "dd.mm.yyyy",        "d.m.yyyy",
        "m/d/yy",     "dd-Mon-yyyy",       "yyyy年m月d日",
        "dMonyyyy",   "yyyy-mm-ddTHH:MM…", "dd.mm.yyyy HH:MM:SS", "yyyy/m/d H:MM",
    };
    ca_date_format format;
    const char *name = formats[choice % (sizeof formats / sizeof formats[0])];
    must(ca_date_format_valid(ca_text_of(name), &format), "a format is valid");
    read_date(text, &format);
}

/* The first line is the format. */
static void read_date_as_it_says(ca_text text)
{
    ca_text name;
    ca_date_format format;
    if (!ca_text_next(&text, '\n', &name) || !ca_date_format_valid(name, &format))
        return;
    must(ca_text_eq(ca_text_of(format.text), name), "a format keeps its text");
    read_date(text.ptr ? text : CA_TEXT(""), &format);
}

static void decimal_returns(int64_t value)
{
    static const ca_number_format plain = {0};
    for (int places = 0; places <= 4; places++) {
        char text[CA_DECIMAL_SIZE];
        int64_t fast, slow;
        int len = ca_decimal_print(value, places, text);
        must(len == (int)strlen(text), "a printed decimal has its length");
        must(ca_decimal_parse_plain(ca_text_of(text), &fast) && fast == value,
             "a decimal is read as printed");
        must(ca_decimal_parse(ca_text_of(text), &plain, &slow) && slow == value,
             "a decimal is read as printed by the slow lane");
    }
}

static void read_decimal_as(ca_text text, unsigned choice)
{
    static const ca_number_format formats[] = {
        {0},
        {.group = ',', .currency = "$", .parentheses = true},
        {.point = ',', .group = '.', .currency = "€", .trailing_minus = true},
        {.point = ',', .group = ' ', .currency = "EUR"},
        {.group = ',', .currency = "¥", .trailing_minus = true, .parentheses = true},
        {.point = ',', .group = '\''},
        {.point = ',', .group = ','},
    };
    unsigned which = choice % (sizeof formats / sizeof formats[0]);
    int64_t value = 0, fast = 0;
    bool read = ca_decimal_parse(text, &formats[which], &value);
    if (which == 0) {
        must(read == ca_decimal_parse_plain(text, &fast), "both lanes accept alike");
        must(value == fast, "both lanes read alike");
    }
    if (read)
        decimal_returns(value);
}

static void take_value(ca_text text)
{
    int64_t value = 0;
    memcpy(&value, text.ptr, text.len < sizeof value ? text.len : sizeof value);
    decimal_returns(value);
    ca_date date;
    if (ca_date_add_days(0, value, &date))
        date_returns(date);
    if (ca_date_add_months(0, value, &date))
        date_returns(date);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    if (size < 1)
        return 0;
    ca_text text = {(const char *)data + 1, size - 1};
    unsigned choice = data[0] / 8u;
    int32_t minute = 0;
    switch (data[0] % 8) {
    case 0:
    case 1:
        read_date_as(text, choice);
        break;
    case 2:
        read_date_as_it_says(text);
        break;
    case 3:
        must(!ca_minute_parse(text, &minute) || (minute >= 0 && minute < 1440),
             "a minute is one of the day");
        break;
    case 4:
        take_value(text);
        break;
    default:
        read_decimal_as(text, choice);
        break;
    }
    return 0;
}
