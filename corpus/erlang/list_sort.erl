%% Sorting: stable, unique, by key, by fun; the algorithms written out and the library's.
-module(list_sort).
-export([main/0]).

main() ->
    Rs = random(200, 12345),
    Sorted = lists:sort(Rs),
    p(Sorted),
    p([F(Rs) =:= Sorted || F <- [fun quick/1, fun merge/1, fun insert/1, fun heap/1, fun bubble/1]]),
    p(lists:usort(Rs) =:= dedup(Sorted)),
    Pairs = [{X rem 7, X rem 13, X} || X <- Rs],
    p(lists:keysort(1, Pairs) =:= lists:sort(fun(A, B) -> element(1, A) =< element(1, B) end, Pairs)),
    p(lists:sublist(lists:keysort(2, Pairs), 10)),
    p(lists:ukeysort(1, Pairs)),
    p(lists:sort(fun(A, B) -> A >= B end, [3, 1, 2, 3])),
    p(lists:usort(fun(A, B) -> A rem 10 =< B rem 10 end, [13, 21, 3, 5, 15])),
    p(lists:merge([1, 3, 5], [2, 3, 4])),
    p(lists:umerge([1, 3, 5], [2, 3, 4])),
    p(lists:merge([[1, 4], [2, 5], [3]])),
    p(lists:merge3([1, 4], [2, 5], [3, 6])),
    p(lists:keymerge(1, [{1, a}, {3, c}], [{2, b}, {3, d}])),
    p(lists:ukeymerge(1, [{1, a}, {3, c}], [{2, b}, {3, d}])),
    p(lists:sort([b, 1, "s", {}, 2.0, <<>>, #{}, [], fun lists:sort/1, {a}, a])),
    p(lists:sort([1, 1.0, 2, 2.0, 1])),
    p(lists:usort([1, 1.0, 2, 2.0, 1])),
    p([lists:sort(P) || P <- perms([a, b, c])]),
    p(length(lists:usort(random(5000, 99)))),
    p(erlang:phash2(lists:sort(random(20000, 7)))),
    p(lists:sort(lists:seq(1, 20) ++ lists:seq(20, 1, -1))).

p(X) -> io:format("~w~n", [X]).

random(0, _) -> [];
random(N, S) -> [S bsr 16 rem 1000 | random(N - 1, (S * 1103515245 + 12345) band 16#7FFFFFFF)].

quick([]) -> [];
quick([P | T]) -> quick([X || X <- T, X < P]) ++ [P] ++ quick([X || X <- T, X >= P]).

merge([]) -> [];
merge([X]) -> [X];
merge(L) ->
    {A, B} = lists:split(length(L) div 2, L),
    join(merge(A), merge(B)).

join([], B) -> B;
join(A, []) -> A;
join([A | As], [B | _] = Bs) when A =< B -> [A | join(As, Bs)];
join(As, [B | Bs]) -> [B | join(As, Bs)].

insert(L) -> lists:foldl(fun place/2, [], L).
place(X, []) -> [X];
place(X, [H | T]) when X =< H -> [X, H | T];
place(X, [H | T]) -> [H | place(X, T)].

bubble(L) ->
    case pass(L) of
        L -> L;
        M -> bubble(M)
    end.
pass([A, B | T]) when A > B -> [B | pass([A | T])];
pass([A | T]) -> [A | pass(T)];
pass([]) -> [].

%% A skew heap: merging is all there is to it.
heap(L) -> drain(lists:foldl(fun(X, H) -> meld({X, nil, nil}, H) end, nil, L)).
drain(nil) -> [];
drain({X, A, B}) -> [X | drain(meld(A, B))].
meld(nil, H) -> H;
meld(H, nil) -> H;
meld({X, A, B}, {Y, _, _} = H) when X =< Y -> {X, meld(B, H), A};
meld(H, G) -> meld(G, H).

dedup([A, A | T]) -> dedup([A | T]);
dedup([A | T]) -> [A | dedup(T)];
dedup([]) -> [].

perms([]) -> [[]];
perms(L) -> [[X | P] || X <- L, P <- perms(L -- [X])].
