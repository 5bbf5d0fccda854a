%% Building bit strings: every type, size, unit, sign and byte order, and what construction refuses.
-module(bit_construct).
-export([main/0]).

main() ->
    [p(ints(V)) || V <- [0, 1, -1, 127, 255, 256, -128, 16#1234, 16#123456789ABCDEF0, -(1 bsl 70)]],
    [p(sized(S)) || S <- [1, 3, 7, 8, 9, 12, 15, 16, 17, 31, 33, 63, 64, 65, 100, 128]],
    [p(floats(F)) || F <- [0.0, -0.0, 1.0, -1.5, 3.141592653589793, 1.0e30, 65504.0, 5.9604644775390625e-8, 1, -7]],
    B = <<1, 2, 3, 4, 5>>,
    p([<<B/binary, B/binary>>, <<B:2/binary>>, <<0:1, B/binary, 1:3>>, <<(<<5:3>>)/bitstring, B:3/binary>>,
       <<B:16/bitstring>>, <<B:2/binary-unit:4>>]),
    p([<<"abc", $d, "e">>, <<"a":16, "b":16/little>>, <<"xyz":4>>, <<>>, <<"">>]),
    p([<<X:N/integer-unit:4>> || X <- [10, 300], N <- [1, 2, 3]]),
    p([<<1:2, 2:3, 3:4>>, <<1:1, 0:1, 1:1>>, <<16#F:4, 0:60, 16#F:4>>, bit_size(<<1:2, 2:3, 3:4>>)]),
    p([<<(1 + 2), (3 * 4):16, (-1):24/little>>]),
    Acc = lists:foldl(fun(X, A) -> <<A/binary, X:16/little>> end, <<>>, lists:seq(1, 20)),
    p([byte_size(Acc), Acc]),
    Bits = lists:foldl(fun(X, A) -> <<A/bitstring, X:3>> end, <<>>, lists:seq(0, 25)),
    p([bit_size(Bits), Bits]),
    Shared = <<1, 2, 3>>,
    A1 = <<Shared/binary, 4>>, A2 = <<Shared/binary, 5>>, A3 = <<A1/binary, 6>>, A4 = <<A1/binary, 7>>,
    p([Shared, A1, A2, A3, A4]),
    p([list_to_binary([1, [2, <<3, 4>>], "five" | <<6>>]), list_to_bitstring([<<1:1>>, <<2:7>>, 3, [<<5:3>>]]),
       iolist_to_binary(["a", [[["b"]]], <<"c">>]), iolist_size([1, 2, <<3, 4, 5>>, ["xx"]])]),
    p([bitstring_to_list(<<1, 2, 3:4>>), binary_to_list(<<"hello">>), binary_to_list(<<"hello">>, 2, 4)]),
    [p(refuse(F)) || F <- refused(B)].

p(X) -> io:format("~w~n", [X]).

ints(V) ->
    [<<V>>, <<V:16>>, <<V:16/little>>, <<V:16/native>>, <<V:24/signed-big>>, <<V:32/unsigned-little>>, <<V:64>>,
     <<V:64/little>>, <<V:72>>, <<V:80/little>>, <<V:5>>, <<V:13>>, <<V:13/little>>, <<V:0>>].

sized(S) ->
    [<<16#A5C3F00F12345678DEADBEEF:S>>, <<16#A5C3F00F12345678DEADBEEF:S/little>>, <<1:1, 16#A5C3F:S>>,
     <<1:3, 16#A5C3F:S/little, 1:2>>, bit_size(<<0:S>>), byte_size(<<0:S>>)].

floats(F) ->
    [<<F/float>>, <<F:32/float>>, <<F:64/float-little>>, <<F:32/float-little>>, <<F:16/float>>,
     <<1:1, F/float>>, <<F:16/float-little>>].

refused(B) ->
    [fun() -> <<(id(a))>> end, fun() -> <<(id(1.5)):8>> end, fun() -> <<B:10/binary>> end,
     fun() -> <<1:(id(-1))>> end, fun() -> <<(id(x))/binary>> end, fun() -> <<1:(id(a))>> end,
     fun() -> <<(id(<<1:3>>))/binary>> end, fun() -> <<(id(a))/float>> end, fun() -> <<(id(1.0e300)):32/float>> end,
     fun() -> <<(id(1.0)):(id(17))/float>> end, fun() -> <<(id(-1))/utf8>> end, fun() -> <<(id(16#D800))/utf8>> end,
     fun() -> list_to_binary(id([1, 256])) end, fun() -> list_to_binary(id(["a" | b])) end,
     fun() -> list_to_binary(id(<<1>>)) end, fun() -> byte_size(id(a)) end, fun() -> iolist_to_binary(id(7)) end,
     fun() -> binary_to_list(<<1, 2>>, id(2), id(5)) end].

refuse(F) -> try F() catch C:R -> {C, R} end.

id(X) -> X.
