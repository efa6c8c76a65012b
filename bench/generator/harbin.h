/* The world of Harbin: a year of about a thousand ordinary pharmacies with their patients and doctors, and four that forge
 * prescriptions of a dear short-course drug for 96 people whom the doctors named never saw. What it is for: a scan must put
 * these four in front of all other pharmacies. Unlike other outputs it is not free of what rules find. */
#ifndef GEN_HARBIN_H
#define GEN_HARBIN_H

#include <stdbool.h>

#include "generator/options.h"

#define GEN_HARBIN_PHARMACIES 1000 /* ordinary ones, usually */
#define GEN_HARBIN_FORGERS    4
#define GEN_HARBIN_BUYERS     96 /* of all four together */
#define GEN_HARBIN_DOCTORS    5  /* whose names are on the forged prescriptions */
#define GEN_HARBIN_BOXES      160

/* claims.csv, patients.csv, providers.csv, diagnosis_codes.csv and labels.csv; false after a message on stderr. */
bool gen_harbin(const gen_options *options);

#endif
