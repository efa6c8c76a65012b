/* Who is a laboratory or a facility, by the codes of specialties and of the place of service. */
#include "run/network.h"

static bool is_among(ca_text text, const char *const *names, size_t count)
{
    for (size_t i = 0; i < count; i++) {
        if (ca_text_is(text, names[i]))
            return true;
    }
    return false;
}

static ca_network_role role_of_cms(ca_text code)
{
    static const char *const facilities[] = {
        "45",   /* mammography centre */
        "47",   /* independent diagnostic testing facility */
        "49",   /* ambulatory surgical centre */
        "59",   /* ambulance */
        "63",   /* portable X-ray supplier */
        "70",   /* clinic or group practice */
        "B4",   /* rehabilitation agency */
    };
    if (ca_text_is(code, "69"))
        return CA_NETWORK_LABORATORY;
    /* A0 hospital, A1 to A4 nursing and home health, A5 to A8 pharmacies and suppliers */
    if (code.ptr[0] == 'A' || is_among(code, facilities, sizeof facilities / sizeof *facilities))
        return CA_NETWORK_FACILITY;
    return CA_NETWORK_PERSON;
}

static ca_network_role role_of_taxonomy(ca_text code)
{
    static const char *const facilities[] = {"25", "26", "27", "28", "31", "32", "34"};
    ca_text grouping = ca_text_sub(code, 0, 2);
    if (ca_text_is(grouping, "29"))
        return CA_NETWORK_LABORATORY;
    return is_among(grouping, facilities, sizeof facilities / sizeof *facilities) ? CA_NETWORK_FACILITY : CA_NETWORK_PERSON;
}

ca_network_role ca_network_role_of(ca_text specialty)
{
    for (size_t i = specialty.len; i > 0; i--) {
        if (specialty.ptr[i - 1] == ':') {
            specialty = ca_text_sub(specialty, i, specialty.len);
            break;
        }
    }
    if (specialty.len == 0)
        return CA_NETWORK_UNKNOWN;
    if (specialty.len == 2)
        return role_of_cms(specialty);
    return specialty.len == 10 ? role_of_taxonomy(specialty) : CA_NETWORK_PERSON;
}

bool ca_network_is_laboratory_place(ca_text place_of_service)
{
    return ca_text_is(place_of_service, "81");
}
