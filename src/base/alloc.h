/* The one allocator of the program: tests count its calls and make the n-th one fail. It also
 * serves SQLite and libcsv. Thread-safe. */
#ifndef CA_BASE_ALLOC_H
#define CA_BASE_ALLOC_H

#include <stddef.h>
#include <stdint.h>

void *ca_alloc(size_t size);                 /* NULL when memory ran out; size 0 gives a valid pointer */
void *ca_alloc_zero(size_t count, size_t size);  /* overflow-checked, zeroed */
/* For a piece of many megabytes that is filled from its beginning: in large pages where the system has them, which saves
 * most of the time that first touching it takes. Not to be made larger. */
void *ca_alloc_large(size_t size);
void *ca_realloc(void *ptr, size_t size);
void *ca_realloc_array(void *ptr, size_t count, size_t size);  /* overflow-checked */
/* Room for one more item: the array itself, or a larger one with *cap set; NULL when memory ran out. */
void *ca_grown_array(void *items, size_t count, size_t *cap, size_t size);
void ca_free(void *ptr);                     /* NULL is fine */
size_t ca_alloc_size(const void *ptr);       /* usable size, for SQLite's xSize */

/* For a program, before it does anything else: memory that is given back is mostly wanted again soon, and what the system has to find
 * anew costs more than what lies idle. At most 64 MiB do. The heap, like all that is large, gets large pages where the system has them. */
void ca_alloc_keep(void);
uint64_t ca_alloc_held(void);                /* bytes that are held now, by all threads together */

/* For tests: calls so far; fail the n-th call from now (1 = the next) and every one after it when
 * `sticky`; n = 0 switches failing off. */
uint64_t ca_alloc_calls(void);
void ca_alloc_fail(uint64_t n, int sticky);

#endif
