%% utf8, utf16 and utf32 segments, in construction and matching, valid and not.
-module(bit_utf).
-export([main/0]).

main() ->
    Cs = [0, $a, 16#7F, 16#80, 16#7FF, 16#800, 16#FFFF, 16#10000, 16#10FFFF, 16#D7FF, 16#E000, 16#1F600],
    [p({C, <<C/utf8>>, <<C/utf16>>, <<C/utf16-little>>, <<C/utf32>>, <<C/utf32-little>>, back(C)}) || C <- Cs],
    p([refuse(fun() -> <<(id(C))/utf8>> end) || C <- [16#D800, 16#DFFF, 16#110000, -1, a]]),
    p([refuse(fun() -> <<(id(C))/utf16>> end) || C <- [16#D800, 16#110000]]),
    p([refuse(fun() -> <<(id(C))/utf32>> end) || C <- [16#D800, 16#110000]]),
    p([first8(B) || B <- [<<"abc">>, <<16#C3, 16#A9, "x">>, <<16#E2, 16#82, 16#AC>>, <<16#F0, 16#9F, 16#98, 16#80>>]]),
    p([first8(B) || B <- [<<16#C3>>, <<16#C0, 16#80>>, <<16#ED, 16#A0, 16#80>>, <<16#F4, 16#90, 16#80, 16#80>>,
                          <<16#80>>, <<16#FF>>, <<16#E2, 16#82>>, <<16#F8, 1, 2, 3>>, <<>>, <<16#C3, $a>>]]),
    p([first16(B) || B <- [<<0, $a>>, <<16#D8, 16#3D, 16#DE, 16#00>>, <<16#D8, 16#3D>>, <<16#DE, 0, 16#D8, 0>>, <<0>>, <<16#D8, 0, 0, 65>>]]),
    p([first16l(B) || B <- [<<$a, 0>>, <<16#3D, 16#D8, 0, 16#DE>>, <<>>]]),
    p([first32(B) || B <- [<<0, 0, 0, $a>>, <<0, 16#11, 0, 0>>, <<0, 0, 16#D8, 0>>, <<0, 0, 0>>]]),
    p([<<"aé€"/utf8>>, <<"aé€"/utf16>>, <<"aé€"/utf32-little>>]),
    p([decode(<<"smörgås €"/utf8>>, []), length(decode(<<"日本語テキスト"/utf8>>, []))]),
    p([skip(2, <<"αβγδ"/utf8>>), skip16(1, <<"αβγ"/utf16>>), skip32(2, <<"αβγ"/utf32>>)]),
    p(<< <<C/utf16-little>> || <<C/utf8>> <= <<"čšž"/utf8>> >>),
    p(<< <<C/utf8>> || C <- [16#20AC, $!, 16#1F600] >>),
    p([unaligned(C) || C <- Cs]),
    p(case <<"é!"/utf8>> of <<"é"/utf8, R/binary>> -> R; _ -> none end).

p(X) -> io:format("~w~n", [X]).

back(C) ->
    <<A/utf8>> = <<C/utf8>>, <<B/utf16>> = <<C/utf16>>, <<D/utf16-little>> = <<C/utf16-little>>,
    <<E/utf32>> = <<C/utf32>>, <<F/utf32-little>> = <<C/utf32-little>>,
    lists:usort([A, B, C, D, E, F]) =:= [C].

unaligned(C) -> <<_:3, D/utf8, _:5>> = <<5:3, C/utf8, 9:5>>, D =:= C.

first8(<<C/utf8, R/binary>>) -> {C, R};
first8(<<B, _/binary>>) -> {bad, B};
first8(_) -> none.

first16(<<C/utf16, R/binary>>) -> {C, R};
first16(_) -> bad.
first16l(<<C/utf16-little, R/binary>>) -> {C, R};
first16l(_) -> bad.
first32(<<C/utf32, R/binary>>) -> {C, R};
first32(_) -> bad.

skip(0, B) -> B;
skip(N, <<_/utf8, R/binary>>) -> skip(N - 1, R).
skip16(0, B) -> B;
skip16(N, <<_/utf16, R/binary>>) -> skip16(N - 1, R).
skip32(0, B) -> B;
skip32(N, <<_/utf32, R/binary>>) -> skip32(N - 1, R).

decode(<<C/utf8, R/binary>>, A) -> decode(R, [C | A]);
decode(<<>>, A) -> lists:reverse(A).

refuse(F) -> try F() catch C:R -> {C, R} end.

id(X) -> X.
