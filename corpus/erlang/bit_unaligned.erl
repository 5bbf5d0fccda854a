%% Sub-binaries that start and end in the middle of a byte: comparing, hashing, appending, converting.
-module(bit_unaligned).
-export([main/0]).

main() ->
    Base = << <<X>> || X <- lists:seq(0, 63) >>,
    Cuts = [{S, L} || S <- [0, 1, 3, 8, 13, 64], L <- [0, 1, 5, 8, 9, 16, 64, 100]],
    [p({S, L, cut(Base, S, L)}) || {S, L} <- Cuts],
    [p(through(cut(Base, S, L))) || {S, L} <- Cuts, L rem 8 =:= 0],
    p([cut(Base, 3, 40) =:= rebuild(cut(Base, 3, 40)), cut(Base, 5, 33) =:= rebuild(cut(Base, 5, 33))]),
    p([erlang:phash2(cut(Base, S, L)) || {S, L} <- Cuts]),
    p([erlang:phash2(cut(Base, S, L)) =:= erlang:phash2(rebuild(cut(Base, S, L))) || {S, L} <- Cuts]),
    p(lists:sort([cut(Base, S, L) || {S, L} <- Cuts, L < 20])),
    p([<<1:1>> < <<1:2>>, <<1:1>> < <<0:8>>, <<255>> > <<255, 0>>, <<5:3>> == <<5:3>>, <<>> < <<0:1>>, <<2:2>> > <<1:1>>]),
    p([term_to_binary(cut(Base, S, 13)) || S <- [0, 4]]),
    p([binary_to_term(term_to_binary(cut(Base, S, L))) =:= cut(Base, S, L) || {S, L} <- Cuts]),
    p(weave(<<2#1010:4>>, <<2#0011:4>>, <<>>)),
    p(gray(3)),
    p(unpack7(pack7("Hello, bits!"))),
    p(bit_size(pack7("Hello, bits!"))),
    p(huffman("abracadabra")),
    p(list_to_bitstring([cut(Base, 3, 5), cut(Base, 70, 19)])),
    p([is_binary(<<1:7>>), is_bitstring(<<1:7>>), is_binary(<<1:8>>), is_bitstring(x)]),
    io:format("~p ~w ~p ~p~n", [<<1:1>>, <<3:2, "ab">>, <<"ab", 1:4>>, [<<(<<"abc">>):20/bits>>]]).

p(X) -> io:format("~w~n", [X]).

cut(B, S, L) -> <<_:S, R:L/bitstring, _/bitstring>> = B, R.

rebuild(B) -> << <<X:1>> || <<X:1>> <= B >>.

through(B) -> {binary_to_list(B), byte_size(B), <<B/binary, "x">>, <<1:4, B/binary>>, erlang:crc32(B), iolist_to_binary([B, B])}.

weave(<<A:1, R/bits>>, <<B:1, S/bits>>, Acc) -> weave(R, S, <<Acc/bits, A:1, B:1>>);
weave(<<>>, <<>>, Acc) -> Acc.

gray(0) -> [<<>>];
gray(N) -> G = gray(N - 1), [<<0:1, X/bits>> || X <- G] ++ [<<1:1, X/bits>> || X <- lists:reverse(G)].

pack7(S) -> << <<C:7>> || C <- S >>.
unpack7(B) -> [C || <<C:7>> <= B].

huffman(S) ->
    Counts = lists:foldl(fun(C, M) -> maps:update_with(C, fun(N) -> N + 1 end, 1, M) end, #{}, S),
    Tree = build(lists:sort([{N, C} || {C, N} <- maps:to_list(Counts)])),
    Codes = maps:from_list(codes(Tree, <<>>)),
    Bits = << <<(maps:get(C, Codes))/bits>> || C <- S >>,
    {Bits, decode(Bits, Tree, Tree)}.

build([{_, T}]) -> T;
build([{N1, A}, {N2, B} | R]) -> build(lists:sort([{N1 + N2, {A, B}} | R])).

codes({A, B}, P) -> codes(A, <<P/bits, 0:1>>) ++ codes(B, <<P/bits, 1:1>>);
codes(C, P) -> [{C, P}].

decode(<<0:1, R/bits>>, {A, _}, T) -> step(A, R, T);
decode(<<1:1, R/bits>>, {_, B}, T) -> step(B, R, T);
decode(<<>>, _, _) -> [].
step({_, _} = N, R, T) -> decode(R, N, T);
step(C, R, T) -> [C | decode(R, T, T)].
