/* A small program of somebody else's: compiled against the installed header and library, shared and static. */
#include <claimaudit.h>
#include <stdio.h>

/* A name that the library uses inside: it must not meet it. */
int ca_error_set(void)
{
    return 1;
}

int main(void)
{
    return puts(claimaudit_version()) < 0 || ca_error_set() != 1;
}
