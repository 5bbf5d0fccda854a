%% Higher-order list functions, with funs of every sort: local, external, closures, named.
-module(list_hof).
-export([main/0, double/1]).

main() ->
    L = lists:seq(1, 10),
    p([lists:map(fun double/1, L), lists:map(fun ?MODULE:double/1, L), [double(X) || X <- L]]),
    p([lists:filter(fun(X) -> X rem 3 =:= 0 end, L), lists:partition(fun(X) -> X > 4 end, L)]),
    p([lists:foldl(fun(X, A) -> [X | A] end, [], L), lists:foldr(fun(X, A) -> [X | A] end, [], L)]),
    p([lists:foldl(fun erlang:'+'/2, 0, L), lists:foldl(fun erlang:max/2, 0, L)]),
    p([lists:all(fun is_integer/1, L), lists:any(fun is_atom/1, L), lists:all(fun(_) -> false end, [])]),
    p([lists:takewhile(fun(X) -> X < 4 end, L), lists:dropwhile(fun(X) -> X < 4 end, L),
       lists:splitwith(fun(X) -> X < 4 end, L)]),
    p([lists:mapfoldl(fun(X, S) -> {X * S, S + X} end, 1, L), lists:mapfoldr(fun(X, S) -> {X * S, S + X} end, 1, L)]),
    p([lists:flatmap(fun(X) -> lists:duplicate(X, X) end, [1, 2, 3]),
       lists:filtermap(fun(X) when X rem 2 =:= 0 -> {true, X * X}; (5) -> true; (_) -> false end, L)]),
    p(lists:zipwith3(fun(A, B, C) -> {C, B, A} end, [1, 2], [a, b], "xy")),
    lists:foreach(fun(X) -> io:format("~w,", [X]) end, L),
    io:nl(),
    Fact = fun F(0) -> 1; F(N) -> N * F(N - 1) end,
    p([Fact(N) || N <- [0, 1, 5, 20, 30]]),
    Compose = fun(Fs) -> fun(X) -> lists:foldl(fun(F, A) -> F(A) end, X, Fs) end end,
    p((Compose([fun double/1, fun(X) -> X + 1 end, fun erlang:integer_to_list/1]))(20)),
    Curry = fun(F) -> fun(A) -> fun(B) -> F(A, B) end end end,
    p(((Curry(fun lists:seq/2))(3))(6)),
    p([church(N) || N <- [0, 1, 7]]),
    p([refuse(fun() -> lists:map(fun(1) -> ok end, [1, 2]) end),
       refuse(fun() -> lists:foldl(fun(_) -> x end, 0, [1]) end),
       refuse(fun() -> lists:map(notafun, [1]) end),
       refuse(fun() -> lists:filter(fun(_) -> maybe_true end, [1]) end),
       refuse(fun() -> lists:map(fun double/1, [1 | 2]) end)]),
    p(y_combinator(10)).

p(X) -> io:format("~p~n", [X]).

double(X) -> X * 2.

church(N) -> (numeral(N))(fun(X) -> X + 1 end, 0).
numeral(0) -> fun(_, X) -> X end;
numeral(N) -> P = numeral(N - 1), fun(F, X) -> F(P(F, X)) end.

y_combinator(N) ->
    Y = fun(M) ->
            G = fun(F) -> M(fun(A) -> (F(F))(A) end) end,
            G(G)
        end,
    (Y(fun(Self) -> fun(0) -> 0; (K) -> K + Self(K - 1) end end))(N).

refuse(F) ->
    try F()
    catch error:{badarity, {_, Args}} -> {badarity, Args};
          error:{badfun, X} -> {badfun, X};
          error:R -> R
    end.
