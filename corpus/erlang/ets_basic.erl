%% ets: all four table types, lookup, insert, counters, ownership, iteration, errors.
-module(ets_basic).
-export([main/0]).

main() ->
    [p({T, table(T)}) || T <- [set, ordered_set, bag, duplicate_bag]],
    counters(), ownership(), iteration(), named(), errors(), keypos(), numbers(), info(), big(5000), objects(), folds(), concurrent().

p(X) -> io:format("~p~n", [X]).

table(Type) ->
    T = ets:new(t, [Type, public]),
    R1 = [ets:insert(T, {a, 1}), ets:insert(T, [{b, 2}, {c, 3}, {a, 10}, {a, 1}]), ets:lookup(T, a), ets:member(T, b), ets:member(T, z), ets:lookup(T, z)],
    R2 = [ets:insert_new(T, {a, 5}), ets:insert_new(T, {d, 4}), ets:insert_new(T, [{e, 5}, {a, 7}]), ets:member(T, e), ets:info(T, size), ets:info(T, type)],
    R3 = [ets:delete_object(T, {a, 1}), ets:lookup(T, a), ets:take(T, b), ets:take(T, b), ets:delete(T, c), lists:sort(ets:tab2list(T))],
    R4 = [ets:delete_all_objects(T), ets:tab2list(T), ets:delete(T)], {R1, R2, R3, R4}.

counters() ->
    T = ets:new(c, []), ets:insert(T, {hits, 0, 10}),
    p([ets:update_counter(T, hits, 1), ets:update_counter(T, hits, {2, 5}), ets:update_counter(T, hits, {3, -3}), ets:update_counter(T, hits, [{2, 1}, {3, 1}]), ets:update_counter(T, hits, {2, 100, 50, 0}), ets:update_counter(T, hits, {2, -10, 0, 7}), ets:lookup(T, hits)]),
    p([ets:update_counter(T, new, 1, {new, 41}), ets:update_counter(T, new, {2, 1}), ets:update_element(T, hits, {3, changed}), ets:update_element(T, hits, [{2, x}, {3, y}]), ets:update_element(T, none, {2, x}), ets:lookup(T, hits)]),
    p([refuse(fun() -> ets:update_counter(T, absent, 1) end), refuse(fun() -> ets:update_counter(T, hits, 1) end), refuse(fun() -> ets:update_element(T, hits, {1, k}) end), ets:update_counter(T, new, 1 bsl 70)]),
    p(ets:lookup_element(T, new, 2)), p(refuse(fun() -> ets:lookup_element(T, nokey, 2) end)), p(refuse(fun() -> ets:lookup_element(T, new, 5) end)).

ownership() ->
    Me = self(),
    P = spawn(fun() -> T = ets:new(owned, [protected]), ets:insert(T, {k, v}), Me ! {tab, T}, receive {give, To} -> ets:give_away(T, To, gift), Me ! given; stop -> ok end, receive stop2 -> ok end end),
    T = receive {tab, X} -> X end, p([ets:lookup(T, k), refuse(fun() -> ets:insert(T, {k, w}) end), ets:info(T, owner) =:= P]),
    P ! {give, Me}, p(receive {'ETS-TRANSFER', T, P, gift} -> got end), receive given -> ok end, p([ets:insert(T, {k, w}), ets:info(T, owner) =:= Me]), P ! stop2,
    {Q, R} = spawn_monitor(fun() -> T2 = ets:new(dies, [public, named_table]), ets:insert(T2, {a, 1}), Me ! ready, receive stop -> ok end end), receive ready -> ok end, p(ets:lookup(dies, a)), Q ! stop, receive {'DOWN', R, _, _, _} -> ok end, timer:sleep(10), p([ets:info(dies), ets:whereis(dies)]),
    H = spawn(fun() -> ets:new(heir, [{heir, Me, inherited}, public]), receive stop -> ok end end), timer:sleep(10), H ! stop, p(receive {'ETS-TRANSFER', _, H, D} -> D end),
    Priv = spawn(fun() -> Tp = ets:new(x, [private]), Me ! {priv, Tp}, receive stop -> ok end end), receive {priv, Tp} -> p(refuse(fun() -> ets:lookup(Tp, a) end)) end, Priv ! stop.

iteration() ->
    O = ets:new(o, [ordered_set]), ets:insert(O, [{K, K * K} || K <- [5, 1, 9, 3, 7]]),
    p([ets:first(O), ets:next(O, 1), ets:next(O, 4), ets:next(O, 9), ets:last(O), ets:prev(O, 9), ets:prev(O, 1), ets:tab2list(O)]),
    p([ets:first(ets:new(e, [])), ets:slot(O, 0), ets:slot(O, 5)]), S = ets:new(s, []), ets:insert(S, [{K, K} || K <- lists:seq(1, 100)]), p(lists:sort(walk(S, ets:first(S))) =:= lists:seq(1, 100)),
    ets:safe_fixtable(S, true), [begin K = ets:first(S), ets:delete(S, K) end || _ <- lists:seq(1, 50)], ets:safe_fixtable(S, false), p(ets:info(S, size)), p(refuse(fun() -> ets:next(S, not_a_key) end)).
walk(_, '$end_of_table') -> [];
walk(T, K) -> [K | walk(T, ets:next(T, K))].

named() -> T = ets:new(mine, [named_table]), p([T, ets:insert(mine, {1, 2}), ets:lookup(mine, 1), is_reference(ets:whereis(mine)), refuse(fun() -> ets:new(mine, [named_table]) end), ets:rename(mine, yours), ets:lookup(yours, 1), ets:info(mine), ets:delete(yours)]).

errors() -> p([refuse(F) || F <- [fun() -> ets:lookup(no_table, x) end, fun() -> ets:insert(no_table, {x}) end, fun() -> T = ets:new(t, []), ets:insert(T, not_tuple) end, fun() -> T = ets:new(t, []), ets:insert(T, {}) end, fun() -> ets:new(t, [bad_option]) end, fun() -> ets:new("t", []) end, fun() -> T = ets:new(t, [{keypos, 3}]), ets:insert(T, {a, b}) end, fun() -> T = ets:new(t, []), ets:delete(T), ets:lookup(T, a) end, fun() -> ets:new(t, [{keypos, 0}]) end, fun() -> ets:delete(no_table) end, fun() -> T = ets:new(t, []), ets:insert(T, [{a}, b]) end]]).
keypos() -> T = ets:new(t, [{keypos, 2}]), ets:insert(T, [{a, 1}, {b, 2}, {c, 1}]), p([ets:lookup(T, 1), ets:lookup(T, a), ets:info(T, keypos)]).
numbers() -> S = ets:new(s, [set]), O = ets:new(o, [ordered_set]), [ets:insert(X, [{1, int}, {1.0, float}]) || X <- [S, O]], p([ets:lookup(S, 1), ets:lookup(S, 1.0), ets:info(S, size), ets:lookup(O, 1), ets:lookup(O, 1.0), ets:info(O, size)]).
info() -> T = ets:new(infos, [bag, public, {read_concurrency, true}, {write_concurrency, true}, compressed]), p([ets:info(T, I) || I <- [name, type, protection, size, keypos, named_table, read_concurrency, write_concurrency, compressed]]), p([is_integer(ets:info(T, memory)), ets:info(T, owner) =:= self(), lists:member(T, ets:all())]).

big(N) ->
    T = ets:new(big, []), [ets:insert(T, {K, integer_to_list(K)}) || K <- lists:seq(1, N)], [ets:delete(T, K) || K <- lists:seq(1, N, 3)],
    p([ets:info(T, size), ets:lookup(T, 2), ets:lookup(T, 4), ets:foldl(fun({K, _}, S) -> S + K end, 0, T)]), O = ets:new(ord, [ordered_set]), [ets:insert(O, {(K * 7919) rem N, K}) || K <- lists:seq(1, N)], p([ets:info(O, size), ets:first(O), ets:last(O), ets:foldr(fun({K, _}, [P | _] = L) when K < P -> [K | L]; (_, L) -> L end, [N], O) =:= lists:seq(0, N)]).

%% What is in a table is a copy, whatever happens to the original.
objects() -> T = ets:new(t, []), V = {lists:seq(1, 5), #{a => <<"bin">>, b => 1 bsl 80}, 2.5, fun lists:sum/1, self() =:= self()}, ets:insert(T, {k, V}), erlang:garbage_collect(), [{k, W}] = ets:lookup(T, k), p(W =:= V), p(W), B = list_to_binary(lists:seq(0, 255)), ets:insert(T, {b, B, binary:part(B, 10, 100)}), [{b, B2, P}] = ets:lookup(T, b), p([B2 =:= B, byte_size(P)]), M = maps:from_list([{I, I} || I <- lists:seq(1, 100)]), ets:insert(T, {M, map_key}), p(ets:lookup(T, M) =:= [{M, map_key}]).
folds() -> T = ets:new(t, [ordered_set]), ets:insert(T, [{I, I} || I <- lists:seq(1, 10)]), p([ets:foldl(fun({K, _}, A) -> [K | A] end, [], T), ets:foldr(fun({K, _}, A) -> [K | A] end, [], T)]).

concurrent() -> T = ets:new(t, [public]), ets:insert(T, {n, 0}), Rs = [element(2, spawn_monitor(fun() -> [ets:update_counter(T, n, 1) || _ <- lists:seq(1, 100)] end)) || _ <- lists:seq(1, 20)], [receive {'DOWN', R, _, _, _} -> ok end || R <- Rs], p(ets:lookup(T, n)).

refuse(F) -> try F() catch C:R -> {C, R} end.
