%% Version 2 counts by ten, and its state is a tuple.
-module(counter).
-vsn(2).
-export([start/0, loop/1, version/0, adder/1, local/1, only_in_v2/0]).

version() -> 2.

only_in_v2() -> new_function.

start() -> spawn(fun() -> loop({state, 0}) end).

adder(N) -> fun(X) -> X + N * 100 end.

local(N) ->
    receive
        {From, get} -> From ! {version(), {two, N}}, local(N + 1);
        stop -> ok
    end.

loop(N) when is_integer(N) -> loop({state, N});
loop({state, N}) ->
    receive
        {From, tick} -> From ! {v2, N + 10}, counter:loop({state, N + 10});
        stop -> ok
    end.
