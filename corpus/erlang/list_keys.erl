%% Key lists: keyfind and its family, proplists, orddict; == against =:= in keys.
-module(list_keys).
-export([main/0]).

main() ->
    L = [{a, 1}, {b, 2}, {c, 3}, {b, 4}, other, {1, x}, {2.0, y}, {}],
    p([lists:keyfind(b, 1, L), lists:keyfind(z, 1, L), lists:keyfind(4, 2, L), lists:keyfind(1.0, 1, L),
       lists:keyfind(2, 1, L)]),
    p([lists:keymember(c, 1, L), lists:keymember(zz, 1, L), lists:keysearch(a, 1, L), lists:keysearch(q, 1, L)]),
    p(lists:keydelete(b, 1, L)),
    p(lists:keyreplace(b, 1, L, {b, new})),
    p(lists:keystore(b, 1, L, {b, new})),
    p(lists:keystore(new, 1, [{a, 1}], {new, 2})),
    p(lists:keytake(c, 1, L)),
    p(lists:keytake(nope, 1, L)),
    p(lists:keymap(fun(X) -> X * 10 end, 2, [{a, 1}, {b, 2}])),
    p([lists:keyfind(x, 3, [{a, b}, {a, b, x}, {a, b, x, y}])]),
    p([refuse(fun() -> lists:keyfind(a, 0, L) end), refuse(fun() -> lists:keyfind(a, 1, [{b} | c]) end),
       refuse(fun() -> lists:keymember(a, x, []) end), refuse(fun() -> lists:keyfind(a, 1, b) end)]),
    proplists(),
    orddicts().

p(X) -> io:format("~p~n", [X]).

refuse(F) -> try F() catch C:R -> {C, R} end.

proplists() ->
    P = [debug, {level, 3}, {name, "x"}, {level, 4}, {flag, false}, verbose],
    p([proplists:get_value(level, P), proplists:get_value(debug, P), proplists:get_value(no, P, dflt),
       proplists:get_all_values(level, P), proplists:get_bool(debug, P), proplists:get_bool(flag, P),
       proplists:is_defined(verbose, P), proplists:lookup(name, P), proplists:lookup_all(level, P)]),
    p([proplists:delete(level, P), proplists:compact([{a, true}, {b, false}]), proplists:unfold([a, {b, 1}]),
       proplists:get_keys([{a, 1}, b, {a, 2}]), proplists:split(P, [level, name]),
       proplists:to_map([a, {b, 2}, {a, 3}])]),
    p(proplists:normalize([{colour, red}, no_x], [{aliases, [{colour, color}]}, {negations, [{no_x, x}]}])).

orddicts() ->
    D0 = orddict:from_list([{K, K * K} || K <- [5, 3, 9, 1, 3]]),
    D1 = orddict:store(4, sixteen, D0),
    D2 = orddict:update(5, fun(V) -> V + 1 end, D1),
    D3 = orddict:append(list, x, orddict:append(list, y, [])),
    p([D0, D1, D2, D3, orddict:fetch(9, D0), orddict:find(2, D0), orddict:is_key(3, D0), orddict:size(D2)]),
    p([orddict:fold(fun(K, V, A) -> [{K, V} | A] end, [], D0), orddict:filter(fun(K, _) -> K > 3 end, D0),
       orddict:merge(fun(_, A, B) -> {A, B} end, D0, [{3, three}, {7, seven}]), orddict:fetch_keys(D2),
       orddict:update_counter(hits, 3, []), orddict:take(5, D0), orddict:erase(1, D0)]),
    p(refuse(fun() -> orddict:fetch(zzz, D0) end)).
