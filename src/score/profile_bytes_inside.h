/* How the bytes of a profile begin. */
#ifndef CA_SCORE_PROFILE_BYTES_INSIDE_H
#define CA_SCORE_PROFILE_BYTES_INSIDE_H

#define CA_PROFILE_MAGIC       "CALINES\n"
#define CA_PROFILE_MAGIC_BYTES 8u
#define CA_PROFILE_VERSION     1u
#define CA_PROFILE_CHECK_BYTES 8u

#endif
