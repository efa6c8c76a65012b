/* One pass over each column of codes that conditions wait for: which rows each condition is to be judged on. */
#include "rules/trigger_parts.h"

#include <string.h>

#include "base/alloc.h"

void ca_watch_forget(ca_watch *watch)
{
    watch->codes = 0;
    watch->pool_count = 0;
}

void ca_watch_done(ca_watch *watch)
{
    ca_free(watch->leaves);
    ca_free(watch->gates_of);
    ca_free(watch->pool);
}

/* --- The gates of a code ---------------------------------------------------------------------- */

static bool pool_room(ca_watch *watch)
{
    size_t need = watch->pool_count + watch->leaf_count + 1;
    if (need <= watch->pool_cap)
        return true;
    size_t cap = 2 * need;
    uint32_t *pool = need > UINT32_MAX ? NULL : ca_realloc_array(watch->pool, cap, sizeof(*pool));
    if (pool == NULL)
        return false;
    watch->pool = pool;
    watch->pool_cap = cap;
    return true;
}

/* A code that is seen for the first time in the column. False when memory ran out. */
static bool learn_code(ca_watch *watch, const ca_codes *codes, uint32_t code)
{
    watch->pool_count = watch->pool_count < 2 ? 2 : watch->pool_count;    /* no place is CA_CODE_UNSEEN or _IDLE */
    if (!pool_room(watch))
        return false;
    uint32_t *gates = watch->pool + watch->pool_count;
    gates[0] = 0;
    for (size_t i = 0; i < watch->leaf_count; i++) {
        const ca_watched *watched = &watch->leaves[i];
        bool again = gates[0] > 0 && gates[gates[0]] == watched->gate;
        if (!again && ca_gate_accepts(codes, watched->leaf, code))
            gates[++gates[0]] = watched->gate;
    }
    watch->gates_of[code] = gates[0] > 0 ? (uint32_t)watch->pool_count : CA_CODE_IDLE;
    watch->pool_count += gates[0] > 0 ? gates[0] + 1 : 0;
    return true;
}

static bool know_codes(ca_watch *watch, size_t codes)
{
    if (codes <= watch->codes)
        return true;
    size_t cap = codes < 512 ? 1024 : 2 * codes;
    uint32_t *gates_of = ca_realloc_array(watch->gates_of, cap, sizeof(*gates_of));
    if (gates_of == NULL)
        return false;
    memset(gates_of + watch->codes, 0, (cap - watch->codes) * sizeof(*gates_of));    /* CA_CODE_UNSEEN */
    watch->gates_of = gates_of;
    watch->codes = cap;
    return true;
}

/* --- Rows ------------------------------------------------------------------------------------- */

typedef struct looking {
    ca_trigger *trigger;
    const ca_frame *frame;
    ca_watch *watch;
} looking;

/* A code that conditions wait for, or that is new. False when memory ran out. */
static bool let_through(const looking *look, uint32_t code, unsigned row)
{
    ca_watch *watch = look->watch;
    if (watch->gates_of[code] == CA_CODE_UNSEEN && !learn_code(watch, look->frame->codes, code))
        return false;
    if (watch->gates_of[code] == CA_CODE_IDLE)
        return true;
    const uint32_t *gates = watch->pool + watch->gates_of[code];
    for (uint32_t i = 1; i <= gates[0]; i++) {
        ca_bit_set(ca_trigger_gate_rows(look->trigger, gates[i]), row);
        look->trigger->gates[gates[i]].any = true;
    }
    return true;
}

static bool look_at_codes(const looking *look, const ca_column *column, unsigned word, uint64_t rows)
{
    const uint32_t *codes = column->as.code + word * 64;
    const uint32_t *gates_of = look->watch->gates_of;
    while (rows != 0) {
        unsigned i = ca_bits_next(&rows);
        if (gates_of[codes[i]] != CA_CODE_IDLE && !let_through(look, codes[i], word * 64 + i))
            return false;
    }
    return true;
}

static bool look_at_lists(const looking *look, const ca_column *column, unsigned word, uint64_t rows)
{
    const uint32_t *gates_of = look->watch->gates_of;
    while (rows != 0) {
        unsigned row = word * 64 + ca_bits_next(&rows);
        ca_slice list = column->as.slice[row];
        const uint32_t *codes = look->frame->units->list_codes + list.from;
        for (uint32_t i = 0; i < list.len; i++) {
            if (gates_of[codes[i]] != CA_CODE_IDLE && !let_through(look, codes[i], row))
                return false;
        }
    }
    return true;
}

static bool look_at_column(const looking *look)
{
    const ca_batch *batch = look->frame->units;
    const ca_column *column = &batch->columns[look->watch->column];
    if (column->present == NULL)
        return true;
    if (!know_codes(look->watch, ca_codes_count(look->frame->codes)))
        return false;
    for (unsigned w = 0; w < (batch->rows + 63) / 64; w++) {
        if (!(look->watch->list ? look_at_lists(look, column, w, column->present[w])
                                : look_at_codes(look, column, w, column->present[w])))
            return false;
    }
    return true;
}

/* A missing code, or a missing date of a dated set, makes the leaf UNKNOWN. */
static void let_missing_through(const looking *look, size_t gate)
{
    const ca_batch *batch = look->frame->units;
    ca_gate *of = &look->trigger->gates[gate];
    uint64_t *let = ca_trigger_gate_rows(look->trigger, gate);
    uint64_t any = 0;
    for (size_t i = 0; i < of->column_count; i++) {
        unsigned column = of->columns[i] == CA_GATE_UNIT_DATE ? look->frame->date_column : of->columns[i];
        const uint64_t *present = batch->columns[column].present;
        for (unsigned w = 0; w * 64 < batch->rows; w++) {
            unsigned left = batch->rows - w * 64;
            uint64_t rows = left >= 64 ? UINT64_MAX : (UINT64_C(1) << left) - 1;
            uint64_t missing = present ? rows & ~present[w] : rows;
            let[w] |= missing;
            any |= missing;
        }
    }
    of->any |= any != 0;
}

/* --- Dates ------------------------------------------------------------------------------------ */

static void span_dates(const ca_batch *batch, unsigned of, ca_span *spans)
{
    const ca_column *column = &batch->columns[of];
    for (unsigned w = 0; w * 64 < batch->rows; w++) {
        ca_span span = {.from = CA_DATE_MAX, .to = CA_DATE_MIN};
        for (uint64_t rows = column->present ? column->present[w] : 0; rows != 0;) {
            ca_date date = column->as.date[w * 64 + ca_bits_next(&rows)];
            span.from = date < span.from ? date : span.from;
            span.to = date > span.to ? date : span.to;
        }
        spans[w] = span;
    }
}

const ca_span *ca_frame_spans(const ca_frame *frame, unsigned column)
{
    const ca_trigger *trigger = frame->trigger;
    for (size_t i = 0; trigger && i < trigger->date_count; i++) {
        if (trigger->dates[i] == column)
            return trigger->spans + i * trigger->words;
    }
    return NULL;
}

/* --- The whole -------------------------------------------------------------------------------- */

static bool lay_out(ca_trigger *trigger, unsigned words)
{
    if (trigger->words > 0 && words <= trigger->words)
        return true;
    size_t bitmaps = trigger->gate_count + 2 * trigger->shared_count;
    uint64_t *bits = ca_alloc_zero(bitmaps, words * sizeof(*bits));
    ca_span *spans = ca_alloc_zero(trigger->date_count, words * sizeof(*spans));
    if (bits == NULL || spans == NULL) {
        ca_free(bits);
        ca_free(spans);
        return false;
    }
    ca_free(trigger->bits);
    ca_free(trigger->spans);
    trigger->bits = bits;
    trigger->spans = spans;
    trigger->words = words;
    return true;
}

int ca_trigger_look(ca_trigger *trigger, ca_frame *frame, ca_error *err)
{
    looking look = {.trigger = trigger, .frame = frame};
    frame->trigger = NULL;
    if (!lay_out(trigger, frame->units->words))
        return ca_error_nomem(err);
    ca_forget_wheres(trigger);
    for (size_t i = 0; i < trigger->shared_count; i++)
        trigger->shared[i].known = false;
    for (size_t i = 0; i < trigger->gate_count; i++) {
        if (trigger->gates[i].any)
            memset(ca_trigger_gate_rows(trigger, i), 0, trigger->words * sizeof(*trigger->bits));
        trigger->gates[i].any = false;
        let_missing_through(&look, i);
    }
    for (size_t i = 0; i < trigger->watch_count; i++) {
        look.watch = &trigger->watches[i];
        if (!look_at_column(&look))
            return ca_error_nomem(err);
    }
    for (size_t i = 0; i < trigger->date_count; i++)
        span_dates(frame->units, trigger->dates[i], trigger->spans + i * trigger->words);
    frame->trigger = trigger;
    return 0;
}
