%% A server that goes on by a fully qualified call after each request, and what probes have counted in it.
-module(swapped).
-export([start/1, ask/1, loop/1, counted/0]).

start(_) ->
    register(swapped, spawn(?MODULE, loop, [0])).

ask(N) ->
    swapped ! {self(), N},
    receive
        {sum, Sum} -> Sum
    end.

loop(Sum) ->
    receive
        {From, N} ->
            From ! {sum, Sum + N},
            ?MODULE:loop(Sum + N)
    end.

%% How often lines were run, in all.
counted() ->
    case persistent_term:get({cryo_cover, ?MODULE}, none) of
        none -> 0;
        Counts -> lists:sum([counters:get(Counts, I) || I <- lists:seq(1, maps:get(size, counters:info(Counts)))])
    end.
