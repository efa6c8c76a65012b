/* Memory of one lifetime (run, batch or scratch): allocate freely, release everything at once. */
#ifndef CA_BASE_ARENA_H
#define CA_BASE_ARENA_H

#include <stddef.h>

#include "base/text.h"

typedef struct ca_arena_block ca_arena_block;

typedef struct ca_arena {
    ca_arena_block *head;
    size_t used;   /* bytes handed out, all blocks */
} ca_arena;

void ca_arena_init(ca_arena *arena);
void ca_arena_done(ca_arena *arena);          /* frees all blocks; the arena can be used again */
void ca_arena_reset(ca_arena *arena);         /* empties it but keeps its largest block */

void *ca_arena_alloc(ca_arena *arena, size_t size);                   /* zeroed, 16-byte aligned, or NULL */
void *ca_arena_array(ca_arena *arena, size_t count, size_t size);     /* overflow-checked, zeroed */
void *ca_arena_copy(ca_arena *arena, const void *src, size_t size);
char *ca_arena_cstr(ca_arena *arena, ca_text text);                   /* NUL-terminated copy */
int ca_arena_text(ca_arena *arena, ca_text text, ca_text *ret_copy);  /* 0 or CA_NOMEM; the copy is also NUL-terminated */
char *ca_arena_printf(ca_arena *arena, const char *format, ...) __attribute__((format(printf, 2, 3)));

#endif
