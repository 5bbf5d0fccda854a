%% A server whose loop is left by a fully qualified call only for even numbers, a hook to call before others, and what probes have counted.
-module(swap).
-export([start/0, loop/1, before/3, counted/0]).

start() ->
    register(server, spawn(?MODULE, loop, [100])),
    [ask(N) || N <- [1, 2, 3, 4]],
    io:format("counted ~p~n", [?MODULE:counted()]).

ask(N) ->
    server ! {self(), N},
    receive
        {sum, Sum} -> io:format("sum ~p~n", [Sum])
    end.

loop(Sum) ->
    receive
        {From, N} when N rem 2 =:= 0 ->
            From ! {sum, Sum + N},
            ?MODULE:loop(Sum + N);
        {From, N} ->
            From ! {sum, Sum + N},
            loop(Sum + N)
    end.

before(Module, Function, Args) ->
    io:format("before ~p:~p ~p~n", [Module, Function, Args]).

%% How many lines were run, of those in code with probes.
counted() ->
    case persistent_term:get({cryo_cover, ?MODULE}, none) of
        none -> none;
        Counts -> length([I || I <- lists:seq(1, maps:get(size, counters:info(Counts))), counters:get(Counts, I) > 0])
    end.
