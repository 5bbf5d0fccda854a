%% Processes still alive, timers armed and messages unread when main returns: none of them keeps the machine up.
-module(exit_normal).
-export([main/0]).

main() ->
    [spawn(fun() -> receive never -> ok end end) || _ <- lists:seq(1, 100)],
    erlang:send_after(100000, self(), too_late),
    self() ! unread,
    register(still_here, spawn(fun Loop() -> receive after 1 -> Loop() end end)),
    io:format("~p~n", [is_pid(whereis(still_here))]),
    returned.
