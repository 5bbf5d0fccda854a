%% Doubly recursive Fibonacci numbers: calls, returns and small-integer arithmetic.
-module(fib).
-export([main/0, main/1]).

main() -> main(37).

main(N) ->
    T0 = erlang:monotonic_time(microsecond),
    R = fib(N),
    T1 = erlang:monotonic_time(microsecond),
    io:format("~p~nelapsed ~p us~n", [R, T1 - T0]).

fib(N) when N < 2 -> N;
fib(N) -> fib(N - 1) + fib(N - 2).
