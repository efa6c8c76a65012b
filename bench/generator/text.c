/* Dates, numbers and money as the canonical CSV writes them. */
#include "generator/text.h"

#include <string.h>

/* Years begin in March here, so that a leap day is the last of its year. */
int32_t gen_day(int32_t year, int32_t month, int32_t day)
{
    int32_t y = month <= 2 ? year - 1 : year;
    int32_t era = y / 400;
    int32_t year_of_era = y - era * 400;
    int32_t day_of_year = (153 * (month + (month > 2 ? -3 : 9)) + 2) / 5 + day - 1;

    return era * 146097 + year_of_era * 365 + year_of_era / 4 - year_of_era / 100 + day_of_year -
           719468;
}

int32_t gen_ymd(int32_t day)
{
    int32_t since = day + 719468;
    int32_t era = since / 146097;
    int32_t in_era = since - era * 146097;
    int32_t year_of_era = (in_era - in_era / 1460 + in_era / 36524 - in_era / 146096) / 365;
    int32_t in_year = in_era - (365 * year_of_era + year_of_era / 4 - year_of_era / 100);
    int32_t shifted = (5 * in_year + 2) / 153;
    int32_t month = shifted < 10 ? shifted + 3 : shifted - 9;
    int32_t year = year_of_era + era * 400 + (month <= 2 ? 1 : 0);

    return year * 10000 + month * 100 + in_year - (153 * shifted + 2) / 5 + 1;
}

int32_t gen_age(int32_t birth, int32_t day)
{
    return (gen_ymd(day) - gen_ymd(birth)) / 10000;
}

char *gen_put_text(char *at, const char *text)
{
    size_t len = strlen(text);

    memcpy(at, text, len);
    return at + len;
}

char *gen_put_padded(char *at, uint64_t number, unsigned digits)
{
    for (unsigned i = digits; i > 0; i--) {
        at[i - 1] = (char)('0' + number % 10);
        number /= 10;
    }
    return at + digits;
}

char *gen_put_number(char *at, int64_t number)
{
    uint64_t size = number < 0 ? (uint64_t)-number : (uint64_t)number;
    unsigned digits = 1;

    for (uint64_t rest = size; rest >= 10; rest /= 10)
        digits++;
    if (number < 0)
        *at++ = '-';
    return gen_put_padded(at, size, digits);
}

char *gen_put_money(char *at, int64_t cents)
{
    uint64_t size = cents < 0 ? (uint64_t)-cents : (uint64_t)cents;

    if (cents < 0)
        *at++ = '-';
    at = gen_put_number(at, (int64_t)(size / 100));
    *at++ = '.';
    return gen_put_padded(at, size % 100, 2);
}

char *gen_put_date(char *at, int32_t day)
{
    int32_t ymd;

    if (day == GEN_NO_DATE)
        return at;
    ymd = gen_ymd(day);
    at = gen_put_padded(at, (uint64_t)(ymd / 10000), 4);
    *at++ = '-';
    at = gen_put_padded(at, (uint64_t)(ymd / 100 % 100), 2);
    *at++ = '-';
    return gen_put_padded(at, (uint64_t)(ymd % 100), 2);
}
