/* Which pieces of our files are in use, and where the bytes of a list of them lie. */
#include "base/extents.h"

#include <assert.h>
#include <stdio.h>
#include <string.h>

#include "base/alloc.h"
#include "base/threads.h"

#define FILES CA_EXTENT_FILES

/* One of our files. Piece i of file k is number i * FILES + k. */
typedef struct room {
    ca_file *file;
    char *path;
    uint32_t count;               /* pieces that it has */
    uint32_t *unused;             /* the next one to take last; there is room for all */
    size_t unused_count, unused_cap;
} room;

struct ca_extents {
    ca_disk *beneath;
    ca_mutex *lock;               /* of all that follows, and of lists while they grow */
    unsigned next_home;
    room rooms[FILES];
};

/* Bytes that lie side by side. */
typedef struct stretch {
    ca_file *file;
    uint64_t offset;
    size_t len;
} stretch;

int ca_extents_new(ca_disk *beneath, const char *folder, const char *name, ca_extents **ret_extents, ca_error *err)
{
    size_t size = strlen(folder) + strlen(name) + sizeof "/4294967295";
    ca_extents *extents = ca_alloc_zero(1, sizeof *extents);
    if (!extents) {
        return ca_error_nomem(err);
    }
    extents->beneath = beneath;
    extents->lock = ca_mutex_new();
    bool made = extents->lock != NULL;
    for (unsigned k = 0; k < FILES; k++) {
        extents->rooms[k].path = ca_alloc(size);
        made = made && extents->rooms[k].path;
        if (made) {
            snprintf(extents->rooms[k].path, size, "%s/%s%u", folder, name, k);
        }
    }
    if (!made) {
        ca_extents_free(extents);
        return ca_error_nomem(err);
    }
    *ret_extents = extents;
    return 0;
}

void ca_extents_free(ca_extents *extents)
{
    if (!extents) {
        return;
    }
    for (unsigned k = 0; k < FILES; k++) {
        room *of = &extents->rooms[k];
        if (of->file) {
            extents->beneath->close(of->file, NULL);
            extents->beneath->remove(extents->beneath, of->path, NULL);
        }
        ca_free(of->unused);
        ca_free(of->path);
    }
    ca_mutex_free(extents->lock);
    ca_free(extents);
}

/* --- Taking and giving ------------------------------------------------------------------------------------------- */

/* One more piece at the end of a file. */
static int grow(ca_extents *extents, unsigned k, uint32_t *ret_number, ca_error *err)
{
    room *of = &extents->rooms[k];
    uint32_t *unused = ca_grown_array(of->unused, of->count, &of->unused_cap, sizeof *unused);
    of->unused = unused ? unused : of->unused;
    if (!unused) {
        return ca_error_nomem(err);
    }
    if (of->count > UINT32_MAX / FILES - 1) {
        return ca_error_set(err, CA_LIMIT, "%s: temporary files cannot become larger", of->path);
    }
    int rc = of->file ? 0 : ca_disk_open_new(extents->beneath, of->path, &of->file, err);
    if (rc == 0) {
        *ret_number = of->count++ * FILES + k;
    }
    return rc;
}

/* A piece nobody uses, of the list's home before others. */
static int take(ca_extents *extents, unsigned home, uint32_t *ret_number, ca_error *err)
{
    for (unsigned k = 0; k < FILES; k++) {
        room *of = &extents->rooms[(home + k) % FILES];
        if (of->unused_count > 0) {
            *ret_number = of->unused[--of->unused_count];
            return 0;
        }
    }
    return grow(extents, home, ret_number, err);
}

static int reach(ca_extents *extents, ca_extent_list *list, uint64_t end, ca_error *err)
{
    if (list->count == 0) {
        list->home = extents->next_home++ % FILES;
    }
    while ((uint64_t)list->count * CA_EXTENT_BYTES < end) {
        uint32_t *items = ca_grown_array(list->items, list->count, &list->cap, sizeof *items);
        list->items = items ? items : list->items;
        int rc = items ? take(extents, list->home, &items[list->count], err) : ca_error_nomem(err);
        if (rc) {
            return rc;
        }
        list->count++;
    }
    return 0;
}

void ca_extents_give(ca_extents *extents, ca_extent_list *list)
{
    ca_mutex_lock(extents->lock);
    while (list->count > 0) {     /* the last one first, so that they are taken in their order */
        uint32_t number = list->items[--list->count];
        room *of = &extents->rooms[number % FILES];
        of->unused[of->unused_count++] = number;
    }
    ca_mutex_unlock(extents->lock);
    ca_free(list->items);
    *list = (ca_extent_list){0};
}

/* --- Bytes --------------------------------------------------------------------------------------------------------- */

/* As many of these bytes as lie side by side. */
static stretch stretch_at(ca_extents *extents, const ca_extent_list *list, uint64_t offset, size_t len)
{
    ca_mutex_lock(extents->lock);
    size_t at = (size_t)(offset / CA_EXTENT_BYTES), within = (size_t)(offset % CA_EXTENT_BYTES);
    uint32_t first = list->items[at];
    stretch found = {.file = extents->rooms[first % FILES].file,
                     .offset = (uint64_t)(first / FILES) * CA_EXTENT_BYTES + within,
                     .len = CA_EXTENT_BYTES - within};
    while (found.len < len && list->items[at + 1] == list->items[at] + FILES) {
        found.len += CA_EXTENT_BYTES;
        at++;
    }
    ca_mutex_unlock(extents->lock);
    found.len = found.len < len ? found.len : len;
    return found;
}

int ca_extents_write(ca_extents *extents, ca_extent_list *list, uint64_t offset, const void *bytes, size_t len, ca_error *err)
{
    ca_mutex_lock(extents->lock);
    int rc = reach(extents, list, offset + len, err);
    ca_mutex_unlock(extents->lock);
    for (size_t done = 0; rc == 0 && done < len;) {
        stretch to = stretch_at(extents, list, offset + done, len - done);
        rc = extents->beneath->write_at(to.file, to.offset, (const char *)bytes + done, to.len, err);
        done += to.len;
    }
    return rc;
}

int ca_extents_read(ca_extents *extents, const ca_extent_list *list, uint64_t offset, void *bytes, size_t len, ca_error *err)
{
    for (size_t done = 0; done < len;) {
        stretch from = stretch_at(extents, list, offset + done, len - done);
        int64_t got = extents->beneath->read_at(from.file, from.offset, (char *)bytes + done, from.len, err);
        if (got < 0) {
            return (int)got;
        }
        if ((uint64_t)got < from.len) {
            return ca_error_set(err, CA_FAIL, "the temporary file %s was changed while in use: run again", from.file->path);
        }
        done += from.len;
    }
    return 0;
}
