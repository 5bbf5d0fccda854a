%% erlang:phash2, phash and md5 of every sort of term: these are defined to be the same on every machine.
-module(term_hash).
-export([main/0]).

main() ->
    Ts = terms(),
    [io:format("~w ~w ~w~n", [T, erlang:phash2(T), erlang:phash(T, 1 bsl 32)]) || T <- Ts],
    p([erlang:phash2(T, R) || T <- Ts, R <- [1, 2, 10, 255, 1 bsl 27, (1 bsl 32) - 1, 1 bsl 32]]),
    p([erlang:phash(T, R) || T <- Ts, R <- [1, 7, 1000]]),
    p(erlang:phash2(Ts)), p(erlang:phash(Ts, 1000000)),
    p([erlang:phash2(lists:seq(1, N)) || N <- [0, 1, 2, 10, 100, 1000]]),
    p([erlang:phash2(list_to_binary(lists:seq(1, N))) || N <- lists:seq(0, 30)]),
    p([erlang:phash2(lists:duplicate(N, $a)) || N <- lists:seq(0, 20)]),
    p([erlang:phash2(list_to_atom(lists:duplicate(N, $b))) || N <- [0, 1, 2, 5, 50, 255]]),
    p([erlang:phash2(1 bsl N) || N <- lists:seq(0, 140, 7)]), p([erlang:phash2(-(1 bsl N)) || N <- lists:seq(0, 140, 7)]),
    p([erlang:phash2(N / 8) || N <- lists:seq(-10, 10)]),
    p([erlang:phash2(list_to_tuple(lists:seq(1, N))) || N <- lists:seq(0, 12)]),
    p([erlang:phash2(maps:from_list([{K, K * K} || K <- lists:seq(1, N)])) || N <- [0, 1, 2, 31, 32, 33, 34, 100, 1000]]),
    p([erlang:phash2(<<5:N>>) || N <- lists:seq(1, 33)]),
    p(erlang:phash2(nest(10000, nil))), p(erlang:phash2(maps:from_list([{{K, [K]}, #{K => "v"}} || K <- lists:seq(1, 40)]))),
    p([erlang:phash2(A) =:= erlang:phash2(B) || {A, B} <- [{1, 1.0}, {"ab", [97, 98]}, {<<"ab">>, <<97, 98>>}, {#{a => 1, b => 2}, #{b => 2, a => 1}}]]),
    p([erlang:md5(B) || B <- [<<>>, <<"a">>, "abc", ["a", <<"bc">>], binary:copy(<<"x">>, 1000)]]),
    C0 = erlang:md5_init(), C1 = erlang:md5_update(C0, "ab"), C2 = erlang:md5_update(C1, <<"c">>), p(erlang:md5_final(C2) =:= erlang:md5("abc")),
    p([erlang:crc32(D) || D <- ["", "a", "123456789", lists:seq(0, 255)]]), p([erlang:adler32(D) || D <- ["", "a", "123456789", lists:seq(0, 255)]]),
    p(buckets(10000, 16)),
    p([try erlang:phash2(a, R) catch E:W -> {E, W} end || R <- [0, -1, (1 bsl 32) + 1, x]]).

p(X) -> io:format("~w~n", [X]).

terms() -> [a, 'Z', '', true, nil, [], {}, 0, 1, -1, 255, 256, 65535, 65536, 1 bsl 26, 1 bsl 27, (1 bsl 28) - 1, -(1 bsl 27), 1 bsl 28, 1 bsl 31, 1 bsl 32, 1 bsl 59, 1 bsl 60, 1 bsl 64, -(1 bsl 64), 1 bsl 200,
            0.0, -0.0, 1.0, 1.5, -3.25e100, "a", "abc", "long string of characters", [1], [1, 2, 3], [a, b], [a | b], [[1], [2]], [256], [255, 1000], {a}, {a, b}, {1, {2, {3}}}, <<>>, <<"x">>, <<"hello world">>, <<1:1>>, <<1, 2:4>>,
            #{}, #{a => 1}, #{1 => 2, 3 => 4}, #{[] => {}}, {"mixed", [1.0, <<"b">>, #{k => [v]}]}, fun lists:map/2, 'atom with spaces', [{a, 1}, {b, 2}], "\x{400}\x{500}", 'λ'].

nest(0, T) -> T;
nest(N, T) -> nest(N - 1, [{N}, T]).

buckets(N, K) -> M = lists:foldl(fun(I, A) -> maps:update_with(erlang:phash2({key, I}, K), fun(C) -> C + 1 end, 1, A) end, #{}, lists:seq(1, N)), lists:sort(maps:to_list(M)).
