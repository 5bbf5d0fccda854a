#!/usr/bin/env escript
%% -*- erlang -*-
%% calls: calls functions of OTP with random arguments and writes down what came out, for check_calls
%% to compare with our own. Each record: four bytes of size, then {Module, Function, Args, Outcome} in
%% the external format, Outcome being {ok, Result} or {error, Reason}.
%%   calls SEED COUNT FILE
-mode(compile).

main([Seed, Count, File]) ->
    rand:seed(exsss, list_to_integer(Seed)),
    {ok, Out} = file:open(File, [write, raw, binary, delayed_write]),
    [write(Out, C) || C <- fixed()],
    repeat(list_to_integer(Count), fun() -> write(Out, pick(generators())) end),
    ok = file:close(Out).

repeat(0, _) -> ok;
repeat(N, F) -> F(), repeat(N - 1, F).

write(Out, F) when is_function(F) -> write(Out, F());
write(Out, {M, F, Args}) ->
    Outcome = try {ok, apply(M, F, Args)} catch error:Reason -> {error, Reason} end,
    Record = term_to_binary({M, F, Args, Outcome}),
    ok = file:write(Out, <<(byte_size(Record)):32, Record/binary>>).

pick(List) -> lists:nth(rand:uniform(length(List)), List).
int(N) -> rand:uniform(N) - 1.

%% Calls that matter and that chance would not make.
fixed() ->
    Floats = [0.0, -0.0, 100.0, 120.0, 1000.0, 1200.0, 0.00012, 0.0012, 0.5, 1.5, 2.5, -2.5, 0.125, 1.0e15, 1.0e22, 1.0e23, 123456789012345680.0,
              9007199254740991.0, 9007199254740992.0, 9007199254740993.0, 1.0e-5, 1.0e-4, 0.1, 5.0e-324,
              2.2250738585072014e-308, 1.7976931348623157e308, 5.684341886080802e-14, 0.49999999999999994,
              1.0e16, 1.0e17, 0.001, 0.0001, 100000.0, 1234.5678, 2.0e-3, 1.0e100],
    Powers = [math:pow(2, E) || E <- lists:seq(-1074, 1023, 13)],
    [{erlang, float_to_list, [F, O]} || F <- Floats ++ Powers, O <- float_options()] ++
    [{erlang, F, [X]} || F <- [round, trunc, ceil, floor, abs, float], X <- Floats ++ [a, 7, -(1 bsl 70)]] ++
    [{erlang, F, [X, Y]} || F <- ['<', '==', '=:='], X <- edges(), Y <- edges()] ++
    [{erts_internal, cmp_term, [X, Y]} || X <- edges(), Y <- edges()] ++
    [{erlang, F, [X, Y]} || F <- ['+', '-', '*', 'div', 'rem', 'band', 'bor', 'bxor'], X <- integers(), Y <- integers()] ++
    [{erlang, F, [X, Y]} || F <- ['bsl', 'bsr'], X <- integers(), Y <- shifts()] ++
    [{erlang, F, [X]} || F <- ['bnot', '-', '+'], X <- integers() ++ [a, 1.5]] ++
    [{erlang, F, [X]} || F <- [phash2, integer_to_list], X <- integers()] ++
    [{erlang, phash2, [X]} || X <- edges()] ++
    [{erts_debug, flat_size, [X]} || X <- [maps:from_keys(lists:seq(1, 1000), {1.5}) | edges()]] ++
    [{erlang, phash, [X, 1 bsl 32]} || X <- edges() ++ integers()] ++
    [{erlang, list_to_integer, [T, B]} || T <- texts(), B <- [2, 8, 10, 16, 36, 37, a]] ++
    [{erlang, list_to_float, [T]} || T <- texts()] ++
    [{string, F, [T]} || F <- [list_to_integer, list_to_float], T <- [a | texts()]] ++
    [{maps, keys, [maps:from_keys(lists:seq(1, N), v)]} || N <- [33, 40, 100, 1000, 20000]] ++
    [{erlang, setelement, [I, {a, b}, c]} || I <- [0, 1, 2, 3, a, 1 bsl 70]] ++
    [{erlang, element, [I, {a, b}]} || I <- [0, 1, 2, 3, a, -1]] ++
    [{erlang, make_tuple, A} || A <- [[0, x], [3, x], [-1, x], [a, x], [3, x, [{2, y}, {2, z}]], [3, x, [{4, y}]], [3, x, [{1, y} | z]]]] ++
    [{erlang, F, [I, {a, b}, c]} || F <- [insert_element], I <- [0, 1, 2, 3, 4]] ++
    [{erlang, F, [I, {a, b}]} || F <- [delete_element], I <- [0, 1, 2, 3]] ++
    [{lists, F, [K, N, L]} || F <- [keyfind, keymember, keysearch], K <- [a, 1, 1.0, "x"], N <- [0, 1, 2, x],
                              L <- [[], [{a}], [{b, a}, x, {1.0, 1}], [{"x"} | y], [{z, "x"}], foo]] ++
    [{lists, member, [K, L]} || K <- [a, 1, 1.0, "x"], L <- [[], [b, a], [1.0, "x"], [z | a], foo]] ++
    [{lists, reverse, [L, T]} || L <- [[], [a], [a, b], [a | b], foo], T <- [[], [c], d]] ++
    [{erlang, F, [L, T]} || F <- ['++', '--'], L <- [[], [a], [a, b, a], [a | b], foo], T <- [[], [a], [a, a], d, [b | c]]] ++
    [{erlang, F, [X]} || F <- [size, hd, tl, length, list_to_tuple, tuple_to_list, tuple_size, list_to_atom, atom_to_list,
                               list_to_existing_atom, fun_to_list, pid_to_list],
                         X <- [[], [1, 2], [a | b], {}, {a, b}, "abc", [$\x{3b1}, 16#10FFFF], [16#D800], [-1], foo, '\x{3b1}\x{e9}', '',
                               fun lists:map/2, fun 'A b':'C'/0, lists:duplicate(255, 16#3b1), lists:duplicate(256, $a), 1.5]] ++
    [{erlang, F, [X, E]} || F <- [binary_to_atom, binary_to_existing_atom, atom_to_binary], E <- [utf8, latin1, unicode, foo],
                            X <- [<<"abc">>, <<233>>, <<195, 169>>, <<1:3>>, abc, '\x{e9}', '\x{3b1}', <<"never seen before">>, <<224, 128, 128>>,
                                  binary:copy(<<"a">>, 256)], not (F =:= binary_to_atom andalso X =:= <<"never seen before">>)] ++
    [{erlang, F, A} || F <- [crc32, adler32], A <- [["abc"], [[<<"ab">>, $c | <<"d">>]], [5, "abc"], [-1, "a"], [a], [[256]], [<<1:3>>], [<<>>]]] ++
    [{erlang, F, [1, 2, 3]} || F <- [crc32_combine, adler32_combine]] ++
    [{erlang, md5, [X]} || X <- ["", "abc", lists:seq(0, 255), [<<"a">>, [<<"b">> | <<"c">>]], a, <<1:7>>]] ++
    [{erlang, F, [X, Y]} || F <- ['and', 'or', 'xor'], X <- [true, false, a], Y <- [true, false, 1]] ++
    [{erlang, is_function, [X, Y]} || X <- [fun lists:map/2, a], Y <- [2, 1, -1, b, 1 bsl 70]] ++
    [{math, F, [X]} || F <- [cos, cosh, sin, sinh, tan, tanh, acos, acosh, asin, asinh, atan, atanh, erf, erfc, exp, log, log2, log10,
                             sqrt, ceil, floor], X <- [0, 1, -1, 0.5, -0.5, 2, 1.0e300, 1 bsl 1030, a, 1.0e-300, 37]] ++
    [{math, F, [X, Y]} || F <- [atan2, pow, fmod], X <- [0, 1, -1, 0.5, 1.0e300, a, 1 bsl 1030], Y <- [0, 1, -2, 0.5, b, 1.0e300]] ++
    [{maps, F, A} || {F, A} <- bad_map_calls()].

bad_map_calls() ->
    [{get, [a, b]}, {get, [a, #{}]}, {find, [a, b]}, {put, [a, b, c]}, {update, [a, b, #{}]}, {update, [a, b, c]}, {remove, [a, b]},
     {take, [a, #{}]}, {take, [a, #{a => 1}]}, {keys, [a]}, {values, [a]}, {merge, [a, #{}]}, {merge, [#{}, b]}, {merge, [a, b]},
     {from_list, [a]}, {from_list, [[a]]}, {from_list, [[{a, b} | c]]}, {from_keys, [a, b]}, {from_keys, [[a | b], b]}, {is_key, [a, b]}].

texts() ->
    ["", "1", "+1", "-1", "+", "-", "1 ", " 1", "1_000", "0x10", "--1", "zz", "ZZ", "0", "-0", "007", [$1 | $2], [$1, a], a,
     "1.0", "+1.0", "-1.0", "1.", "1.0e", "1.0e5", "1.0E+5", ".5", " 1.0", "1.0 ", "1e5", "1.0e400", "1.0e-400", "00.5", "1.0e+", "-0.0",
     "1.0e05", "12.5abc", "5.5e3x", "1.0ex", "1,5", "1,5e3", "1,", "99999999999999999999", "123456789012", "1234567890123", lists:duplicate(300, $7)].

shifts() -> [0, 1, -1, 3, 58, 59, 60, 63, 64, 65, 128, 200, -58, -59, -60, -64, -65, -200, 1 bsl 70, -(1 bsl 70), 33554368, 40000000, a].

integers() ->
    Edge = lists:flatmap(fun(B) -> N = 1 bsl B, [N - 1, N, N + 1, 1 - N, -N, -1 - N] end, [0, 1, 27, 28, 31, 32, 53, 58, 59, 60, 62, 63, 64, 65, 127, 128, 192]),
    lists:usort(Edge).

edges() ->
    [0, 1, -1, 1.0, -1.0, 0.0, 1 bsl 53, (1 bsl 53) + 1, 9007199254740992.0, 1 bsl 64, 18446744073709551616.0, (1 bsl 64) + 1, -(1 bsl 64),
     -18446744073709551616.0, 1 bsl 1030, 1.0e308, -(1 bsl 1030), 576460752303423488, 576460752303423487, 5.76460752303423488e17,
     a, b, '', ab, '\x{e9}', true, [], [1], [1.0], [1 | 2], "abc", {}, {1}, {1.0}, {a, b}, <<>>, <<1>>, <<1:1>>, <<1, 2>>, <<0:1>>, <<1, 0:3>>, <<"abcdefghijklm">>,
     #{}, #{1 => a}, #{1.0 => a}, #{a => 1, b => 2}, #{a => 1, c => 2}, #{a => 2, b => 1}, #{1 => 1, 2.0 => 1}, #{1.0 => 1, 2 => 1},
     maps:from_keys(lists:seq(1, 40), 1), maps:from_keys(lists:seq(2, 41), 1), maps:from_keys(lists:seq(1, 40), 1.0),
     maps:put(20, 2, maps:put(7, 0, maps:from_keys(lists:seq(1, 40), 1))),
     maps:put(1.0, 1, maps:from_keys(lists:seq(2, 40), 1)),
     fun lists:map/2, fun lists:map/3, fun maps:map/2, [<<1>>, {2.5, [#{}]}], lists:seq(1, 300), [a | b], [[[]]]].

float_options() ->
    [[], [short], [compact], [{decimals, 0}], [{decimals, 0}, compact], [{decimals, 2}], [{decimals, 2}, compact], [{decimals, 17}], [{decimals, 18}],
     [{decimals, 19}], [{decimals, 30}, compact], [{decimals, 253}], [{decimals, 254}], [{scientific, 0}], [{scientific, 3}], [{scientific, 249}],
     [{scientific, 250}], [short, {decimals, 3}], [{decimals, 3}, short], [{decimals, 4}, {scientific, 2}], [foo], a].

generators() ->
    [fun() -> {erlang, phash2, [term(5)]} end,
     fun() -> {erts_debug, flat_size, [binary_to_term(term_to_binary(term(5)))]} end,
     fun() -> {erlang, phash2, [term(4), 1 + int(1 bsl 32)]} end,
     fun() -> {erlang, phash, [term(5), 1 + int(1 bsl 32)]} end,
     fun() -> {A, B} = similar(), {erts_internal, cmp_term, [A, B]} end,
     fun() -> {A, B} = similar(), {erlang, pick(['<', '==', '=:=', '>=']), [A, B]} end,
     fun() -> {erlang, pick(['<', '==']), [number(), number()]} end,
     fun() -> {erlang, pick(['+', '-', '*', '/', 'div', 'rem', 'band', 'bor', 'bxor', '<', '==']), [number(), number()]} end,
     fun() -> {erlang, pick(['+', '-', '*', 'div', 'rem', 'band', 'bor', 'bxor']), [integer(), integer()]} end,
     fun() -> {erlang, pick(['bsl', 'bsr']), [integer(), int(300) - 150]} end,
     fun() -> {erlang, pick(['bnot', '-', float, abs]), [number()]} end,
     fun() -> {erlang, pick([round, trunc, ceil, floor]), [number()]} end,
     fun() -> {erlang, integer_to_list, [integer(), 2 + int(35)]} end,
     fun() -> B = 2 + int(35), {erlang, list_to_integer, [integer_to_list(integer(), B), B]} end,
     fun() -> {erlang, float_to_list, [float_number(), pick(float_options())]} end,
     fun() -> {erlang, float_to_binary, [float_number(), [short]]} end,
     fun() -> {erlang, list_to_float, [float_to_list(float_number(), pick([[short], [{scientific, 25}], [{scientific, 10}]]))]} end,
     fun() -> {erlang, '--', [shorts(40), shorts(40)]} end,
     fun() -> {maps, pick([keys, values]), [map(60)]} end,
     fun() -> M = map(60), {maps, pick([get, find, is_key, remove, take]), [key_for(M), M]} end,
     fun() -> M = map(60), {maps, pick([put, update]), [key_for(M), term(1), M]} end,
     fun() -> {maps, merge, [map(60), map(60)]} end,
     fun() -> {maps, from_list, [[{key(), term(1)} || _ <- lists:seq(1, int(80))]]} end,
     fun() -> {A, B} = similar_maps(), {erts_internal, cmp_term, [A, B]} end,
     fun() -> {A, B} = similar_maps(), {erlang, pick(['<', '==']), [A, B]} end,
     fun() -> {math, pick([sin, exp, log, sqrt, atan, erf, tanh]), [float_number()]} end,
     fun() -> {math, pick([pow, atan2, fmod]), [float_number(), float_number()]} end,
     fun() -> {erlang, md5, [bits(300)]} end,
     fun() -> {erlang, crc32, [[bits(50), [bits(9) | bits(3)]]]} end].

shorts(N) -> [pick([1, 2, 3, a, b, 1.0, "x", {y}, int(20)]) || _ <- lists:seq(1, int(N))].

key() -> Make = pick([fun() -> int(100) end, fun() -> int(1 bsl 40) end, fun() -> integer() end, fun() -> float_number() end, fun() -> {int(5), int(5)} end,
               fun() -> integer_to_binary(int(1000)) end, fun() -> [int(300), int(2)] end, fun() -> "key" ++ integer_to_list(int(50)) end,
               fun() -> maps:from_list([{int(3), int(3)}]) end, fun() -> bits(8) end]),
    Make().
%% Keys whose order in OTP depends on nothing but the key: no atoms.
map(Most) -> maps:from_list([{key(), term(1)} || _ <- lists:seq(1, int(Most))]).
key_for(M) when map_size(M) =:= 0 -> key();
key_for(M) -> case int(4) of 0 -> key(); _ -> pick(maps:keys(M)) end.

similar() ->
    A = term(5),
    case int(4) of 0 -> {A, term(5)}; 1 -> {A, binary_to_term(term_to_binary(A))}; _ -> {A, mutate(A)} end.

similar_maps() ->
    M = map(80),
    case maps:keys(M) of
        [] -> {M, map(3)};
        Keys -> {M, lists:foldl(fun(_, Acc) -> K = pick(Keys), case int(3) of 0 -> maps:remove(K, Acc);
                                                  1 -> Acc#{K => mutate(maps:get(K, M))};
                                                  2 -> maps:put(mutate(K), maps:get(K, M), maps:remove(K, Acc)) end end, M, lists:seq(1, int(3)))}
    end.

mutate([H | T]) -> case int(2) of 0 -> [mutate(H) | T]; 1 -> [H | mutate(T)] end;
mutate(T) when is_tuple(T), tuple_size(T) > 0 -> I = 1 + int(tuple_size(T)), setelement(I, T, mutate(element(I, T)));
mutate(M) when is_map(M), map_size(M) > 0 -> K = pick(maps:keys(M)), M#{K => mutate(maps:get(K, M))};
mutate(N) when is_integer(N) -> case int(4) of 0 -> try float(N) catch _:_ -> N end; 1 -> N + 1; 2 -> -N; 3 -> N end;
mutate(F) when is_float(F) -> case int(2) of 0 -> trunc(F); 1 -> -F end;
mutate(B) when is_bitstring(B) -> S = bit_size(B), case int(2) of 0 when S > 0 -> <<C:(S - 1)/bits, _/bits>> = B, C; _ -> <<B/bits, 1:1>> end;
mutate(_) -> term(1).

number() -> case int(3) of 0 -> float_number(); _ -> integer() end.
integer() ->
    N = case int(6) of 0 -> int(10); 1 -> int(1 bsl 30); 2 -> int(1 bsl 60); 3 -> int(1 bsl 65); 4 -> int(1 bsl (1 + int(300))); 5 -> (1 bsl int(130)) + int(3) - 1 end,
    case int(2) of 0 -> N; 1 -> -N end.
float_number() ->
    case int(7) of
        0 -> rand:uniform(); 1 -> int(1000) / 8; 2 -> (int(20000000) - 10000000) / 100; 3 -> float(int(1 bsl 62)); 4 -> math:pow(2, int(2097) - 1074);
        5 -> float(pick([1, 10, 100, 1000]) * int(1000)) / pick([1, 10, 100, 100000, 1.0e20]);
        6 -> Sign = int(2), Exponent = int(2047), Fraction = int(1 bsl 52), <<F/float>> = <<Sign:1, Exponent:11, Fraction:52>>, F
    end.
bits(Bytes) -> S = int(Bytes * 8), case int(3) of 0 -> rand_bits(S); _ -> rand_bits(S div 8 * 8) end.
rand_bits(S) ->
    Skip = int(9),
    <<_:Skip, B:S/bits, _/bits>> = rand:bytes((S + Skip) div 8 + 1),
    B.

term(Depth) ->
    case int(case Depth of 0 -> 10; _ -> 16 end) of
        0 -> int(256); 1 -> integer(); 2 -> float_number(); 3 -> pick([a, b, foo, 'A b', '', '\x{e9}t\x{e9}', '\x{3b1}', true, lists]); 4 -> []; 5 -> bits(40); 6 -> int(2000) - 1000;
        7 -> "some text" ++ integer_to_list(int(1000)); 8 -> pick([fun lists:map/2, fun 'A b':c/1]); 9 -> {};
        10 -> list_to_tuple([term(Depth - 1) || _ <- lists:seq(1, int(6))]);
        11 -> [term(Depth - 1) || _ <- lists:seq(1, int(6))];
        12 -> [term(Depth - 1) | term(Depth - 1)];
        13 -> maps:from_list([{term(Depth - 1), term(Depth - 1)} || _ <- lists:seq(1, int(6))]);
        14 -> maps:from_list([{int(1000), term(0)} || _ <- lists:seq(1, 30 + int(30))]);
        15 -> [int(256) || _ <- lists:seq(1, int(9))] ++ term(Depth - 1)
    end.
