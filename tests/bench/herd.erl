%% A node with many processes that wait, and messages for each that nobody receives: what `freeze` looks at.
-module(herd).
-export([make/2]).

make(Processes, Each) ->
    Pids = [spawn(fun wait/0) || _ <- lists:seq(1, Processes)],
    [Pid ! {job, N, self(), <<"payload">>} || N <- lists:seq(1, Each), Pid <- Pids],
    persistent_term:put(herd, Pids),
    length(Pids).

wait() ->
    receive go_on -> wait() end.
