%% Functions without side effects, one for each kind of operation. Each main_* ends in halt with a
%% number that check_run.c expects.
-module(pure).
-export([fib/0, lists/0, tuples/0, maps/0, floats/0, big/0, funs/0, select/0, catching/0, trying/0,
         traces/0, deep/0, guards/0, apply/0, yields/0]).

answer(N) -> erlang:halt(N rem 251, []).

id(X) -> X.

fib() -> answer(fib(20)).
fib(N) when N < 2 -> N;
fib(N) -> fib(N - 1) + fib(N - 2).

lists() ->
    L = seq(1, 100),
    answer(sum([X * 2 || X <- rev(L, []), X rem 2 =:= 0], 0) - 5000).
seq(N, M) when N > M -> [];
seq(N, M) -> [N | seq(N + 1, M)].
rev([H | T], Acc) -> rev(T, [H | Acc]);
rev([], Acc) -> Acc.
sum([H | T], Acc) -> sum(T, Acc + H);
sum([], Acc) -> Acc.

tuples() ->
    T = id({rec, 1, {x, 2}, [a], 5}),
    {rec, A, {x, B}, _, C} = T,
    U = setelement(2, T, 10),
    answer(A + B + C + element(2, U) + tuple_size(U) + shape({}) + shape({1}) + shape({1, 2, 3})).
shape({}) -> 100;
shape({_}) -> 10;
shape({_, _, _}) -> 1.

maps() ->
    M = id(#{a => 1, b => 2}),
    #{a := A} = M,
    #{b := B, c := C} = M#{c => 3, a := 7},
    N = fill(M, 100),
    answer(A + B + C + maps_get(N, 50) + case N of #{zz := _} -> 1000; #{} -> 0 end).
fill(M, 0) -> M;
fill(M, N) -> fill(M#{N => N}, N - 1).
maps_get(M, K) -> #{K := V} = M, V.

floats() ->
    X = id(1.5), Y = id(2),
    answer(trunc((X * Y + 4.0) / X - 0.5)).

big() ->
    F = fact(25, 1),
    answer(F div fact(23, 1) - (F rem 1000003) rem 7).
fact(0, A) -> A;
fact(N, A) -> fact(N - 1, N * A).

funs() ->
    K = id(5),
    Add = fun(X) -> X + K end,
    Self = fun F(0) -> 0; F(N) -> N + F(N - 1) end,
    answer(Add(1) + Self(4) + (id(fun seven/0))() + loop(fun(X) -> X - 1 end, 100000)).
seven() -> 7.
loop(_, 0) -> 0;
loop(F, N) -> loop(F, F(N)).

select() ->
    answer(lists_sum([pick(X) || X <- [a, b, c, d, e, f, g, zzz, 1, 2, 3, 4, 5, 6, 99, -1,
                                       18446744073709551616, 1.5]])).
lists_sum(L) -> sum(L, 0).
pick(a) -> 1; pick(b) -> 2; pick(c) -> 3; pick(d) -> 4; pick(e) -> 5; pick(f) -> 6; pick(g) -> 7;
pick(1) -> 10; pick(2) -> 20; pick(3) -> 30; pick(4) -> 40; pick(5) -> 50; pick(6) -> 60;
pick(18446744073709551616) -> 1000;
pick(_) -> 0.

catching() ->
    A = case catch throw(4) of 4 -> 1; _ -> 0 end,
    B = case catch exit(4) of {'EXIT', 4} -> 2; _ -> 0 end,
    C = case catch id(x) + 1 of {'EXIT', {badarith, [_ | _]}} -> 4; _ -> 0 end,
    D = case catch id(5) of 5 -> 8; _ -> 0 end,
    E = case catch hd(id([])) of {'EXIT', {badarg, [{erlang, hd, [[]], _} | _]}} -> 16; _ -> 0 end,
    answer(A + B + C + D + E).

trying() ->
    A = try throw(x) catch throw:x -> 1 end,
    B = try error(x) catch throw:x -> 0; error:x -> 2 end,
    C = try {ok, _} = id(nope), 0 catch error:{badmatch, nope} -> 4 end,
    D = try try error(in) after put(after_ran, 8) end catch error:in -> get(after_ran) end,
    E = try only(id(2)) catch error:function_clause:S5 -> [{pure, only, [2], _} | _] = S5, 16 end,
    F = try nomodule:f(1, 2) catch error:undef:S6 -> [{nomodule, f, [1, 2], []} | _] = S6, 32 end,
    G = try (id(x))(1) catch error:{badfun, x} -> 64 end,
    H = try (fun(Q) -> Q end)(1) of 1 -> 128 catch _:_ -> 0 end,
    answer(A + B + C + D + E + F + G + H).
only(1) -> 0.

traces() ->
    try one() catch error:why:S -> answer(count(S)) end.
one() -> X = two(), X + 1.
two() -> X = three(), X + 1.
three() -> case id(1) of 1 -> error(why); X -> X end.
count([{pure, three, 0, _} | T]) -> 1 + count(T);
count([{pure, two, 0, [{file, _}, {line, L}]} | T]) when L > 0 -> 10 + count(T);
count([{pure, one, 0, [{file, _}, {line, _}]} | T]) -> 100 + count(T);
count([{pure, traces, 0, _} | T]) -> 50 + count(T);
count([_ | T]) -> count(T);
count([]) -> 0.

deep() -> answer(body(1000000) - 999900).
body(0) -> 0;
body(N) -> 1 + body(N - 1).

guards() ->
    answer(length([1 || X <- [1, a, 1.0, [], [x], {}, {a}, #{}, <<>>, <<1:3>>, self(), fun id/1],
                        g(X)])).
g(X) when is_integer(X); is_atom(X), X =/= b -> true;
g(X) when is_tuple(X), tuple_size(X) > 0 -> true;
g(X) when hd(X) =:= x -> true;
g(X) when is_function(X, 1) -> true;
g(X) when map_size(X) =:= 0 -> true;
g(_) -> false.

apply() ->
    M = id(pure), F = id(apply),
    answer(apply(fun(A, B) -> A - B end, id([50, 8])) + case {M, F} of {pure, apply} -> 0 end).

yields() -> answer(spin(1000000, 0)).
spin(0, A) -> A;
spin(N, A) -> spin(N - 1, A + N).
