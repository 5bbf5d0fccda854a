%% Programs on maps: JSON-like trees, a memo table, a graph search, an inverted index.
-module(map_nested).
-export([main/0]).

main() ->
    Tree = #{<<"name">> => <<"root">>, <<"kids">> => [#{<<"name">> => <<"a">>, <<"n">> => 1},
             #{<<"name">> => <<"b">>, <<"list">> => [1, 2.5, true, null, #{}]}]},
    io:format("~s~n", [json(Tree)]),
    io:format("~p~n", [Tree]),
    {F, Memo} = fib(80, #{}),
    io:format("~p ~p~n", [F, map_size(Memo)]),
    G = #{a => [b, c], b => [d], c => [d, e], d => [f], e => [f], f => []},
    io:format("~p~n", [bfs([a], #{a => 0}, G)]),
    io:format("~p~n", [toposort(G)]),
    Text = "the quick brown fox jumps over the lazy dog the fox",
    io:format("~p~n", [index(string:tokens(Text, " "))]),
    io:format("~p~n", [life(5)]),
    io:format("~p~n", [put_path([x, y, z], 1, put_path([x, q], 2, #{}))]),
    io:format("~p~n", [lists:foldl(fun(N, M) -> M#{N => maps:get(N, M, 0) + 1, {N} => N} end, #{}, [1, 2, 1])]),
    io:format("~p~n", [maps:to_list(maps:map(fun(_, L) -> lists:sort(L) end, invert(#{a => 1, b => 2, c => 1})))]).

json(M) when is_map(M) ->
    ["{", lists:join(",", [[json(K), ":", json(V)] || {K, V} <- lists:sort(maps:to_list(M))]), "}"];
json(L) when is_list(L) -> ["[", lists:join(",", [json(X) || X <- L]), "]"];
json(B) when is_binary(B) -> [$", B, $"];
json(N) when is_integer(N) -> integer_to_list(N);
json(N) when is_float(N) -> float_to_list(N, [{decimals, 4}, compact]);
json(A) when is_atom(A) -> atom_to_list(A).

fib(N, M) when N < 2 -> {N, M};
fib(N, M) ->
    case M of
        #{N := V} -> {V, M};
        #{} ->
            {A, M1} = fib(N - 1, M),
            {B, M2} = fib(N - 2, M1),
            {A + B, M2#{N => A + B}}
    end.

bfs([], Seen, _) -> Seen;
bfs([N | T], Seen, G) ->
    D = maps:get(N, Seen),
    New = [K || K <- maps:get(N, G), not is_map_key(K, Seen)],
    bfs(T ++ New, lists:foldl(fun(K, S) -> S#{K => D + 1} end, Seen, New), G).

toposort(G) -> toposort(G, []).
toposort(G, Acc) when map_size(G) =:= 0 -> Acc;
toposort(G, Acc) ->
    Leaves = lists:sort([N || {N, Ks} <- maps:to_list(G), [K || K <- Ks, is_map_key(K, G)] =:= []]),
    toposort(maps:without(Leaves, G), Leaves ++ Acc).

index(Ws) ->
    {_, I} = lists:foldl(fun(W, {N, M}) -> {N + 1, maps:update_with(W, fun(L) -> [N | L] end, [N], M)} end, {1, #{}}, Ws),
    I.

%% A glider on Conway's plane; cells are keys.
life(0) -> lists:sort(maps:keys(glider()));
life(N) -> lists:sort(maps:keys(life(N, glider()))).
life(0, Cells) -> Cells;
life(N, Cells) ->
    Counts = lists:foldl(fun(C, M) -> maps:update_with(C, fun(K) -> K + 1 end, 1, M) end, #{},
                         [{X + DX, Y + DY} || {X, Y} <- maps:keys(Cells), DX <- [-1, 0, 1], DY <- [-1, 0, 1], {DX, DY} =/= {0, 0}]),
    life(N - 1, maps:filter(fun(C, 2) -> is_map_key(C, Cells); (_, K) -> K =:= 3 end, Counts)).

glider() -> maps:from_keys([{1, 0}, {2, 1}, {0, 2}, {1, 2}, {2, 2}], on).

put_path([K], V, M) -> M#{K => V};
put_path([K | Ks], V, M) -> M#{K => put_path(Ks, V, maps:get(K, M, #{}))}.

invert(M) -> maps:fold(fun(K, V, A) -> A#{V => [K | maps:get(V, A, [])]} end, #{}, M).
