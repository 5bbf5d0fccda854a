%% Crashes of other processes: erl prints a report for an error, none for an exit, and main goes on.
-module(exit_report).
-export([main/0]).

main() ->
    io:format("start~n"),
    crash(fun() -> exit(quietly) end),
    crash(fun() -> error({loud, [1, 2, 3]}) end),
    crash(fun() -> lists:map(fun(X) -> X + 1 end, [1, list_to_atom("a")]) end),
    crash(fun() -> throw(uncaught_ball) end),
    io:format("end~n").

%% The report comes from the logger's own process: give it time to print.
crash(F) ->
    {_, Ref} = spawn_monitor(F),
    receive {'DOWN', Ref, process, _, _} -> timer:sleep(100) end.
