%% Processes born, one message each, dead; a tree of them too.
-module(spawn).
-export([main/0, main/1]).

main() -> main(200000).

main(N) ->
    T0 = erlang:monotonic_time(microsecond),
    R = workers(N, 0) + trees(N div 4000, 0),
    T1 = erlang:monotonic_time(microsecond),
    io:format("~p~nelapsed ~p us~n", [R, T1 - T0]).

workers(0, S) -> S;
workers(N, S) ->
    Me = self(),
    spawn(fun() -> Me ! {done, N band 7} end),
    receive {done, X} -> workers(N - 1, S + X) end.

trees(0, S) -> S;
trees(N, S) -> trees(N - 1, S + tree(9)).

tree(0) -> 1;
tree(D) ->
    Me = self(),
    [spawn(fun() -> Me ! {sum, tree(D - 1)} end) || _ <- [left, right]],
    receive {sum, A} -> receive {sum, B} -> A + B end end.
