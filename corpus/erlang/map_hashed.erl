%% Hashed maps (over 32 keys): growth across the border and back, iteration, merging, comparison.
-module(map_hashed).
-export([main/0]).

main() ->
    M = maps:from_list([{K, K * K} || K <- lists:seq(1, 1000)]),
    p([map_size(M), maps:get(500, M), maps:get(1001, M, none), is_map_key(7, M)]),
    p(lists:sort(maps:keys(M)) =:= lists:seq(1, 1000)),
    p(lists:sum(maps:values(M))),
    p(maps:to_list(maps:from_list([{K, v} || K <- lists:seq(1, 40)]))),
    p(maps:from_list([{integer_to_list(K), K} || K <- lists:seq(1, 35)])),
    [border(N) || N <- lists:seq(30, 35)],
    M1 = lists:foldl(fun(K, A) -> maps:remove(K, A) end, M, lists:seq(1, 970)),
    p(M1),
    p(M1 =:= maps:from_list([{K, K * K} || K <- lists:seq(971, 1000)])),
    Big = maps:merge(M, maps:from_list([{K, new} || K <- lists:seq(990, 1100)])),
    p([map_size(Big), maps:get(995, Big), maps:get(5, Big)]),
    p(M =:= maps:from_list(lists:reverse(maps:to_list(M)))),
    p([M == maps:map(fun(_, V) -> float(V) end, M), M =:= maps:map(fun(_, V) -> float(V) end, M)]),
    p(M#{500 := x} =:= M#{500 => x}),
    p([M < M#{1 := 0}, M < M#{1 := 100}, M < maps:remove(5, M)]),
    p(try M#{5000 := x} catch C:{R, _} -> {C, R} end),
    p(maps:fold(fun(K, V, A) -> (A * 31 + K bxor V) band 16#FFFFFFF end, 0, M)),
    p(erlang:phash2(M)),
    p(words()),
    p(atoms()),
    p(tuples()),
    p(iterate(maps:next(maps:iterator(M)), 0, 0)),
    p(map_size(maps:filter(fun(K, _) -> K rem 10 =:= 0 end, M))),
    p(map_size(updates(#{}, 20000, 1))),
    #{1 := One, 1000 := Last, 333 := Mid} = M,
    p({One, Last, Mid}),
    p(same_hash()).

p(X) -> io:format("~p~n", [X]).

border(N) ->
    M = maps:from_list([{K, K} || K <- lists:seq(1, N)]),
    p({N, map_size(M#{x => 1}), map_size(maps:remove(1, M)), maps:keys(M#{<<"x">> => y})}).

words() ->
    Ws = [<<(X rem 26 + $a), (X div 26 + $a)>> || X <- lists:seq(0, 99)],
    maps:keys(maps:from_list([{W, 1} || W <- Ws])).

%% Iteration over atom keys follows the atom table, which is no property of the language: sort first.
atoms() ->
    M = maps:from_list([{list_to_atom("key" ++ integer_to_list(N)), N} || N <- lists:seq(1, 50)]),
    lists:sum([V || {_, V} <- lists:sort(maps:to_list(M))]).

tuples() -> maps:keys(maps:from_list([{{X, Y}, X * Y} || X <- lists:seq(1, 6), Y <- lists:seq(1, 6)])).

iterate(none, N, S) -> {N, S};
iterate({K, V, I}, N, S) -> iterate(maps:next(I), N + 1, S + K + V).

updates(M, 0, _) -> M;
updates(M, N, S) -> updates(M#{S rem 500 => N}, N - 1, (S * 1103515245 + 12345) band 16#7FFFFFFF).

%% Keys that are equal by == but not by =:= are two keys.
same_hash() ->
    M = maps:from_list([{float(N), f} || N <- lists:seq(1, 20)] ++ [{N, i} || N <- lists:seq(1, 20)]),
    {map_size(M), maps:get(3, M), maps:get(3.0, M)}.
