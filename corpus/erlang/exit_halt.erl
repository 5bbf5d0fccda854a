%% halt/1 with a status, from another process, after buffered output: everything written before must come out.
-module(exit_halt).
-export([main/0]).

main() ->
    [io:format("line ~w~n", [N]) || N <- lists:seq(1, 200)],
    Me = self(),
    spawn(fun() -> receive Me -> ok after 10 -> io:format("halting~n"), halt(7) end end),
    receive never -> io:format("not reached~n") end.
