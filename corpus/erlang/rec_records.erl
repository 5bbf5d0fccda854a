%% Records: defaults, updates, matching, nesting, wrong records, as keys; is_record in guards.
-module(rec_records).
-export([main/0]).
-record(point, {x = 0, y = 0}).
-record(line, {from = #point{}, to = #point{x = 1}, tags = [], style}).
-record(node, {key, value, left, right}).
-record(big, {a = 1, b = 2, c = 3, d = 4, e = 5, f = 6, g = 7, h = 8, i = 9, j = 10, k, l, m = "m", n = {n}, o = #{}}).
-record(typed, {id :: integer(), name = <<>> :: binary(), opts = [] :: list()}).
-record(empty, {}).

main() ->
    P = #point{}, P1 = P#point{x = 5}, P2 = #point{y = 7, _ = 3},
    p([P, P1, P2, P1#point.x, P2#point.y, #point.x, #point.y, record_info(size, point), record_info(fields, line)]),
    L = #line{style = dashed}, L1 = L#line{to = (L#line.to)#point{y = 9}, tags = [t]},
    p([L, L1, L1#line.to#point.y, (L1#line.from)#point.x]),
    p([kind(T) || T <- [P, L, #empty{}, {point, 1}, {point, 1, 2, 3}, point, #typed{id = 1}]]),
    p([is_record(P, point), is_record(P, line), is_record({point, 1, 2}, point, 3), is_record({point}, point), is_record(x, point), is_record({point, 1, 2}, point)]),
    p([refuse(fun() -> (id({point, 1}))#point.x end), refuse(fun() -> (id(L))#point{x = 1} end), refuse(fun() -> (id(a))#point.y end), refuse(fun() -> #point{x = 9} = id(P) end)]),
    B = #big{k = 11}, p(B), p(B#big{a = z, o = #{k => v}, l = 12, h = "hh"}), p([B#big.m, B#big.o, element(#big.n, B)]),
    p(to_list(lists:foldl(fun insert/2, nil, [5, 2, 8, 1, 9, 3]))), p(lookup(8, lists:foldl(fun insert/2, nil, [5, 2, 8]))),
    p([X || #point{x = X} <- [P, P1, L, P2]]), p(#{P => origin, P1 => other}), p(lists:keyfind(5, #point.x, [P, P1])), p(lists:sort([P2, P1, P])), p(lists:keysort(#point.y, [P2, P1, P])),
    p(setelement(#point.x, P, new)), p(update_all(#typed{id = 7}, [{name, <<"n">>}, {opts, [o]}])), p(tuple_size(#empty{})), p(erlang:phash2(L1)), p(swap(#point{x = 1, y = 2})), p(guarded(#point{x = 5, y = 5})), p(guarded(#point{x = 5, y = 6})), p(guarded(x)), p(default_call()).

p(X) -> io:format("~p~n", [X]).
id(X) -> X.

kind(#point{x = 0, y = Y}) -> {on_axis, Y};
kind(#point{}) -> point;
kind(#line{from = #point{x = X}, style = S}) -> {line, X, S};
kind(#empty{}) -> empty;
kind(R) when is_record(R, typed) -> {typed, R#typed.id};
kind(T) when is_tuple(T) -> {tuple, tuple_size(T)};
kind(_) -> other.

insert(K, nil) -> #node{key = K, value = K * K};
insert(K, #node{key = K0, left = L} = N) when K < K0 -> N#node{left = insert(K, nil_or(L))};
insert(K, #node{right = R} = N) -> N#node{right = insert(K, nil_or(R))}.
nil_or(undefined) -> nil;
nil_or(N) -> N.

to_list(undefined) -> [];
to_list(#node{key = K, value = V, left = L, right = R}) -> to_list(L) ++ [{K, V}] ++ to_list(R).

lookup(_, undefined) -> none;
lookup(K, #node{key = K, value = V}) -> {found, V};
lookup(K, #node{key = K0, left = L}) when K < K0 -> lookup(K, L);
lookup(K, #node{right = R}) -> lookup(K, R).

update_all(R, []) -> R;
update_all(R, [{name, N} | T]) -> update_all(R#typed{name = N}, T);
update_all(R, [{opts, O} | T]) -> update_all(R#typed{opts = O}, T).

swap(#point{x = X, y = Y} = P) -> P#point{x = Y, y = X}.
guarded(P) when P#point.x =:= P#point.y -> same;
guarded(#point{x = X} = P) when X < P#point.y, is_record(P, point) -> below;
guarded(_) -> neither.
default_call() -> [#point{x = X} || X <- lists:seq(1, 3)].
refuse(F) -> try F() catch error:{badrecord, _} -> badrecord; error:{badmatch, _} -> badmatch; error:R -> R end.
