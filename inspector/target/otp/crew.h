// crew.h - threads that help with one short piece of work at a time, kept ready so that starting
// costs nothing while somebody waits.
#ifndef OTP_CREW_H
#define OTP_CREW_H

#include <stddef.h>

struct otp_crew;
// Does part `part` of the work; parts are done in any order and at once.
typedef void otp_crew_fn(void *data, size_t part);

// A crew of as many as there are processors, but few; NULL: there is one processor only, or no
// threads are to be had, and all work is done by the caller.
struct otp_crew *otp_crew_new(void);
// Do parts 0 to count - 1, with the caller's help; comes back when all are done.
void otp_crew_do(struct otp_crew *crew, otp_crew_fn *work, void *data, size_t count);
void otp_crew_free(struct otp_crew *crew);

#endif
