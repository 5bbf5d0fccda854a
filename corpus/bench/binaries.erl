%% Binaries: built by appending, scanned byte by byte, cut into fields, matched by bits.
-module(binaries).
-export([main/0, main/1]).

main() -> main(1200).

main(N) ->
    T0 = erlang:monotonic_time(microsecond),
    R = repeat(N, 0),
    T1 = erlang:monotonic_time(microsecond),
    io:format("~p~nelapsed ~p us~n", [R, T1 - T0]).

repeat(0, S) -> S;
repeat(N, S) ->
    B = build(2000, <<>>),
    Fields = fields(B, <<>>, 0),
    repeat(N - 1, (S + sum(B, 0) + Fields + ones(binary:part(B, 0, 1000), 0)) band 16#FFFFFFF).

build(0, B) -> B;
build(N, B) -> build(N - 1, <<B/binary, (N band 255), N:16/little, ",">>).

sum(<<X:16, R/binary>>, S) -> sum(R, S + X);
sum(<<X>>, S) -> S + X;
sum(<<>>, S) -> S.

fields(<<",", R/binary>>, F, N) -> fields(R, <<>>, N + byte_size(F));
fields(<<C, R/binary>>, F, N) -> fields(R, <<F/binary, C>>, N);
fields(<<>>, _, N) -> N.

ones(<<1:1, R/bits>>, N) -> ones(R, N + 1);
ones(<<_:1, R/bits>>, N) -> ones(R, N);
ones(<<>>, N) -> N.
