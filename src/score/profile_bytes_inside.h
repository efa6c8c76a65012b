/* How the bytes of a profile begin. */
#ifndef CA_SCORE_PROFILE_BYTES_INSIDE_H
#define CA_SCORE_PROFILE_BYTES_INSIDE_H

#define CA_USUAL_MAGIC       "CALINES\n"
#define CA_USUAL_MAGIC_BYTES 8u
#define CA_USUAL_VERSION     2u
#define CA_USUAL_CHECK_BYTES 8u

#endif
