%% Version 1 counts by one.
-module(counter).
-vsn(1).
-export([start/0, loop/1, version/0, adder/1, local/1]).

version() -> 1.

start() -> spawn(fun() -> loop(0) end).

adder(N) -> fun(X) -> X + N end.

%% Stays in the version it was started in: only local calls.
local(N) ->
    receive
        {From, get} -> From ! {version(), N}, local(N + 1);
        stop -> ok
    end.

%% The fully qualified call at the end is where a new version takes over.
loop(N) ->
    receive
        {From, tick} -> From ! {v1, N + 1}, counter:loop(N + 1);
        stop -> ok
    end.
