%% Ten thousand processes that wait, and a million messages that nobody receives: what `keys` looks at.
-module(crowd).
-export([main/0]).

-define(PROCESSES, 10000).
-define(EACH, 100).

main() ->
    Pids = [spawn(fun wait/0) || _ <- lists:seq(1, ?PROCESSES)],
    [Pid ! {job, N, self(), <<"payload">>} || N <- lists:seq(1, ?EACH), Pid <- Pids],
    full().

%% Where a look begins.
full() ->
    receive never -> ok end.

wait() ->
    receive go_on -> wait() end.
