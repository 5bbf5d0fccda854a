%% Closures: what they capture, identity, comparison, arity, sending them, generators, memoising, objects of funs.
-module(fun_closure).
-export([main/0, ext/1]).

main() ->
    p([(adder(N))(10) || N <- [1, 2, 3]]), p(capture(1, 2.5, "s", {t}, #{m => 1}, <<"b">>, [l], self() =:= self())),
    p([is_function(fun() -> 1 end), is_function(fun() -> 1 end, 0), is_function(fun() -> 1 end, 1), is_function(x), is_function(fun lists:map/2, 2), is_function(fun ext/1, 1)]),
    p([adder(1) =:= adder(1), adder(1) =:= adder(2), fun ext/1 =:= fun ext/1, fun ?MODULE:ext/1 =:= fun ?MODULE:ext/1, fun lists:map/2 == fun lists:map/2, fun lists:map/2 == fun lists:filter/2, fun ext/1 == fun ?MODULE:ext/1]),
    p(counter_object()), p(take(5, naturals(1))), p(take(10, primes(naturals(2)))), p(memo()), p(sent(fun(X) -> X * 7 end)), p(curry()), p(named(10)), p(mutual(7)),
    p([refuse(fun() -> (id(fun(X) -> X end))() end), refuse(fun() -> (id(fun ext/1))(1, 2) end), refuse(fun() -> (id(notfun))() end), refuse(fun() -> (id({lists, map}))() end), refuse(fun() -> (id(fun nomod:nofun/1))(1) end), refuse(fun() -> (id(fun(1) -> one end))(2) end)]),
    info(), p(in_structures()), p(deep(1000)), p(term_order()), p(shadow(3)), p(guards()), p(pattern_funs()), p(letrec()), p(cps(20)), p(state_monad()).

p(X) -> io:format("~p~n", [X]).
ext(X) -> {ext, X}.
id(X) -> X.
adder(N) -> fun(X) -> X + N end.
capture(A, B, C, D, E, F, G, H) -> X = fun(Y) -> {A, B, C, D, E, F, G, H, Y} end, erlang:garbage_collect(), X(last).

counter_object() ->
    New = fun New(N) -> fun(inc) -> New(N + 1); (get) -> N; ({add, K}) -> New(N + K) end end,
    C0 = New(0), C1 = C0(inc), C2 = C1({add, 10}), [C0(get), C1(get), C2(get)].

naturals(N) -> fun() -> {N, naturals(N + 1)} end.
take(0, _) -> [];
take(N, G) -> {X, G1} = G(), [X | take(N - 1, G1)].
filter(P, G) -> fun() -> {X, G1} = G(), case P(X) of true -> {X, filter(P, G1)}; false -> (filter(P, G1))() end end.
primes(G) -> fun() -> {P, G1} = G(), {P, primes(filter(fun(X) -> X rem P =/= 0 end, G1))} end.

memo() -> F = fun F(N) when N < 2 -> N; F(N) -> case get({m, N}) of undefined -> V = F(N - 1) + F(N - 2), put({m, N}, V), V; V -> V end end, F(60).
sent(F) -> Me = self(), P = spawn(fun() -> receive {G, X} -> Me ! {ans, G(X), fun() -> G(X + 1) end} end end), P ! {F, 6}, receive {ans, A, H} -> {A, H()} end.
curry() -> F = fun(A) -> fun(B) -> fun(C) -> {A, B, C} end end end, G = F(1), H = G(2), [H(3), H(4), (G(5))(6)].
named(N) -> F = fun Loop(0, Acc) -> Acc; Loop(K, Acc) -> Loop(K - 1, [K | Acc]) end, F(N, []).
mutual(N) -> E = fun(_, _, 0) -> true; (Ev, Od, K) -> Od(Ev, Od, K - 1) end, O = fun(_, _, 0) -> false; (Ev, Od, K) -> Ev(Ev, Od, K - 1) end, {E(E, O, N), O(E, O, N)}.

info() ->
    X = 5, F = fun(Y) -> X + Y end,
    p([erlang:fun_info(F, K) || K <- [module, arity, type]]), p(erlang:fun_info(F, env)), p([erlang:fun_info(fun lists:map/2, K) || K <- [module, name, arity, type, env]]),
    {name, N} = erlang:fun_info(F, name), p(N), p([K || {K, _} <- lists:sort(erlang:fun_info(F))]), p(erlang:fun_info(fun ext/1, type)), p(erlang:fun_to_list(fun lists:map/2)), p(erlang:is_function(erlang:make_fun(lists, sum, 1))), p((erlang:make_fun(lists, sum, 1))([1, 2, 3])).

in_structures() -> T = {fun(X) -> X + 1 end, #{op => fun(X) -> X * 2 end}, [fun erlang:abs/1]}, {F, #{op := G}, [H]} = T, [F(1), G(2), H(-3), [K(5) || K <- [F, G, H]]].
deep(N) -> F = lists:foldl(fun(I, G) -> fun(X) -> G(X + I) end end, fun(X) -> X end, lists:seq(1, N)), F(0).
term_order() -> lists:sort([1, a, fun lists:map/2, {}, [], "x", <<>>, #{}]) .
shadow(X) -> F = fun(X) -> X * 10 end, {F(1), X}.
guards() -> F = fun(X) when X > 10, X < 20; X =:= 100 -> in; (X) when is_list(X), length(X) > 1 -> list; (_) -> out end, [F(Y) || Y <- [5, 15, 100, [1, 2], [1], a]].
pattern_funs() -> F = fun({a, X}) -> X; ([H | _]) -> H; (<<C, _/binary>>) -> C; (#{k := V}) -> V; ("str" ++ R) -> R end, [F(Y) || Y <- [{a, 1}, [2, 3], <<"C">>, #{k => 4}]].
letrec() -> Fix = fun(F) -> (fun(X) -> X(X) end)(fun(X) -> F(fun(Y) -> (X(X))(Y) end) end) end, (Fix(fun(Self) -> fun(0) -> 1; (N) -> N * Self(N - 1) end end))(20).
cps(N) -> F = fun F(0, K) -> K(0); F(M, K) -> F(M - 1, fun(V) -> K(V + M) end) end, F(N, fun(V) -> {final, V} end).
state_monad() -> Bind = fun(M, F) -> fun(S) -> {V, S1} = M(S), (F(V))(S1) end end, Ret = fun(V) -> fun(S) -> {V, S} end end, Tick = fun(S) -> {S, S + 1} end, (Bind(Tick, fun(A) -> Bind(Tick, fun(B) -> Ret({A, B}) end) end))(7).
refuse(F) -> try F() catch error:{badarity, {G, A}} when is_function(G) -> {badarity, A}; error:R -> R end.
