%% Sorting with the lists module: integers, tuples, strings; by key and by fun (no ETS).
-module(sorting).
-export([main/0, main/1]).

main() -> main(10).

main(N) ->
    T0 = erlang:monotonic_time(microsecond),
    R = repeat(N, random(20000, 42), 0),
    T1 = erlang:monotonic_time(microsecond),
    io:format("~p~nelapsed ~p us~n", [R, T1 - T0]).

repeat(0, _, S) -> S;
repeat(N, L, S) ->
    A = lists:sort(L),
    B = lists:keysort(2, [{X, X rem 1000} || X <- L]),
    C = lists:usort([integer_to_list(X rem 5000) || X <- L]),
    D = lists:sort(fun(X, Y) -> X >= Y end, L),
    repeat(N - 1, L, (S + hd(A) + element(1, hd(B)) + length(C) + hd(D)) band 16#FFFFFF).

random(0, _) -> [];
random(N, S) -> [S bsr 8 | random(N - 1, (S * 1103515245 + 12345) band 16#7FFFFFFF)].
