/* From where to where the claims of a run go: rules that ask for what is not there may only be sure within. */
#include "run/several.h"

int ca_horizon_of(const ca_scan_state *scan, ca_horizon *ret_horizon, ca_error *err)
{
    const ca_scan_options *options = scan->options;
    const ca_profile *profile = scan->setup->profile;
    ca_horizon horizon = {.has_from = options->has_data_from || profile->has_data_from,
                          .from = options->has_data_from ? options->data_from : profile->data_from,
                          .through = options->has_data_through ? options->data_through : ca_scan_day(scan),
                          .benefit_month = profile->benefit_month,
                          .benefit_day = profile->benefit_day};
    if (horizon.has_from && horizon.from > horizon.through) {
        char from[CA_DATE_SIZE], through[CA_DATE_SIZE];
        ca_date_print(horizon.from, from);
        ca_date_print(horizon.through, through);
        return ca_error_set(err, CA_USAGE, "the files cannot cover %s to %s: %s the first day, or %s the last", from, through,
                            options->has_data_from ? "--data-from gives" : "data_from of the profile gives",
                            options->has_data_through ? "--data-through gives" : "the day of the run is");
    }
    *ret_horizon = horizon;
    return 0;
}

/* One date as a further key of an object, "" when it is not given. */
static const char *key(ca_arena *arena, const char *name, bool given, ca_date date)
{
    char text[CA_DATE_SIZE];
    ca_date_print(date, text);
    return given ? ca_arena_printf(arena, ",\"%s\":\"%s\"", name, text) : "";
}

const char *ca_horizon_json(const ca_scan_options *options, ca_arena *arena)
{
    const char *from = key(arena, "data_from", options->has_data_from, options->data_from);
    const char *through = key(arena, "data_through", options->has_data_through, options->data_through);
    return from && through ? ca_arena_printf(arena, "%s%s", from, through) : NULL;
}

void ca_horizon_identify(const ca_scan_options *options, ca_hasher *hasher)
{
    if (options->has_data_from) {
        ca_hasher_add(hasher, "from", 5);
        ca_hasher_add(hasher, &options->data_from, sizeof options->data_from);
    }
    if (options->has_data_through) {
        ca_hasher_add(hasher, "through", 8);
        ca_hasher_add(hasher, &options->data_through, sizeof options->data_through);
    }
}
