// tracer.h - the tracer's room: events of a target as they happen, filtered, recorded, replayed,
// exported.
//
// Nothing is here yet. What belongs here works on inspector/target's questions and core-vm/format's
// values and prints nothing: filters in the query language of inspector/query.h, recordings of what
// came through core-vm/vm/world.h and of scheduling choices, replay by answering from a recording,
// stepping backwards as replay to an earlier point, exports for other tools. Prefix: trc_.
#ifndef TRACER_TRACER_H
#define TRACER_TRACER_H

#endif
