%% Quicksort with comprehensions over pseudo-random numbers.
-module(quicksort).
-export([main/0, main/1]).

main() -> main(110).

main(N) ->
    T0 = erlang:monotonic_time(microsecond),
    R = repeat(N, random(10000, 42), 0),
    T1 = erlang:monotonic_time(microsecond),
    io:format("~p~nelapsed ~p us~n", [R, T1 - T0]).

repeat(0, _, S) -> S;
repeat(N, L, S) -> repeat(N - 1, L, S + lists:nth(100, sort(L))).

sort([]) -> [];
sort([P | T]) -> sort([X || X <- T, X < P]) ++ [P | sort([X || X <- T, X >= P])].

random(0, _) -> [];
random(N, S) -> [S bsr 8 | random(N - 1, (S * 1103515245 + 12345) band 16#7FFFFFFF)].
