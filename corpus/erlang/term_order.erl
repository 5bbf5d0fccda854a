%% The order of all terms, == against =:=, comparison of numbers of different types, min, max, sort of mixed lists.
-module(term_order).
-export([main/0]).

main() ->
    Ts = terms(),
    p(lists:sort(Ts)), p(lists:usort(Ts)), p(lists:sort(lists:reverse(Ts)) == lists:sort(Ts)),
    [io:format("~w ~s~n", [T, [rel(T, U) || U <- Ts]]) || T <- Ts],
    p([{A == B, A =:= B, A < B, A =< B} || {A, B} <- [{1, 1.0}, {0, -0.0}, {0.0, -0.0}, {[1], [1.0]}, {{a, 1}, {a, 1.0}}, {#{a => 1}, #{a => 1.0}}, {#{1 => a}, #{1.0 => a}}]]),
    p([A < B || A <- [1 bsl 53, (1 bsl 53) + 1, 1 bsl 80, -(1 bsl 80)], B <- [9007199254740992.0, 9007199254740994.0, 1.0e30, -1.0e30, 1.2089258196146292e24]]),
    p([max(1, 1.0), max(1.0, 1), min(1, 1.0), min(1.0, 1), max(a, 1), min([], {}), max(<<>>, #{})]),
    p([{a, b} < {a, b, c}, {z} < {a, a}, [a, b] < [a, b, c], [z] < [a, a], [] < [a], "abc" < "abd", [1 | 2] < [1, 2], [1 | a] < [1 | b]]),
    p([<<1>> < <<1, 0>>, <<2>> > <<1, 255>>, <<1:1>> > <<0:2>>, <<>> < <<0:1>>, <<"abc">> < <<"abd">>]),
    p([a < b, aa < b, 'A' < a, '' < a, abc < abcd, true > false]),
    p([#{a => 1} < #{b => 1}, #{a => 2} < #{b => 1}, #{a => 1, b => 1} < #{a => 2}, #{1 => z} < #{2 => a}, #{a => 1, c => 0} < #{b => 1, c => 0}, #{1 => b, 1.0 => a} < #{1 => a, 1.0 => b}]),
    p(big_maps()), p([lists:max(Ts), lists:min(Ts)]), p(sorted_pairs()), p(case_order([3, 1.5, b, "x", {1}, a, 1, <<"b">>])), p(deep_compare(100000)),
    p([[1, 2, 3] =:= [1, 2, 3], {1, {2}} =:= {1, {2.0}}, "a" ++ "b" =:= "ab", <<"ab">> =:= <<"a", "b">>, 1 bsl 70 =:= 1 bsl 70, 1.5 =:= 1.5, [] =:= "", '' =:= "", self() =:= self(), make_ref() =:= make_ref()]),
    p([pids(), refs()]).

p(X) -> io:format("~w~n", [X]).

terms() -> [0, -1, 1, 1.0, 2.5, -1.0e10, 1 bsl 64, -(1 bsl 64), 1.0e20, a, b, '', 'A', {}, {a}, {1}, {1.0}, {a, b}, {1, 2, 3}, #{}, #{a => 1}, #{b => 0}, #{a => 1, b => 2}, [], [a], [a | b], [1, 2], "abc", [[]], <<>>, <<1>>, <<1:1>>, <<255, 0>>, <<"abc">>, fun lists:map/2].

rel(A, B) when A =:= B -> "=";
rel(A, B) when A == B -> "~";
rel(A, B) when A < B -> "<";
rel(_, _) -> ">".

big_maps() ->
    M = maps:from_list([{K, K} || K <- lists:seq(1, 50)]),
    [M == M#{1 := 1}, M < M#{1 := 2}, M < M#{50 := 51}, M#{25 := 0} < M, M < maps:remove(1, M), M > maps:remove(50, M), M < (maps:remove(1, M))#{0 => 1}, M > (maps:remove(1, M))#{0 => 1}, M == maps:map(fun(_, V) -> float(V) end, M)].

sorted_pairs() -> lists:sort([{A, B} || A <- [1, 1.0, a], B <- [x, 2, 2.0]]).
case_order(L) -> [case X of _ when X < a -> {number, X}; _ when X < {} -> {atom, X}; _ when X < [] -> {tuple, X}; _ when X < <<>> -> {list, X}; _ -> {bin, X} end || X <- L].
deep_compare(N) -> A = lists:foldl(fun(X, T) -> {X, T} end, nil, lists:seq(1, N)), B = lists:foldl(fun(X, T) -> {X, T} end, nal, lists:seq(1, N)), [A > B, A =:= A, A =:= B, lists:seq(1, N) < lists:seq(1, N) ++ [1]].
pids() -> P1 = spawn(fun() -> ok end), P2 = spawn(fun() -> ok end), [P1 < P2, P1 =:= P1, P1 < {}, P1 > fun lists:map/2, is_pid(P1)].
refs() -> R1 = make_ref(), R2 = make_ref(), [R1 < R2, R1 =:= R1, R1 < self(), R1 > a, is_reference(R1)].
