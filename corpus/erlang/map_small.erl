%% Flat maps (up to 32 keys): construction, matching, update, errors, the maps module.
-module(map_small).
-export([main/0]).

main() ->
    M = #{a => 1, b => 2, "c" => 3, 4 => four, 5.0 => five, {t} => tup, <<"bin">> => bin},
    p([M, map_size(M), maps:size(#{}), is_map(M), M =:= maps:from_list(maps:to_list(M))]),
    #{a := A, "c" := C} = M,
    p([A, C, maps:get(b, M), map_get(4, M), maps:get(zz, M, none), maps:find(a, M), maps:find(q, M)]),
    p([M#{a := 10}, M#{new => x}, M#{a => 1} =:= M, maps:put(k, v, #{}), maps:remove(a, M)]),
    p([maps:is_key(a, M), is_map_key(5, M), is_map_key(5.0, M), maps:keys(M), maps:values(M)]),
    p([maps:merge(#{a => 1, b => 2}, #{b => 3, c => 4}), maps:with([a, 4, none], M), maps:without([a, 4], M)]),
    p([maps:map(fun(K, V) -> {K, V} end, #{x => 1, y => 2}), maps:filter(fun(_, V) -> V > 1 end, #{x => 1, y => 2}),
       maps:fold(fun(K, V, Acc) -> [{K, V} | Acc] end, [], #{x => 1, y => 2, z => 3})]),
    p([maps:update(a, 9, M), maps:update_with(a, fun(V) -> V * 100 end, M),
       maps:update_with(hits, fun(V) -> V + 1 end, 1, #{}), maps:take(a, #{a => 1, b => 2}), maps:take(z, #{})]),
    p([maps:merge_with(fun(_, V1, V2) -> V1 + V2 end, #{a => 1, b => 2}, #{b => 5, c => 6}),
       maps:intersect(#{a => 1, b => 2}, #{b => 5}), maps:filtermap(fun(_, V) -> V > 1 andalso {true, -V} end, #{a => 1, b => 2}),
       maps:from_keys([x, y], 0), maps:groups_from_list(fun(X) -> X rem 3 end, lists:seq(1, 10))]),
    [p(kind(X)) || X <- [#{}, #{type => circle, r => 2}, #{type => rect, w => 2, h => 3}, #{type => other}, 5]],
    [p(refuse(F)) || F <- refused(M)],
    p([#{1 => a} == #{1.0 => a}, #{1 => a} =:= #{1 => a}, #{a => 1} == #{a => 1.0}, #{a => 1} < #{a => 2},
       #{a => 1} < #{b => 0}, #{a => 1, b => 1} > #{z => 1}, #{} < [], #{1 => a} < #{1.0 => a}]),
    p(nested()),
    p(count("mississippi")),
    p(count([])).


p(X) -> io:format("~p~n", [X]).

kind(#{type := circle, r := R}) -> {circle, R};
kind(#{type := rect, w := W, h := H}) when W =/= H -> {rect, W, H};
kind(#{type := T} = M) when map_size(M) =:= 1 -> {just, T};
kind(M) when M =:= #{} -> empty;
kind(_) -> no.

refused(M) ->
    [fun() -> maps:get(zz, M) end, fun() -> M#{zz := 1} end, fun() -> (id(x))#{a => 1} end,
     fun() -> map_size(id([])) end, fun() -> maps:from_list([a]) end, fun() -> maps:keys(id(a)) end,
     fun() -> #{zz := V} = M, V end, fun() -> map_get(zz, M) end, fun() -> maps:merge(a, M) end,
     fun() -> maps:update(zz, 1, M) end, fun() -> maps:fold(fun(_) -> ok end, 0, M) end,
     fun() -> maps:remove(a, id([])) end, fun() -> (id(M))#{a := 1, zzz := 2} end].

refuse(F) ->
    try F()
    catch error:{badmatch, _} -> badmatch;
          error:R -> R
    end.

nested() ->
    M = #{user => #{name => "ann", tags => [x, y], pos => #{x => 1, y => 2}}},
    #{user := #{name := N, pos := #{x := X} = Pos} = U} = M,
    {N, X, Pos, M#{user := U#{pos := Pos#{x := X + 1}}}}.

count(S) -> lists:foldl(fun(C, M) -> maps:update_with(C, fun(N) -> N + 1 end, 1, M) end, #{}, S).

id(X) -> X.
