%% A node with many processes that wait, each with a dictionary, a stack and messages, which then writes a crash dump.
-module(crashed).
-export([main/2]).

main(Processes, Each) ->
    Pids = [spawn(fun() -> wait(N, {state, N, "of a server that waits", #{key => N, other => [N]}}) end) || N <- lists:seq(1, Processes)],
    [Pid ! {'$gen_call', {self(), make_ref()}, {job, N, <<"payload">>, [a, b, N]}} || N <- lists:seq(1, Each), Pid <- Pids],
    erlang:halt("out of everything").

wait(N, State) ->
    put('$initial_call', {crashed, wait, N}),
    loop(State).

loop(State) ->
    receive never -> ok end,
    loop(State).
