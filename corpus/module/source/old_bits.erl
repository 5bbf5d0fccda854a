-module(old_bits).
-compile(r24).
-export([build/2, loop/1]).
build(X, Y) -> <<X:16/little, "abc", Y/binary, (X * 2.0)/float, X/utf8, X/utf16, Y:4/bitstring>>.
loop(Bin) -> << <<(X bxor 16#ff):7>> || <<X>> <= Bin >>.
