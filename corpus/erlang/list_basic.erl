%% Lists: construction, append and subtract, lists' everyday functions, improper lists.
-module(list_basic).
-export([main/0]).

main() ->
    L = lists:seq(1, 10),
    p([hd(L), tl(L), length(L), [0 | L], L ++ [11], L -- [3, 5, 99], [1, 2, 2, 3] -- [2]]),
    p([lists:reverse(L), lists:reverse([a, b], [c]), lists:nth(3, L), lists:nthtail(7, L), lists:last(L)]),
    p([lists:member(3, L), lists:member(3.0, L), lists:member(x, L), lists:sum(L), lists:max(L), lists:min(L)]),
    p([lists:append([[1], [2, 3], []]), lists:concat([a, 1, "b", 2.5]), lists:flatten([1, [2, [3, [[]]]], 4])]),
    p([lists:duplicate(3, x), lists:seq(10, 1, -3), lists:seq(1, 0), lists:sublist(L, 3), lists:sublist(L, 4, 3)]),
    p([lists:delete(3, L), lists:prefix("ab", "abc"), lists:suffix("bc", "abc"), lists:split(3, L)]),
    p([lists:zip([1, 2], [a, b]), lists:unzip([{1, a}, {2, b}]), lists:zip3([1], [2], [3]),
       lists:unzip3([{1, 2, 3}, {4, 5, 6}]), lists:zipwith(fun(A, B) -> A * B end, [1, 2], [3, 4])]),
    p([lists:droplast(L), lists:subtract([1, 2, 3], [2]), lists:join($,, "abc"), lists:enumerate([a, b])]),
    p([lists:uniq([1, 2, 1, 3, 2]), lists:search(fun(X) -> X > 4 end, L), lists:flatlength([1, [2, 3], [[4]]])]),
    p(improper()),
    [p(refuse(F)) || F <- refused()],
    p([length(lists:seq(1, 100000)), lists:sum(lists:seq(1, 100000))]),
    p(patterns([1, 2, 3, 4])), p(patterns([1])), p(patterns([])), p(patterns([a | b])), p(patterns([x, y | z])),
    p(strings()),
    p([X || [X | _] <- [[1, 2], [], [3], x, [4 | 5]]]).

p(X) -> io:format("~p~n", [X]).

improper() ->
    I = [1, 2 | 3],
    [I, tl(I), tl(tl(I)), [a] ++ b, [] ++ c, is_list(I), lists:reverse([1], 2), [1, 2 | [3 | [4]]]].

refused() ->
    Bad = list_to_atom("bad"),
    Improper = [1, 2 | Bad],
    [fun() -> hd(id([])) end, fun() -> tl(id([])) end, fun() -> length(Improper) end,
     fun() -> lists:nth(0, [1]) end, fun() -> lists:nth(5, [1]) end, fun() -> lists:reverse(Improper) end,
     fun() -> id(a) ++ [] end, fun() -> Improper ++ [1] end, fun() -> [1] -- id(x) end,
     fun() -> lists:member(9, Improper) end, fun() -> lists:max([]) end, fun() -> lists:last([]) end,
     fun() -> lists:sum([1, a]) end, fun() -> lists:seq(1, 5, 0) end, fun() -> lists:zip([1], [1, 2]) end,
     fun() -> list_to_tuple(Improper) end, fun() -> lists:flatten(Improper) end].

refuse(F) ->
    try F() catch C:R:S -> {C, R, [{M, Fn, if is_list(A) -> length(A); true -> A end} || {M, Fn, A, _} <- top(S)]} end.

top([{list_basic, _, _, _} | _]) -> [];
top([H | T]) -> [H | top(T)];
top([]) -> [].

patterns([A, B, C | T]) -> {three, A, B, C, T};
patterns([A, B | T]) -> {two, A, B, T};
patterns([A | T]) when is_list(T) -> {one, A, T};
patterns([A | T]) -> {cons, A, T};
patterns([]) -> none.

strings() ->
    case "hello world" of
        "hello " ++ Rest -> [Rest, length(Rest)];
        _ -> no
    end.

id(X) -> X.
