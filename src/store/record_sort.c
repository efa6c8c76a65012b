/* Sorts records by hash: two or three radix passes over the leading free bits leave hardly anything
 * to do, because hashes are spread evenly; what they leave equal is sorted again by the bits that
 * follow. */
#include "store/record_sort.h"

#include <string.h>

#define SMALL 24 /* below this insertion is quicker than counting */

static void insertion_sort(ca_exchange_record *records, size_t count)
{
    for (size_t i = 1; i < count; i++) {
        ca_exchange_record record = records[i];
        size_t to = i;
        for (; to > 0 && records[to - 1].hash > record.hash; to--) {
            records[to] = records[to - 1];
        }
        records[to] = record;
    }
}

/* One counting pass by the byte of the hash that begins `bit` bits from the top. */
static void radix_pass(const ca_exchange_record *from, ca_exchange_record *to, size_t count,
                       unsigned bit)
{
    size_t starts[256] = {0};
    for (size_t i = 0; i < count; i++) {
        starts[(from[i].hash << bit) >> 56]++;
    }
    size_t start = 0;
    for (size_t i = 0; i < 256; i++) {
        size_t len = starts[i];
        starts[i] = start;
        start += len;
    }
    for (size_t i = 0; i < count; i++) {
        to[starts[(from[i].hash << bit) >> 56]++] = from[i];
    }
}

static bool is_sorted(const ca_exchange_record *records, size_t count)
{
    for (size_t i = 1; i < count; i++) {
        if (records[i - 1].hash > records[i].hash) {
            return false;
        }
    }
    return true;
}

/* Sorts every run of records that agree in their first `used_bits` bits. */
static void sort_runs(ca_exchange_record *records, ca_exchange_record *scratch, size_t count,
                      unsigned used_bits)
{
    size_t from = 0;
    while (from < count) {
        size_t end = from + 1;
        while (end < count && (records[end].hash ^ records[from].hash) >> (64 - used_bits) == 0) {
            end++;
        }
        if (!is_sorted(records + from, end - from)) {
            ca_record_sort(records + from, scratch, end - from, used_bits);
        }
        from = end;
    }
}

void ca_record_sort(ca_exchange_record *records, ca_exchange_record *scratch, size_t count,
                    unsigned used_bits)
{
    if (count <= SMALL || used_bits >= 64) {
        insertion_sort(records, used_bits >= 64 ? 0 : count);
        return;
    }
    unsigned passes = count <= 256 ? 1 : count <= 65536 ? 2 : 3;
    ca_exchange_record *from = records;
    ca_exchange_record *to = scratch;
    /* From the last byte to the first; those beyond the 64th bit do not exist. */
    for (unsigned pass = passes; pass-- > 0;) {
        if (used_bits + pass * 8 < 64) {
            radix_pass(from, to, count, used_bits + pass * 8);
            ca_exchange_record *swap = from;
            from = to;
            to = swap;
        }
    }
    if (from != records) {
        memcpy(records, from, count * sizeof *records);
    }
    if (used_bits + passes * 8 < 64) {
        sort_runs(records, scratch, count, used_bits + passes * 8);
    }
}
