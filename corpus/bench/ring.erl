%% A token and its passengers go round a ring of a hundred processes.
-module(ring).
-export([main/0, main/1]).

main() -> main(10000).

main(N) ->
    T0 = erlang:monotonic_time(microsecond),
    R = ring(100, N),
    T1 = erlang:monotonic_time(microsecond),
    io:format("~p~nelapsed ~p us~n", [R, T1 - T0]).

ring(Size, Rounds) ->
    Last = lists:foldl(fun(_, Next) -> spawn(fun() -> hop(Next) end) end, self(), lists:seq(1, Size)),
    rounds(Last, Rounds, 0).

rounds(First, 0, Hops) -> First ! stop, receive stop -> Hops end;
rounds(First, R, Hops) ->
    First ! {token, Hops},
    receive {token, H} -> rounds(First, R - 1, H) end.

hop(Next) ->
    receive
        {token, H} -> Next ! {token, H + 1}, hop(Next);
        stop -> Next ! stop
    end.
