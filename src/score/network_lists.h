/* How a patient's list lies in its block. */
#ifndef CA_SCORE_NETWORK_LISTS_H
#define CA_SCORE_NETWORK_LISTS_H

#include "score/network_inside.h"

#define LIST_HEAD 3u    /* numbers: of firsts, of seconds; whether firsts are pairs among each other, too. Then the seats */

#endif
