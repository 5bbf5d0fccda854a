%% A process that works, one whose queue grows by 100 messages a second, many that wait.
-module(top).
-export([start/1]).

start([Waiting]) ->
    [spawn(fun wait/0) || _ <- lists:seq(1, list_to_integer(Waiting))],
    register(busy, spawn(fun work/0)),
    Grows = spawn(fun wait/0),
    register(grows, Grows),
    register(feeder, spawn(fun() -> feed(Grows) end)),
    ok.

wait() -> receive never -> ok end.

work() ->
    lists:seq(1, 1000),
    work().

feed(Pid) ->
    Pid ! {message, erlang:monotonic_time()},
    timer:sleep(10),
    feed(Pid).
