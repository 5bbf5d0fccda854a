%% Maps, small and hashed: updates, lookups, folds.
-module(mapping).
-export([main/0, main/1]).

main() -> main(200000).

main(N) ->
    T0 = erlang:monotonic_time(microsecond),
    R = small(N * 10, #{a => 1, b => 2, c => 3, d => 4}) + hashed(N, #{}) + lookups(N, #{}),
    T1 = erlang:monotonic_time(microsecond),
    io:format("~p~nelapsed ~p us~n", [R, T1 - T0]).

small(0, #{a := A, b := B}) -> A + B;
small(N, #{a := A, c := C} = M) -> small(N - 1, M#{a := (A + C) band 255, b => N}).

hashed(0, M) -> maps:fold(fun(K, V, S) -> (S + K * V) band 16#FFFFFFF end, 0, M);
hashed(N, M) -> hashed(N - 1, M#{(N * 7919) rem 5003 => N}).

lookups(N, _) ->
    M = maps:from_list([{{key, I}, I} || I <- lists:seq(1, 1000)]),
    lookups(N, M, 0).
lookups(0, _, S) -> S;
lookups(N, M, S) ->
    case M of
        #{{key, N} := V} -> lookups(N - 1, M, S + V);
        #{} -> lookups(N - 1, M, S + map_get({key, N rem 1000 + 1}, M))
    end.
