/* Bytes to one column of a section. Nothing that the bytes say is believed before it is held against
 * a limit: they may come from anywhere. */
#include "store/part_inside.h"

#include <string.h>

#include "base/alloc.h"

/* What decoding one column goes by. */
struct decoding {
    ca_part_reader *reader;
    ca_type type;
    unsigned rows;
    unsigned count; /* rows with a value */
    ca_part_bytes from;
    const uint8_t *bits; /* of the rows with a value; NULL: all */
    const uint32_t *run_ids;
    size_t code_count;
    const ca_part_target *target;
};

static bool has(const struct decoding *now, unsigned row)
{
    return !now->bits || (now->bits[row / 8] >> row % 8 & 1);
}

static bool get_presence(struct decoding *now)
{
    const uint8_t *mode;
    size_t bytes = (now->rows + 7) / 8;
    if (!ca_part_take(&now->from, 1, &mode) || *mode > CA_PART_SOME) {
        return false;
    }
    now->count = *mode == CA_PART_ALL ? now->rows : 0;
    if (*mode != CA_PART_SOME) {
        return true;
    }
    if (!ca_part_take(&now->from, bytes, &now->bits) ||
        (now->rows % 8 && now->bits[bytes - 1] >> now->rows % 8)) {
        return false;
    }
    for (size_t i = 0; i < bytes; i++) {
        now->count += (unsigned)__builtin_popcount(now->bits[i]);
    }
    return true;
}

/* Sets the bits of the rows that have a value, from row `at` of the target on. */
static bool set_presence(const struct decoding *now)
{
    uint64_t *present = now->target->present;
    unsigned at = now->target->at;
    if (!present) {
        return now->count == now->rows;
    }
    for (unsigned i = 0; now->count > 0 && i < now->rows; i += 8, at += 8) {
        unsigned left = now->rows - i;
        uint64_t byte = now->bits ? now->bits[i / 8] : left < 8 ? (1u << left) - 1 : 0xff;
        present[at / 64] |= byte << at % 64;
        if (at % 64 > 56 && byte >> (64 - at % 64)) {
            present[at / 64 + 1] |= byte >> (64 - at % 64);
        }
    }
    return true;
}

/* --- Values of a fixed size ----------------------------------------------------------------- */

static bool in_range(const int64_t *numbers, size_t count, int64_t least, int64_t most)
{
    bool good = true;
    for (size_t i = 0; i < count; i++) {
        good &= numbers[i] >= least && numbers[i] <= most;
    }
    return good;
}

static bool check_values(const struct decoding *now, const int64_t *numbers)
{
    switch (now->type) {
    case CA_TYPE_INT:
    case CA_TYPE_DECIMAL:
    case CA_TYPE_MONEY:
        return true;
    case CA_TYPE_DATE:
        return in_range(numbers, now->count, CA_DATE_MIN, CA_DATE_MAX);
    case CA_TYPE_CODE:
        return in_range(numbers, now->count, 0, (int64_t)now->code_count - 1);
    case CA_TYPE_ENUM:
        return in_range(numbers, now->count, 0, UINT8_MAX);
    case CA_TYPE_CODES:
    case CA_TYPE_ID:
    case CA_TYPE_TEXT:
    case CA_TYPE_INTERVALS:
        break;
    }
    return false;
}

static void put_wide(const struct decoding *now, const int64_t *numbers)
{
    int64_t *to = (int64_t *)now->target->values + now->target->at;
    if (!now->bits) {
        memcpy(to, numbers, now->rows * sizeof *to);
        return;
    }
    for (unsigned row = 0; row < now->rows; row++) {
        if (has(now, row)) {
            to[row] = *numbers++;
        }
    }
}

static void put_dates(const struct decoding *now, const int64_t *numbers)
{
    ca_date *to = (ca_date *)now->target->values + now->target->at;
    for (unsigned row = 0; row < now->rows; row++) {
        if (has(now, row)) {
            to[row] = (ca_date)*numbers++;
        }
    }
}

static void put_codes(const struct decoding *now, const int64_t *numbers)
{
    uint32_t *to = (uint32_t *)now->target->values + now->target->at;
    for (unsigned row = 0; row < now->rows; row++) {
        if (has(now, row)) {
            to[row] = now->run_ids[*numbers++];
        }
    }
}

static void put_choices(const struct decoding *now, const int64_t *numbers)
{
    uint8_t *to = (uint8_t *)now->target->values + now->target->at;
    for (unsigned row = 0; row < now->rows; row++) {
        if (has(now, row)) {
            to[row] = (uint8_t)*numbers++;
        }
    }
}

static int get_values(struct decoding *now)
{
    ca_part_reader *reader = now->reader;
    if (!ca_part_room(&reader->numbers, &reader->number_cap, now->count)) {
        return CA_NOMEM;
    }
    if (!ca_part_get_numbers(&now->from, now->count, reader->numbers) ||
        !check_values(now, reader->numbers)) {
        return CA_FAIL;
    }
    if (ca_type_size(now->type) == sizeof(int64_t)) {
        put_wide(now, reader->numbers);
    } else if (now->type == CA_TYPE_DATE) {
        put_dates(now, reader->numbers);
    } else if (now->type == CA_TYPE_CODE) {
        put_codes(now, reader->numbers);
    } else {
        put_choices(now, reader->numbers);
    }
    return 0;
}

/* --- Texts and lists ------------------------------------------------------------------------ */

static bool element_room(ca_part_reader *reader, size_t bytes)
{
    if (bytes <= reader->element_cap) {
        return true;
    }
    ca_free(reader->elements);
    reader->element_cap = 0;
    reader->elements = ca_alloc(bytes);
    if (!reader->elements) {
        return false;
    }
    reader->element_cap = bytes;
    return true;
}

/* Numbers within limits, in reader->more. */
static int get_more(struct decoding *now, size_t total, int64_t least, int64_t most)
{
    ca_part_reader *reader = now->reader;
    if (!ca_part_room(&reader->more, &reader->more_cap, total)) {
        return CA_NOMEM;
    }
    return ca_part_get_numbers(&now->from, total, reader->more) &&
                   in_range(reader->more, total, least, most)
               ? 0
               : CA_FAIL;
}

static int add_codes(struct decoding *now, size_t total, ca_slice *ret_all)
{
    ca_part_reader *reader = now->reader;
    int rc = get_more(now, total, 0, (int64_t)now->code_count - 1);
    if (rc == 0 && !element_room(reader, total * sizeof(uint32_t))) {
        rc = CA_NOMEM;
    }
    if (rc) {
        return rc;
    }
    uint32_t *ids = reader->elements;
    for (size_t i = 0; i < total; i++) {
        ids[i] = now->run_ids[reader->more[i]];
    }
    return ca_batch_add_codes(now->target->pools, ids, total, ret_all);
}

static int add_intervals(struct decoding *now, size_t total, ca_slice *ret_all)
{
    ca_part_reader *reader = now->reader;
    if (!element_room(reader, total * sizeof(ca_interval))) {
        return CA_NOMEM;
    }
    ca_interval *intervals = reader->elements;
    int rc = get_more(now, total, CA_DATE_MIN, CA_DATE_MAX);
    for (size_t i = 0; rc == 0 && i < total; i++) {
        intervals[i].from = (ca_date)reader->more[i];
    }
    rc = rc ? rc : get_more(now, total, CA_DATE_MIN, CA_DATE_MAX);
    for (size_t i = 0; rc == 0 && i < total; i++) {
        intervals[i].to = (ca_date)reader->more[i];
    }
    return rc ? rc : ca_batch_add_intervals(now->target->pools, intervals, total, ret_all);
}

static int add_elements(struct decoding *now, size_t total, ca_slice *ret_all)
{
    const uint8_t *bytes;
    if (now->type == CA_TYPE_CODES) {
        return add_codes(now, total, ret_all);
    }
    if (now->type == CA_TYPE_INTERVALS) {
        return add_intervals(now, total, ret_all);
    }
    if (!ca_part_take(&now->from, total, &bytes)) {
        return CA_FAIL;
    }
    return ca_batch_add_bytes(now->target->pools, (ca_text){(const char *)bytes, total}, ret_all);
}

/* Lengths in reader->numbers become ends; false when their sum is too large. */
static bool add_up(int64_t *lengths, size_t count, size_t element, size_t *ret_total)
{
    int64_t most = (int64_t)(CA_PART_BYTES_MAX / element);
    int64_t total = 0;
    for (size_t i = 0; i < count; i++) {
        if (lengths[i] < 0 || lengths[i] > most - total) {
            return false;
        }
        total += lengths[i];
        lengths[i] = total;
    }
    *ret_total = (size_t)total;
    return true;
}

/* Which content each row has: only written when not all differ. */
static int get_indices(struct decoding *now, uint32_t distinct)
{
    ca_part_reader *reader = now->reader;
    if (distinct == now->count) {
        return 0;
    }
    if (!ca_part_room(&reader->indices, &reader->index_cap, now->count)) {
        return CA_NOMEM;
    }
    return ca_part_get_numbers(&now->from, now->count, reader->indices) &&
                   in_range(reader->indices, now->count, 0, (int64_t)distinct - 1)
               ? 0
               : CA_FAIL;
}

static void put_slices(const struct decoding *now, uint32_t distinct, uint32_t from)
{
    const int64_t *ends = now->reader->numbers;
    ca_slice *to = (ca_slice *)now->target->values + now->target->at;
    size_t next = 0;
    for (unsigned row = 0; row < now->rows; row++) {
        if (has(now, row)) {
            size_t index = distinct == now->count ? next : (size_t)now->reader->indices[next];
            uint32_t begin = index ? (uint32_t)ends[index - 1] : 0;
            to[row] = (ca_slice){from + begin, (uint32_t)ends[index] - begin};
            next++;
        }
    }
}

static int get_lists(struct decoding *now)
{
    ca_part_reader *reader = now->reader;
    const uint8_t *bytes;
    ca_slice all;
    size_t total;
    if (!ca_part_take(&now->from, 4, &bytes) || ca_get32(bytes) > now->count) {
        return CA_FAIL;
    }
    uint32_t distinct = ca_get32(bytes);
    int rc = get_indices(now, distinct);
    if (rc) {
        return rc;
    }
    if (!ca_part_room(&reader->numbers, &reader->number_cap, distinct)) {
        return CA_NOMEM;
    }
    if (!ca_part_get_numbers(&now->from, distinct, reader->numbers) ||
        !add_up(reader->numbers, distinct, ca_type_element(now->type), &total)) {
        return CA_FAIL;
    }
    rc = add_elements(now, total, &all);
    if (rc == 0) {
        put_slices(now, distinct, all.from);
    }
    return rc;
}

int ca_part_decode(ca_part_reader *reader, ca_type type, unsigned rows, ca_part_bytes plain,
                   const uint32_t *run_ids, size_t code_count, const ca_part_target *target)
{
    struct decoding now = {.reader = reader,
                           .type = type,
                           .rows = rows,
                           .from = plain,
                           .run_ids = run_ids,
                           .code_count = code_count,
                           .target = target};
    if (!get_presence(&now) || !set_presence(&now)) {
        return CA_FAIL;
    }
    int rc = 0;
    if (now.count > 0) {
        rc = ca_type_is_sliced(type) ? get_lists(&now) : get_values(&now);
    }
    return rc ? rc : now.from.left == 0 ? 0 : CA_FAIL;
}
