%% Matching bit strings: types, sizes bound earlier, tails, alignment, backtracking over clauses.
-module(bit_match).
-export([main/0]).

main() ->
    B = <<16#DE, 16#AD, 16#BE, 16#EF, 16#01, 16#80, 16#FF, 16#7F, 0, 1>>,
    <<A1:8, A2:8/signed, A3:16, A4:16/little, A5:16/signed-little, R/binary>> = B,
    p([A1, A2, A3, A4, A5, R]),
    <<B1:1, B2:3, B3:5/signed, B4:7/little, B5:12, B6/bitstring>> = B,
    p([B1, B2, B3, B4, B5, B6]),
    <<C1:64, C2:16>> = B, <<D1:64/signed-little, _/binary>> = B, <<E1:80>> = B, <<F1:72/little-signed, _>> = B,
    p([C1, C2, D1, E1, F1]),
    [p([wide(S, B)]) || S <- [1, 2, 7, 8, 11, 31, 32, 33, 47, 59, 60, 61, 63, 64, 65, 79, 80]],
    p([packet(X) || X <- [<<1, 3, "abc", "rest">>, <<2, 0, 5, "hello">>, <<3>>, <<4, 1:1, 0:7>>, <<>>, <<9>>, <<1, 9, "x">>]]),
    p([ip(<<16#45, 0, 0, 40, 1, 2, 16#40, 0, 64, 6, 0, 0, 10, 0, 0, 1, 192, 168, 0, 1, 5, 6>>), ip(<<16#60>>)]),
    p([literal(X) || X <- [<<"GET /x">>, <<"PUT /y">>, <<"GE">>, <<>>]]),
    p([tail(X) || X <- [<<>>, <<1>>, <<1, 2>>, <<1:4>>, <<1, 2:4>>, <<1:1, 2:7, 3:1>>]]),
    p([units(X) || X <- [<<1, 2, 3, 4>>, <<1, 2, 3>>, <<1:12>>, <<5:7>>]]),
    p([size_expr(X) || X <- [<<2, 1, 2, 3>>, <<0, 9>>, <<5, 1>>, <<1, 255, 3, 4>>]]),
    p([real(X) || X <- [<<1.5/float>>, <<1.5:32/float>>, <<1.5:16/float>>, <<16#7FF0000000000000:64>>, <<0:3>>]]),
    p([split(<<"key=value;k2=v2;flag">>, <<>>, []), count_ones(B, 0), crc(B, 0)]),
    p([nth(3, B), last(B), rev(B, <<>>), find(16#BE, B, 0)]),
    p([same(<<1, 1>>), same(<<1, 2>>), equal(<<5:8, 5:16>>), equal(<<5:8, 6:16>>)]),
    p(case <<1, 2, 3>> of <<X:16, Y>> when X > 1000 -> {big, X, Y}; <<X, Y:16>> when Y > 500 -> {y, X, Y} end),
    p([element(N, {<<1:3>>, <<0:3>>}) =:= <<1:3>> || N <- [1, 2]]),
    p((fun(<<H, T/binary>>) -> {H, T} end)(<<"fun">>)),
    p(try <<Z:8>> = id(<<1, 2>>), Z catch error:Err -> Err end),
    p(try nomatch(id(<<1:4>>)) catch error:Err2 -> Err2 end).

p(X) -> io:format("~w~n", [X]).

wide(S, B) ->
    case B of
        <<_:3, X:S, Y/bitstring>> -> {S, X, signed(S, B), little(S, B), Y};
        _ -> {S, short, signed(S, B), little(S, B)}
    end.
signed(S, B) -> case B of <<X:S/signed, _/bits>> -> X; _ -> no end.
little(S, B) -> case B of <<_:1, X:S/signed-little, _/bits>> -> X; _ -> no end.

packet(<<1, L, Data:L/binary, Rest/binary>>) -> {data, Data, Rest};
packet(<<2, L:16, Data:L/bytes>>) -> {exact, Data};
packet(<<3>>) -> three;
packet(<<4, Flag:1, _:7>>) -> {flag, Flag};
packet(<<>>) -> empty;
packet(<<T, _/binary>>) -> {unknown, T}.

ip(<<4:4, Ihl:4, _Tos, Len:16, _Id:16, Flags:3, Off:13, Ttl, Proto, _Sum:16, Src:4/binary, Dst:32, Opt/binary>>) when Ihl >= 5 ->
    {Ihl, Len, Flags, Off, Ttl, Proto, binary_to_list(Src), Dst, Opt};
ip(_) -> other.

literal(<<"GET ", Path/binary>>) -> {get, Path};
literal(<<"PUT ", Path/binary>>) -> {put, Path};
literal(<<"GE", _/binary>>) -> ge;
literal(_) -> none.

tail(<<_, T/binary>>) -> {bin, T};
tail(<<_:1, T/bitstring>>) -> {bits, T};
tail(<<>>) -> empty.

units(<<A:2/binary-unit:16>>) -> {four, A};
units(<<A:3/bytes>>) -> {three, A};
units(<<A/binary-unit:4>>) -> {nibbles, A};
units(<<A/binary-unit:7>>) -> {seven, A}.

size_expr(<<N, X:(N * 8), R/binary>>) -> {N, X, R};
size_expr(<<N, R/binary>>) -> {short, N, R}.

real(<<F/float>>) -> F;
real(<<F:32/float>>) -> {single, F};
real(<<F:16/float>>) -> {half, F};
real(_) -> none.

split(<<$;, R/binary>>, W, Acc) -> split(R, <<>>, [W | Acc]);
split(<<$=, R/binary>>, W, Acc) -> split(R, <<>>, [{key, W} | Acc]);
split(<<C, R/binary>>, W, Acc) -> split(R, <<W/binary, C>>, Acc);
split(<<>>, W, Acc) -> lists:reverse([W | Acc]).

count_ones(<<1:1, R/bits>>, N) -> count_ones(R, N + 1);
count_ones(<<0:1, R/bits>>, N) -> count_ones(R, N);
count_ones(<<>>, N) -> N.

crc(<<X, R/binary>>, C) -> crc(R, ((C bsl 1) bxor X) rem 65521);
crc(<<>>, C) -> C.

nth(N, B) -> <<_:N/binary, X, _/binary>> = B, X.
last(B) -> S = byte_size(B) - 1, <<_:S/binary, X>> = B, X.
rev(<<X, R/binary>>, A) -> rev(R, <<X, A/binary>>);
rev(<<>>, A) -> A.
find(X, <<X, _/binary>>, N) -> N;
find(X, <<_, R/binary>>, N) -> find(X, R, N + 1).

same(<<X, X>>) -> true;
same(_) -> false.
equal(<<X:8, X:16>>) -> true;
equal(<<_:8, _:16>>) -> false.

nomatch(<<X:8>>) -> X.

id(X) -> X.
