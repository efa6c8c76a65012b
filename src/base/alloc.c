/* The one allocator of the program. Its counters are the only state that all threads share: they say what --memory has to
 * hold, and let a test walk through every allocation of a function and make it fail. */
#define _DEFAULT_SOURCE 1    /* madvise, sbrk */
#include "base/alloc.h"

#include <malloc.h>
#include <stdatomic.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#define LARGE_PAGE ((size_t)2 << 20)
#define MAPPED     ((size_t)1 << 20)    /* bytes that the system maps by themselves; fewer lie in the heap */

static _Atomic uint64_t call_count;
static _Atomic uint64_t fail_from; /* number of the call that fails; 0 = none */
static _Atomic bool fail_sticky;
static _Atomic uint64_t held;
static _Atomic uintptr_t heap_end; /* up to it large pages are wished for; 0 = nobody looks after the heap */

/* Counts a call; true when this one has to fail. */
static bool refused(size_t size)
{
    uint64_t call = atomic_fetch_add_explicit(&call_count, 1, memory_order_relaxed) + 1;
    uint64_t from = atomic_load_explicit(&fail_from, memory_order_relaxed);
    /* Sizes above PTRDIFF_MAX can only be mistakes, and sanitizers abort on them. */
    if (size > PTRDIFF_MAX)
        return true;
    if (from == 0 || call < from)
        return false;
    return call == from || atomic_load_explicit(&fail_sticky, memory_order_relaxed);
}

/* False when count * size does not fit. */
static bool product(size_t count, size_t size, size_t *ret_bytes)
{
    if (size != 0 && count > SIZE_MAX / size)
        return false;
    *ret_bytes = count * size;
    return true;
}

/* Tables and buffers are used all over: with large pages the processor finds its way there at once, and the system gives them at one go.
 * Only a wish, also for what lies beside it on its first and last page: the large pages of neighbours may then reach from one to the other. */
static void wish_large_pages(uintptr_t from, uintptr_t past)
{
#ifdef MADV_HUGEPAGE
    uintptr_t page = (uintptr_t)getpagesize();
    from -= from % page;
    (void)madvise((void *)from, past - from, MADV_HUGEPAGE);
#else
    (void)from;
    (void)past;
#endif
}

/* The heap grows at its end, by whoever needs more of it. */
static void look_after_heap(void)
{
    uintptr_t before = atomic_load_explicit(&heap_end, memory_order_relaxed);
    uintptr_t end = before == 0 ? 0 : (uintptr_t)sbrk(0);
    if (end != before && atomic_compare_exchange_strong(&heap_end, &before, end) && end > before)
        wish_large_pages(before, end);
}

static void note_taken(void *ptr)
{
    size_t size = malloc_usable_size(ptr);
    atomic_fetch_add_explicit(&held, size, memory_order_relaxed);
    if (size >= MAPPED)
        wish_large_pages((uintptr_t)ptr, (uintptr_t)ptr + size);
    look_after_heap();
}

static void note_given_back(uint64_t size)
{
    atomic_fetch_sub_explicit(&held, size, memory_order_relaxed);
}

static void *taken(void *ptr)
{
    if (ptr != NULL)
        note_taken(ptr);
    return ptr;
}

void *ca_alloc(size_t size)
{
    return refused(size) ? NULL : taken(malloc(size ? size : 1));
}

void *ca_alloc_large(size_t size)
{
    if (size < LARGE_PAGE || size > PTRDIFF_MAX - LARGE_PAGE)
        return ca_alloc(size);
    size_t whole = (size + LARGE_PAGE - 1) / LARGE_PAGE * LARGE_PAGE;
    return refused(whole) ? NULL : taken(aligned_alloc(LARGE_PAGE, whole));
}

void *ca_alloc_zero(size_t count, size_t size)
{
    size_t bytes;
    if (!product(count, size, &bytes) || refused(bytes))
        return NULL;
    return taken(calloc(1, bytes ? bytes : 1));
}

void *ca_realloc(void *ptr, size_t size)
{
    if (refused(size))
        return NULL;
    uint64_t before = ptr != NULL ? malloc_usable_size(ptr) : 0;
    void *moved = realloc(ptr, size ? size : 1);
    if (moved != NULL) {
        note_given_back(before);
        note_taken(moved);
    }
    return moved;
}

void *ca_realloc_array(void *ptr, size_t count, size_t size)
{
    size_t bytes;
    return product(count, size, &bytes) ? ca_realloc(ptr, bytes) : NULL;
}

void *ca_grown_array(void *items, size_t count, size_t *cap, size_t size)
{
    if (count < *cap)
        return items;
    size_t wanted = *cap == 0 ? 64 : *cap * 2;
    void *more = ca_realloc_array(items, wanted, size);
    if (more != NULL)
        *cap = wanted;
    return more;
}

void ca_free(void *ptr)
{
    if (ptr == NULL)
        return;
    note_given_back(malloc_usable_size(ptr));
    free(ptr);
}

/* Fixed limits: glibc would raise them by what it has seen, and large pieces would tear holes into what it keeps. The heap grows by many
 * large pages, as one that it has only a part of is no large page. */
void ca_alloc_keep(void)
{
#ifdef M_TRIM_THRESHOLD
    mallopt(M_MMAP_THRESHOLD, MAPPED);
    mallopt(M_TRIM_THRESHOLD, 64 << 20);
    mallopt(M_TOP_PAD, 4 * LARGE_PAGE);
    atomic_store(&heap_end, (uintptr_t)sbrk(0));
#endif
}

uint64_t ca_alloc_held(void)
{
    return atomic_load_explicit(&held, memory_order_relaxed);
}

size_t ca_alloc_size(const void *ptr)
{
    /* The C library's prototype lacks the const that its behaviour has. */
    void *writable;
    memcpy(&writable, &ptr, sizeof(writable));
    return malloc_usable_size(writable);
}

uint64_t ca_alloc_calls(void)
{
    return atomic_load_explicit(&call_count, memory_order_relaxed);
}

void ca_alloc_fail(uint64_t n, int sticky)
{
    atomic_store_explicit(&fail_sticky, sticky != 0, memory_order_relaxed);
    atomic_store_explicit(&fail_from, n == 0 ? 0 : ca_alloc_calls() + n, memory_order_relaxed);
}
