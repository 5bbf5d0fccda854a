%% Deep and long terms: a million cells, nesting in every direction, body recursion, comparing, copying, sending.
-module(mem_deep).
-export([main/0]).

main() ->
    L = lists:seq(1, 1000000), p([length(L), lists:sum(L), lists:last(L), erlang:phash2(L)]),
    p(lists:sum(lists:map(fun(X) -> X * 2 end, L))), p(length(double(L))), p(count(L)), p(hd(lists:reverse(L))),
    R = right(300000), F = left(300000), M = nested_maps(20000), T = tree(17),
    erlang:garbage_collect(), p([depth_r(R), depth_l(F), depth_m(M), size_of(T)]), p([R =:= right(300000), F == left(300000), M =:= nested_maps(20000)]), p([R < F, erlang:phash2(R), erlang:phash2(F)]),
    p(sent([R, F, M])), p(list_depth(lists:foldl(fun(_, A) -> [A] end, [], lists:seq(1, 200000)))),
    p(byte_size(term_to_binary(F))), p(binary_to_term(term_to_binary(R)) =:= R), p(erts_debug:flat_size(R)), p(erts_debug:flat_size(T)), p(stack(1000000)), p(improper(200000)),
    p(length(lists:flatten(lists:foldl(fun(X, A) -> [A, X] end, [], lists:seq(1, 100000))))), p(iolist_size(lists:foldl(fun(X, A) -> [A | <<X>>] end, [], lists:seq(1, 100000)))), p(shared()), ets(R), p(exit_with(R)), p(keyed(R)).

p(X) -> io:format("~p~n", [X]).
double([]) -> [];
double([H | T]) -> [H, H | double(T)].
count([]) -> 0;
count([_ | T]) -> 1 + count(T).
stack(0) -> 0;
stack(N) -> 1 + stack(N - 1).
right(0) -> nil;
right(N) -> lists:foldl(fun(I, A) -> {I, A} end, nil, lists:seq(1, N)).
left(N) -> lists:foldl(fun(I, A) -> {A, I} end, nil, lists:seq(1, N)).
nested_maps(N) -> lists:foldl(fun(I, A) -> #{I => A} end, #{}, lists:seq(1, N)).
tree(0) -> leaf;
tree(D) -> {tree(D - 1), D, tree(D - 1)}.
depth_r(nil) -> 0;
depth_r({_, T}) -> 1 + depth_r(T).
depth_l(nil) -> 0;
depth_l({T, _}) -> 1 + depth_l(T).
depth_m(M) when map_size(M) =:= 0 -> 0;
depth_m(M) -> 1 + depth_m(hd(maps:values(M))).
size_of(leaf) -> 1;
size_of({L, _, R}) -> size_of(L) + size_of(R).
list_depth([]) -> 0;
list_depth([X]) -> 1 + list_depth(X).
sent(T) -> Me = self(), P = spawn(fun() -> receive X -> erlang:garbage_collect(), Me ! {back, X} end end), P ! T, receive {back, X} -> X =:= T end.
improper(N) -> L = lists:foldl(fun(X, A) -> [X | A] end, tail, lists:seq(1, N)), last(L).
last([_ | T]) -> last(T);
last(X) -> X.

%% A term which shares its parts: 2^20 leaves seen, 20 tuples made.
shared() -> T = lists:foldl(fun(_, A) -> {A, A} end, x, lists:seq(1, 20)), {erts_debug:size(T), leaves(element(1, element(1, T)))}.
leaves({A, B}) -> leaves(A) + leaves(B);
leaves(x) -> 1.

ets(R) -> T = ets:new(deep, []), ets:insert(T, {k, R}), [{k, S}] = ets:lookup(T, k), p(S =:= R), ets:delete(T).
exit_with(R) -> {_, Ref} = spawn_monitor(fun() -> exit(R) end), receive {'DOWN', Ref, _, _, W} -> W =:= R end.
keyed(R) -> M = #{R => deep}, {map_get(R, M), is_map_key(nil, M), lists:keyfind(R, 1, [{a}, {R, found}]) =:= {R, found}}.
