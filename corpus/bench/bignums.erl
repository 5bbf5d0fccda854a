%% Big integers: factorials, Fibonacci numbers, modular powers, conversion to text.
-module(bignums).
-export([main/0, main/1]).

main() -> main(500).

main(N) ->
    T0 = erlang:monotonic_time(microsecond),
    R = repeat(N, 0),
    T1 = erlang:monotonic_time(microsecond),
    io:format("~p~nelapsed ~p us~n", [R, T1 - T0]).

repeat(0, S) -> S;
repeat(N, S) ->
    F = fact(800, 1),
    B = fib(3000, 0, 1),
    P = powmod(3, (1 bsl 300) + N, (1 bsl 257) - 93),
    repeat(N - 1, (S + F rem 1000003 + B rem 1000033 + P rem 65521 + length(integer_to_list(F))) band 16#FFFFFFF).

fact(0, A) -> A;
fact(N, A) -> fact(N - 1, N * A).

fib(0, A, _) -> A;
fib(N, A, B) -> fib(N - 1, B, A + B).

powmod(_, 0, _) -> 1;
powmod(B, E, M) when E band 1 =:= 0 -> powmod((B * B) rem M, E bsr 1, M);
powmod(B, E, M) -> (B * powmod(B, E - 1, M)) rem M.
