%% term_to_binary and back: every tag, options, compressed, unsafe input, sizes.
-module(term_external).
-export([main/0]).

main() ->
    Ts = terms(),
    [io:format("~w ~w~n", [T, term_to_binary(T)]) || T <- Ts],
    p([binary_to_term(term_to_binary(T)) =:= T || T <- Ts]), p([erlang:external_size(T) || T <- Ts]),
    p([binary_to_term(term_to_binary(T, [compressed])) =:= T || T <- Ts]),
    p([binary_to_term(term_to_binary(T, [{minor_version, 0}])) == T || T <- Ts, not is_function(T)]),
    p([term_to_binary(T, [{minor_version, V}]) || T <- [1.5, a, 'é'], V <- [0, 1, 2]]),
    Big = lists:duplicate(1000, {some, "repeated", 42}), C = term_to_binary(Big, [compressed]), p([binary_to_term(C) =:= Big, byte_size(C) < 1000, byte_size(term_to_binary(Big)), erlang:external_size(Big), hd(binary_to_list(C, 2, 2))]),
    p([byte_size(term_to_binary(Big, [{compressed, L}])) < 30000 || L <- [0, 1, 6, 9]] =/= []),
    p(binary_to_term(<<(term_to_binary({a, 1}))/binary, "trailing">>, [used])), p(iolist_to_binary(term_to_iovec([x, <<"y">>])) =:= term_to_binary([x, <<"y">>])),
    p([refuse(fun() -> binary_to_term(B) end) || B <- bad()]),
    p([refuse(fun() -> binary_to_term(B, [safe]) end) || B <- [<<131, 119, 17, "never_seen_atom_1">>, <<131, 119, 2, "ok">>, term_to_binary(fun lists:map/2)]]),
    p([binary_to_term(B) || B <- old()]), p(cuts(term_to_binary({a, [1, 2.5, "s"], #{k => <<"v">>}, 1 bsl 70}))),
    p(funs()), p(pids()), p(deep(100000)), p(refuse(fun() -> term_to_binary(a, id([bad])) end)), p(refuse(fun() -> binary_to_term(id(a)) end)), p(erlang:phash2(term_to_binary(maps:to_list(maps:from_list([{I, I} || I <- lists:seq(1, 32)]))))).

p(X) -> io:format("~w~n", [X]).
id(X) -> X.

terms() -> [0, 1, 255, 256, -1, 65536, (1 bsl 27) - 1, 1 bsl 27, -(1 bsl 27), (1 bsl 31) - 1, 1 bsl 31, -(1 bsl 31), -(1 bsl 31) - 1, 1 bsl 59, 1 bsl 64, -(1 bsl 64), 1 bsl 2040, -(1 bsl 2048), 0.0, -0.0, 1.5, 1.0e300, a, '', 'hello world', 'é', 'λ', list_to_atom(lists:duplicate(255, $x)),
            [], "a", "abc", [256], [1, a], [a | b], [[], [[]]], lists:seq(1, 20), {}, {a}, {a, {b}}, erlang:make_tuple(256, x), <<>>, <<"bin">>, <<1:1>>, <<255, 7:3>>, #{}, #{a => 1}, #{1 => #{2 => 3}}, fun lists:map/2, list_to_binary(lists:duplicate(70, $z)), lists:duplicate(300, $q)].

bad() -> [<<>>, <<131>>, <<130, 97, 1>>, <<131, 97>>, <<131, 0>>, <<131, 98, 0>>, <<131, 104, 2, 97, 1>>, <<131, 108, 255, 255, 255, 255, 97, 1>>, <<131, 109, 0, 0, 0, 5, 1, 2>>, <<131, 119, 255, "short">>, <<131, 100, 1, 0, "x">>, <<131, 116, 0, 0, 0, 2, 97, 1, 97, 1, 97, 1, 97, 2>>, <<131, 110, 4, 0, 1>>, <<131, 77, 0, 0, 0, 1, 9, 0>>, <<131, 70, 127, 240, 0, 0, 0, 0, 0, 0>>, <<131, 80, 0, 0, 0, 9, 1, 2, 3>>, <<131, 99, "not a float in 31 characters...">>, <<131, 118, 0, 1, 255>>, <<131, 107, 0, 5, "ab">>].

%% Forms which nothing writes any more and everything reads.
old() -> [<<131, 100, 0, 3, "abc">>, <<131, 115, 3, "abc">>, <<131, 118, 0, 2, 206, 187>>, <<131, 99, "1.50000000000000000000e+00", 0, 0, 0, 0, 0>>, <<131, 107, 0, 2, 1, 2>>, <<131, 98, 0, 0, 0, 1>>, <<131, 110, 1, 0, 5>>, <<131, 110, 3, 1, 0, 0, 0>>, <<131, 111, 0, 0, 0, 1, 0, 9>>, <<131, 108, 0, 0, 0, 0, 106>>, <<131, 104, 0>>, <<131, 105, 0, 0, 0, 1, 97, 7>>, <<131, 109, 0, 0, 0, 0>>].

cuts(B) -> lists:usort([refuse(fun() -> binary_to_term(binary:part(B, 0, N)) end) || N <- lists:seq(0, byte_size(B) - 1)]).

funs() -> X = 10, F = fun(Y) -> X + Y end, G = binary_to_term(term_to_binary(F)), {G(5), G =:= F, is_function(G, 1), (binary_to_term(term_to_binary(fun lists:sum/1)))([1, 2])}.
pids() -> P = self(), R = make_ref(), {P2, R2} = binary_to_term(term_to_binary({P, R})), [P2 =:= P, R2 =:= R, binary_to_term(term_to_binary(P, [compressed])) =:= P].
deep(N) -> T = lists:foldl(fun(I, A) -> {I, [A]} end, nil, lists:seq(1, N)), B = term_to_binary(T), {byte_size(B), binary_to_term(B) =:= T}.
refuse(F) -> try F() catch C:R -> {C, R} end.
