// Dates: {{Year, Month, Day}, {Hour, Minute, Second}} and seconds since 1970. Local time is that of
// the process's time zone, and UTC when time is virtual, so that it is the same everywhere.
#include <time.h>

#include "core-vm/vm/arith.h"
#include "core-vm/vm/bif.h"
#include "core-vm/vm/clock.h"
#include "core-vm/vm/heap.h"
#include "core-vm/vm/vm_impl.h"

enum { FIRST_YEAR = 1900, SECONDS_PER_DAY = 86400, LAST_YEAR = 9999 };

static bool is_virtual(const struct vm_cpu *c)
{
    return vm_root(c->vm)->clock.is_virtual;
}

static vm_term date_part(struct vm_cpu *c, const struct tm *tm)
{
    vm_term part[3] = {vm_small(tm->tm_year + FIRST_YEAR), vm_small(tm->tm_mon + 1),
                       vm_small(tm->tm_mday)};
    return vm_make_tuple(c, 3, part);
}

static vm_term time_part(struct vm_cpu *c, const struct tm *tm)
{
    vm_term part[3] = {vm_small(tm->tm_hour), vm_small(tm->tm_min), vm_small(tm->tm_sec)};
    return vm_make_tuple(c, 3, part);
}

static vm_term date_time(struct vm_cpu *c, const struct tm *tm)
{
    vm_term both[2] = {date_part(c, tm), time_part(c, tm)};
    return both[0] == VM_NONE || both[1] == VM_NONE ? VM_NONE : vm_make_tuple(c, 2, both);
}

static time_t seconds_now(struct vm_cpu *c)
{
    return (time_t)(vm_system_now(c->vm) / 1000000000);
}

static struct tm local_of(struct vm_cpu *c, time_t seconds)
{
    struct tm tm = {0};
    if (is_virtual(c))
        gmtime_r(&seconds, &tm);
    else
        localtime_r(&seconds, &tm);
    return tm;
}

vm_term vm_bif_date(struct vm_cpu *c, const vm_term *args)
{
    (void)args;
    struct tm tm = local_of(c, seconds_now(c));
    return date_part(c, &tm);
}

vm_term vm_bif_time(struct vm_cpu *c, const vm_term *args)
{
    (void)args;
    struct tm tm = local_of(c, seconds_now(c));
    return time_part(c, &tm);
}

vm_term vm_bif_localtime(struct vm_cpu *c, const vm_term *args)
{
    (void)args;
    struct tm tm = local_of(c, seconds_now(c));
    return date_time(c, &tm);
}

vm_term vm_bif_universaltime(struct vm_cpu *c, const vm_term *args)
{
    (void)args;
    time_t seconds = seconds_now(c);
    struct tm tm = {0};
    gmtime_r(&seconds, &tm);
    return date_time(c, &tm);
}

static bool small_in(vm_term t, int64_t least, int64_t most, int *ret)
{
    if (!vm_is_small(t) || vm_small_value(t) < least || vm_small_value(t) > most)
        return false;
    *ret = (int)vm_small_value(t);
    return true;
}

static int days_of_month(int year, int month)
{
    static const int days[] = {31, 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31};
    bool leap = (year % 4 == 0 && year % 100 != 0) || year % 400 == 0;
    return days[month - 1] + (month == 2 && leap);
}

// False: it is no date.
static bool tm_of(const char *base, vm_term t, struct tm *ret)
{
    if (!vm_is_tuple_of(base, t, 2))
        return false;
    vm_term date = vm_boxed_at(base, t)[1], time = vm_boxed_at(base, t)[2];
    if (!vm_is_tuple_of(base, date, 3) || !vm_is_tuple_of(base, time, 3))
        return false;
    const vm_term *d = vm_boxed_at(base, date), *s = vm_boxed_at(base, time);
    int year = 0, month = 0;
    *ret = (struct tm){0};
    if (!small_in(d[1], 0, LAST_YEAR, &year) || !small_in(d[2], 1, 12, &month) ||
        !small_in(d[3], 1, days_of_month(year, month), &ret->tm_mday) ||
        !small_in(s[1], 0, 23, &ret->tm_hour) || !small_in(s[2], 0, 59, &ret->tm_min) ||
        !small_in(s[3], 0, 59, &ret->tm_sec))
        return false;
    ret->tm_year = year - FIRST_YEAR;
    ret->tm_mon = month - 1;
    return true;
}

vm_term vm_bif_universaltime_to_localtime(struct vm_cpu *c, const vm_term *args)
{
    struct tm tm;
    if (!tm_of(c->base, args[0], &tm))
        return vm_badarg(c);
    tm = local_of(c, timegm(&tm));
    return date_time(c, &tm);
}

vm_term vm_bif_localtime_to_universaltime(struct vm_cpu *c, const vm_term *args)
{
    struct tm tm;
    bool known = args[1] == VM_AM(true) || args[1] == VM_AM(false);
    if (!tm_of(c->base, args[0], &tm) || (!known && args[1] != VM_AM(undefined)))
        return vm_badarg(c);
    tm.tm_isdst = args[1] == VM_AM(true) ? 1 : known ? 0 : -1;
    time_t seconds = is_virtual(c) ? timegm(&tm) : mktime(&tm);
    gmtime_r(&seconds, &tm);
    return date_time(c, &tm);
}

vm_term vm_bif_posixtime_to_universaltime(struct vm_cpu *c, const vm_term *args)
{
    int64_t seconds = 0;
    struct tm tm = {0};
    // Years that no date can have are left out by gmtime itself.
    if (!vm_get_int64(c->base, args[0], &seconds) || gmtime_r(&(time_t){seconds}, &tm) == NULL)
        return vm_badarg(c);
    return date_time(c, &tm);
}

vm_term vm_bif_universaltime_to_posixtime(struct vm_cpu *c, const vm_term *args)
{
    struct tm tm;
    if (!tm_of(c->base, args[0], &tm))
        return vm_badarg(c);
    return vm_make_integer(c, timegm(&tm));
}
