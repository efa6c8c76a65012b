/* Dates in the notations of profiles: each format with right and wrong texts, and all of them on
 * random days. */
#include <stdio.h>
#include <string.h>

#include "base/date.h"
#include "support/check_main.h"

static ca_date_format format_of(const char *text)
{
    ca_date_format format;
    ck_assert_msg(ca_date_format_valid(ca_text_of(text), &format), "%s", text);
    ck_assert_str_eq(format.text, text);
    return format;
}

/* The date as yyyy-mm-dd, or "-" when refused. */
static const char *read_as(const char *format_text, const char *text)
{
    static char iso[CA_DATE_SIZE];
    ca_date_format format = format_of(format_text);
    ca_date date = 4711, with_time = 4711;
    int32_t minute = 4711;
    bool read = ca_date_parse(ca_text_of(text), &format, &date);
    bool read_time = ca_date_parse_time(ca_text_of(text), &format, &with_time, &minute);
    ck_assert(read == read_time && date == with_time); /* the fast lanes agree with the steps */
    ck_assert(read || (date == 4711 && minute == 4711));
    ca_date_print(date, iso);
    return read ? iso : "-";
}

static const struct {
    const char *format;
    const char *text;
    const char *iso;
} cases[] = {
    {"yyyy-mm-dd", "2024-02-29", "2024-02-29"},
    {"yyyy-mm-dd", "2023-02-29", "-"},
    {"yyyy-mm-dd", "2024-2-29", "-"},
    {"yyyy-mm-dd", "2024-02-29T10:00", "-"},
    {"yyyy-mm-dd", "2024-02-29 ", "-"},
    {"yyyy-mm-dd", "2024-02-2", "-"},
    {"yyyy-mm-dd", "2024x02-29", "-"},
    {"yyyy-mm-dd", "", "-"},
    {"yyyy-mm-dd…", "2024-02-29", "2024-02-29"},
    {"yyyy-mm-dd…", "2024-02-29T10:00:00Z", "2024-02-29"},
    {"yyyy-mm-dd…", "2024-02-29 rubbish", "2024-02-29"},
    {"yyyy-mm-dd...", "2024-02-29 00:00:00.000", "2024-02-29"},
    {"yyyy-mm-dd…", "2024-02-290", "-"},
    {"yyyy-mm-dd…", "2024-02-29:10", "-"},
    {"yyyy-mm-dd…", "2024-02-2T", "-"},
    {"yyyymmdd", "20240229", "2024-02-29"},
    {"yyyymmdd", "20230229", "-"},
    {"yyyymmdd", "2024022", "-"},
    {"yyyymmdd", "202402290", "-"},
    {"yyyymmdd", "2024o229", "-"},
    {"yyyymmdd", "", "-"},
    {"yyyymmdd", "20:40229", "-"},
    {"yyyymmdd", "2024022:", "-"},
    {"yyyymmdd…", "20240229 1200", "2024-02-29"},
    {"yyyymmdd…", "202402291200", "-"},
    {"dd.mm.yyyy", "29.02.2024", "2024-02-29"},
    {"dd.mm.yyyy", "9.02.2024", "-"},
    {"dd.mm.yyyy", "29.02.24", "-"},
    {"d.m.yyyy", "9.2.2024", "2024-02-09"},
    {"d.m.yyyy", "09.12.2024", "2024-12-09"},
    {"d.m.yyyy", "009.2.2024", "-"},
    {"d.m.yyyy", ".2.2024", "-"},
    {"m/d/yyyy", "2/29/2024", "2024-02-29"},
    {"m/d/yyyy", "29/2/2024", "-"},
    {"m/d/yyyy…", "2/9/2024 12:00:00 AM", "2024-02-09"},
    {"mm/dd/yy", "02/29/24", "2024-02-29"},
    {"mm/dd/yy", "12/31/68", "2068-12-31"},
    {"mm/dd/yy", "01/01/69", "1969-01-01"},
    {"mm/dd/yy", "01/01/2024", "-"},
    {"dd-Mon-yyyy", "29-Feb-2024", "2024-02-29"},
    {"dd-Mon-yyyy", "29-FEB-2024", "2024-02-29"},
    {"dd-Mon-yyyy", "29-feb-2024", "2024-02-29"},
    {"dd-Mon-yyyy", "29-fEB-2024", "2024-02-29"},
    {"dd-Mon-yyyy", "31-Mai-2024", "-"},
    {"dd-Mon-yyyy", "31-ja", "-"},
    {"dd-Mon-yyyy", "31-Janx2024", "-"},
    {"dMonyyyy", "1jan2024", "2024-01-01"},
    {"yyyy年m月d日", "2024年2月29日", "2024-02-29"},
    {"yyyy年m月d日", "2024年02月29", "-"},
    {"yyyy-mm-ddTHH:MM", "2024-02-29T23:59", "2024-02-29"},
    {"yyyy-mm-ddTHH:MM", "2024-02-29T24:00", "-"},
    {"yyyy-mm-ddTHH:MM", "2024-02-29T23:60", "-"},
    {"yyyy-mm-ddTHH:MM", "2024-02-29", "-"},
    {"yyyy-mm-ddTHH:MM:SSZ", "2024-02-29T23:59:59Z", "2024-02-29"},
    {"yyyy-mm-ddTHH:MM:SSZ", "2024-02-29T23:59:60Z", "-"},
    {"yyyy-mm-dd HH:MM…", "2024-02-29 23:59:59.123", "2024-02-29"},
    {"yyyy-mm-dd HH:MM…", "2024-02-29 23:59x", "-"},
    {"yyyy/m/d H:MM:SS", "2024/3/1 9:05:10", "2024-03-01"},
    {"yyyy/m/d H:MM:SS", "2024/12/31 23:05:10", "2024-12-31"},
    {"yyyy/m/d H:MM:SS", "2024/3/1 24:05:10", "-"},
    {"yyyy/m/d H:MM:SS", "2024/3/1 :05:10", "-"},
    {"yyyy/m/d H:MM:SS", "2024/3/1 123:05:10", "-"},
    {"yyyy-mm-dd 00:00:00", "2024-02-29 00:00:00", "2024-02-29"},
    {"yyyy-mm-dd 00:00:00", "2024-02-29 00:00:01", "-"},
    {"yyyymmdd", "00010101", "0001-01-01"},
    {"yyyymmdd", "00000101", "-"},
    {"yyyymmdd", "99991231", "9999-12-31"},
};

START_TEST(each_format)
{
    ck_assert_msg(strcmp(read_as(cases[_i].format, cases[_i].text), cases[_i].iso) == 0,
                  "%s as %s: %s", cases[_i].text, cases[_i].format,
                  read_as(cases[_i].format, cases[_i].text));
}
END_TEST

START_TEST(wrong_formats)
{
    static const char *const wrong[] = {"",
                                        "yyyy",
                                        "yyyy-mm",
                                        "mm-dd",
                                        "YYYY-MM-DD",
                                        "yyyy-mm-dd-dd",
                                        "yyyy-yy-mm-dd",
                                        "yyyy-mm-Mon-dd",
                                        "yyymmdd",
                                        "dmyyyy",
                                        "d.myyyy",
                                        "ddmyyyy",
                                        "d1.mm.yyyy",
                                        "yyyy-mm-dd x",
                                        "Month dd yyyy",
                                        "yyyy-mm-dd MM",
                                        "yyyy-mm-dd HH:SS",
                                        "yyyy-mm-dd HH:HH",
                                        "yyyy-mm-dd H:HH",
                                        "yyyy-mm-dd HMM",
                                        "yyyy-mm-ddh",
                                        "yyyy-mm-dd\n",
                                        "…",
                                        "yyyy-mm-dd HH:MM:MM",
                                        "yyyy-mm-dd 12345678901234567890123456789",
                                        "d9.mm.yyyy"};
    ca_date_format format = {.text = "untouched"};
    for (size_t i = 0; i < sizeof wrong / sizeof wrong[0]; i++)
        ck_assert_msg(!ca_date_format_valid(ca_text_of(wrong[i]), &format), "%s", wrong[i]);
    ck_assert_str_eq(format.text, "untouched");
    ck_assert(ca_date_format_valid(CA_TEXT("yyyy-mm-dd 1234567890123456789012345678"), &format));
}
END_TEST

/* Writes the date as the format says: the obvious twin. */
static void write_as(ca_date date, const char *format, char *ret_text)
{
    static const char *const months[] = {"Jan", "Feb", "Mar", "Apr", "May", "Jun",
                                         "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"};
    int year, month, day;
    ca_date_split(date, &year, &month, &day);
    while (*format) {
        if (strncmp(format, "yyyy", 4) == 0)
            ret_text += sprintf(ret_text, "%04d", year), format += 4;
        else if (strncmp(format, "Mon", 3) == 0)
            ret_text += sprintf(ret_text, "%s", months[month - 1]), format += 3;
        else if (strncmp(format, "mm", 2) == 0)
            ret_text += sprintf(ret_text, "%02d", month), format += 2;
        else if (strncmp(format, "dd", 2) == 0)
            ret_text += sprintf(ret_text, "%02d", day), format += 2;
        else if (*format == 'm')
            ret_text += sprintf(ret_text, "%d", month), format++;
        else if (*format == 'd')
            ret_text += sprintf(ret_text, "%d", day), format++;
        else
            *ret_text++ = *format++;
    }
    *ret_text = '\0';
}

START_TEST(random_days_in_all_formats)
{
    static const char *const formats[] = {"yyyy-mm-dd", "yyyymmdd",    "dd.mm.yyyy",   "d.m.yyyy",
                                          "m/d/yyyy",   "dd-Mon-yyyy", "yyyy年m月d日", "dMonyyyy"};
    srand(1);
    for (int i = 0; i < 20000; i++) {
        const char *format_text = formats[(size_t)i % (sizeof formats / sizeof formats[0])];
        ca_date_format format = format_of(format_text);
        ca_date date = CA_DATE_MIN + rand() % (CA_DATE_MAX - CA_DATE_MIN + 1);
        ca_date read = CA_DATE_MIN - 1;
        char text[64];
        write_as(date, format_text, text);
        ck_assert_msg(ca_date_parse(ca_text_of(text), &format, &read) && read == date, "%s", text);
    }
}
END_TEST

START_TEST(the_minute_of_a_timestamp)
{
    ca_date_format format = format_of("dd.mm.yyyy HH:MM…");
    ca_date date;
    int32_t minute;
    ck_assert(ca_date_parse_time(CA_TEXT("01.02.2024 07:30:15"), &format, &date, &minute));
    ck_assert_int_eq(minute, 7 * 60 + 30);
    format = format_of("yyyy-mm-dd…");
    ck_assert(ca_date_parse_time(CA_TEXT("2024-02-01 07:30"), &format, &date, &minute));
    ck_assert_int_eq(minute, -1);
}
END_TEST

START_TEST(a_format_that_was_never_made_reads_nothing)
{
    ca_date_format format = {0};
    ca_date date = 4711;
    ck_assert(!ca_date_parse(CA_TEXT("2024-02-01"), &format, &date));
    ck_assert(!ca_date_parse(CA_TEXT(""), &format, &date));
    ck_assert_int_eq(date, 4711);
}
END_TEST

START_TEST(minutes)
{
    static const struct {
        const char *text;
        int32_t minute;
    } times[] = {{"00:00", 0},      {"23:59", 1439}, {"0000", 0},        {"2359", 1439},
                 {"07:30:59", 450}, {"24:00", -1},   {"2400", -1},       {"12:60", -1},
                 {"12:30:60", -1},  {"", -1},        {"7:30", -1},       {"730", -1},
                 {"07:30:", -1},    {"07:30:5", -1}, {"073059", -1},     {"07:3", -1},
                 {"07:30 ", -1},    {" 07:30", -1},  {"07:30:59.0", -1}, {"ab:cd", -1},
                 {"07-30", -1}};
    for (size_t i = 0; i < sizeof times / sizeof times[0]; i++) {
        int32_t minute = -1;
        bool read = ca_minute_parse(ca_text_of(times[i].text), &minute);
        ck_assert_msg(read == (times[i].minute >= 0) && minute == times[i].minute, "%s: %d",
                      times[i].text, (int)minute);
    }
}
END_TEST

static void add_tests(TCase *tcase)
{
    tcase_add_loop_test(tcase, each_format, 0, sizeof cases / sizeof cases[0]);
    tcase_add_test(tcase, wrong_formats);
    tcase_add_test(tcase, random_days_in_all_formats);
    tcase_add_test(tcase, the_minute_of_a_timestamp);
    tcase_add_test(tcase, a_format_that_was_never_made_reads_nothing);
    tcase_add_test(tcase, minutes);
}

CA_CHECK_MAIN("base/date_format", add_tests)
