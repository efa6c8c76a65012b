/* A profile from bytes, which may be anybody's: every number is held against what it counts, so that what was read is as good
 * as what was collected. Nothing is allocated that the bytes do not pay for. */
#include <math.h>

#include "base/alloc.h"
#include "score/profile_bytes_inside.h"
#include "score/profile_inside.h"

typedef struct reader {
    const uint8_t *at, *end;
    bool bad;
} reader;

/* So many bytes, or none. */
static const uint8_t *take(reader *from, uint64_t len)
{
    if (from->bad || len > (uint64_t)(from->end - from->at)) {
        from->bad = true;
        return NULL;
    }
    const uint8_t *bytes = from->at;
    from->at += len;
    return bytes;
}

static uint64_t take64(reader *from)
{
    const uint8_t *bytes = take(from, 8);
    uint64_t value = 0;
    for (unsigned i = 0; bytes != NULL && i < 8; i++)
        value |= (uint64_t)bytes[i] << (8 * i);
    return value;
}

/* At most `most`; 0 when it is not. */
static uint64_t take_few(reader *from, uint64_t most)
{
    uint64_t value = 0;
    for (unsigned shift = 0; shift < 63; shift += 7) {
        const uint8_t *byte = take(from, 1);
        if (byte == NULL)
            return 0;
        value |= (uint64_t)(*byte & 0x7F) << shift;
        if (*byte < 0x80) {
            from->bad = from->bad || value > most || (*byte == 0 && shift > 0);
            return from->bad ? 0 : value;
        }
    }
    from->bad = true;
    return 0;
}

static void require(reader *from, bool holds)
{
    from->bad = from->bad || !holds;
}

/* --- A feature ------------------------------------------------------------------------------------------------------ */

static void read_about(reader *from, ca_usual_feature *about)
{
    size_t len = (size_t)take_few(from, CA_USUAL_NAME_MAX - 1);
    const uint8_t *name = take(from, len);
    if (name != NULL && len > 0)
        memcpy(about->name, name, len);
    require(from, name != NULL && memchr(about->name, '\0', CA_USUAL_NAME_MAX) == about->name + len);
    about->identity = take64(from);
    about->form = (ca_usual_form)take_few(from, CA_USUAL_CONDITION);
    about->direction = (int)take_few(from, 3) - 1;
    about->levels = (unsigned)take_few(from, CA_USUAL_LEVELS_MAX);
    about->crossed = take_few(from, 1) != 0;
    about->strict = take_few(from, 1) != 0;
    about->least = take_few(from, CA_USUAL_LINES_MOST);
    uint64_t unit = take64(from);
    memcpy(&about->unit, &unit, sizeof unit);
    require(from, ca_usual_feature_sound(about));
}

static bool item_fits(const ca_kept *kept, uint64_t item)
{
    switch (kept->about.form) {
    case CA_USUAL_NUMBER:
        return item >= 1 && item <= CA_BUCKET_ZERO + CA_BUCKETS_SIDE && ca_bucket_coarse(item, kept->coarser) == item;
    case CA_USUAL_CHOICE:
        return item < kept->item_limit;
    case CA_USUAL_CONDITION:
        return item == 1 || item == 2;
    }
    return false;
}

static void read_items(reader *from, ca_kept *kept, ca_kept_cell *cell)
{
    uint64_t last = 0;
    cell->from = kept->count;
    for (uint32_t i = 0; !from->bad && i < cell->count; i++) {
        uint64_t item = kept->about.form == CA_USUAL_CHOICE ? take64(from) : last + take_few(from, CA_BUCKETS_SIDE * 4);
        uint64_t count = take_few(from, CA_USUAL_LINES_MOST - cell->lines);
        require(from, count > 0 && item_fits(kept, item) && (i == 0 || item > last));
        kept->items[kept->count] = last = item;
        kept->counts[kept->count++] = count;
        cell->lines += count;
    }
}

/* Cells stand behind those that they belong to, and in order. */
static void read_cell(reader *from, ca_kept *kept, uint32_t which, uint32_t room)
{
    ca_kept_cell *cell = &kept->cells[which];
    unsigned levels = kept->about.levels;
    cell->level = (uint32_t)take_few(from, levels);
    cell->key = take64(from);
    cell->parent = (uint32_t)take_few(from, which == 0 ? 0 : which - 1);
    cell->count = (uint32_t)take_few(from, room - kept->count);
    if (from->bad)
        return;
    if (which == 0) {
        cell->parent = CA_USUAL_NONE;
        require(from, cell->level == levels && cell->key == ca_cell_key(levels, levels, 0));
    } else {
        const ca_kept_cell *before = cell - 1;
        require(from, cell->level < levels && kept->cells[cell->parent].level > cell->level && cell->count > 0);
        require(from, cell->level < before->level || (cell->level == before->level && cell->key > before->key));
    }
    read_items(from, kept, cell);
}

static void read_words(reader *from, ca_kept *kept, uint32_t count)
{
    for (uint32_t i = 0; !from->bad && i < count; i++) {
        uint64_t choice = take64(from);
        uint32_t len = (uint32_t)take_few(from, CA_USUAL_TEXT_MAX);
        const uint8_t *text = take(from, len);
        require(from, text != NULL && len > 0 && (i == 0 || choice > kept->words[i - 1].choice));
        if (from->bad)
            return;
        require(from, ca_text_utf8_valid((ca_text){(const char *)text, len}));
        kept->words[kept->word_count++] = (ca_kept_word){choice, (uint32_t)kept->text.len, len};
        ca_buf_add(&kept->text, text, len);
    }
}

/* CA_NOMEM; 0 otherwise, and the reader knows whether it was good. */
static int read_kept(reader *from, ca_kept *kept)
{
    ca_buf_init(&kept->text);
    read_about(from, &kept->about);
    kept->coarsened = take_few(from, CA_USUAL_LINES_MOST);
    kept->coarser = (unsigned)take_few(from, CA_BUCKET_COARSER);
    kept->item_limit = take64(from);
    uint64_t left = (uint64_t)(from->end - from->at);
    uint32_t cells = (uint32_t)take_few(from, left / 11);    /* bytes that a cell takes at least, and an item */
    uint32_t room = (uint32_t)take_few(from, left / 2);
    require(from, cells > 0 && left / 2 < UINT32_MAX / 4);
    if (from->bad)
        return 0;
    kept->cells = ca_alloc_zero(cells, sizeof *kept->cells);
    kept->items = ca_alloc_zero((size_t)room + 1, sizeof *kept->items);
    kept->counts = ca_alloc_zero((size_t)room + 1, sizeof *kept->counts);
    if (kept->cells == NULL || kept->items == NULL || kept->counts == NULL)
        return CA_NOMEM;
    for (; !from->bad && kept->cell_count < cells; kept->cell_count++)
        read_cell(from, kept, kept->cell_count, room);
    require(from, kept->count == room);
    kept->lines = kept->cells[0].lines;
    require(from, kept->coarsened <= kept->lines);
    uint32_t words = (uint32_t)take_few(from, (uint64_t)(from->end - from->at) / 10);
    if (from->bad)
        return 0;
    kept->words = ca_alloc_zero((size_t)words + 1, sizeof *kept->words);
    if (kept->words == NULL)
        return CA_NOMEM;
    read_words(from, kept, words);
    if (kept->text.failed)
        return CA_NOMEM;
    return from->bad ? 0 : ca_kept_prepare(kept);
}

/* --- The whole ------------------------------------------------------------------------------------------------------ */

static int read_all(reader *from, ca_usual *profile)
{
    profile->settings.entries = (uint32_t)take_few(from, UINT32_MAX);
    profile->settings.sample = (uint32_t)take_few(from, UINT32_MAX);
    profile->lines = take_few(from, CA_USUAL_LINES_MOST);
    profile->left_out = take_few(from, CA_USUAL_LINES_MOST);
    size_t count = (size_t)take_few(from, CA_USUAL_FEATURES_MAX);
    if (from->bad)
        return 0;
    profile->kept = ca_alloc_zero(count + 1, sizeof *profile->kept);
    if (profile->kept == NULL)
        return CA_NOMEM;
    profile->count = count;
    int rc = 0;
    for (size_t i = 0; rc == 0 && !from->bad && i <= count; i++)
        rc = read_kept(from, &profile->kept[i]);
    if (rc == 0 && !from->bad) {
        const ca_usual_feature *sums = &profile->kept[count].about;
        require(from, sums->form == CA_USUAL_NUMBER && sums->direction == 1 && sums->levels == 1);
    }
    require(from, from->at == from->end);
    return rc;
}

static int check_frame(ca_text bytes, reader *ret_reader, ca_error *err)
{
    const uint8_t *start = (const uint8_t *)bytes.ptr;
    if (bytes.len < CA_USUAL_MAGIC_BYTES + 1 + CA_USUAL_CHECK_BYTES ||
        memcmp(start, CA_USUAL_MAGIC, CA_USUAL_MAGIC_BYTES) != 0)
        return ca_error_set(err, CA_CONFIG, "this is no profile of claim lines");
    const uint8_t *end = start + bytes.len - CA_USUAL_CHECK_BYTES;
    reader check = {end, end + CA_USUAL_CHECK_BYTES, false};
    if (take64(&check) != ca_hash64(start, bytes.len - CA_USUAL_CHECK_BYTES))
        return ca_error_set(err, CA_CONFIG, "the profile of claim lines is damaged: its checksum does not fit");
    *ret_reader = (reader){start + CA_USUAL_MAGIC_BYTES, end, false};
    uint64_t version = take_few(ret_reader, UINT32_MAX);
    if (ret_reader->bad || version != CA_USUAL_VERSION)
        return ca_error_set(err, CA_CONFIG, "the profile of claim lines has version %llu, this program reads %u: fit it anew",
                            (unsigned long long)version, CA_USUAL_VERSION);
    return 0;
}

int ca_usual_read(ca_text bytes, ca_usual **ret_profile, ca_error *err)
{
    reader from = {0};
    int rc = check_frame(bytes, &from, err);
    if (rc != 0)
        return rc;
    ca_usual *profile = ca_alloc_zero(1, sizeof *profile);
    if (profile == NULL)
        return ca_error_nomem(err);
    rc = read_all(&from, profile);
    if (rc != 0 || from.bad) {
        ca_usual_free(profile);
        return rc != 0 ? ca_error_nomem(err)
                       : ca_error_set(err, CA_CONFIG, "the profile of claim lines contradicts itself: fit it anew");
    }
    profile->digest = ca_hash128(bytes.ptr, bytes.len);
    *ret_profile = profile;
    return 0;
}
