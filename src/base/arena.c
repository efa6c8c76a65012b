/* Memory of one lifetime: blocks that grow from 4 KiB to 1 MiB, handed out from front to back. In
 * builds with AddressSanitizer what is not handed out is poisoned. */
#include "base/arena.h"

#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include "base/alloc.h"
#include "base/error.h"

#if defined(__has_feature)
#if __has_feature(address_sanitizer)
#define POISONS 1
#endif
#elif defined(__SANITIZE_ADDRESS__)
#define POISONS 1
#endif
#ifdef POISONS
#include <sanitizer/asan_interface.h>
#endif

enum { ALIGN = 16, FIRST_BLOCK = 4096, LARGEST_BLOCK = 1 << 20 };

struct ca_arena_block {
    ca_arena_block *older;
    size_t size;   /* of data */
    size_t used;   /* of data */
    size_t unused; /* keeps data at a multiple of 16 */
    char data[];
};
_Static_assert(sizeof(ca_arena_block) % ALIGN == 0, "data must be aligned");

static void poison(const ca_arena_block *block, size_t from)
{
#ifdef POISONS
    __asan_poison_memory_region(block->data + from, block->size - from);
#else
    (void)block;
    (void)from;
#endif
}

static void unpoison(const void *ptr, size_t size)
{
#ifdef POISONS
    __asan_unpoison_memory_region(ptr, size);
#else
    (void)ptr;
    (void)size;
#endif
}

static void free_block(ca_arena_block *block)
{
    unpoison(block->data, block->size);
    ca_free(block);
}

static ca_arena_block *add_block(ca_arena *arena, size_t need)
{
    size_t size = FIRST_BLOCK - sizeof(ca_arena_block);
    if (arena->head != NULL && arena->head->size < LARGEST_BLOCK / 2)
        size = 2 * (arena->head->size + sizeof(ca_arena_block)) - sizeof(ca_arena_block);
    else if (arena->head != NULL)
        size = LARGEST_BLOCK - sizeof(ca_arena_block);
    if (size < need)
        size = need;
    if (size > SIZE_MAX - sizeof(ca_arena_block))
        return NULL;
    ca_arena_block *block = ca_alloc(sizeof(ca_arena_block) + size);
    if (block == NULL)
        return NULL;
    *block = (ca_arena_block){.older = arena->head, .size = size};
    poison(block, 0);
    arena->head = block;
    return block;
}

/* Not zeroed. */
static void *take(ca_arena *arena, size_t size)
{
    if (size > SIZE_MAX - ALIGN)
        return NULL;
    size_t rounded = size == 0 ? ALIGN : (size + ALIGN - 1) & ~(size_t)(ALIGN - 1);
    ca_arena_block *block = arena->head;
    if (block == NULL || block->size - block->used < rounded)
        block = add_block(arena, rounded);
    if (block == NULL)
        return NULL;
    char *ptr = block->data + block->used;
    block->used += rounded;
    arena->used += rounded;
    unpoison(ptr, size);
    return ptr;
}

void ca_arena_init(ca_arena *arena)
{
    *arena = (ca_arena){0};
}

void ca_arena_done(ca_arena *arena)
{
    for (ca_arena_block *block = arena->head; block != NULL;) {
        ca_arena_block *older = block->older;
        free_block(block);
        block = older;
    }
    ca_arena_init(arena);
}

void ca_arena_reset(ca_arena *arena)
{
    ca_arena_block *largest = arena->head;
    for (ca_arena_block *block = arena->head; block != NULL; block = block->older)
        if (block->size > largest->size)
            largest = block;
    for (ca_arena_block *block = arena->head; block != NULL;) {
        ca_arena_block *older = block->older;
        if (block != largest)
            free_block(block);
        block = older;
    }
    if (largest != NULL) {
        largest->older = NULL;
        largest->used = 0;
        poison(largest, 0);
    }
    *arena = (ca_arena){.head = largest};
}

void *ca_arena_alloc(ca_arena *arena, size_t size)
{
    void *ptr = take(arena, size);
    if (ptr != NULL)
        memset(ptr, 0, size);
    return ptr;
}

void *ca_arena_array(ca_arena *arena, size_t count, size_t size)
{
    if (size != 0 && count > SIZE_MAX / size)
        return NULL;
    return ca_arena_alloc(arena, count * size);
}

void *ca_arena_copy(ca_arena *arena, const void *src, size_t size)
{
    void *ptr = take(arena, size);
    if (ptr != NULL && size > 0)
        memcpy(ptr, src, size);
    return ptr;
}

char *ca_arena_cstr(ca_arena *arena, ca_text text)
{
    if (text.len == SIZE_MAX)
        return NULL;
    char *copy = take(arena, text.len + 1);
    if (copy == NULL)
        return NULL;
    if (text.len > 0)
        memcpy(copy, text.ptr, text.len);
    copy[text.len] = '\0';
    return copy;
}

int ca_arena_text(ca_arena *arena, ca_text text, ca_text *ret_copy)
{
    char *copy = ca_arena_cstr(arena, text);
    if (copy == NULL)
        return CA_NOMEM;
    *ret_copy = (ca_text){copy, text.len};
    return 0;
}

char *ca_arena_printf(ca_arena *arena, const char *format, ...)
{
    va_list args;
    va_start(args, format);
    int len = vsnprintf(NULL, 0, format, args);
    va_end(args);
    char *text = len < 0 ? NULL : take(arena, (size_t)len + 1);
    if (text == NULL)
        return NULL;
    va_start(args, format);
    vsnprintf(text, (size_t)len + 1, format, args);
    va_end(args);
    return text;
}
