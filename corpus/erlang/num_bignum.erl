%% Big integers: carries, borrows, long multiplication, division of every sign, conversions.
-module(num_bignum).
-export([main/0]).

main() ->
    F = fact(100),
    io:format("100! = ~w~n", [F]),
    io:format("fib(1000) = ~w~n", [fib(1000)]),
    io:format("2^521-1 = ~w~n", [(1 bsl 521) - 1]),
    Bs = [1 bsl 64, (1 bsl 64) - 1, -(1 bsl 64), (1 bsl 128) + 12345, -(1 bsl 190) + 7,
          pow(10, 40), -pow(7, 50), 987654321987654321987654321, 3, -3, 1 bsl 60],
    [io:format("~w ~w ~w ~w ~w~n", [A + B, A - B, A * B, A div B, A rem B]) || A <- Bs, B <- Bs],
    [io:format("~w~n", [check(A, B)]) || A <- Bs, B <- Bs],
    io:format("~w~n", [F div fact(98)]),
    io:format("~w~n", [powmod(3, pow(10, 30), pow(10, 25) + 13)]),
    io:format("~w~n", [[fact(N) rem 1000000007 || N <- lists:seq(1, 60, 7)]]),
    io:format("~s~n~s~n", [integer_to_list(F, 16), integer_to_list(-F, 36)]),
    io:format("~w~n", [list_to_integer("-" ++ lists:duplicate(70, $9))]),
    io:format("~w~n", [list_to_integer("ZZZZZZZZZZZZZZZZZZZZ", 36)]),
    io:format("~w~n", [binary_to_integer(<<"123456789012345678901234567890">>)]),
    io:format("~s~n", [integer_to_binary(-(1 bsl 100))]),
    io:format("~w~n", [isqrt(pow(10, 60) * 2)]),
    io:format("~w~n", [lists:sort(Bs)]),
    io:format("~w~n", [[A == B || A <- Bs, B <- [1.8446744073709552e19, 3.0, 1.0e40]]]),
    io:format("~w~n", [[{A < B, A > B} || A <- Bs, B <- [1.8446744073709552e19, 1.0e300, -1.0e10]]]),
    io:format("~w~n", [egcd(pow(2, 90) + 1, pow(3, 60))]),
    io:format("~w~n", [erlang:external_size(F)]),
    io:format("~w~n", [binary:encode_unsigned(F)]),
    io:format("~w~n", [binary:decode_unsigned(binary:encode_unsigned(F)) =:= F]).

fact(0) -> 1;
fact(N) -> N * fact(N - 1).

fib(N) -> fib(N, 0, 1).
fib(0, A, _) -> A;
fib(N, A, B) -> fib(N - 1, B, A + B).

pow(_, 0) -> 1;
pow(B, N) when N rem 2 =:= 0 -> H = pow(B, N div 2), H * H;
pow(B, N) -> B * pow(B, N - 1).

powmod(_, 0, _) -> 1;
powmod(B, E, M) when E band 1 =:= 0 -> powmod((B * B) rem M, E bsr 1, M);
powmod(B, E, M) -> (B * powmod(B, E - 1, M)) rem M.

check(A, B) -> (A div B) * B + (A rem B) =:= A andalso (A + B) - B =:= A.

isqrt(N) -> isqrt(N, N).
isqrt(N, X) ->
    case (X + N div X) div 2 of
        Y when Y >= X -> X;
        Y -> isqrt(N, Y)
    end.

egcd(A, 0) -> {A, 1, 0};
egcd(A, B) ->
    {G, X, Y} = egcd(B, A rem B),
    {G, Y, X - (A div B) * Y}.
