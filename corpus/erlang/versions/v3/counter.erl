%% Version 3 counts by a hundred, and its state is a tuple.
-module(counter).
-vsn(3).
-export([start/0, loop/1, version/0, adder/1, local/1, only_in_v2/0]).

version() -> 3.

only_in_v2() -> new_function.

start() -> spawn(fun() -> loop({state, 0}) end).

adder(N) -> fun(X) -> X + N * 100 end.

local(N) ->
    receive
        {From, get} -> From ! {version(), {three, N}}, local(N + 1);
        stop -> ok
    end.

loop(N) when is_integer(N) -> loop({state, N});
loop({state, N}) ->
    receive
        {From, tick} -> From ! {v3, N + 100}, counter:loop({state, N + 100});
        stop -> ok
    end.
