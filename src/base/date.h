/* Dates as day numbers (days since 1970-01-01, proleptic Gregorian, years 1 to 9999): strict and
 * locale-free. */
#ifndef CA_BASE_DATE_H
#define CA_BASE_DATE_H

#include <stdbool.h>
#include <stdint.h>

#include "base/text.h"

typedef int32_t ca_date;
#define CA_DATE_MIN (-719162)   /* 0001-01-01 */
#define CA_DATE_MAX 2932896     /* 9999-12-31 */
#define CA_DATE_SIZE 11         /* "yyyy-mm-dd" and NUL */

bool ca_date_make(int year, int month, int day, ca_date *ret_date);   /* false for an impossible day */
void ca_date_split(ca_date date, int *ret_year, int *ret_month, int *ret_day);
void ca_date_print(ca_date date, char ret_text[CA_DATE_SIZE]);
bool ca_date_parse_iso(ca_text text, ca_date *ret_date);              /* exactly yyyy-mm-dd */
bool ca_date_add_months(ca_date date, int64_t months, ca_date *ret_date);   /* clamps to the month's end */
bool ca_date_add_days(ca_date date, int64_t days, ca_date *ret_date);
ca_date ca_date_nearest(int64_t day);                                 /* the first or the last day, of one before or behind them */
int ca_date_weekday(ca_date date);                                    /* 1 = Monday … 7 = Sunday */
int32_t ca_date_age_years(ca_date birth, ca_date on);                 /* completed years; negative before birth */
ca_date ca_date_month_end(int year, int month);                       /* year and month must exist */

/* A format as a profile writes it: yyyy yy mm m dd d Mon (English month of three letters, any case), any other
 * character stands for itself, except letters other than T and Z, which are refused as likely mistakes.
 * Year, month and day stand once each. "…" (or "...") at the end cuts a time part off: the rest is ignored
 * if it starts with 'T' or a space. HH (or H for one or two digits) and MM (and SS) may follow to read the minute of the day.
 * yy is 1969 to 2068, as POSIX has it. Only ca_date_format_valid makes a format. */
#define CA_DATE_FORMAT_SIZE 40
typedef struct ca_date_format {
    char text[CA_DATE_FORMAT_SIZE];
    bool cut_time;         /* a time may follow and is ignored */
    bool has_time;         /* HH is part of the format */
    uint8_t kind;          /* private: which fast lane reads it */
    char steps[CA_DATE_FORMAT_SIZE];   /* private: the format as steps of one byte */
} ca_date_format;

bool ca_date_format_valid(ca_text text, ca_date_format *ret_format);
bool ca_date_parse(ca_text text, const ca_date_format *format, ca_date *ret_date);
/* As ca_date_parse, with the minute of the day; -1 when the format has no HH. */
bool ca_date_parse_time(ca_text text, const ca_date_format *format, ca_date *ret_date, int32_t *ret_minute);
/* "HH:MM", "HH:MM:SS" or "HHMM" to minutes of the day. */
bool ca_minute_parse(ca_text text, int32_t *ret_minute);

#endif
