-module(bits).
-export([build/2, parse/1, loop/1, utf/1]).
build(X, Y) -> <<X:8, "abc", Y/binary, (X * 2.0)/float, X/utf8, Y:4/bitstring>>.
parse(<<Size:16, Body:Size/binary, Rest/bits>>) -> {Body, Rest};
parse(<<"foo", F:64/float-little, C/bits>>) -> {F, C};
parse(<<-1:8/signed, _:7, C:1>>) -> C.
loop(Bin) -> << <<(X bxor 16#ff)>> || <<X>> <= Bin >>.
utf(<<C/utf8, D/utf16, E/utf32, T/binary>>) -> [C, D, E | utf(T)];
utf(<<>>) -> [].
