/* Whose peer an entity is: of providers the specialty and the region that are known of them; of patients age, sex and region, as most of
 * their lines say. */
#include "run/measure_entity_inside.h"

#include <stdlib.h>

#include "base/alloc.h"

/* A person (run/measure_lines.h) or a region, and on how many lines it stands. */
typedef struct said {
    uint32_t person;
    ca_text region;
    int64_t lines;
} said;

static int by_person(const void *left, const void *right)
{
    const said *a = left;
    const said *b = right;
    return (a->person > b->person) - (a->person < b->person);
}

static int by_region(const void *left, const void *right)
{
    const said *a = left;
    const said *b = right;
    if (!a->region.ptr || !b->region.ptr) {
        return (a->region.ptr != NULL) - (b->region.ptr != NULL);
    }
    return ca_text_cmp(a->region, b->region);
}

static ca_text print(uint32_t person, char text[CA_PERSON_SIZE])
{
    return person == CA_NO_SPECIALTY ? (ca_text){NULL, 0} : ca_measure_person_print(person, text);
}

/* In order, and the sums of equals together: returns how many there are. */
static size_t join(said *items, size_t count, int (*order)(const void *, const void *))
{
    size_t joined = 0;
    if (count < 2) {
        return count;
    }
    qsort(items, count, sizeof *items, order);
    for (size_t i = 0; i < count; i++) {
        if (joined && order(&items[joined - 1], &items[i]) == 0) {
            items[joined - 1].lines += items[i].lines;
        } else {
            items[joined++] = items[i];
        }
    }
    return joined;
}

static ca_text most_person(ca_measure_entity *entity, said *items, size_t count)
{
    char texts[2][CA_PERSON_SIZE];
    ca_text best = {NULL, 0};
    int64_t most = 0;
    unsigned next = 0;
    count = join(items, count, by_person);
    for (size_t i = 0; i < count; i++) {
        ca_text text = print(items[i].person, texts[next]);
        bool better = items[i].lines > most || (items[i].lines == most && best.ptr && text.ptr && ca_text_cmp(text, best) < 0);
        if (text.ptr && better) {
            best = text;
            most = items[i].lines;
            next = 1 - next;
        }
    }
    if (best.ptr) {
        memcpy(entity->specialty, best.ptr, best.len);
        best.ptr = entity->specialty;
    }
    return best;
}

static ca_text most_region(said *items, size_t count)
{
    ca_text best = {NULL, 0};
    int64_t most = 0;
    count = join(items, count, by_region);
    for (size_t i = 0; i < count; i++) {
        if (items[i].region.ptr && items[i].lines > most) {    /* of equals the first is the smallest */
            best = items[i].region;
            most = items[i].lines;
        }
    }
    return best;
}

static void find_provider(const ca_measure_entity *entity, ca_text *ret_specialty, ca_text *ret_region)
{
    uint32_t specialty;
    ca_facts_peers(entity->facts, ca_buf_text(&entity->id), &specialty, ret_region);
    *ret_specialty = specialty == CA_NO_SPECIALTY ? (ca_text){NULL, 0} : ca_codes_text(entity->codes, specialty);
}

static int find_person(ca_measure_entity *entity, ca_text *ret_specialty, ca_text *ret_region, ca_error *err)
{
    const ca_group_table *peers = &entity->of_peers;
    said few[4];
    said *items = peers->count > 4 ? ca_realloc_array(NULL, peers->count, sizeof *items) : few;
    size_t count = peers->count;
    if (!items) {
        return ca_error_nomem(err);
    }
    for (uint32_t i = 0; i < peers->count; i++) {
        uint32_t number = (uint32_t)peers->keys[i];
        items[i] = (said){ca_measure_peers_specialty(entity->peers, number), ca_measure_peers_region(entity->peers, number),
                          ca_group_weights(peers, i)[0]};
    }
    /* Joined persons lose regions: these come first. */
    *ret_region = most_region(items, count);
    for (uint32_t i = 0; i < peers->count; i++) {
        uint32_t number = (uint32_t)peers->keys[i];
        items[i] = (said){ca_measure_peers_specialty(entity->peers, number), {NULL, 0}, ca_group_weights(peers, i)[0]};
    }
    *ret_specialty = most_person(entity, items, count);
    if (items != few) {
        ca_free(items);
    }
    return 0;
}

int ca_measure_attributes(ca_measure_entity *entity, ca_text *ret_specialty, ca_text *ret_region, ca_error *err)
{
    if (ca_entity_kinds[entity->kind->entity].person) {
        return find_person(entity, ret_specialty, ret_region, err);
    }
    find_provider(entity, ret_specialty, ret_region);
    return 0;
}
