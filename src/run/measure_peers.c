/* Specialties and regions as they stand together on lines, by numbers. */
#include "run/measure_lines.h"

#include <string.h>

#include "base/alloc.h"
#include "base/hash.h"

#define PERSON_YEARS 10
#define PERSON_BANDS 12u      /* the last one has no end */

struct ca_measure_peers {
    ca_mutex *lock;           /* NULL: one thread */
    ca_table table;           /* by specialty (4 bytes), whether there is a region (1 byte), and the region */
    ca_buf key;
};

int ca_measure_peers_new(bool crowd, ca_measure_peers **ret_peers, ca_error *err)
{
    ca_measure_peers *peers = ca_alloc_zero(1, sizeof *peers);
    if (!peers) {
        return ca_error_nomem(err);
    }
    ca_table_init(&peers->table);
    ca_buf_init(&peers->key);
    peers->lock = crowd ? ca_mutex_new() : NULL;
    if (crowd && !peers->lock) {
        ca_measure_peers_free(peers);
        return ca_error_nomem(err);
    }
    *ret_peers = peers;
    return 0;
}

void ca_measure_peers_free(ca_measure_peers *peers)
{
    if (peers) {
        ca_table_done(&peers->table);
        ca_buf_done(&peers->key);
        ca_mutex_free(peers->lock);
        ca_free(peers);
    }
}

static int put(ca_measure_peers *peers, uint32_t specialty, ca_text region, uint32_t *ret_number)
{
    uint8_t known = region.ptr != NULL;
    ca_buf_clear(&peers->key);
    ca_buf_add(&peers->key, &specialty, sizeof specialty);
    ca_buf_add(&peers->key, &known, sizeof known);
    ca_buf_add(&peers->key, region.ptr ? region.ptr : "", region.ptr ? region.len : 0);
    return peers->key.failed ? CA_NOMEM : ca_table_put(&peers->table, ca_buf_text(&peers->key), ret_number, NULL);
}

int ca_measure_peers_put(ca_measure_peers *peers, uint32_t specialty, ca_text region, uint32_t *ret_number, ca_error *err)
{
    ca_mutex_lock(peers->lock);
    int rc = put(peers, specialty, region, ret_number);
    ca_mutex_unlock(peers->lock);
    return rc ? ca_error_nomem(err) : 0;
}

size_t ca_measure_peers_count(const ca_measure_peers *peers)
{
    return peers->table.count;
}

uint32_t ca_measure_peers_specialty(const ca_measure_peers *peers, uint32_t number)
{
    uint32_t specialty;
    memcpy(&specialty, ca_table_key(&peers->table, number).ptr, sizeof specialty);
    return specialty;
}

ca_text ca_measure_peers_region(const ca_measure_peers *peers, uint32_t number)
{
    ca_text key = ca_table_key(&peers->table, number);
    size_t before = sizeof(uint32_t) + 1;
    return key.ptr[before - 1] ? (ca_text){key.ptr + before, key.len - before} : (ca_text){NULL, 0};
}

size_t ca_measure_peers_bytes(const ca_measure_peers *peers)
{
    return ca_table_bytes(&peers->table);
}

uint32_t ca_measure_person(uint8_t sex, ca_date birth, ca_date on)
{
    int32_t years = ca_date_age_years(birth, on);
    uint32_t band = (uint32_t)years / PERSON_YEARS;
    return years < 0 ? CA_NO_SPECIALTY : (uint32_t)sex << 8 | (band < PERSON_BANDS ? band : PERSON_BANDS);
}

/* At most three digits. */
static char *print_years(uint32_t years, char *to)
{
    for (uint32_t unit = years < 10 ? 1 : years < 100 ? 10 : 100; unit; unit /= 10) {
        *to++ = (char)('0' + years / unit % 10);
    }
    return to;
}

ca_text ca_measure_person_print(uint32_t person, char ret_text[CA_PERSON_SIZE])
{
    uint32_t years = (person & 0xff) * PERSON_YEARS;
    char *to = ret_text;
    for (const char *sex = ca_enum_name(CA_F_SEX, person >> 8); *sex; sex++) {
        *to++ = *sex;
    }
    *to++ = ' ';
    to = print_years(years, to);
    *to++ = (person & 0xff) < PERSON_BANDS ? '-' : '+';
    to = (person & 0xff) < PERSON_BANDS ? print_years(years + PERSON_YEARS - 1, to) : to;
    return (ca_text){ret_text, (size_t)(to - ret_text)};
}
