/* What every function that reads a part of a profile needs. */
#ifndef CA_MAP_READER_H
#define CA_MAP_READER_H

#include "claim/codes.h"
#include "conf/yaml.h"
#include "map/profile.h"

typedef struct ca_map_reader {
    ca_conf conf;
    ca_codes *codes;
    ca_arena *arena;     /* of the profile: everything read lives there */
    ca_profile *profile; /* being filled: its schema grows with the x. fields */
} ca_map_reader;

#endif
