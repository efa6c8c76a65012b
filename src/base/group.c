/* Looks a group up and makes sure, before anything is read, that files can be given to it. */
#include "base/group.h"

#include <errno.h>
#include <grp.h>
#include <stdbool.h>
#include <unistd.h>

#include "base/alloc.h"
#include "base/text.h"

#define BUFFER_MAX (1u << 20) /* a group of many members */

/* 0, CA_END: there is none, or an error. */
static int look_up(const char *name, gid_t *ret_group, ca_error *err)
{
    for (size_t size = 4096; size <= BUFFER_MAX; size *= 4) {
        struct group entry, *found = NULL;
        char *buffer = ca_alloc(size);
        if (!buffer)
            return ca_error_nomem(err);
        int errnum = getgrnam_r(name, &entry, buffer, size, &found);
        gid_t group = found ? found->gr_gid : 0;
        ca_free(buffer);
        if (errnum == ERANGE || errnum == EINTR)
            continue;
        if (found)
            *ret_group = group;
        return found ? 0 : CA_END;
    }
    return CA_END;
}

/* The superuser may give files to any group, others to those they belong to. */
static int is_member(gid_t group, bool *ret_is, ca_error *err)
{
    *ret_is = geteuid() == 0 || getegid() == group;
    int count = *ret_is ? 0 : getgroups(0, NULL);
    if (count <= 0)
        return 0;
    gid_t *groups = ca_alloc_zero((size_t)count, sizeof *groups);
    if (!groups)
        return ca_error_nomem(err);
    count = getgroups(count, groups);
    for (int i = 0; i < count; i++)
        *ret_is = *ret_is || groups[i] == group;
    ca_free(groups);
    return 0;
}

int ca_group_find(const char *name, int64_t *ret_group, ca_error *err)
{
    gid_t group = 0;
    int64_t number;
    bool member;
    if (ca_text_to_int(ca_text_of(name), &number) && number >= 0 && number < UINT32_MAX) {
        group = (gid_t)number;
    } else {
        int result = look_up(name, &group, err);
        if (result == CA_END)
            return ca_error_set(err, CA_USAGE,
                                "there is no group '%s' on this machine; getent group lists them",
                                name);
        if (result < 0)
            return result;
    }
    int result = is_member(group, &member, err);
    if (result < 0)
        return result;
    if (!member)
        return ca_error_set(err, CA_USAGE,
                            "the user of this run is not in group '%s': have an administrator run "
                            "usermod -aG %s USER, then log in again",
                            name, name);
    *ret_group = group;
    return 0;
}
