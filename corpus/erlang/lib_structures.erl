%% queue, gb_trees, gb_sets, dict, sets, ordsets, array, digraph: the library's data structures.
-module(lib_structures).
-export([main/0]).

main() -> queues(), trees(), gbsets(), dicts(), sets_(), arrays(), digraphs(), sofs_(), maps_sets().

p(X) -> io:format("~p~n", [X]).

queues() ->
    Q = lists:foldl(fun queue:in/2, queue:new(), lists:seq(1, 7)), {{value, V}, Q2} = queue:out(Q), {{value, R}, Q3} = queue:out_r(Q2), p([V, R, queue:to_list(Q3), queue:len(Q), queue:is_empty(Q), queue:is_queue(x)]),
    p([queue:out(queue:new()), queue:get(Q), queue:get_r(Q), queue:peek(Q), queue:peek_r(queue:new()), queue:to_list(queue:reverse(Q)), queue:member(3, Q), queue:to_list(queue:filter(fun(X) -> X rem 2 =:= 0 end, Q)), queue:to_list(queue:join(Q, Q3))]),
    {A, B} = queue:split(3, Q), p([queue:to_list(A), queue:to_list(B), queue:to_list(queue:in_r(0, Q)), queue:to_list(queue:drop(Q)), queue:fold(fun(X, S) -> X + S end, 0, Q), queue:any(fun(X) -> X > 6 end, Q), queue:to_list(queue:delete(4, Q)), queue:to_list(queue:cons(z, Q)), queue:head(Q), queue:last(Q)]), p(try queue:get(queue:new()) catch C:E -> {C, E} end).

trees() ->
    T = lists:foldl(fun(K, A) -> gb_trees:insert(K, K * K, A) end, gb_trees:empty(), [5, 2, 8, 1, 9, 3]), p([gb_trees:to_list(T), gb_trees:get(8, T), gb_trees:lookup(4, T), gb_trees:size(T), gb_trees:smallest(T), gb_trees:largest(T), gb_trees:keys(T), gb_trees:values(T)]), p(T), p(gb_trees:balance(T)),
    {K, V, T2} = gb_trees:take_smallest(T), p([K, V, gb_trees:to_list(gb_trees:delete(8, T2)), gb_trees:to_list(gb_trees:enter(2, new, T2)), gb_trees:is_defined(9, T2), gb_trees:to_list(gb_trees:map(fun(A, B) -> {A, B} end, T2)), gb_trees:to_list(gb_trees:delete_any(77, T2)), gb_trees:take(9, T2) =/= x]), p(iterate(gb_trees:next(gb_trees:iterator(T)))), p(iterate(gb_trees:next(gb_trees:iterator_from(4, T)))), p(try gb_trees:insert(5, x, T) catch C:{E, _} -> {C, E} end), p(erlang:phash2(lists:foldl(fun(X, A) -> gb_trees:enter((X * 7919) rem 1009, X, A) end, gb_trees:empty(), lists:seq(1, 2000)))).
iterate(none) -> [];
iterate({K, V, I}) -> [{K, V} | iterate(gb_trees:next(I))].

gbsets() -> A = gb_sets:from_list([3, 1, 2, 3]), B = gb_sets:from_list([2, 3, 4]), p([gb_sets:to_list(X) || X <- [A, gb_sets:union(A, B), gb_sets:intersection(A, B), gb_sets:subtract(A, B), gb_sets:add(9, A), gb_sets:del_element(1, A), gb_sets:filter(fun(X) -> X > 1 end, A)]]), p([gb_sets:is_member(2, A), gb_sets:size(A), gb_sets:smallest(A), gb_sets:is_subset(A, B), gb_sets:take_largest(A), gb_sets:is_disjoint(A, gb_sets:new()), gb_sets:fold(fun(X, S) -> X + S end, 0, B)]).

dicts() ->
    D = dict:from_list([{K, K * 2} || K <- lists:seq(1, 50)]), p([dict:fetch(7, D), dict:find(99, D), dict:size(D), dict:is_key(3, D), dict:fold(fun(_, V, S) -> S + V end, 0, D), lists:sort(dict:fetch_keys(dict:filter(fun(K, _) -> K < 5 end, D)))]),
    D1 = dict:update_counter(hits, 3, dict:append(l, y, dict:append(l, x, dict:store(a, 1, dict:erase(7, D))))), p([dict:fetch(l, D1), dict:fetch(hits, D1), dict:is_key(7, D1), dict:fetch(a, dict:update(a, fun(V) -> V + 41 end, D1)), dict:is_empty(dict:new()), dict:fetch(3, dict:map(fun(_, V) -> [V] end, D)), dict:size(dict:merge(fun(_, A, B) -> A + B end, D, D1)), dict:take(zz, D)]), p(dict:to_list(D)).

sets_() -> S = sets:from_list([a, b, c]), M = sets:from_list([b, c, d], [{version, 2}]), p([lists:sort(sets:to_list(X)) || X <- [S, M, sets:union(S, M), sets:intersection(S, M), sets:subtract(S, M), sets:add_element(z, M), sets:del_element(a, S)]]), p([sets:is_element(a, S), sets:size(M), sets:is_subset(sets:new(), S), sets:is_set(M), sets:is_disjoint(S, M), sets:is_empty(S)]), O = ordsets:from_list([3, 1, 2, 1]), p([O, ordsets:union(O, [5]), ordsets:intersection(O, [2, 3, 9]), ordsets:subtract(O, [1]), ordsets:is_element(2, O), ordsets:add_element(0, O), ordsets:is_subset([1], O), ordsets:fold(fun(X, A) -> X + A end, 0, O)]).

arrays() -> A = array:from_list([a, b, c]), B = array:set(10, z, A), p([array:to_list(B), array:size(B), array:get(10, B), array:get(5, B), array:sparse_to_list(B), array:to_orddict(array:resize(2, A)), array:foldl(fun(I, V, Acc) -> [{I, V} | Acc] end, [], A), array:to_list(array:map(fun(I, V) -> {I, V} end, A)), array:default(array:new([{default, 0}])), array:sparse_size(B), array:to_list(array:reset(1, A))]), C = array:new(5, {default, x}), p([array:to_list(C), array:is_fix(C), array:to_list(array:relax(C)), try array:set(9, q, C) catch E:R -> {E, R} end]), Big = lists:foldl(fun(I, X) -> array:set(I * 37 rem 1000, I, X) end, array:new(), lists:seq(0, 999)), p([array:get(37, Big), array:size(Big), lists:sum(array:to_list(Big))]).

digraphs() -> G = digraph:new(), [digraph:add_vertex(G, V) || V <- [a, b, c, d, e]], [digraph:add_edge(G, F, T) || {F, T} <- [{a, b}, {b, c}, {c, a}, {c, d}, {d, e}]], p([lists:sort(digraph:out_neighbours(G, c)), digraph:get_path(G, a, e), digraph:get_short_path(G, a, e), lists:sort([lists:sort(C) || C <- digraph_utils:strong_components(G)]), digraph_utils:topsort(G), lists:sort(digraph_utils:reachable([d], G)), digraph:no_edges(G), digraph_utils:is_acyclic(G), digraph:get_cycle(G, a)]), digraph:delete(G).
sofs_() -> R = sofs:relation([{1, a}, {2, b}, {3, a}]), p([sofs:to_external(sofs:converse(R)), sofs:to_external(sofs:image(R, sofs:set([1, 2]))), sofs:to_external(sofs:relation_to_family(sofs:converse(R)))]).
maps_sets() -> p(lists:sort(sets:to_list(sets:filter(fun(X) -> X rem 7 =:= 0 end, sets:from_list(lists:seq(1, 100)))))), p(ordsets:to_list(ordsets:union([[1, 5], [2, 5], []]))).
