/* The explaining twin's functions. */
#include "rules/explain_parts.h"

static ca_value of_whole(int64_t n)
{
    return (ca_value){.type = CA_TYPE_DECIMAL, .present = true, .as.ratio = ca_ratio_of(n, 1)};
}

static ca_value none(void)
{
    return (ca_value){.present = false};
}

int ca_tell_order(const ca_value *a, const ca_value *b)
{
    int order = 0;
    switch (a->type) {
    case CA_TYPE_INT:
    case CA_TYPE_DECIMAL:
    case CA_TYPE_MONEY:
        (void)ca_ratio_cmp(a->as.ratio, b->as.ratio, &order);
        return order;
    case CA_TYPE_DATE:
        return a->as.date < b->as.date ? -1 : a->as.date > b->as.date;
    case CA_TYPE_CODE:
        return a->as.code < b->as.code ? -1 : a->as.code > b->as.code;
    case CA_TYPE_ENUM:
        return (int)a->as.choice - (int)b->as.choice;
    case CA_TYPE_ID:
    case CA_TYPE_TEXT:
        return ca_text_cmp(a->as.text, b->as.text);
    case CA_TYPE_CODES:
    case CA_TYPE_INTERVALS:
        break;
    }
    return 0;
}

/* The first of the values that is least, or greatest. */
static ca_value extreme(const ca_value *args, size_t count, int direction)
{
    ca_value best = args[0];
    for (size_t i = 1; i < count; i++) {
        if (ca_tell_order(&args[i], &best) * direction > 0)
            best = args[i];
    }
    return best;
}

static ca_value moved(ca_date from, ca_ratio by, bool months)
{
    ca_value value = {.type = CA_TYPE_DATE, .present = true};
    if (by.n % by.d != 0 || by.n / by.d > INT64_MAX || by.n / by.d < INT64_MIN)
        return none();
    int64_t n = (int64_t)(by.n / by.d);
    bool good = months ? ca_date_add_months(from, n, &value.as.date)
                       : ca_date_add_days(from, n, &value.as.date);
    return good ? value : none();
}

static ca_value absolute(ca_ratio number)
{
    ca_value value = {.type = CA_TYPE_DECIMAL, .present = true, .as.ratio = number};
    if (number.n < 0 && !ca_ratio_sub((ca_ratio){.n = 0, .d = number.d}, number, &value.as.ratio))
        return none();
    return value;
}

static ca_value rounded(ca_ratio number, ca_ratio places)
{
    static const int64_t scales[] = {1, 10, 100, 1000, 10000};
    int64_t n;
    if (places.n < 0 || places.n % places.d != 0 || places.n / places.d > 4)
        return none();
    int64_t scale = scales[places.n / places.d];
    if (!ca_ratio_round(number, scale, &n))
        return none();
    return (ca_value){.type = CA_TYPE_DECIMAL, .present = true, .as.ratio = ca_ratio_of(n, scale)};
}

static ca_value part_of_date(ca_function function, ca_date date)
{
    int year, month, day;
    ca_date_split(date, &year, &month, &day);
    if (function == CA_FN_YEAR)
        return of_whole(year);
    if (function == CA_FN_MONTH)
        return of_whole(month);
    if (function == CA_FN_WEEKDAY)
        return of_whole(ca_date_weekday(date));
    return of_whole(ca_date_weekday(date) > 5);
}

static ca_value call(ca_function function, const ca_value *args, size_t count)
{
    switch (function) {
    case CA_FN_DAYS_BETWEEN:
    case CA_FN_AGE_DAYS:
        return of_whole((int64_t)args[1].as.date - (int64_t)args[0].as.date);
    case CA_FN_ADD_DAYS:
        return moved(args[0].as.date, args[1].as.ratio, false);
    case CA_FN_ADD_MONTHS:
        return moved(args[0].as.date, args[1].as.ratio, true);
    case CA_FN_AGE_AT:
        return of_whole(ca_date_age_years(args[0].as.date, args[1].as.date));
    case CA_FN_YEAR:
    case CA_FN_MONTH:
    case CA_FN_WEEKDAY:
    case CA_FN_IS_WEEKEND:
        return part_of_date(function, args[0].as.date);
    case CA_FN_LEAST:
        return extreme(args, count, -1);
    case CA_FN_GREATEST:
        return extreme(args, count, 1);
    case CA_FN_ABS:
        return absolute(args[0].as.ratio);
    case CA_FN_ROUND:
        return rounded(args[0].as.ratio, count > 1 ? args[1].as.ratio : ca_ratio_of(0, 1));
    case CA_FN_SIZE:
        return of_whole((int64_t)args[0].as.codes.count);
    case CA_FN_COALESCE:
    case CA_FN_COUNT:
        break;
    }
    return none();
}

#define ARGS_MAX 8

/* coalesce: what is missing in an argument that was not needed is nobody's fault. */
static ca_told coalesce(const ca_told *args, size_t count)
{
    ca_told told = {0};
    for (size_t i = count; i-- > 0;) {
        told.skipped |= args[i].skipped;
        told.skip_blame = args[i].skip_blame ? args[i].skip_blame : told.skip_blame;
        told.blame = args[i].blame ? args[i].blame : told.blame;
        told.value = args[i].value.present ? args[i].value : told.value;
    }
    if (told.value.present)
        told.blame = told.skip_blame;
    return told;
}

ca_told ca_tell_call(ca_twin *twin, const ca_node *node, uint32_t line)
{
    ca_told args[ARGS_MAX] = {0};
    ca_value values[ARGS_MAX];
    ca_told told = {0};
    size_t count = node->arg_count < ARGS_MAX ? node->arg_count : ARGS_MAX;
    bool all = true;
    for (size_t i = 0; i < count; i++) {
        args[i] = ca_tell_value(twin, node->args[i], line);
        values[i] = args[i].value;
        all = all && values[i].present;
        told.skipped |= args[i].skipped;
        told.blame = told.blame ? told.blame : args[i].blame;
        told.skip_blame = told.skip_blame ? told.skip_blame : args[i].skip_blame;
    }
    if (node->function == CA_FN_COALESCE)
        return coalesce(args, count);
    if (all)
        told.value = call(node->function, values, count);
    return told;
}
