/* A profile as bytes: whole numbers in as few bytes as they need, hashes as they are, a checksum behind all. Cells, items and
 * words stand in the order in which they are kept. profile_read.c is the other half. */
#include "score/profile_inside.h"
#include "score/profile_bytes_inside.h"

static void put64(ca_buf *to, uint64_t value)
{
    uint8_t bytes[8];
    for (unsigned i = 0; i < 8; i++)
        bytes[i] = (uint8_t)(value >> (8 * i));
    ca_buf_add(to, bytes, sizeof bytes);
}

static void put_few(ca_buf *to, uint64_t value)
{
    for (; value >= 0x80; value >>= 7)
        ca_buf_add_char(to, (char)(uint8_t)(value | 0x80));
    ca_buf_add_char(to, (char)(uint8_t)value);
}

static void put_about(ca_buf *to, const ca_usual_feature *about)
{
    uint64_t unit;
    size_t len = strlen(about->name);
    memcpy(&unit, &about->unit, sizeof unit);
    put_few(to, len);
    ca_buf_add(to, about->name, len);
    put64(to, about->identity);
    put_few(to, (uint64_t)about->form);
    put_few(to, (uint64_t)(about->direction + 1));
    put_few(to, about->levels);
    put_few(to, about->crossed);
    put_few(to, about->strict);
    put_few(to, about->least);
    put64(to, unit);
}

static void put_cell(ca_buf *to, const ca_kept *kept, const ca_kept_cell *cell)
{
    put_few(to, cell->level);
    put64(to, cell->key);
    put_few(to, cell->parent == CA_USUAL_NONE ? 0 : cell->parent);
    put_few(to, cell->count);
    uint64_t last = 0;
    for (uint32_t i = cell->from; i < cell->from + cell->count; i++) {
        if (kept->about.form == CA_USUAL_CHOICE)
            put64(to, kept->items[i]);
        else
            put_few(to, kept->items[i] - last);
        last = kept->items[i];
        put_few(to, kept->counts[i]);
    }
}

static void put_kept(ca_buf *to, const ca_kept *kept)
{
    put_about(to, &kept->about);
    put_few(to, kept->coarsened);
    put_few(to, kept->coarser);
    put64(to, kept->item_limit);
    put_few(to, kept->cell_count);
    put_few(to, kept->count);
    for (uint32_t i = 0; i < kept->cell_count; i++)
        put_cell(to, kept, &kept->cells[i]);
    put_few(to, kept->word_count);
    for (uint32_t i = 0; i < kept->word_count; i++) {
        put64(to, kept->words[i].choice);
        put_few(to, kept->words[i].len);
        ca_buf_add(to, kept->text.ptr + kept->words[i].from, kept->words[i].len);
    }
}

int ca_usual_write(const ca_usual *profile, ca_buf *to, ca_error *err)
{
    size_t from = to->len;
    ca_buf_add(to, CA_USUAL_MAGIC, CA_USUAL_MAGIC_BYTES);
    put_few(to, CA_USUAL_VERSION);
    put_few(to, profile->settings.entries);
    put_few(to, profile->settings.sample);
    put_few(to, profile->lines);
    put_few(to, profile->left_out);
    put_few(to, profile->count);
    for (size_t i = 0; i <= profile->count; i++)
        put_kept(to, &profile->kept[i]);
    if (!to->failed)
        put64(to, ca_hash64(to->ptr + from, to->len - from));
    return to->failed ? ca_error_nomem(err) : 0;
}
