%% Two processes answer each other; every call waits for its own reference.
-module(pingpong).
-export([main/0, main/1]).

main() -> main(600000).

main(N) ->
    T0 = erlang:monotonic_time(microsecond),
    R = play(spawn(fun pong/0), N, 0),
    T1 = erlang:monotonic_time(microsecond),
    io:format("~p~nelapsed ~p us~n", [R, T1 - T0]).

play(Pong, 0, S) -> Pong ! stop, S;
play(Pong, N, S) ->
    Ref = make_ref(),
    Pong ! {self(), Ref, N},
    receive {Ref, X} -> play(Pong, N - 1, (S + X) band 16#FFFFFF) end.

pong() ->
    receive
        {From, Ref, X} -> From ! {Ref, X + 1}, pong();
        stop -> ok
    end.
