/* Cells as text: each function writes at `at`, without a closing zero, and returns the place after.
 */
#ifndef GEN_TEXT_H
#define GEN_TEXT_H

#include <stdint.h>

#define GEN_NO_DATE INT32_MIN

int32_t gen_day(int32_t year, int32_t month, int32_t day); /* days since 1970-01-01 */
int32_t gen_ymd(int32_t day);                              /* 20240131 */
int32_t gen_age(int32_t birth, int32_t day);               /* completed years */

char *gen_put_text(char *at, const char *text);
char *gen_put_number(char *at, int64_t number);
char *gen_put_padded(char *at, uint64_t number, unsigned digits); /* with leading zeros */
char *gen_put_money(char *at, int64_t cents);                     /* 12.34 */
char *gen_put_date(char *at, int32_t day);                        /* nothing for GEN_NO_DATE */

#endif
