%% Takeuchi's function: calls with three arguments, comparisons.
-module(tak).
-export([main/0, main/1]).

main() -> main(100).

main(N) ->
    T0 = erlang:monotonic_time(microsecond),
    R = lists:sum([tak(18 + I rem 2, 12, 6) || I <- lists:seq(1, N * 20)]),
    T1 = erlang:monotonic_time(microsecond),
    io:format("~p~nelapsed ~p us~n", [R, T1 - T0]).

tak(X, Y, Z) when Y < X -> tak(tak(X - 1, Y, Z), tak(Y - 1, Z, X), tak(Z - 1, X, Y));
tak(_, _, Z) -> Z.
